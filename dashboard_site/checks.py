"""Settings that are legal one by one but wrong together, as checks with id and cure.

`manage.py check --deploy` shows them; `manage.py run` does not start with an error.
They apply where others can reach the dashboard: on its own interface or by a proxy.
"""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from common.permissions import is_loopback

TAG = "dashboard"
#: As Django's own check has it.
SHORTEST_KEY = 50
_FEWEST_DIFFERENT = 5
#: Networks this large are not a proxy, but everybody.
_WIDEST = {4: 8, 6: 16}


@register(TAG, deploy=True)
def check_exposure(**_kwargs: Any) -> list[CheckMessage]:
    """Return what is wrong for a dashboard that others can reach; nothing on loopback."""
    return list(_problems()) if is_exposed() else []


def is_exposed() -> bool:
    """Return whether callers from other machines can arrive."""
    return not is_loopback(settings.HOST) or bool(settings.TRUSTED_PROXIES)


def _problems() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error(
            "DEBUG is on, and others can reach the dashboard: errors would show them settings.",
            hint="Set DEBUG=false, or HOST=127.0.0.1.",
            id="dashboard.E001",
        )
    if "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS is *: any website could call the dashboard by a name of its own.",
            hint="Set ALLOWED_HOSTS to the names and addresses it is reached by.",
            id="dashboard.E002",
        )
    key = settings.SECRET_KEY
    if len(key) < SHORTEST_KEY or len(set(key)) < _FEWEST_DIFFERENT:
        yield Error(
            f"SECRET_KEY is too weak: it must have at least {SHORTEST_KEY} random characters.",
            hint="Take SECRET_KEY away: a key is made and kept in DATA_DIR/secret_key.",
            id="dashboard.E003",
        )
    for text in settings.TRUSTED_PROXIES:
        network = ip_network(text)
        if network.prefixlen < _WIDEST[network.version]:
            yield Error(
                f"TRUSTED_PROXIES has {text}: too many callers could claim any address.",
                hint="Set TRUSTED_PROXIES to the addresses of your proxies.",
                id="dashboard.E004",
            )
    if all(is_loopback(name) for name in settings.ALLOWED_HOSTS):
        yield Warning(
            "ALLOWED_HOSTS has only names of this machine: callers from others get a 400.",
            hint="Set ALLOWED_HOSTS to the names and addresses it is reached by.",
            id="dashboard.W001",
        )
