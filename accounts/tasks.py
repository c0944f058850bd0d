"""What the worker does for this app."""

from celery import shared_task

from accounts import audit


@shared_task(name="accounts.thin_out")
def thin_out() -> None:
    """Remove old entries of the audit list."""
    audit.thin_out()
