"""``edge-agent doctor``: what is wrong with this device, and what to do next?"""

from __future__ import annotations

import argparse
import json
import os
import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

from edge_agent.cli.config_argument import add_config_argument, config_file
from edge_agent.cli.silent_stderr import silent_stderr

if TYPE_CHECKING:
    from pathlib import Path

    from edge_agent.app.doctor.finding import Finding

_EPILOG = """\
Looks at configuration, permissions, disk, clock, heat, cameras, model and broker. Each line says pass, warn or fail,
and below it what to do next. Exit code 0 where nothing fails, 1 where something does. It needs no root and works beside
a running agent. Run it as the agent's user, who may read what the agent reads; started by root (`sudo edge-agent
doctor`) it becomes the owner of the state directory first, and is given the service's credentials by systemd.
It publishes one message on a topic of its own (.../update/doctor/...), not retained, and leaves nothing behind.
"""
# Our own: beside a running agent, which must not lose frames over it (nice(2)).
_NICE = 10


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "doctor",
        help="find out what is wrong with this device",
        description="Find out what is wrong with this device, and what to do next.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config_argument(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--quick", action="store_true", help="leave out cameras and the model, which take seconds")
    parser.set_defaults(handler=doctor)


def doctor(args: argparse.Namespace) -> int:
    """Print every finding as it comes; 1 where one is a failure."""
    from edge_agent.app.doctor.become_agent import become_agent
    from edge_agent.app.doctor.examine import Scope, examine
    from edge_agent.app.doctor.finding import any_failed
    from edge_agent.app.doctor.with_credentials import run_with_credentials

    config = config_file(args.config)
    if (ended := run_with_credentials(config, _arguments(args, config))) is not None:
        return ended
    os.nice(_NICE)
    become_agent(config)
    findings: list[Finding] = []
    # TensorFlow Lite greets on stderr; whatever matters is a finding.
    with nullcontext() if args.verbose else silent_stderr():
        for finding in examine(Scope(config, args.quick)):
            findings.append(finding)
            if not args.json:
                _print(finding)
    failed = any_failed(findings)
    if args.json:
        from edge_agent.app.doctor.findings_to_document import findings_to_document

        json.dump(findings_to_document(findings), sys.stdout, indent=2, ensure_ascii=False)
        print()
    else:
        _print_sum(findings)
    return int(failed)


def _arguments(args: argparse.Namespace, config: Path) -> list[str]:
    """These words once more."""
    switches = [f"--{name}" for name in ("json", "quick") if getattr(args, name)]
    return ["doctor", "--config", str(config), *switches, *["-v"] * args.verbose]


def _print(finding: Finding) -> None:
    print(f"{finding.verdict.value}  {finding.check}: {finding.detail}")
    if finding.next_step:
        print(f"      -> {finding.next_step}")
    sys.stdout.flush()


def _print_sum(findings: list[Finding]) -> None:
    counts = {word: sum(finding.verdict.value == word for finding in findings) for word in ("pass", "warn", "fail")}
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
