"""Parser of `training/config.json`, in both shapes pipelines write it.

Nested: everything under `training`, agents by id with name, priority and target.
Flat: `training_enabled`, a list of agent names in snake case, and thresholds 0-1.
Notifications hold addresses and are not read at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cronsim import CronSim, CronSimError

from training.orchestrator.text import AGENT_ID, NAME_LENGTH
from training.orchestrator.values import Node, optional, parse_object

PRIORITIES = ("low", "medium", "high", "critical")
_TARGET_KEY = re.compile(r"(agent_\d+[a-z]?)(?:_.*)?")
_WEEK_SECONDS = 7 * 86_400


@dataclass(frozen=True)
class AgentConfig:
    """What the configuration says of one agent; None or empty: it says nothing."""

    agent_id: str
    name: str = ""
    description: str = ""
    enabled: bool | None = None
    priority: str | None = None
    quality_target: float | None = None


@dataclass(frozen=True)
class OrchestratorConfig:
    """The parts of the configuration that the dashboard uses; None: not said.

    `agent_names` are those of the flat shape, to be matched with the known agents by
    `match_agent`. `overall_target` is the wanted quality of the system, 0-10.
    """

    enabled: bool | None = None
    schedule: str | None = None
    description: str | None = None
    timeout_total_seconds: int | None = None
    timeout_per_agent_seconds: int | None = None
    overall_target: float | None = None
    agents: tuple[AgentConfig, ...] = ()
    agent_names: tuple[str, ...] = ()


def parse_config(data: bytes) -> OrchestratorConfig:
    """Return the configuration; every key may be missing.

    Raises:
        OrchestratorFileError: broken, a wrong type or a wrong value; names the key.
    """
    root = parse_object(data)
    body = root.get("training") or root
    described = _described_agents(body.get("agent_training"))
    targets, overall = _targets(body.get("quality_targets"), tuple(described))
    agents = [
        replace(
            described.get(agent_id, AgentConfig(agent_id)), quality_target=targets.get(agent_id)
        )
        for agent_id in [*described, *(key for key in targets if key not in described)]
    ]
    names = body.get("agents")
    return OrchestratorConfig(
        enabled=optional(body.get("enabled") or body.get("training_enabled"), Node.flag),
        schedule=optional(body.get("schedule"), _cron),
        description=optional(body.get("description"), Node.text),
        timeout_total_seconds=optional(body.get("timeout_total_seconds"), _timeout),
        timeout_per_agent_seconds=optional(body.get("timeout_per_agent_seconds"), _timeout),
        overall_target=overall if overall is not None else _threshold(body),
        agents=tuple(agents),
        agent_names=tuple(node.agent_id() for node in names.items()) if names else (),
    )


def match_agent(name: str, known: Mapping[str, str]) -> str | None:
    """Return the id among `known` {id: name} whose name a snake-case name means.

    All words of the known name must occur: `audio_quality_curator` is the Audio
    Curator. Where several fit, the one with most words; None where none does.
    """
    if name in known:
        return name
    words = set(name.lower().split("_"))
    fitting = [
        (len(parts), agent_id)
        for agent_id, known_name in known.items()
        if (parts := known_name.lower().split()) and words.issuperset(parts)
    ]
    return max(fitting, default=(0, None))[1]


def _described_agents(node: Node | None) -> dict[str, AgentConfig]:
    members = node.members() if node else ()
    # A text among the agents is a remark.
    agents = [(key, agent) for key, agent in members if not isinstance(agent.value, str)]
    return {key: _described_agent(key, agent) for key, agent in agents}


def _described_agent(key: str, node: Node) -> AgentConfig:
    agent_id = Node(key, node.path).agent_id()
    name, dash, rest = (optional(node.get("description"), Node.text) or "").partition(" - ")
    if not dash:
        name, rest = "", name
    return AgentConfig(
        agent_id=agent_id,
        name=name.strip()[:NAME_LENGTH],
        description=rest.strip(),
        enabled=optional(node.get("enabled"), Node.flag),
        priority=optional(node.get("priority"), _priority),
    )


def _targets(
    node: Node | None, agent_ids: tuple[str, ...]
) -> tuple[dict[str, float], float | None]:
    """Return the targets by agent and the one of the system, both 0-10.

    A file whose targets are all at most 1 gives them as shares.
    """
    if node is None:
        return {}, None
    numbers = {key: target for key, target in node.members() if not isinstance(target.value, str)}
    scores = {key: target.number(0, 10) for key, target in numbers.items()}
    scale = 10 if scores and 0 < max(scores.values()) <= 1 else 1
    by_agent: dict[str, float] = {}
    for key, score in scores.items():
        if (agent_id := _agent_of(key, agent_ids)) is not None:
            by_agent[agent_id] = score * scale
    overall = scores.get("overall_system")
    return by_agent, None if overall is None else overall * scale


def _agent_of(key: str, agent_ids: tuple[str, ...]) -> str | None:
    """Return the agent a key such as `agent_8_prompt_quality` is about."""
    fitting = [name for name in agent_ids if key == name or key.startswith(f"{name}_")]
    if fitting:
        return max(fitting, key=len)
    match = _TARGET_KEY.fullmatch(key)
    return match[1] if match and AGENT_ID.fullmatch(match[1]) else None


def _threshold(body: Node) -> float | None:
    holistic = body.get("holistic_training")
    share = optional(holistic and holistic.get("quality_threshold"), lambda n: n.number(0, 10))
    if share is None:
        return None
    return share * 10 if share <= 1 else share


def _timeout(node: Node) -> int:
    return node.whole(1, _WEEK_SECONDS)


def _priority(node: Node) -> str:
    priority = node.text().strip().lower()
    if priority not in PRIORITIES:
        node.refuse(f"{priority[:60]!r} is not one of {', '.join(PRIORITIES)}.")
    return priority


def _cron(node: Node) -> str:
    expression = " ".join(node.text().split())
    try:
        if len(expression.split()) != 5 or len(expression) > 128:
            raise CronSimError
        next(CronSim(expression, datetime(2025, 1, 1, tzinfo=UTC)))
    except (CronSimError, StopIteration):
        node.refuse(f"{expression[:60]!r} is not a schedule in five fields that ever fires.")
    return expression
