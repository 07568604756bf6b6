"""``edge-agent-fleet rollout``: a release in stages."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.errors import FleetError
from edge_agent.fleet.arguments import add_fleet, add_keys, at_work, key_files
from edge_agent.fleet.broker_arguments import add_broker, broker_from
from edge_agent.fleet.terms_arguments import add_terms, terms_from

if TYPE_CHECKING:
    from edge_agent.fleet.conductor import Turn
    from edge_agent.fleet.plan import Plan
    from edge_agent.fleet.tally import Counts

_LISTEN_S = 30.0
_HALTED = 1

_EPILOG = """\
  start     the first stage: the canary group, or the first percentage
  run       listen to the broker and advance or halt by itself, until the rollout ends
  status    where it stands; with --broker the counts, too
  advance   the next stage, now
  pause     no more device begins; who has the release keeps it
  resume    go on where it was paused
  halt      no device begins, and who has the release goes back to its last good model
  rollback  halt, and point the groups at what they ran before
  forget    leave a device out that is gone for good
"""


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "rollout",
        help="roll a release out in stages",
        description="Roll a release out in stages.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    _add_start(actions.add_parser("start"))
    run = _action(actions, "run", _run)
    add_broker(run, required=True)
    run.add_argument("--interval", type=float, default=5.0, metavar="S", help="look so often (%(default)s)")
    status = _action(actions, "status", _status)
    add_broker(status, required=False)
    status.add_argument("--json", action="store_true", help="print JSON")
    for name in ("advance", "pause", "resume", "halt", "rollback"):
        _action(actions, name, _step(name)).add_argument("--reason", default="by the operator", help="for halt")
    gone = actions.add_parser("forget")
    add_fleet(gone)
    gone.add_argument("device", metavar="SITE/DEVICE")
    gone.set_defaults(handler=_forget)


def _add_start(parser: argparse.ArgumentParser) -> None:
    add_fleet(parser)
    add_keys(parser)
    parser.add_argument("--group", required=True)
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("version", metavar="VERSION")
    parser.add_argument("--canary", metavar="GROUP", help="all of this group comes first")
    parser.add_argument("--stages", default="1,10,50,100", metavar="P,P,...", help="percentages (%(default)s)")
    parser.add_argument("--success", type=float, default=0.95, metavar="R", help="go on at this rate (%(default)s)")
    parser.add_argument("--soak-s", type=float, default=0.0, metavar="S", help="a stage lasts at least (%(default)s)")
    parser.add_argument(
        "--silence-s",
        type=float,
        default=86_400.0,
        metavar="S",
        help="then silence is failure; to wait or to be on trial is none (%(default)s)",
    )
    add_terms(parser)
    parser.set_defaults(handler=_start)


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    handler: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name)
    add_fleet(parser)
    add_keys(parser)
    parser.add_argument("--group", required=True, help="whose rollout")
    parser.set_defaults(handler=handler)
    return parser


def _start(args: argparse.Namespace) -> int:
    from edge_agent.fleet.plan import Plan, stages_of
    from edge_agent.fleet.rollout import start
    from edge_agent.ids import RandomIds

    terms = terms_from(args)
    percents = tuple(int(part) if part.isascii() and part.isdecimal() else 0 for part in args.stages.split(","))
    with at_work(args) as bench:
        _, sha256 = bench.edition.release(bench.files, args.name, args.version)
        plan = Plan(
            group=args.group,
            rollout=RandomIds().new(bench.now.timestamp()),
            name=args.name,
            version=args.version,
            release_sha256=sha256,
            stages=stages_of(args.group, percents, args.canary),
            stage_since=bench.now,
            success_threshold=args.success,
            soak_s=args.soak_s,
            silence_s=args.silence_s,
            abort=terms.abort,
            windows=terms.windows,
            deadline=terms.deadline,
            trial_s=terms.trial_s,
        )
        plan = start(bench, plan)
    _say(plan)
    return 0


def _step(name: str) -> Callable[[argparse.Namespace], int]:
    def handler(args: argparse.Namespace) -> int:
        from edge_agent.fleet import rollout
        from edge_agent.fleet.plan import read_plan

        with at_work(args) as bench:
            plan = read_plan(bench.workspace.rollouts, args.group)
            if name == "halt":
                plan = rollout.halt(bench, plan, args.reason)
            elif name == "rollback":
                plan = rollout.roll_back(bench, plan, args.reason)
            else:
                steps = {"advance": rollout.advance, "pause": rollout.pause, "resume": rollout.resume}
                plan = steps[name](bench, plan)
        _say(plan)
        return 0

    return handler


def _run(args: argparse.Namespace) -> int:
    from edge_agent.fleet.bench import open_bench, utc_now
    from edge_agent.fleet.conductor import Conductor
    from edge_agent.fleet.known_devices import read_known
    from edge_agent.fleet.listener import listening
    from edge_agent.fleet.plan import PlanState, read_plan
    from edge_agent.fleet.workspace import Workspace

    workspace = Workspace(args.fleet)
    workspace.settings()
    keys = key_files(args, workspace)
    last = ""
    with listening(broker_from(args), read_known(workspace.rollouts)) as fleet:
        conductor = Conductor(workspace, fleet, lambda: open_bench(workspace, keys))
        while read_plan(workspace.rollouts, args.group).state.open:
            turn = conductor.turn(args.group, utc_now())
            if (line := _line(turn)) != last:
                print(line, flush=True)
                last = line
            if turn.plan.state.open:
                time.sleep(args.interval)
    plan = read_plan(workspace.rollouts, args.group)
    _say(plan)
    return 0 if plan.state is PlanState.DONE else _HALTED


def _status(args: argparse.Namespace) -> int:
    from edge_agent.fleet.plan import read_plan
    from edge_agent.fleet.workspace import Workspace

    workspace = Workspace(args.fleet)
    workspace.settings()
    plan = read_plan(workspace.rollouts, args.group)
    counts = _counts(args, workspace.rollouts, plan) if args.broker else ()
    if args.json:
        from edge_agent.fleet.rollout_view import rollout_to_document

        print(json.dumps(rollout_to_document(plan, counts), indent=2))
        return 0
    _show(plan, counts)
    return 0


def _counts(args: argparse.Namespace, directory: Path, plan: Plan) -> tuple[Counts, ...]:
    from edge_agent.fleet.bench import utc_now
    from edge_agent.fleet.known_devices import count_in, read_known
    from edge_agent.fleet.listener import listening
    from edge_agent.fleet.tally import count

    with listening(broker_from(args), read_known(directory)) as fleet:
        deadline_s = time.monotonic() + _LISTEN_S
        while not fleet.settled():
            if time.monotonic() > deadline_s:
                raise FleetError(f"nothing came from the broker in {_LISTEN_S:g} s: see the log with -v")
            time.sleep(0.05)
        statuses = fleet.statuses()
    return count(plan, statuses, count_in(directory, statuses), utc_now())


def _show(plan: Plan, counts: tuple[Counts, ...]) -> None:
    try:
        from rich.console import Console

        from edge_agent.fleet.rollout_view import rollout_to_view
    except ModuleNotFoundError as error:
        raise FleetError("the view needs rich: pip install 'edge-agent[fleet]', or pass --json") from error
    Console(file=sys.stdout).print(rollout_to_view(plan, counts))


def _forget(args: argparse.Namespace) -> int:
    from edge_agent.fleet.known_devices import forget
    from edge_agent.fleet.workspace import Workspace

    workspace = Workspace(args.fleet)
    workspace.settings()
    with workspace.lock():
        forget(workspace.rollouts, args.device)
    print(f"{args.device} is forgotten; it is back when it says something new")
    return 0


def _say(plan: Plan) -> None:
    reason = f": {plan.reason}" if plan.reason else ""
    print(
        f"{plan.name} {plan.version}: {plan.state.value} at {plan.current.group} {plan.current.percent} %, "
        f"stage {plan.stage + 1} of {len(plan.stages)}{reason}"
    )


def _line(turn: Turn) -> str:
    words = [
        f"{row.group} {row.percent} %: {row.committed} of {row.taking_part} committed, {row.in_progress} in progress, "
        f"{row.failed} failed, {row.rolled_back} rolled back, {row.silent} silent"
        for row in turn.counts[-1:]
    ]
    return "; ".join((*words, f"{type(turn.decision).__name__.lower()}: {turn.decision.text}"))
