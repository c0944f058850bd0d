"""Processes of a run: started, found again, signalled, and never mistaken for a stranger's.

A process id alone names nobody: the system gives it out again. Here a process is
its id and the moment the kernel started it, counted from the boot, which no
change of the clock moves. Valid within one boot and one container (`Place`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import psutil

#: Set in the environment of a run's processes; children inherit it.
TOKEN_VARIABLE = "DASHBOARD_SESSION"  # noqa: S105 - a name, and no secret # nosec B105
# Not the training program's, which may be a Django project itself.
_OURS = ("DJANGO_SETTINGS_MODULE", "SECRET_KEY")
#: How often the process table is looked at while processes are being ended.
TICK_SECONDS = 0.1
_PROC = Path("/proc")


@dataclass(frozen=True)
class Place:
    """Where process ids are valid: one boot of one host, in one container."""

    host: str
    boot_id: str
    pid_namespace: str

    def sees(self, other: Place) -> bool:
        """Return whether processes of `other` can be looked up here."""
        return (self.boot_id, self.pid_namespace) == (other.boot_id, other.pid_namespace)

    def is_later_boot_of(self, other: Place) -> bool:
        """Return whether the host has been booted since: nothing of `other` lives any more."""
        return self.host == other.host and self.boot_id != other.boot_id


@lru_cache(maxsize=1)
def here() -> Place:
    """Return the place this process runs in."""
    try:
        boot_id = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        namespace = (_PROC / "self/ns/pid").readlink().name
    except OSError:  # not Linux
        boot_id, namespace = f"booted {psutil.boot_time():.0f}", ""
    return Place(socket.gethostname(), boot_id, namespace)


@dataclass(frozen=True)
class Identity:
    """One process and no other: `started` is seconds since the boot where the kernel says so."""

    pid: int
    started: float


@dataclass(frozen=True)
class Entry:
    """One line of the process table."""

    identity: Identity
    parent: int
    group: int
    session: int


def process_table() -> list[Entry]:
    """Return all living processes; those that have ended and wait to be reaped are left out."""
    if not (_PROC / "self/stat").exists():
        return _portable_table()
    names = [name for name in os.listdir(_PROC) if name.isdecimal()]  # noqa: PTH208 - 3 times faster
    return [entry for name in names if (entry := _read_entry(int(name))) is not None]


def identify(pid: int, *, or_ended: bool = False) -> Identity | None:
    """Return the identity of a living process; None if there is none with this id.

    With `or_ended` also of a child of ours that has ended and was not waited for yet.
    """
    if (_PROC / "self/stat").exists():
        entry = _read_entry(pid, or_ended=or_ended)
        return entry.identity if entry else None
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE and not or_ended:
            return None
        return Identity(pid, process.create_time())
    except psutil.Error:
        return None


def is_alive(identity: Identity) -> bool:
    """Return whether this very process lives, and not another with the same id."""
    return identify(identity.pid) == identity


def _read_entry(pid: int, *, or_ended: bool = False) -> Entry | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The command's name, in brackets, may hold blanks and brackets itself.
    fields = text.rpartition(")")[2].split()
    if fields[0] in {"Z", "X"} and not or_ended:
        return None
    started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
    return Entry(Identity(pid, started), int(fields[1]), int(fields[2]), int(fields[3]))


def _portable_table() -> list[Entry]:
    entries = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.status() != psutil.STATUS_ZOMBIE:
                pid = process.pid
                identity = Identity(pid, process.create_time())
                entries.append(Entry(identity, process.ppid(), os.getpgid(pid), os.getsid(pid)))
    return entries


def start(
    command: Sequence[str], *, cwd: Path, token: str, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a command, without a shell, as the leader of a session of its own.

    Both outputs come through one pipe, in order and unbuffered where Python is the
    program. Signals of our terminal do not reach it.

    Raises:
        OSError: the program or the folder does not exist or may not be used.
    """
    environment = dict(os.environ if environment is None else environment)
    for name in _OURS:
        environment.pop(name, None)
    environment |= {
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
        "PYTHONUTF8": "1",
        TOKEN_VARIABLE: token,
    }
    return subprocess.Popen(  # noqa: S603 - the command comes from the settings only
        list(command),
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
        start_new_session=True,
    )


