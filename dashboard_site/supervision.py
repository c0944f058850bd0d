"""Supervisor of web server, worker and beat, until Ctrl-C: `python supervision.py`.

`manage.py run` becomes this program by exec. It loads neither Django nor Celery, so
that the process which only waits stays small; what it needs to know comes in the
environment (see `supervisord.conf`).
"""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from supervisor import events, supervisord
from supervisor.options import ServerOptions
from supervisor.states import SupervisorStates

#: In the environment of every process of the service, children's children too: DATA_DIR.
MARK = "DASHBOARD_SERVICE"
CONFIGURATION = Path(__file__).with_name("supervisord.conf")
#: Held back by `manage.py run` until the handlers of this program are in place.
STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
_SWEEP_SECONDS = 0.8
_POLL_SECONDS = 0.25


class DashboardSupervisor(supervisord.Supervisor):  # type: ignore[misc]  # comes without types
    """Supervisor that speaks to a person and leaves nothing behind."""

    def __init__(self, options: ServerOptions) -> None:
        super().__init__(options)
        self.exit_status = 0
        # nohup asks to outlive the terminal.
        self._survives_hangup = signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
        self._has_terminal = _is_in_foreground() and not self._survives_hangup

    def runforever(self) -> None:
        events.subscribe(events.ProcessStateExitedEvent, self._clear_up)
        events.subscribe(events.ProcessStateBackoffEvent, self._clear_up)
        events.subscribe(events.ProcessStateFatalEvent, self._give_up)
        # Signals are looked at after each poll: a second would be a tenth of the time to end.
        poll = self.options.poller.poll
        self.options.poller.poll = lambda timeout: poll(min(timeout, _POLL_SECONDS))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        super().runforever()

    def handle_signal(self) -> None:
        """Take the end of the terminal as the wish to stop; supervisor would start anew."""
        received = self.options.signal_receiver._signals_recvd
        if signal.SIGHUP in received:
            received.remove(signal.SIGHUP)
            if not self._survives_hangup:
                self.options.mood = SupervisorStates.SHUTDOWN
        # The signal reaches only the leader of the session, and `make` keeps it to itself.
        if self._has_terminal and not os.isatty(0):
            self.options.mood = SupervisorStates.SHUTDOWN
        super().handle_signal()

    def _clear_up(self, event: Any) -> None:
        # Its children would go on without it: a web server's worker even keeps the port.
        # Without an id it was never started, and the group 0 would be our own.
        if event.process.pid:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(event.process.pid, signal.SIGKILL)
        if self.options.mood == SupervisorStates.RUNNING:
            say("WARNING", f"{event.process.config.name} ended unexpectedly, starting it again")

    def _give_up(self, event: Any) -> None:
        say("ERROR", f"{event.process.config.name} does not start; ending the dashboard")
        self.exit_status = 1
        self.options.mood = SupervisorStates.SHUTDOWN


def say(level: str, message: str) -> None:
    """Print a line like those of the log; a closed terminal does not matter."""
    moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{moment} - supervisor - {level} - {message}\n")
        sys.stderr.flush()


def _is_in_foreground() -> bool:
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


def processes_of(mark: str) -> Iterator[psutil.Process]:
    """Yield the processes that carry the mark of one DATA_DIR, this one left out."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(MARK) == mark:
                yield process


def sweep(mark: str, *, patience: float = _SWEEP_SECONDS) -> int:
    """End what is left of the service and return how many processes that were.

    Reaches processes which left their parent's group and session, such as a training
    whose worker was killed.
    """
    left = list(processes_of(mark))
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, stubborn = psutil.wait_procs(left, timeout=patience)
    for process in stubborn:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(stubborn, timeout=patience)
    return len(left)


def main() -> int:
    """Supervise until asked to stop; return the exit status."""
    options = ServerOptions()
    options.realize(["--configuration", str(CONFIGURATION)])
    options.first, options.test = True, False
    supervisor = DashboardSupervisor(options)
    try:
        supervisor.main()
    except supervisord.asyncore.ExitNow:
        return supervisor.exit_status
    finally:
        sweep(os.environ[MARK])
        options.close_logger()
    return 1


if __name__ == "__main__":
    sys.exit(main())
