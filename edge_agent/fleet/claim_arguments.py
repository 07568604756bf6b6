"""What `edge-agent-fleet claim` takes on its command line, within bounds."""

from __future__ import annotations

import argparse
from collections.abc import Callable

_LONGEST_NAME = 64  # RFC 5280, appendix A.1: ub-common-name


def number(least: float, most: float) -> Callable[[str], float]:
    """A type for `argparse`: a number in these bounds."""

    def parse(text: str) -> float:
        try:
            found = float(text)
        except ValueError:
            found = float("nan")
        if not least <= found <= most:  # NaN is in no bounds
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {least:g} to {most:g}")
        return found

    return parse


def whole(least: int, most: int) -> Callable[[str], int]:
    """Likewise, a whole number."""

    def parse(text: str) -> int:
        try:
            found = int(text)
        except ValueError:
            found = least - 1
        if not least <= found <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return found

    return parse


def name(text: str) -> str:
    """What a certificate can have as its common name."""
    if not text.strip() or not text.isprintable() or len(text.encode()) > _LONGEST_NAME:
        raise argparse.ArgumentTypeError(f"{text!r} is no name of 1 to {_LONGEST_NAME} printable characters")
    return text
