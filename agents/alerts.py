"""Alert rules about agents; registered by the app's configuration.

Both look at enabled agents only. Findings about an agent of priority `critical`
are critical, all others are warnings.
"""

from datetime import date, datetime

from agents.models import Agent
from agents.selectors import (
    agent_statuses,
    agents_with_data,
    newest_nights,
    reported_agents,
)
from common.clock import start_of_night
from system.models import Alert
from system.rules import Finding, Rule, register

#: An alert about quality ends only this much above the target, so it does not flap.
HYSTERESIS = 0.1
#: An agent may miss one night; this many in a row are an alert.
NIGHTS_WITHOUT_DATA = 2


def below_target(now: datetime) -> list[Finding]:
    """Find agents whose value in the newest report is below their target.

    One without data there is not below: what it is worth is unknown.
    """
    return [
        Finding(
            level=_level(agent.priority),
            message=(
                f"{agent.name} ({agent.id}) has quality {agent.quality_score:.2f}, "
                f"below its target of {agent.quality_target:g}."
            ),
            began_at=agent.last_updated or now,
            subject=agent.id,
            agent_id=agent.id,
            value=agent.quality_score,
            threshold=agent.quality_target,
        )
        for agent in agent_statuses(now=now)
        if agent.enabled and agent.is_below_target
    ]


def still_near_target(now: datetime, subject: str) -> bool:
    """Return whether an agent has reached its target, but not by `HYSTERESIS` yet."""
    return any(
        agent.id == subject
        and agent.enabled
        and agent.quality_score is not None
        and agent.quality_target is not None
        # At the top of the scale no value could be above the target by that much.
        and agent.quality_score < min(agent.quality_target + HYSTERESIS, 10)
        for agent in agent_statuses(now=now)
    )


def without_data(now: datetime) -> list[Finding]:
    """Find agents that gave nothing in the last two reported nights.

    Nights without any report are no agent's fault, and an agent that no report has
    ever mentioned is not part of this pipeline.
    """
    nights = newest_nights(count=NIGHTS_WITHOUT_DATA)
    if len(nights) < NIGHTS_WITHOUT_DATA:
        return []
    giving = agents_with_data(nights=nights)
    reported = reported_agents()
    return [
        _no_data(agent, nights)
        for agent in Agent.objects.enabled().in_natural_order()
        if agent.pk in reported and agent.pk not in giving
    ]


def register_rules() -> None:
    """Make both rules known to the evaluation of alerts."""
    register(
        Rule(
            name="agent_below_target",
            description="An agent's quality in the newest report is below its target.",
            check=below_target,
            keeps=still_near_target,
        )
    )
    register(
        Rule(
            name="agent_without_data",
            description="An agent has given no data for two nights.",
            check=without_data,
        )
    )


def _no_data(agent: Agent, nights: list[date]) -> Finding:
    return Finding(
        level=_level(agent.priority),
        message=f"{agent.name} ({agent.pk}) has given no data for {len(nights)} nights, "
        f"{nights[-1]} to {nights[0]}.",
        began_at=start_of_night(nights[-1]),
        subject=agent.pk,
        agent_id=agent.pk,
    )


def _level(priority: str) -> str:
    critical = priority == Agent.Priority.CRITICAL
    return str(Alert.Level.CRITICAL if critical else Alert.Level.WARNING)
