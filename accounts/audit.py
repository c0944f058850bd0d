"""The list of what was changed, by whom and from where: one place for API and admin."""

import hashlib
import logging
from collections.abc import Callable
from ipaddress import ip_address

from axes.models import AccessLog
from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponseBase
from django_guid import get_guid
from rest_framework.permissions import SAFE_METHODS

from accounts.access import is_trusted_machine
from accounts.models import ApiToken, AuditEntry
from common.clock import utc_now
from common.limits import first_in_span

logger = logging.getLogger(__name__)

Via, Outcome = AuditEntry.Via, AuditEntry.Outcome

#: Calls that come in numbers are noted once a minute per caller, route and status: what
#: programs push, and what is refused. Else whoever is kept out could fill the disk.
SPAN_SECONDS = 60


class AuditMiddleware:
    """Writes an entry for each call of a route with a method that may change something.

    Bodies and parameters are never kept: they may hold secrets.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method not in SAFE_METHODS and request.resolver_match is not None:
            _note(request, response)
        return response


def _note(request: HttpRequest, response: HttpResponseBase) -> None:
    if response.status_code in {404, 405}:  # nothing there that could have been changed
        return
    entry = _entry(request, response)
    if _is_to_be_noted(request, entry):
        _store(entry)


def _entry(request: HttpRequest, response: HttpResponseBase) -> AuditEntry:
    token = getattr(request, "auth", None)
    token = token if isinstance(token, ApiToken) else None
    # REST framework leaves the user it found on Django's request.
    user = request.user
    return AuditEntry(
        at=utc_now(),
        via=_via(request, token),
        actor=user.get_username()[:150] if user.is_authenticated else "",
        token=str(token)[:120] if token else "",
        address=address_of(request),
        method=(request.method or "")[:8],
        path=request.path.replace("\x00", "")[:300],
        target=response.headers.get("Location", "")[:300],
        status=response.status_code,
        outcome=_outcome(response.status_code, is_page=not request.path.startswith("/api/")),
        request_id=(get_guid() or "")[:36],
    )


def address_of(request: HttpRequest) -> str | None:
    """Return the caller's address; None where the server does not know it."""
    text: str = request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(text))
    except ValueError:
        return None


def _via(request: HttpRequest, token: ApiToken | None) -> str:
    if token is not None:
        return Via.TOKEN
    if request.user.is_authenticated:
        return Via.SESSION
    return Via.MACHINE if is_trusted_machine(request) else Via.NOBODY


def _outcome(status: int, *, is_page: bool) -> str:
    if status in {401, 403, 429}:
        return Outcome.REFUSED
    if status >= 500:
        return Outcome.FAILED
    # A form answers with a redirect when it has done something, else with itself.
    done = range(300, 400) if is_page else range(200, 400)
    return Outcome.DONE if status in done else Outcome.NOT_DONE


def _is_to_be_noted(request: HttpRequest, entry: AuditEntry) -> bool:
    match = request.resolver_match
    view = getattr(match.func, "cls", None) if match else None
    is_push = getattr(view, "required_scope", None) == "push"
    if entry.outcome in {Outcome.DONE, Outcome.FAILED} and not is_push:
        return True
    route = match.route if match else ""
    parts = (entry.actor, entry.token, entry.address, entry.method, route, entry.status)
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=16).hexdigest()
    return first_in_span(f"audit:{digest}", seconds=SPAN_SECONDS)


def _store(entry: AuditEntry) -> None:
    try:
        entry.save(force_insert=True)
    except DatabaseError:
        # The call is over: what it did stands, and its caller is told so.
        logger.exception("the audit entry could not be stored: %s by %r", entry, entry.actor)


def thin_out() -> int:
    """Remove entries, and sign-ins, older than AUDIT_RETENTION_DAYS; return their number."""
    limit = utc_now() - settings.AUDIT_RETENTION
    sign_ins: int = AccessLog.objects.filter(attempt_time__lt=limit).delete()[0]
    return sign_ins + AuditEntry.objects.filter(at__lt=limit).delete()[0]
