"""Arguments that say when and how devices shall change their model."""

from __future__ import annotations

import argparse
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Literal

from edge_agent.data.shift import Day

if TYPE_CHECKING:
    from edge_agent.fleet.pointers import Terms
    from edge_agent.update.release import RuntimeRange
    from edge_agent.update.window import MaintenanceWindow

_DAYS = [day.value for day in Day]
_WINDOW = re.compile(r"(?:(?P<days>[a-z,-]+) )?(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)")


def add_terms(parser: argparse.ArgumentParser) -> None:
    """Add windows, deadline, trial and abort rule."""
    parser.add_argument(
        "--window", type=_window, action="append", default=[], metavar="SPAN",
        help="devices begin only then, by their own clock: '22:00-05:00', 'mon-fri 22:00-05:00', 'sat,sun 00:00-00:00'",
    )  # fmt: skip
    parser.add_argument("--deadline", type=_instant, metavar="TIME", help="none begins later, as in 2026-05-01T12:00Z")
    parser.add_argument("--trial-s", type=float, default=600.0, metavar="S", help="watch the new model (%(default)s)")
    parser.add_argument(
        "--max-failure-rate", type=float, default=0.05, metavar="R", help="halt a rollout above it (%(default)s)"
    )
    parser.add_argument(
        "--min-finished", type=int, default=1, metavar="N", help="devices, before the rate counts (%(default)s)"
    )


def terms_from(args: argparse.Namespace) -> Terms:
    """What `add_terms` added."""
    from edge_agent.fleet.pointers import Terms
    from edge_agent.update.pointer import AbortRule

    return Terms(
        windows=tuple(args.window),
        deadline=args.deadline,
        abort=AbortRule(max_failure_rate=args.max_failure_rate, min_finished=args.min_finished),
        trial_s=args.trial_s,
    )


def version_range(text: str) -> RuntimeRange | Literal[False]:
    """``1.2..2.3``, ``1.2..``, ``..2.3``; False for ``none``."""
    from edge_agent.update.release import RuntimeRange

    if text == "none":
        return False
    match = re.fullmatch(r"(\d+(?:\.\d+)*)?\.\.(\d+(?:\.\d+)*)?", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no range: write it as 1.2..2.3, 1.2.. or ..2.3")
    return RuntimeRange(min=match[1], max=match[2])


def _window(text: str) -> MaintenanceWindow:
    from edge_agent.update.window import MaintenanceWindow

    match = _WINDOW.fullmatch(text.lower())
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no window: write it as 'mon-fri 22:00-05:00'")
    days = tuple(Day(name) for name in _days(match["days"] or "mon-sun"))
    return MaintenanceWindow(days=days, start=match["start"], end=match["end"])


def _days(text: str) -> list[str]:
    chosen: list[str] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise argparse.ArgumentTypeError(f"{part!r} is no day: there are {', '.join(_DAYS)}")
        begin, count = _DAYS.index(first), (_DAYS.index(last or first) - _DAYS.index(first)) % 7 + 1
        chosen += [_DAYS[(begin + step) % 7] for step in range(count)]
    return [day for day in _DAYS if day in chosen]


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no time: write it as 2026-05-01T12:00Z") from error
    if at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} says no zone: end it with Z for UTC, or with +02:00")
    return at.astimezone(timezone.utc)
