"""GET /healthz and /readyz: what supervisors and load balancers ask, without credentials.

Both name parts only; what is wrong with them is said by /api/status and the log.
"""

from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard_site.service_state import OK, broker_state, database_state

#: Anybody may ask, and asking costs a look at the queue.
CACHE_SECONDS = 2


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """GET /healthz: this process answers; it asks nothing else."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """GET /readyz: whether work can be done here; 503 names what is missing."""
    cache = caches["local"]
    missing: list[str] | None = cache.get("readiness")
    if missing is None:
        missing = missing_parts()
        cache.set("readiness", missing, CACHE_SECONDS)
    if missing:
        return JsonResponse({"status": "not ready", "missing": missing}, status=503)
    return JsonResponse({"status": "ready", "missing": []})


def missing_parts() -> list[str]:
    """Return which of database, migrations and queue are not there."""
    present = {"database": database_state() == OK}
    if present["database"]:
        present["migrations"] = _is_migrated()
    present["queue"] = broker_state() == OK
    return [name for name, is_there in present.items() if not is_there]


def _is_migrated() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False
