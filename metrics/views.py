"""Routes below /api/metrics."""

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from common.api import Pages
from common.clock import first_night, night_of, start_of_night, utc_now
from common.inputs import checked_rows
from common.ordering import Ordering
from common.schema import IDEMPOTENCY_KEY, OneOrMany, documented
from logs_app.services import delivery_scope, once
from metrics import selectors, services
from metrics.filters import MetricFilter
from metrics.models import Metric
from metrics.registry import KNOWN
from metrics.serializers import (
    MOST_METRICS,
    ComparisonSerializer,
    HistoryParams,
    MetricHistorySerializer,
    MetricInput,
    MetricSerializer,
    MetricsStoredSerializer,
    QualityParams,
    QualitySerializer,
    StandingSerializer,
    TrendsParams,
    TrendsSerializer,
)

#: Rows of a history where neither limit nor points is given.
DEFAULT_LIMIT = 100


class MetricViewSet(ListModelMixin, GenericViewSet[Metric]):
    """Any number by name; nightly quality, ranks and trends."""

    queryset = Metric.objects.newest_first()
    serializer_class = MetricSerializer
    pagination_class = Pages
    filter_backends = (DjangoFilterBackend, Ordering)
    filterset_class = MetricFilter
    ordering_fields = ("timestamp",)
    required_scope = "push"

    @documented(MetricSerializer(many=True), paged=True)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """GET /api/metrics: all stored metrics, newest first, in pages."""
        return super().list(request, *args, **kwargs)

    @documented(
        MetricsStoredSerializer,
        status=201,
        body=OneOrMany(MetricInput, most=MOST_METRICS),
        headers=(IDEMPOTENCY_KEY,),
        errors=(409,),
        example={"metric_type": "speed", "agent_id": "agent_1", "value": 1240.5},
    )
    def create(self, request: Request) -> Response:
        """POST /api/metrics: store one metric or a list of up to 10 000, all or nothing.

        201: `stored`, their number. 400: `details` names field and place in the list.
        With an `Idempotency-Key` header a repeated delivery stores nothing and gets the
        first answer; the same key with another body is a 409.
        """
        metrics = checked_rows(MetricInput, request.data, most=MOST_METRICS)
        answer = once(
            request.headers.get("Idempotency-Key"),
            delivery_scope("metrics", request.user.pk),
            lambda: {"stored": services.store_metrics(metrics=metrics, now=utc_now())},
            body=request.data,
        )
        return Response(answer, status=status.HTTP_201_CREATED)

    @action(detail=False)
    @documented(QualitySerializer, params=QualityParams)
    def quality(self, request: Request) -> Response:
        """GET /api/metrics/quality: nightly quality; `?days=` 1-3650, `?agents=` narrows.

        400: an agent that does not exist.
        """
        params = QualityParams.parse(request)
        today = night_of(utc_now())
        series = selectors.quality_series(
            first=first_night(days=params["days"], today=today),
            last=today,
            agent_ids=params.get("agents"),
        )
        return Response({"timestamps": series.nights, "system": series.system, **series.agents})

    @action(detail=False, url_path="history/(?P<metric_name>[^/]+)")
    @documented(MetricHistorySerializer, params=HistoryParams)
    def history(self, request: Request, metric_name: str) -> Response:
        """GET /api/metrics/history/<metric_name>: its values, newest first.

        `?agent_id=` (`system`: no agent), `?days=` 1-3650, `?limit=` 1-10000,
        `?points=` 2-5000 thins the window and keeps its peaks. 404 lists the known names.
        """
        params = HistoryParams.parse(request)
        points, days = params.get("points"), params.get("days")
        today = night_of(utc_now())
        rows = selectors.metric_history(
            name=metric_name,
            agent_id=params.get("agent_id"),
            since=start_of_night(first_night(days=days, today=today)) if days else None,
            limit=params.get("limit", None if points else DEFAULT_LIMIT),
            points=points,
        )
        kind = KNOWN.get(metric_name)
        answer = {
            "metric_name": metric_name,
            "unit": kind.unit if kind else None,
            "count": len(rows),
            "history": rows,
        }
        return Response(MetricHistorySerializer(answer).data)

    @action(detail=False)
    @documented(ComparisonSerializer)
    def comparison(self, request: Request) -> Response:
        """GET /api/metrics/comparison: every agent with score and rank, best first."""
        standings = selectors.comparison(now=utc_now())
        return Response({agent.id: StandingSerializer(agent).data for agent in standings})

    @action(detail=False)
    @documented(TrendsSerializer, params=TrendsParams)
    def trends(self, request: Request) -> Response:
        """GET /api/metrics/trends: where quality, errors and speed go; `?days=` 1-3650."""
        params = TrendsParams.parse(request)
        answer = selectors.trends(days=params["days"], now=utc_now())
        return Response(TrendsSerializer(answer).data)
