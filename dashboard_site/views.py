"""Views below /api/ that need several apps, and the answer for routes that do not exist."""

from typing import Any

from django.conf import settings
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from common.clock import utc_now
from common.conditional import tag_without
from common.schema import documented
from dashboard_site.endpoints import endpoints
from dashboard_site.overview import overview, quick_stats
from dashboard_site.serializers import (
    EndpointListSerializer,
    EndpointSerializer,
    OverviewSerializer,
    QuickStatsSerializer,
    StatusSerializer,
)
from dashboard_site.service_state import service_state


class DashboardViewSet(viewsets.ViewSet):
    """/api/dashboard/: the pipeline at a glance."""

    @action(detail=False)
    @documented(OverviewSerializer)
    def overview(self, request: Request) -> Response:
        """GET /api/dashboard/overview: phase, quality, last and next training, trend."""
        body = OverviewSerializer(overview(now=utc_now())).data
        return Response(body, headers={"ETag": tag_without(body, "timestamp")})

    @action(detail=False, url_path="quick-stats")
    @documented(QuickStatsSerializer)
    def quick_stats(self, request: Request) -> Response:
        """GET /api/dashboard/quick-stats: a handful of figures for the head of a page."""
        return Response(QuickStatsSerializer(quick_stats(now=utc_now())).data)


class StatusView(APIView):
    """/api/status."""

    @documented(StatusSerializer)
    def get(self, request: Request) -> Response:
        """GET /api/status: whether each part of the service works, and how many rows there are."""
        state = service_state(now=utc_now())
        body = {
            "system": settings.SYSTEM_NAME,
            "version": settings.VERSION,
            "status": state.status,
            "agents": state.agents,
            "database": state.counts,
            "components": state.components,
            "sample_data": state.sample_data,
            "timestamp": state.timestamp,
        }
        return Response(body, headers={"ETag": tag_without(body, "timestamp")})


class EndpointsView(APIView):
    """/api/endpoints."""

    @documented(EndpointListSerializer)
    def get(self, request: Request) -> Response:
        """GET /api/endpoints: every route with its methods and what it is for."""
        routes = EndpointSerializer(endpoints(), many=True).data
        return Response({"count": len(routes), "endpoints": routes})


class UnknownRouteView(APIView):
    """Whatever lies below /api/ and is no route: 404 in the usual envelope."""

    permission_classes = [AllowAny]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise NotFound(f"There is no route {request.path}. GET /api/endpoints lists them.")
