"""The arguments that name a model and say how to run it, for every command that runs one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_agent.app.open_detector import OpenDetector

_THREAD_COUNTS = tuple(str(count) for count in range(1, 9))  # as the configuration's model.threads


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add ``--model``, ``--runtime``, ``--threads`` and ``--store``."""
    parser.add_argument(
        "--model", default="active", help="a .tflite file, a model directory, or the name of a model (%(default)s)"
    )
    parser.add_argument("--runtime", choices=("auto", "litert", "tflite"), default="auto", help="(%(default)s)")
    parser.add_argument(
        "--threads", type=_thread_count, default=1, metavar="N", help="of the interpreter (%(default)s)"
    )
    parser.add_argument("--store", type=Path, metavar="DIR", help="the agent's state directory, for a model's name")


def open_named_model(args: argparse.Namespace, score: float) -> OpenDetector:
    """Open the model that the arguments name.

    Args:
        args: With what `add_model_arguments` added.
        score: Least score of a person, 0..1.

    Raises:
        StoreError: There is no such model.
        ModelError: It cannot or must not be used.
    """
    from edge_agent.app.open_detector import Runtime, open_detector
    from edge_agent.cli.model_command import open_store
    from edge_agent.cli.silent_stderr import silent_stderr

    how = Runtime(runtime=args.runtime, threads=args.threads, score=score)
    with silent_stderr():
        return open_detector(args.model, open_store(args.store), how)


def _thread_count(text: str) -> int:
    if text not in _THREAD_COUNTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to {len(_THREAD_COUNTS)}")
    return int(text)
