"""Events as a resource, their groups and their export: /api/logs/."""

from datetime import timedelta
from functools import partial
from typing import Any

from django.http import HttpResponseBase, StreamingHttpResponse
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import PolymorphicProxySerializer
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import Pages
from common.clock import today, utc_now
from common.inputs import checked_rows
from common.limits import LimitedStream
from common.ordering import Ordering
from common.schema import IDEMPOTENCY_KEY, TEXT, OneOrMany, documented
from logs_app import export, selectors, services
from logs_app.filters import EventFilter
from logs_app.models import Event
from logs_app.serializers import (
    MAX_BATCH,
    EventInput,
    EventSerializer,
    EventsStoredSerializer,
    ExportedEventSerializer,
    ExportParams,
    SignatureGroupSerializer,
    SignatureParams,
    SignaturesSerializer,
)

#: Window of an export that names none.
DEFAULT_DAYS = 7


_STORED = PolymorphicProxySerializer(
    component_name="StoredEventOrCount",
    serializers=[EventSerializer, EventsStoredSerializer],
    resource_type_field_name=None,
)


class EventViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Event]
):
    """/api/logs/events: what happened."""

    queryset = Event.objects.newest_first()
    serializer_class = EventSerializer
    pagination_class = Pages
    filterset_class = EventFilter
    filter_backends = (DjangoFilterBackend, Ordering)
    ordering_fields = ("timestamp",)
    lookup_value_regex = r"\d{1,18}"
    required_scope = "push"

    @documented(EventSerializer(many=True), paged=True)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """GET /api/logs/events: what happened, newest first, in pages."""
        return super().list(request, *args, **kwargs)

    @documented(EventSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """GET /api/logs/events/<id>: one event in full."""
        return super().retrieve(request, *args, **kwargs)

    @documented(
        _STORED,
        status=201,
        body=OneOrMany(EventInput, most=MAX_BATCH),
        headers=(IDEMPOTENCY_KEY,),
        errors=(409,),
        example={
            "event_type": "render_failed",
            "agent_id": "agent_5a",
            "message": "The renderer gave up after three attempts.",
            "severity": "error",
        },
    )
    def create(self, request: Request) -> Response:
        """POST /api/logs/events: store one event or a list of up to 10 000, all or none.

        201 with the event, or with `count` for a list. A wrong one is a 400 that names
        index and field. With an `Idempotency-Key` header a repeated delivery stores
        nothing and gets the first answer; the same key with another body is a 409.
        """
        checked = checked_rows(EventInput, request.data, most=MAX_BATCH)
        store = partial(_stored, checked, is_list=isinstance(request.data, list))
        answer = services.once(
            request.headers.get("Idempotency-Key"),
            services.delivery_scope("events", request.user.pk),
            store,
            body=request.data,
        )
        return Response(answer, status=status.HTTP_201_CREATED)


def _stored(checked: list[dict[str, Any]], *, is_list: bool) -> dict[str, Any]:
    if is_list:
        return {"count": services.record_events(checked)}
    return dict(EventSerializer(services.record_event(**checked[0])).data)


class LogViewSet(viewsets.GenericViewSet[Event]):
    """What is derived from the events: groups of the same problem, and files."""

    queryset = Event.objects.newest_first()
    filterset_class = EventFilter
    filter_backends = (DjangoFilterBackend,)

    @action(detail=False)
    @documented(SignaturesSerializer, params=SignatureParams)
    def signatures(self, request: Request) -> Response:
        """GET /api/logs/signatures: errors that differ only in numbers, ids and paths, as one.

        Most frequent first. `?days=` (1-3650, default 7), `?limit=` (1-500, default
        50), `?severity=` of warning, error, critical (default error,critical).
        """
        params = SignatureParams.parse(request)
        groups = selectors.signature_groups(
            since=utc_now() - timedelta(days=params["days"]),
            severities=params["severity"],
            limit=params["limit"],
        )
        return Response(
            {"count": len(groups), "signatures": SignatureGroupSerializer(groups, many=True).data}
        )

    @action(detail=False)
    @documented(
        params=ExportParams,
        filtered=True,
        media_types={
            "application/json": ExportedEventSerializer(many=True),
            "text/csv": TEXT,
            "application/x-ndjson": TEXT,
        },
    )
    def export(self, request: Request) -> HttpResponseBase:
        """GET /api/logs/export: the events of the last `?days=` (1-3650) as a file.

        Without `?days=`, `?since=` and `?until=` those of the last 7 days. `?format=` json
        (default), csv or ndjson; filters as in /api/logs/events. The answer is streamed;
        if reading fails half-way the connection ends early.
        """
        params = ExportParams.parse(request)
        days = params.get("days")
        if days is None and not any(map(request.query_params.get, ("since", "until"))):
            days = DEFAULT_DAYS
        events = self.filter_queryset(Event.objects.all())
        if days is not None:
            events = events.filter(timestamp__gte=utc_now() - timedelta(days=days))
        file_format = params["format"]
        window = "" if days is None else f"-{days}-days"
        name = f"events-{today():%Y-%m-%d}{window}.{file_format}"
        headers = {
            "Content-Type": export.CONTENT_TYPES[file_format],
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        }
        if request.method == "HEAD":
            # Without a length too, which only reading everything would tell.
            return StreamingHttpResponse((), headers=headers)
        pieces = export.export(events, file_format=file_format)
        return StreamingHttpResponse(LimitedStream(pieces), headers=headers)

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        # The export answers in the type of its format, whatever the Accept header names.
        return super().perform_content_negotiation(request, force=force or self.action == "export")
