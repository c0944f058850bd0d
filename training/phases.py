"""The six phases of a training, in order, and the names other programs give them."""

PHASES = ("harvesting", "validation", "agent_training", "production", "monitoring", "cleanup")
IDLE = "idle"

# The orchestrator's files call the third phase "training".
_ALIASES = {"training": "agent_training"}


def phase_name(raw: str) -> str:
    """Return the contract's name of a phase; an unknown name comes back in lower case."""
    name = raw.strip().lower().replace(" ", "_")
    return _ALIASES.get(name, name)
