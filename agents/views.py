"""Routes below /api/agents."""

from typing import Any

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from agents import selectors
from agents.filters import AgentMetricFilter
from agents.models import AgentMetric
from agents.serializers import (
    AgentDetailSerializer,
    AgentHealthSerializer,
    AgentParams,
    AgentRowSerializer,
    AgentStatusSerializer,
)
from common.api import Pages
from common.clock import utc_now
from common.ordering import Ordering
from common.schema import documented


class AgentViewSet(GenericViewSet[AgentMetric]):
    """The agents of the pipeline and what they are worth."""

    lookup_url_kwarg = "agent_id"
    lookup_value_regex = "[A-Za-z0-9_.-]+"  # what an id may be; the router's own has no dots
    queryset = AgentMetric.objects.none()
    serializer_class = AgentRowSerializer
    pagination_class = Pages
    filterset_class = AgentMetricFilter
    filter_backends = (DjangoFilterBackend, Ordering)
    ordering_fields = ("timestamp",)

    @action(detail=False)
    @documented(AgentStatusSerializer(many=True))
    def status(self, request: Request) -> Response:
        """GET /api/agents/status: every agent with its values in the newest report."""
        agents = selectors.agent_statuses(now=utc_now())
        return Response(AgentStatusSerializer(agents, many=True).data)

    @action(detail=False)
    @documented(AgentHealthSerializer)
    def health(self, request: Request) -> Response:
        """GET /api/agents/health: how many are online, how good, and who is below target."""
        return Response(AgentHealthSerializer(selectors.agent_health(now=utc_now())).data)

    @documented(AgentDetailSerializer, params=AgentParams)
    def retrieve(self, request: Request, agent_id: str) -> Response:
        """GET /api/agents/<agent_id>: one agent with its past; `?limit=` 1-1000.

        404: there is no such agent.
        """
        params = AgentParams.parse(request)
        detail = selectors.agent_detail(agent_id=agent_id, limit=params["limit"], now=utc_now())
        return Response(AgentDetailSerializer(detail).data)

    @action(detail=True)
    @documented(AgentRowSerializer(many=True), paged=True)
    def metrics(self, request: Request, agent_id: str) -> Response:
        """GET /api/agents/<agent_id>/metrics: all its rows, newest first, in pages.

        `?since=`, `?until=`, `?night=`, `?outcome=`, `?status=`, `?ordering=timestamp`.
        404: there is no such agent.
        """
        rows = self.filter_queryset(selectors.agent_metrics(agent_id=agent_id))
        page: Any = self.paginate_queryset(rows)
        return self.get_paginated_response(self.get_serializer(page, many=True).data)
