"""``edge-agent demo``: see the whole agent at work, with nothing but this computer."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_agent.app.demo.story_to_config import BrokerAddress

_EPILOG = """\
Plays a clip of 24 s as if it were a camera: through `edge-agent run` as a service would start it, to an MQTT broker on
this computer (mosquitto where it is installed, amqtt otherwise), to a subscriber that prints what arrives. Nothing is
left behind, unless it is killed by SIGKILL. Exits with 0 where every incident of the clip was raised exactly once and
no other was, with 1 otherwise.
"""
_COLOURS = {"critical": "\033[1;31m", "warning": "\033[33m"}
_PLAIN = "\033[0m"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "demo",
        help="play a clip through the whole agent and a broker, and see what arrives",
        description="Play a clip through the whole agent and a broker, and see what arrives.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--loop", action="store_true", help="play it again and again, until Ctrl-C; nothing is judged")
    parser.add_argument("--broker", metavar="HOST[:PORT]", help="publish to this broker instead of one of our own")
    parser.add_argument("--model", help="another model than the built-in one: a file, a directory, or a name")
    parser.add_argument("--store", type=Path, metavar="DIR", help="the agent's state directory, for a model's name")
    parser.add_argument(
        "--story", type=Path, metavar="DIR", help="another clip.mp4 with its demo.yaml and expected.yaml"
    )
    parser.set_defaults(handler=demo)


def demo(args: argparse.Namespace) -> int:
    """Play, print, and judge; 1 where what arrived is not what happens in the clip."""
    from edge_agent.app.demo.play import Playing, play
    from edge_agent.app.demo.story import packaged_story, read_story
    from edge_agent.app.demo.verdict import HEADING, Raised, compare, conclusion

    story = read_story(args.story or packaged_story())
    broker = parse_broker(args.broker) if args.broker else None
    raised: list[Raised] = []
    model = _model(args)
    with _stop_signals() as asked_to_stop:
        try:
            play(story, Playing(model, args.loop, broker, _say, raised.append, asked_to_stop))
        except KeyboardInterrupt:
            if not args.loop:
                raise
            print(f"\nstopped; {len(raised)} incidents were raised")
            return 0
    rows = compare(story.expected, raised)
    print("", HEADING, *(row.text for row in rows), "", conclusion(rows), sep="\n")
    return 0 if all(row.good for row in rows) else 1


def parse_broker(text: str) -> BrokerAddress:
    """``HOST`` or ``HOST:PORT``; an IPv6 address with a port stands in brackets.

    Raises:
        DemoError: The port is none.
    """
    from edge_agent.app.demo.story_to_config import BrokerAddress
    from edge_agent.errors import DemoError

    host, port = text, "1883"
    if text.startswith("[") and "]" in text:
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not host or not port.isdecimal() or not 1 <= int(port) <= 65535:
        raise DemoError(f"--broker {text}: write HOST or HOST:PORT, as in broker.example:1883")
    return BrokerAddress(host, int(port), "auto", "broker")


def _model(args: argparse.Namespace) -> Path:
    """The model to play with, before anything is started: what is missing is told at once."""
    from edge_agent.cli.model_command import open_store
    from edge_agent.update.built_in import factory_model
    from edge_agent.update.catalogue import read_catalogue
    from edge_agent.update.store import resolve

    model = args.model or str(factory_model())
    return resolve(model, open_store(args.store), tuple(entry.name for entry in read_catalogue()))


def _say(line: str, severity: str) -> None:
    colour = _COLOURS.get(severity, "") if sys.stdout.isatty() and "NO_COLOR" not in os.environ else ""
    print(f"{colour}{line}{_PLAIN}" if colour else line, flush=True)


@contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Gives a function that tells whether Ctrl-C, SIGQUIT, SIGTERM or the end of the terminal asked to stop."""
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True

    # What the caller ignores stays ignored: `nohup edge-agent demo --loop` outlives its terminal.
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, ask) for number in heeded}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
