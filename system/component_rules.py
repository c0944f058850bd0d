"""Alert rules about our own processes: worker and beat."""

from datetime import datetime
from functools import partial

from system.heartbeats import ALIVE_FOR, is_alive, running_since
from system.models import Alert, Heartbeat
from system.rules import Finding, Rule, register

_CONSEQUENCES = {
    "worker": "nothing is imported, measured or trained",
    "beat": "nothing starts by itself",
}


def register_rules() -> None:
    """Add the rules of this module to the registry."""
    for component, consequence in _CONSEQUENCES.items():
        register(
            Rule(
                name=f"no_{component}",
                description=f"No sign of life of {component}: {consequence}.",
                check=partial(no_sign_of_life, component),
                keeps=partial(_is_still_away, component),
            )
        )


def no_sign_of_life(component: str, now: datetime) -> list[Finding]:
    """Find that a component is away, though it had the time to start beside this process."""
    heartbeat = Heartbeat.objects.filter(component=component).first()
    since = running_since()
    if is_alive(heartbeat, now=now) or now - since < 2 * ALIVE_FOR:
        return []
    began_at = heartbeat.seen_at if heartbeat else since
    message = (
        f"No sign of life of {component} since {began_at:%Y-%m-%d %H:%M:%S} UTC: "
        f"{_CONSEQUENCES[component]}."
    )
    return [Finding(Alert.Level.CRITICAL, message, began_at)]


def _is_still_away(component: str, now: datetime, subject: str) -> bool:
    return not is_alive(Heartbeat.objects.filter(component=component).first(), now=now)
