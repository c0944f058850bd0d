"""Asking the alert rules, and keeping what they find as alerts that begin and end."""

import logging
from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from common.clock import utc_now
from logs_app.services import Severity, record_event
from system.models import Alert
from system.rules import Finding, Rule, all_rules

logger = logging.getLogger(__name__)

Level = Alert.Level
#: The alert about a rule that cannot be asked; its subject is the rule's name.
RULE_FAILS = "rule_fails"


def evaluate(*, now: datetime | None = None, only: Collection[str] | None = None) -> None:
    """Ask every registered rule, or those named in `only`, and keep their alerts.

    Safe to run twice and at the same time: the database holds one active alert per
    rule and subject, and only the run that changed a row writes the event. A rule
    that fails keeps its alerts as they are and has an alert of its own.
    """
    now = now or utc_now()
    rules = [rule for rule in all_rules() if only is None or rule.name in only]
    failures = [failure for rule in rules if (failure := _evaluate_rule(rule, now)) is not None]
    asked = {rule.name for rule in rules}
    about_rules = Rule(
        name=RULE_FAILS,
        description="An alert rule cannot be asked.",
        check=lambda now: failures,
        keeps=lambda now, subject: only is not None and subject not in asked,
    )
    _keep_alerts(about_rules, now)
    if only is None:
        for alert in Alert.objects.active().exclude(rule__in=[*asked, RULE_FAILS]):
            _end(alert, now)  # its rule is gone, nobody else would


def _evaluate_rule(rule: Rule, now: datetime) -> Finding | None:
    """Keep the alerts of one rule; return a finding about the rule if it fails."""
    try:
        _keep_alerts(rule, now)
    except Exception as error:
        logger.warning("the alert rule %s fails", rule.name, exc_info=True)
        message = f"The alert rule {rule.name} cannot be asked: {type(error).__name__}."
        return Finding(Level.WARNING, message, now, subject=rule.name)
    return None


def _keep_alerts(rule: Rule, now: datetime) -> None:
    # The worst last, so that it is what stays of several findings about one subject.
    found = sorted(rule.check(now), key=lambda finding: finding.level == Level.CRITICAL)
    findings = {finding.subject: finding for finding in found}
    active = {alert.subject: alert for alert in Alert.objects.active().filter(rule=rule.name)}
    for subject, finding in findings.items():
        if subject in active:
            _update(active[subject], finding)
        else:
            _begin(rule, finding)
    for subject, alert in active.items():
        if subject not in findings and not rule.keeps(now, subject):
            _end(alert, now)


def _begin(rule: Rule, finding: Finding) -> None:
    with transaction.atomic():
        alert, is_new = Alert.objects.get_or_create(
            rule=rule.name,
            subject=finding.subject,
            ended_at=None,
            defaults={
                "level": finding.level,
                "agent_id": finding.agent_id,
                "message": finding.message,
                "began_at": finding.began_at,
                "value": finding.value,
                "threshold": finding.threshold,
            },
        )
        if is_new:
            _record(alert, "alert_raised", finding.message, severity=finding.level)


def _update(alert: Alert, finding: Finding) -> None:
    """Write what changed; a worse level is news, so it needs to be acknowledged again."""
    current = {
        "level": finding.level,
        "message": finding.message,
        "value": finding.value,
        "threshold": finding.threshold,
    }
    changes = {name: value for name, value in current.items() if getattr(alert, name) != value}
    if not changes:
        return
    same = Alert.objects.active().filter(pk=alert.pk, level=alert.level)
    if "level" not in changes:
        same.update(**changes)
        return
    if finding.level == Level.CRITICAL:
        changes |= {"acknowledged_at": None, "acknowledged_by": ""}
    with transaction.atomic():
        if same.update(**changes):
            message = f"Now {finding.level}: {finding.message}"
            _record(alert, "alert_level_changed", message, severity=finding.level)


def _end(alert: Alert, now: datetime) -> None:
    with transaction.atomic():
        if Alert.objects.active().filter(pk=alert.pk).update(ended_at=now):
            _record(alert, "alert_ended", f"Ended: {alert.message}", severity=Severity.INFO)


def _record(alert: Alert, event_type: str, message: str, *, severity: str) -> None:
    record_event(
        event_type=event_type,
        message=message,
        severity=severity,
        agent_id=alert.agent_id,
        metadata={"alert_id": alert.pk, "rule": alert.rule, "subject": alert.subject},
    )
