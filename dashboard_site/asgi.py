"""ASGI entry point: WebSockets natively, plain HTTP through the WSGI application.

Django's own ASGI handler answers several times fewer requests than its WSGI
handler (docs/performance.md), so HTTP goes to the latter on a pool of threads.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_site.settings")

from dashboard_site.wsgi import application as wsgi_application  # isort: skip - loads the apps

from channels.auth import AuthMiddlewareStack
from channels.routing import URLRouter
from django.urls import re_path

from dashboard_site.live.consumer import DashboardConsumer
from dashboard_site.wsgi_bridge import WsgiBridge

#: Threads that answer HTTP; each holds a database connection.
HTTP_THREADS = 4

_http = WsgiBridge(cast("Any", wsgi_application), threads=HTTP_THREADS)
# Any: Channels describes the protocol in types of its own.
_sockets = [re_path(r"^ws/dashboard/?$", cast("Any", DashboardConsumer.as_asgi()))]
_websocket = cast("Any", AuthMiddlewareStack(URLRouter(cast("Any", _sockets))))


async def application(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[Any]],
    send: Callable[[Any], Awaitable[None]],
) -> None:
    """Hand a connection to the part that speaks its protocol."""
    if scope["type"] == "websocket":
        try:
            await _websocket(scope, receive, send)
        except ValueError:  # no such socket
            await send({"type": "websocket.close", "code": 4404})
    elif scope["type"] == "http":
        await _http(scope, receive, send)
