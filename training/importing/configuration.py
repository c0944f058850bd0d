"""The configuration's agents and schedule, brought into our tables."""

from agents.models import Agent
from agents.services import AgentFound, upsert_agents
from training import schedule_configuration
from training.orchestrator.config import OrchestratorConfig, match_agent


def apply_configuration(config: OrchestratorConfig) -> dict[str, int]:
    """Bring agents and schedule to what the configuration says; return the rows changed.

    What it does not say stays, and so does what somebody edited in the schedule.
    """
    changed = {
        "agents": upsert_agents(found=[*_described(config), *_named(config)]),
        "training_schedule": _apply_schedule(config),
    }
    return {table: number for table, number in changed.items() if number}


def _described(config: OrchestratorConfig) -> list[AgentFound]:
    return [
        AgentFound(
            id=agent.agent_id,
            name=agent.name,
            description=agent.description,
            enabled=agent.enabled,
            priority=agent.priority,
            quality_target=agent.quality_target,
        )
        for agent in config.agents
    ]


def _named(config: OrchestratorConfig) -> list[AgentFound]:
    """Return the agents of the flat shape, which is a list of those that are trained."""
    if not config.agent_names:
        return []
    known = dict(Agent.objects.values_list("id", "name"))
    ids = [match_agent(name, known) or name for name in config.agent_names]
    return [AgentFound(id=agent_id, enabled=True) for agent_id in dict.fromkeys(ids)]


def _apply_schedule(config: OrchestratorConfig) -> int:
    changed = schedule_configuration.apply_configuration(
        {
            "cron": config.schedule,
            "enabled": config.enabled,
            "timeout_seconds": config.timeout_total_seconds,
            "description": config.description,
        }
    )
    return 1 if changed else 0
