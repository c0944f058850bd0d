"""Registry of alert rules: what is checked, by whom it is known.

Apps above this one add their rules in `AppConfig.ready()`:

    register(Rule(name="agent_below_target", description="...", check=below_target))

`system.evaluation` asks every rule and keeps the answers as rows of `alerts`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Finding:
    """One condition that holds now.

    `subject` tells the findings of one rule apart (an agent id, a resource; empty:
    the system). `value` None means that there is no data, which is not a low value.
    """

    level: str
    message: str
    began_at: datetime
    subject: str = ""
    agent_id: str | None = None
    value: float | None = None
    threshold: float | None = None


@dataclass(frozen=True)
class Rule:
    """A named check; `check(now)` returns what holds at that moment, empty if nothing.

    `keeps(now, subject)` may say True for a subject that is no longer found but
    has not been good for long enough either: its alert then stays as it is.
    """

    name: str
    description: str
    check: Callable[[datetime], list[Finding]]
    keeps: Callable[[datetime, str], bool] = lambda now, subject: False


_rules: dict[str, Rule] = {}


def register(rule: Rule) -> None:
    """Add a rule; registering the same name again replaces it."""
    _rules[rule.name] = rule


def all_rules() -> list[Rule]:
    """Return the rules in the order of registration."""
    return list(_rules.values())
