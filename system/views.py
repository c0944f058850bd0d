"""The host, its log and its alerts: /api/system/."""

from dataclasses import asdict
from datetime import timedelta

from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.clock import utc_now
from common.schema import documented
from logs_app import selectors as logs
from logs_app.models import Event
from system import sampling, selectors, services
from system.serializers import (
    AlertListSerializer,
    AlertParams,
    AlertSerializer,
    ErrorParams,
    ErrorsSerializer,
    HealthHistoryParams,
    HealthHistorySerializer,
    HostHealthSerializer,
    LimitParams,
    LogEntrySerializer,
)

_BAD = (Event.Severity.ERROR, Event.Severity.WARNING, Event.Severity.CRITICAL)


class SystemViewSet(viewsets.ViewSet):
    """The machine the dashboard runs on, and what happened there."""

    @action(detail=False)
    @documented(HostHealthSerializer)
    def health(self, request: Request) -> Response:
        """GET /api/system/health: the host, measured now; writes nothing."""
        return Response(HostHealthSerializer(sampling.measure()).data)

    @action(detail=False, url_path="health/history")
    @documented(HealthHistorySerializer, params=HealthHistoryParams)
    def health_history(self, request: Request) -> Response:
        """GET /api/system/health/history: the stored samples, thinned, oldest first.

        `?hours=` (1-8760, default 24) in at most `?points=` (2-5000, default 500) equal
        steps; each number is the mean of its step, with `_min` and `_max` beside it.
        Steps without a sample are left out.
        """
        params = HealthHistoryParams.parse(request)
        history = selectors.health_history(**params, now=utc_now())
        return Response({"hours": params["hours"], **asdict(history)})

    @action(detail=False, url_path="logs/recent")
    @documented(LogEntrySerializer(many=True), params=LimitParams)
    def recent_logs(self, request: Request) -> Response:
        """GET /api/system/logs/recent: the newest events; `?limit=` (1-500, default 50)."""
        events = logs.recent_events(**LimitParams.parse(request))
        return Response(LogEntrySerializer(events, many=True).data)

    @action(detail=False)
    @documented(ErrorsSerializer, params=ErrorParams)
    def errors(self, request: Request) -> Response:
        """GET /api/system/errors: errors, warnings and critical events of the last days.

        `?days=` (1-3650, default 7); the lists are the newest `?limit=` (1-500, default
        50) of each, the counts are of all.
        """
        params = ErrorParams.parse(request)
        since = utc_now() - timedelta(days=params["days"])
        counts = logs.counts_by_severity(since=since, severities=_BAD)
        error, warning, critical = (
            LogEntrySerializer(
                logs.newest_of_severity(severity=severity, since=since, limit=params["limit"]),
                many=True,
            ).data
            for severity in _BAD
        )
        return Response(
            {
                "errors": error,
                "warnings": warning,
                "critical": critical,
                "error_count": counts["error"],
                "warning_count": counts["warning"],
                "critical_count": counts["critical"],
            }
        )

    @action(detail=False)
    @documented(AlertListSerializer, params=AlertParams)
    def alerts(self, request: Request) -> Response:
        """GET /api/system/alerts: what needs attention, newest first.

        `?state=` active (default), ended or all; `?limit=` (1-500, default 500).
        `has_critical` is about the active ones.
        """
        rows = selectors.alerts(**AlertParams.parse(request))
        return Response(
            {
                "alerts": AlertSerializer(rows, many=True).data,
                "count": len(rows),
                "has_critical": selectors.active_alert_counts()["critical"] > 0,
            }
        )

    @action(detail=False, methods=["post"], url_path=r"alerts/(?P<alert_id>\d{1,18})/acknowledge")
    @documented(AlertSerializer)
    def acknowledge(self, request: Request, alert_id: str) -> Response:
        """POST /api/system/alerts/<id>/acknowledge: a person has seen it (404: no such alert).

        The alert stays active until its condition ends. Saying it twice is no error;
        the first one stays noted.
        """
        by = request.user.get_username() or "a caller on this machine"
        return Response(
            AlertSerializer(services.acknowledge_alert(alert_id=int(alert_id), by=by)).data
        )
