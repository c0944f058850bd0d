"""/api/training/ and /api/logs/training: start, follow and stop a training, and its history."""

from collections.abc import Iterable
from functools import partial
from typing import Any, ClassVar

from django.http.response import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from common.api import Pages
from common.clock import first_night, today, utc_now
from common.errors import InvalidInputError, NotFoundError
from common.limits import LimitedStream
from common.ordering import Ordering
from common.ranges import ranged_response
from common.schema import IDEMPOTENCY_KEY, TEXT, documented
from training import schedule_services, selectors, services, session_log
from training.filters import SessionFilter
from training.models import TrainingSession
from training.models.sessions import TrainingSessionQuerySet
from training.schedule import EffectiveSchedule, get_schedule, next_runs
from training.serializers import (
    HistoryParams,
    NightSerializer,
    NothingRunsSerializer,
    ScheduleChangesInput,
    ScheduleSerializer,
    SessionLogParams,
    SessionSerializer,
    SessionSummarySerializer,
    StartedSerializer,
    StartInput,
    StartPlanSerializer,
    StoppingSerializer,
    TrainingHistorySerializer,
    TrainingLogParams,
    TrainingLogSerializer,
    TrainingStatusSerializer,
)

_TEXT = "text/plain; charset=utf-8"
#: What is longer does not fit into the buffers on the way: a slow reader holds a thread.
_LONG = 1 << 20


class SessionPages(Pages):
    """Pages of sessions, newest start first."""

    ordering = ("-start_time", "-id")


def caller(request: Request) -> str:
    """Return who asks: the user's name, empty for a program on this machine."""
    return request.user.get_username() if request.user.is_authenticated else ""


def idempotency_key(request: Request) -> str | None:
    """Return the `Idempotency-Key` header, None without one.

    Raises:
        InvalidInputError: it is empty or longer than 255 characters.
    """
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 1 <= len(key.strip()) <= 255:
        raise InvalidInputError("Idempotency-Key must have from 1 to 255 characters.")
    return key.strip() if key else None


class TrainingViewSet(viewsets.ViewSet):
    """/api/training/: what runs, the nights behind it, the schedule."""

    limits_per_minute: ClassVar = {"start": 10}

    @action(detail=False)
    @documented(TrainingStatusSerializer)
    def status(self, request: Request) -> Response:
        """GET /api/training/status: what runs now, how far it is, and the last session."""
        return Response(TrainingStatusSerializer(selectors.training_status(now=utc_now())).data)

    @action(detail=False)
    @documented(TrainingHistorySerializer, params=HistoryParams)
    def history(self, request: Request) -> Response:
        """GET /api/training/history: the nights of the window, oldest first.

        Nights without a finished session are left out; what a night did not measure is null.
        """
        days = HistoryParams.parse(request)["days"]
        nights = selectors.nights(since=first_night(days=days, today=today()))
        return Response(
            {
                "dates": [night.date for night in nights],
                "daily_quality": [night.overall_quality for night in nights],
                "daily_duration_ms": [night.duration_ms for night in nights],
                "daily_improvement": [night.quality_change for night in nights],
                "history": NightSerializer(nights, many=True).data,
            }
        )

    @action(detail=False, methods=["post"])
    @documented(
        StartedSerializer,
        status=202,
        also={200: StartPlanSerializer},
        body=StartInput,
        example={"force": True, "reason": "after new rules"},
        headers=(IDEMPOTENCY_KEY,),
        errors=(409,),
    )
    def start(self, request: Request) -> Response:
        """POST /api/training/start: start a training.

        202 with the session's id and Location. 409 if one is active already or training is
        disabled (`force` overrides the latter), 503 if nothing can run it. The same
        `Idempotency-Key` is answered with the session it started. `dry_run` starts
        nothing and answers 200 with what would be run and whether it could.
        """
        wish = StartInput(data=request.data)
        wish.is_valid(raise_exception=True)
        options = wish.validated_data
        if options["dry_run"]:
            plan = services.check_start(force=options["force"])
            return Response(StartPlanSerializer(plan).data)
        session = services.start_session(
            trigger=TrainingSession.Trigger.API,
            requested_by=caller(request),
            reason=options["reason"],
            force=options["force"],
            idempotency_key=idempotency_key(request),
        )
        body = {
            "status": "started",
            "training_id": session.pk,
            "message": f"Training {session.pk} was handed to the worker.",
            "timestamp": session.start_time,
        }
        headers = {"Location": reverse("training-session-detail", args=[session.pk])}
        return Response(body, status=status.HTTP_202_ACCEPTED, headers=headers)

    @action(detail=False, methods=["post"])
    @documented(StoppingSerializer, status=202, also={200: NothingRunsSerializer})
    def stop(self, request: Request) -> Response:
        """POST /api/training/stop: stop what runs; 202, or 200 if nothing does."""
        session = services.stop_session(requested_by=caller(request))
        now = utc_now()
        if session is None:
            message = "No training is running."
            body = {"status": "no_running_session", "message": message, "timestamp": now}
            return Response(body)
        body = {"status": "stopping", "training_id": session.pk, "timestamp": now}
        return Response(body, status=status.HTTP_202_ACCEPTED)

    @action(detail=False)
    @documented(ScheduleSerializer)
    def schedule(self, request: Request) -> Response:
        """GET /api/training/schedule: when training starts by itself, and the next five times."""
        return self._show(get_schedule())

    @schedule.mapping.patch
    @documented(
        ScheduleSerializer,
        body=ScheduleChangesInput,
        example={"schedule": "30 3 * * *", "enabled": True},
    )
    def change_schedule(self, request: Request) -> Response:
        """PATCH /api/training/schedule: change it; takes effect within half a minute.

        Takes `schedule`, `timezone`, `enabled`, `timeout_seconds`, `skip_dates`, `pause_until`.
        """
        changes: Any = request.data
        if not isinstance(changes, dict):
            raise InvalidInputError("The body must be an object with the fields to change.")
        return self._show(
            schedule_services.update_schedule(changes=changes, edited_by=caller(request))
        )

    def _show(self, schedule: EffectiveSchedule) -> Response:
        runs = next_runs(schedule, now=utc_now(), count=5)
        return Response(ScheduleSerializer({"schedule": schedule, "runs": runs}).data)


class SessionViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[TrainingSession]
):
    """/api/training/sessions: every session, whoever started it."""

    pagination_class = SessionPages
    filter_backends = [DjangoFilterBackend, Ordering]
    filterset_class = SessionFilter
    ordering_fields = ["start_time"]
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> TrainingSessionQuerySet:
        return selectors.sessions()

    def get_serializer_class(self) -> type[SessionSummarySerializer]:
        return SessionSummarySerializer if self.action == "list" else SessionSerializer

    @documented(SessionSummarySerializer(many=True), paged=True)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """GET /api/training/sessions: newest first; filter by status, trigger, night and time."""
        return super().list(request, *args, **kwargs)

    @documented(SessionSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """GET /api/training/sessions/<id>: one session with its phases and agents."""
        session = selectors.get_session(int(kwargs["pk"]))
        return Response(self.get_serializer(session).data)

    @action(detail=True)
    @documented(
        params=SessionLogParams,
        also={206: TEXT},
        media_types={"text/plain": TEXT},
        errors=(416,),
    )
    def log(self, request: Request, pk: str) -> HttpResponseBase:
        """GET /api/training/sessions/<id>/log: what the run printed, as plain text.

        `?tail=N` gives the last N lines; without it `?offset=N` gives what is behind the
        first N bytes, nothing if there is no more. `X-Log-Size` is the size in bytes, the
        next offset. Byte ranges are answered with 206, one beyond the end with 416. 404
        for a session that was not run from here.
        """
        params = SessionLogParams.parse(request)
        session = selectors.get_session(int(pk))
        # The time before the size: a line written in between makes the tag an old one.
        modified_ns = session_log.modified_ns(session.pk)
        size = session_log.log_size(session.pk)
        if size is None:
            if not session.is_active:
                raise NotFoundError(f"There is no log of session {session.pk}.", code="no_log")
            size = 0
        response: HttpResponseBase
        if "tail" in params:
            tail = session_log.tail(session.pk, params["tail"], end=size)
            response = HttpResponse(tail, content_type=_TEXT)
        elif "offset" in params:
            pieces = _log_pieces(session.pk, params["offset"], size - 1)
            response = StreamingHttpResponse(pieces, content_type=_TEXT)
        else:
            response = ranged_response(
                request,
                size=size,
                content_type=_TEXT,
                read=partial(_log_pieces, session.pk),
                modified_ns=modified_ns,
            )
        response["X-Log-Size"] = str(size)
        return response


def _log_pieces(session_id: int, first: int, last: int) -> Iterable[bytes]:
    pieces = session_log.read_range(session_id, first, last)
    return LimitedStream(pieces) if last - first >= _LONG else [b"".join(pieces)]


class TrainingLogViewSet(viewsets.ViewSet):
    """/api/logs/training: sessions and their agents as lines of a log."""

    @documented(TrainingLogSerializer(many=True), params=TrainingLogParams)
    def list(self, request: Request) -> Response:
        """GET /api/logs/training: newest session first, each followed by its agents."""
        limit = TrainingLogParams.parse(request)["limit"]
        rows = selectors.training_log(limit=limit)
        return Response(TrainingLogSerializer(rows, many=True).data)
