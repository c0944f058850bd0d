"""Handing a session to a worker: by the name of the task, so that nothing here imports it."""

import logging

from celery import current_app
from kombu.exceptions import ChannelError, KombuError

from common.errors import UnavailableError

logger = logging.getLogger(__name__)

RUN_SESSION = "training.run_session"
#: A message that no worker took within this time, seconds, is void.
EXPIRES_SECONDS = 60


def send(session_id: int) -> None:
    """Queue the run of a session. Sent twice, it runs once: only one worker can claim it.

    Raises:
        UnavailableError: the queue cannot be reached or written (503).
    """
    try:
        current_app.send_task(RUN_SESSION, args=[session_id], expires=EXPIRES_SECONDS)
    except (KombuError, ChannelError, OSError) as error:
        logger.warning("session %s could not be queued: %s", session_id, error)
        raise UnavailableError(
            f"The queue cannot be reached, so no worker can run the training: {error}",
            code="queue_unavailable",
        ) from error
