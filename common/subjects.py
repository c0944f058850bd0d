"""Whom a row is about: an agent, or the system as a whole, for which no agent is stored."""

#: How callers name the system where the id of an agent is expected.
SYSTEM = "system"


def agent_or_none(name: str | None) -> str | None:
    """Return the agent id to store or look for: None for the system."""
    return None if name == SYSTEM else name
