"""Writing events, one or many, and storing a repeated delivery only once."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction

from common.bulk import insert_rows
from common.clock import utc_now
from common.errors import ConflictError, InvalidInputError
from logs_app.models import Event, IdempotencyKey
from logs_app.signatures import signature_of

Severity = Event.Severity


def new_event(
    *,
    event_type: str,
    message: str,
    severity: str = Severity.INFO,
    agent_id: str | None = None,
    session_id: int | None = None,
    metadata: Mapping[str, Any] | None = None,
    timestamp: datetime | None = None,
    source_id: int | None = None,
) -> dict[str, Any]:
    """Return the columns of an event for `record_events`; without `timestamp` it is now."""
    return {
        "timestamp": timestamp or utc_now(),
        "event_type": event_type,
        "message": message,
        "severity": severity,
        "agent_id": agent_id,
        "session_id": session_id,
        "metadata": dict(metadata or {}),
        "source_id": source_id,
    }


def record_event(
    *,
    event_type: str,
    message: str,
    severity: str = Severity.INFO,
    agent_id: str | None = None,
    session_id: int | None = None,
    metadata: Mapping[str, Any] | None = None,
    timestamp: datetime | None = None,
) -> Event:
    """Store one event that we saw ourselves, and return it; without `timestamp` it is now."""
    return Event.objects.create(
        **new_event(
            event_type=event_type,
            message=message,
            severity=severity,
            agent_id=agent_id,
            session_id=session_id,
            metadata=metadata,
            timestamp=timestamp,
        )
    )


def record_events(events: Iterable[Mapping[str, Any]]) -> int:
    """Store events (columns by name, as of `new_event`), all or none; return their number.

    One without a timestamp happened now.
    """
    now = utc_now()
    return insert_rows(
        Event,
        (
            {"timestamp": now, **event, "signature": signature_of(event["message"])}
            for event in events
        ),
    )


def delivery_scope(kind: str, caller_id: int | None) -> str:
    """Return a scope for `once`: of one kind of rows and one caller, for keys may be alike."""
    return f"{kind} of {caller_id or 'the machine'}"


def once(
    key: str | None,
    scope: str,
    action: Callable[[], Mapping[str, Any]],
    *,
    body: Any = None,
) -> dict[str, Any]:
    """Return what `action` answers, running it only the first time a key is seen in a scope.

    `key` is the caller's `Idempotency-Key` header; without one the action just
    runs. `action` writes and returns an answer of JSON types; both and the key are
    one transaction, so a failed delivery may be repeated. A repetition gets the
    first answer again, also while the first is still being stored. `body` is what
    was delivered (JSON types).

    Raises:
        ConflictError: the key came before with another body (409).
        InvalidInputError: the key is not 1 to 200 printable ASCII characters (400).
    """
    if key is None:
        with transaction.atomic():
            return dict(action())
    _check_key(key)
    fingerprint = hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()
    with transaction.atomic():
        row, is_first = IdempotencyKey.objects.get_or_create(
            scope=scope, key=key, defaults={"created_at": utc_now(), "fingerprint": fingerprint}
        )
        if is_first:
            row.response = dict(action())
            row.save(update_fields=["response"])
        elif row.fingerprint != fingerprint:
            raise ConflictError(
                "This Idempotency-Key was used for another body.", code="idempotency_key_reused"
            )
    return dict(row.response)


def _check_key(key: str) -> None:
    if not (1 <= len(key) <= 200 and key.isascii() and key.isprintable()):
        text = "Idempotency-Key must be 1 to 200 printable ASCII characters."
        raise InvalidInputError(text, details={"Idempotency-Key": [text]})
