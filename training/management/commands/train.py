"""`manage.py train`: run a training through the queue and follow it in the terminal."""

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from common.clock import utc_now
from common.errors import DashboardError
from training.following import SessionFollower
from training.models import TrainingSession
from training.services import StartCheck, check_start, start_session, stop_session
from training.terminal import Display, LiveDisplay, PlainDisplay

Status = TrainingSession.Status

COMPLETED, FAILED, NOT_STARTED, STOPPED = 0, 1, 2, 130


class Command(BaseCommand):
    """Start a session and follow it; a worker runs it, as for every other start."""

    help = (
        "Start a training and follow its output. Ctrl-C stops the training, a second Ctrl-C "
        "leaves it to itself. Exit status: 0 completed, 1 failed, 130 stopped, 2 not started."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--force",
            action="store_true",
            help="train although training is disabled in the configuration",
        )
        parser.add_argument("--reason", default="", help="why, kept with the session")
        parser.add_argument(
            "--check",
            action="store_true",
            help="only say what would be run, and whether it could",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self._check(check_start(force=options["force"]))
            return
        try:
            session = start_session(
                trigger=TrainingSession.Trigger.COMMAND,
                requested_by=_user_name(),
                reason=options["reason"],
                force=options["force"],
            )
        except DashboardError as error:
            cure = " Start the service with: make run" if error.code == "no_worker" else ""
            raise CommandError(error.message + cure, returncode=NOT_STARTED) from error
        status = self._follow(session)
        if status != COMPLETED:
            raise SystemExit(status)

    def _check(self, found: StartCheck) -> None:
        self.stdout.write(f"Command: {found.command}\nFolder:  {found.command.cwd}\n")
        for check in found.checks:
            mark = self.style.SUCCESS("ok  ") if check.ok else self.style.ERROR("FAIL")
            self.stdout.write(f"{mark} {check.name}: {check.detail}")
        if not found.ok:
            raise CommandError("A training could not be started now.", returncode=NOT_STARTED)

    def _follow(self, session: TrainingSession) -> int:
        follower = SessionFollower(session.pk)
        interrupted = asked = False
        with self._display() as display:
            display.say(f"Session {session.pk} was handed to the worker.")
            while True:
                try:
                    if interrupted and not asked:
                        display.say("Stopping the training. Ctrl-C again: do not wait for it.")
                        stop_session(requested_by=_user_name(), only=session.pk)
                        asked = True
                    return self._watch(follower, display)
                except KeyboardInterrupt:
                    if interrupted:
                        display.say(f"No longer following session {session.pk}.")
                        return STOPPED
                    interrupted = True

    def _watch(self, follower: SessionFollower, display: Display) -> int:
        for look in follower.looks():
            session = look.session
            display.update(session, look.lines, utc_now())
        display.say(_last_words(session))
        return {Status.COMPLETED: COMPLETED, Status.STOPPED: STOPPED}.get(
            Status(session.status), FAILED
        )

    def _display(self) -> Display:
        if self.stdout.isatty():
            return LiveDisplay(Console())
        return PlainDisplay(self._write_line)

    def _write_line(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _last_words(session: TrainingSession) -> str:
    seconds = session.duration_seconds
    took = "" if seconds is None else f" after {seconds:.1f} s"
    trained = "" if session.agents_trained is None else f", {session.agents_trained} agents trained"
    cause = f": {session.error_message}" if session.error_message else "."
    return f"Session {session.pk} {session.status}{took}{trained}{cause}"


def _user_name() -> str:
    try:
        return getpass.getuser()[:150]
    except (KeyError, OSError):  # a user id without a name, as in containers
        return ""
