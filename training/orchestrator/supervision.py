"""One run of a program: started, read, watched, and ended so that nothing of it is left."""

from __future__ import annotations

import logging
import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.orchestrator import process
from training.orchestrator.lines import Line, LineSplitter

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.1
#: How often the process table is read to remember who belongs to the run.
LOOK_AROUND_SECONDS = 1.0
#: Children that outlive the program itself have this long to end by themselves.
LEFTOVER_SECONDS = 3.0
#: Nothing of the run lives any more, yet somebody holds the pipe: read on for this long.
_DRAIN_SECONDS = 2.0

REQUEST, TIMEOUT, WORKER_SHUTDOWN, CLOSED_ELSEWHERE = (
    "request",
    "timeout",
    "worker_shutdown",
    "closed_elsewhere",
)


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    `exit_code` as subprocess has it, negative: by that signal. `cause`: why we ended
    it, empty if it ended by itself. `leftovers`: processes that outlived the program
    and had to be ended.
    """

    exit_code: int
    cause: str
    elapsed_seconds: float
    had_to_kill: bool
    leftovers: int


class Supervisor:
    """Runs one program in a thread of its own, whatever happens to everything else.

    It touches no database, so it notices a time limit or a stop while that is away.
    `on_lines` is called in the reading thread with what the program printed.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        token: str,
        on_lines: Callable[[list[Line]], None],
        time_limit: float | None = None,
        grace: float = 30.0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.command = list(command)
        self.outcome: Outcome | None = None
        self.leader: process.Identity | None = None
        self._cwd, self._environment = cwd, environment
        self._on_lines, self._time_limit, self._grace = on_lines, time_limit, grace
        self._processes = process.RunProcesses(token)
        self._cause = ""
        self._wake, self._finished, self._stop_reading = (threading.Event() for _ in range(3))
        self._began = 0.0

    def start(self) -> process.Identity:
        """Start the program and its two threads.

        Raises:
            OSError: it cannot be started; nothing runs then.
        """
        self._began = time.monotonic()
        popen = process.start(
            self.command,
            cwd=self._cwd,
            token=self._processes.token,
            environment=self._environment,
        )
        leader = process.identify(popen.pid, or_ended=True) or process.Identity(popen.pid, 0.0)
        self.leader = self._processes.leader = leader
        reader = threading.Thread(target=self._read, args=(popen,), name="run-reader", daemon=True)
        reader.start()
        threading.Thread(
            target=self._watch, args=(popen, reader), name="run-watcher", daemon=True
        ).start()
        return leader

    @property
    def elapsed_seconds(self) -> float:
        """How long it has run, by a clock that nobody can move."""
        return self.outcome.elapsed_seconds if self.outcome else time.monotonic() - self._began

    @property
    def cause(self) -> str:
        """Why it is being ended; empty: nobody asked for that."""
        return self._cause

    def request_end(self, cause: str, *, grace: float | None = None) -> None:
        """Ask for the end: SIGTERM now, SIGKILL after the grace. The first cause stays.

        Safe to call from any thread and from a signal handler; a later call can only
        shorten the grace.
        """
        if grace is not None:
            self._grace = min(self._grace, grace)
        self._cause = self._cause or cause
        self._wake.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most this long; return whether nothing of the run is left."""
        return self._finished.wait(seconds)

    def _read(self, popen: subprocess.Popen[bytes]) -> None:
        assert popen.stdout is not None  # noqa: S101 - always a pipe
        splitter = LineSplitter()
        descriptor = popen.stdout.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN | select.POLLHUP)
        while not self._stop_reading.is_set():
            if not poll.poll(200):
                continue
            data = os.read(descriptor, 65_536)
            if not data:
                break
            self._deliver(splitter.feed(data))
        self._deliver(splitter.flush())
        popen.stdout.close()

    def _deliver(self, lines: list[Line]) -> None:
        if not lines:
            return
        try:
            self._on_lines(lines)
        except Exception:  # a pipe that nobody empties brings the training to a halt
            logger.exception("a part of the training's output could not be dealt with")

    def _watch(self, popen: subprocess.Popen[bytes], reader: threading.Thread) -> None:
        while not self._finished.is_set():
            try:
                self._watch_to_the_end(popen, reader)
            except Exception:  # without a watcher, neither limit nor stop would be kept
                logger.exception("watching the training goes on after an error")
                time.sleep(TICK_SECONDS)

    def _watch_to_the_end(self, popen: subprocess.Popen[bytes], reader: threading.Thread) -> None:
        self._await_end_or_cause(popen)
        cause = self._cause
        leftovers: set[process.Identity] = set()
        if not cause:
            leftovers = self._await_leftovers()
        killed = self._end_all()
        # Only now: until it is waited for, the program's number cannot pass to a stranger.
        exit_code = popen.wait()
        elapsed = time.monotonic() - self._began
        reader.join(_DRAIN_SECONDS)
        self._stop_reading.set()
        reader.join()
        self.outcome = Outcome(exit_code, cause, elapsed, killed, len(leftovers))
        self._finished.set()

    def _await_end_or_cause(self, popen: subprocess.Popen[bytes]) -> None:
        next_look = 0.0
        while not self._cause and not _has_ended(popen):
            now = time.monotonic()
            if self._time_limit is not None and now - self._began >= self._time_limit:
                self.request_end(TIMEOUT)
            elif now >= next_look:
                self._processes.living()  # remembers them
                next_look = now + LOOK_AROUND_SECONDS
            self._wake.wait(TICK_SECONDS)

    def _await_leftovers(self) -> set[process.Identity]:
        """Give children time to end after the program itself; return those that do not."""
        deadline = time.monotonic() + LEFTOVER_SECONDS
        while (living := self._processes.living()) and not self._cause:
            if time.monotonic() >= deadline:
                break
            self._wake.wait(TICK_SECONDS)
        return living

    def _end_all(self) -> bool:
        """End whatever lives, and do not give up; return whether SIGKILL was needed."""
        began = time.monotonic()
        asked: set[process.Identity] = set()
        killed = False
        while living := self._processes.living():
            kill = time.monotonic() - began >= self._grace
            killed = killed or kill
            asked |= process.signal_next(living, asked, kill=kill)
            time.sleep(TICK_SECONDS)
        return killed


def _has_ended(popen: subprocess.Popen[bytes]) -> bool:
    if not hasattr(os, "waitid"):
        return popen.poll() is not None
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    try:
        return os.waitid(os.P_PID, popen.pid, flags) is not None
    except ChildProcessError:
        return True
