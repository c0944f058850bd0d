"""What a person does about alerts."""

from django.db import transaction

from common.clock import utc_now
from common.errors import NotFoundError
from logs_app.services import record_event
from system.models import Alert


def acknowledge_alert(*, alert_id: int, by: str) -> Alert:
    """Note that a person has seen an alert, and return it; the first one stays noted.

    Raises:
        NotFoundError: there is no such alert (404).
    """
    with transaction.atomic():
        unseen = Alert.objects.filter(pk=alert_id, acknowledged_at=None)
        is_first = unseen.update(acknowledged_at=utc_now(), acknowledged_by=by[:150])
        alert = Alert.objects.filter(pk=alert_id).first()
        if alert is None:
            raise NotFoundError(f"There is no alert {alert_id}.")
        if is_first:
            record_event(
                event_type="alert_acknowledged",
                message=f"Seen by {by}: {alert.message}",
                agent_id=alert.agent_id,
                metadata={"alert_id": alert.pk, "rule": alert.rule, "by": by},
            )
    return alert
