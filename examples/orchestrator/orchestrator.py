#!/usr/bin/env python3
"""Sample orchestrator: trains twelve small models on generated texts, night by night.

It has the layout, the command line, the printing and the files of a real one, so
that the dashboard has something true to show. Plain Python, no packages needed.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.night import Night, TrainingFailedError
from pipeline.outcome import overall_improvement, overall_quality, trained
from pipeline.stats import statistics

FOLDER = Path(__file__).resolve().parent
_NIGHT_HOUR = 3


def main(argv: list[str] | None = None, folder: Path = FOLDER) -> int:
    """Run one command; return the exit status."""
    options = _parser().parse_args(argv)
    if options.command == "stats":
        print(statistics(folder))
        return 0
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    starts = _starts(options.days, options.date)
    for number, started_at in enumerate(starts, start=1):
        night = Night(folder, started_at, thorough=not options.fast, say=_voice(options.verbose))
        try:
            night.run()
        except TrainingFailedError as error:
            print(f"\n[ERROR] Training Failed: {error}")
            return 1
        if len(starts) > 1:
            _say_night(night, number, len(starts))
    if len(starts) == 1:
        _say_success(night)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Sample orchestrator of the dashboard.")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train all agents")
    train.add_argument("--verbose", action="store_true", help="print every step")
    train.add_argument("--fast", action="store_true", help="one second instead of half a minute")
    train.add_argument("--days", type=_days, metavar="N", help="train the last N nights")
    train.add_argument(
        "--date", type=date.fromisoformat, metavar="YYYY-MM-DD", help="train that night, not now"
    )
    commands.add_parser("stats", help="show what the agents have learnt")
    return parser


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= 3650:
        raise argparse.ArgumentTypeError("expected a whole number from 1 to 3650")
    return days


def _starts(days: int | None, day: date | None) -> list[datetime]:
    """Return when each night begins: now, or at three o'clock of the nights asked for."""
    now = datetime.now(_zone()).replace(tzinfo=None)
    if day is None and days is None:
        return [now]
    last = datetime.combine(day or now.date(), time(_NIGHT_HOUR))
    if day is None and last > now:
        last -= timedelta(days=1)
    return [last - timedelta(days=back) for back in reversed(range(days or 1))]


def _zone() -> tzinfo:
    """Return the zone in which the dashboard reads our times."""
    name = os.environ.get("ORCHESTRATOR_TIME_ZONE") or "UTC"
    return UTC if name == "UTC" else ZoneInfo(name)


def _voice(verbose: bool) -> Callable[[str], None]:
    return print if verbose else lambda _: None


def _stop(number: int, _frame: object) -> None:
    # Nothing was written yet, or all of it: the files of a night are written together.
    raise SystemExit(128 + number)


def _say_night(night: Night, number: int, total: int) -> None:
    count = len(trained(night.outcomes))
    quality = overall_quality(night.outcomes)
    print(
        f"Night {number}/{total} {night.day}: quality {quality:.1f}/10,"
        f" {count} of {len(night.outcomes)} agents trained"
    )


def _say_success(night: Night) -> None:
    print("\n[SUCCESS] ✅ Holistic Training Completed!")
    print(f"[SUCCESS] Duration: {night.seconds / 60:.2f} minutes")
    print(f"[SUCCESS] Agents Trained: {len(trained(night.outcomes))}")
    print(f"[SUCCESS] System Improvement: {overall_improvement(night.outcomes):+.2f}%")


if __name__ == "__main__":
    sys.exit(main())
