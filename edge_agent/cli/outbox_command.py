"""``edge-agent outbox``: what waits for the broker, and what it would not take."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_agent.mqtt.dead_letters import Contents
    from edge_agent.mqtt.outbox_rows import DeadLetter

_EPILOG = """\
The agent may run meanwhile; it sends what was requeued within a second, where it is connected. An event is put aside
when the broker says that it is too large or malformed, or ends connections over it: change the broker first.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "outbox",
        help="list what waits for the broker; requeue or export what it refused",
        description="Look at the events on this device, and send again what the broker refused.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = _action(actions, "list", "how many events are in which state, and which were put aside and why", _list)
    listing.add_argument("--json", action="store_true", help="print JSON")
    requeueing = _action(actions, "requeue", "send events again that were put aside", _requeue)
    requeueing.add_argument("seq", nargs="*", type=int, metavar="SEQ", help="which, by their number")
    requeueing.add_argument("--all", action="store_true", help="all of them")
    _action(actions, "export", "print the events that were put aside, one JSON object a line", _export)


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
    handler: Callable[[argparse.Namespace, Path], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument("--state-dir", type=Path, metavar="DIR", help="the agent's state directory")
    parser.set_defaults(handler=lambda args: handler(args, _outbox_file(args.state_dir)))
    return parser


def _outbox_file(directory: Path | None) -> Path:
    from edge_agent.mqtt.outbox_schema import OUTBOX_FILE
    from edge_agent.update.store import default_store

    return (directory or default_store(os.environ, root=os.geteuid() == 0)) / OUTBOX_FILE


def _list(args: argparse.Namespace, outbox: Path) -> int:
    from edge_agent.mqtt.dead_letters import read_contents
    from edge_agent.mqtt.outbox_salvage import damaged_files

    contents, damaged = read_contents(outbox), damaged_files(outbox)
    if args.json:
        print(json.dumps({**_as_json(contents), "damaged_files": [file.name for file in damaged]}))
        return 0
    print(f"pending       {len(contents.pending):6}  {_ranges(contents.pending)}")
    print(f"acknowledged  {len(contents.acknowledged):6}  {_ranges(contents.acknowledged)}")
    print(f"put aside     {len(contents.dead_letters):6}")
    for letter in contents.dead_letters:
        print(f"  {letter.seq}  {_when(letter.settled_wall_s)}  {letter.topic}  {letter.reason}")
    lost = ", ".join(f"{item.first}-{item.last}" for item in contents.dropped)
    print(f"lost                  {lost or 'none'}")
    print(f"next number   {contents.next_seq:6}")
    for file in damaged:
        print(f"damaged file          {file.name}: its events that could be read are above")
    return 0


def _requeue(args: argparse.Namespace, outbox: Path) -> int:
    from edge_agent.mqtt.dead_letters import requeue

    if bool(args.seq) == args.all:
        sys.stderr.write("edge-agent outbox requeue: name the events by their numbers, or give --all\n")
        return 2
    requeued = requeue(outbox, None if args.all else args.seq)
    print(f"requeued {len(requeued)} of {'all' if args.all else len(args.seq)}: {_ranges(requeued)}")
    return 0 if args.all or len(requeued) == len(set(args.seq)) else 1


def _export(_args: argparse.Namespace, outbox: Path) -> int:
    from edge_agent.mqtt.dead_letters import read_contents

    for letter in read_contents(outbox).dead_letters:
        print(json.dumps(_letter(letter), ensure_ascii=False))
    return 0


def _as_json(contents: Contents) -> dict[str, object]:
    return {
        "pending": len(contents.pending),
        "acknowledged": len(contents.acknowledged),
        "dropped_ranges": [(item.first, item.last) for item in contents.dropped],
        "next_seq": contents.next_seq,
        "dead_letters": [_letter(letter) for letter in contents.dead_letters],
    }


def _letter(letter: DeadLetter) -> dict[str, object]:
    return {
        "seq": letter.seq,
        "topic": letter.topic,
        "reason": letter.reason,
        "put_aside_at": _when(letter.settled_wall_s),
        "payload": letter.payload.decode("utf-8", "replace"),
    }


def _when(wall_s: float) -> str:
    from edge_agent.mqtt.payload import rfc3339

    return rfc3339(wall_s)


def _ranges(seqs: Iterable[int]) -> str:
    from edge_agent.mqtt.outbox_rows import SeqRange, joined

    ranges = joined(SeqRange(seq, seq) for seq in seqs)
    return ", ".join(f"{item.first}-{item.last}" for item in ranges) or "none"
