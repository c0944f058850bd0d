"""What beat starts in the worker."""

from celery import shared_task

from system import evaluation, retention, sampling


@shared_task(name="system.sample_health")
def sample_health() -> None:
    """Measure the host and store the sample."""
    sampling.store_sample()


@shared_task(name="system.evaluate_alerts")
def evaluate_alerts() -> None:
    """Ask every alert rule."""
    evaluation.evaluate()


@shared_task(name="system.thin_out")
def thin_out() -> None:
    """Thin out old rows."""
    retention.thin_out()
