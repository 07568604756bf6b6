"""``edge-agent check-config FILE``: is this configuration right, and what does it say?"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from edge_agent.errors import ConfigError

if TYPE_CHECKING:
    from edge_agent.settings.settings import Settings

_EPILOG = """\
Prints what was understood and exits with 0, or prints every problem as FILE:LINE: PATH: MESSAGE (SUGGESTION) and
exits with 1. Nothing is opened but FILE: neither cameras nor the broker.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "check-config",
        help="check a configuration file and say what it means",
        description="Check a configuration file and say what it means.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", help="the YAML file")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(handler=check_config)


def check_config(args: argparse.Namespace) -> int:
    """Load the file and print the summary, or every problem."""
    from edge_agent.settings.file_to_settings import load_settings

    try:
        settings = load_settings(args.file)
    except ConfigError as error:
        _print_problems(error, as_json=args.json)
        return 1
    _print_settings(args.file, settings, as_json=args.json)
    return 0


def _print_problems(error: ConfigError, *, as_json: bool) -> None:
    if as_json:
        _print_json({"file": error.file, "ok": False, "problems": [asdict(problem) for problem in error.problems]})
        return
    for problem in error.problems:
        print(problem.in_file(error.file))


def _print_settings(file: str, settings: Settings, *, as_json: bool) -> None:
    from edge_agent.settings.settings_to_hash import config_hash
    from edge_agent.settings.settings_to_summary import settings_to_summary

    summary, digest = settings_to_summary(settings), config_hash(settings)
    if as_json:
        _print_json({"file": file, "ok": True, "problems": [], "config_hash": digest, "summary": list(summary)})
        return
    print(f"{file}: good (configuration {digest})")
    for line in summary:
        print(f"  {line}")


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, indent=2))