@dataclass
class RunProcesses:
    """All processes of one run: its group, descendants, and those that left both.

    After the leader's end its number may come to name a stranger's group. `seen_until`
    is the last moment, in seconds since the boot, at which the leader is known to have
    lived: who was in the group and had started by then belongs to the run.
    """

    token: str
    leader: Identity | None = None
    seen_until: float | None = None
    known: set[Identity] = field(default_factory=set)
    _strangers: set[Identity] = field(default_factory=set)

    def living(self) -> set[Identity]:
        """Return those that live now, and remember them."""
        table = process_table()
        present = {entry.identity for entry in table}
        self._strangers &= present
        found = {entry.identity for entry in table if self._is_member(entry)}
        found |= self.known & present
        found = _with_descendants(found, table)
        found.discard(identify(os.getpid()) or Identity(os.getpid(), 0))
        self.known |= found
        return found

    def _is_member(self, entry: Entry) -> bool:
        return self._shares_group(entry) or self._is_marked(entry.identity)

    def _shares_group(self, entry: Entry) -> bool:
        if self.leader is None or self.leader.pid not in {entry.group, entry.session}:
            return False
        if entry.identity.started < self.leader.started:
            return False
        # While the leader lives, or has ended and was not waited for, the number is taken.
        if identify(self.leader.pid, or_ended=True) == self.leader:
            return True
        return self.seen_until is not None and entry.identity.started <= self.seen_until

    def _is_marked(self, identity: Identity) -> bool:
        if not self.token or identity in self._strangers:
            return False
        if _environment_value(identity, TOKEN_VARIABLE) == self.token:
            return True
        self._strangers.add(identity)
        return False


def end_all(processes: RunProcesses, *, grace: float, patience: float = 10.0) -> set[Identity]:
    """End all processes of a run: SIGTERM, after `grace` seconds SIGKILL; return what is left.

    Gives up `patience` seconds after the first SIGKILL, which only a process that
    hangs in the kernel, or one that is not ours to signal, survives.
    """
    began = time.monotonic()
    asked: set[Identity] = set()
    while living := processes.living():
        waited = time.monotonic() - began
        if waited >= grace + patience:
            return living
        asked |= signal_next(living, asked, kill=waited >= grace)
        time.sleep(TICK_SECONDS)
    return set()


def signal_next(living: set[Identity], asked: set[Identity], *, kill: bool) -> set[Identity]:
    """Kill all of `living`, or ask those that were not asked yet; return who was signalled."""
    number = signal.SIGKILL if kill else signal.SIGTERM
    return {one for one in (living if kill else living - asked) if send_signal(one, number)}


def _with_descendants(found: set[Identity], table: Sequence[Entry]) -> set[Identity]:
    children: dict[int, list[Entry]] = {}
    for entry in table:
        children.setdefault(entry.parent, []).append(entry)
    result, to_visit = set(found), list(found)
    while to_visit:
        parent = to_visit.pop()
        for child in children.get(parent.pid, ()):
            if child.identity not in result:
                result.add(child.identity)
                to_visit.append(child.identity)
    return result


def _environment_value(identity: Identity, name: str) -> str | None:
    """Return a variable that the process was started with; None if unset or not ours to read."""
    try:
        value = psutil.Process(identity.pid).environ().get(name)
    except (psutil.Error, OSError):
        return None
    return value if is_alive(identity) else None


def send_signal(identity: Identity, number: signal.Signals) -> bool:
    """Send a signal to this very process; False if it has ended or may not be signalled."""
    descriptor = _descriptor_of(identity.pid)
    try:
        if not is_alive(identity):
            return False
        if descriptor is None:
            os.kill(identity.pid, number)
        else:
            signal.pidfd_send_signal(descriptor, number)
    except OSError:
        return False
    finally:
        if descriptor is not None:
            os.close(descriptor)
    return True


def _descriptor_of(pid: int) -> int | None:
    """Return a descriptor that stays with the process, so that no other can take its place.

    None where the system, or this build of Python, has no such thing.
    """
    if not hasattr(os, "pidfd_open"):
        return None
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None
