"""The form of the schedule in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError

from common.errors import InvalidInputError
from training.models import Schedule
from training.schedule import get_schedule
from training.schedule_input import checked

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Schedule]
else:  # not subscriptable when the program runs
    _ModelForm = forms.ModelForm

EDITABLE = ("cron", "timezone", "enabled", "timeout_seconds", "pause_until", "skip_dates")


class SkipDatesField(forms.CharField):
    """Days as text: one per line, the reason behind it."""

    widget = forms.Textarea(attrs={"rows": 4, "placeholder": "2026-12-24 office closed"})

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join(f"{day['date']} {day.get('reason', '')}".strip() for day in value)
        return value

    def clean(self, value: Any) -> Any:
        days = []
        for line in str(super().clean(value) or "").splitlines():
            if line.strip():
                day, _, reason = line.strip().partition(" ")
                days.append({"date": day, "reason": reason.strip()})
        return days

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class ScheduleForm(_ModelForm):
    """Checks the fields exactly as the API does; shows the cron expression that holds."""

    skip_dates = SkipDatesField(
        required=False, label="Days without training", help_text="One day per line, then why."
    )

    class Meta:
        model = Schedule
        fields = EDITABLE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["cron"] = get_schedule().cron

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for name in set(EDITABLE) & set(values):
            try:
                values[name] = checked({name: values[name]})[name]
            except InvalidInputError as error:
                self.add_error(name, ValidationError(error.message))
        return values
