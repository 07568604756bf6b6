"""``edge-agent-fleet add-model | publish | revoke``: which models there are, and who shall run them."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.fleet.arguments import add_fleet, add_keys, at_work
from edge_agent.fleet.terms_arguments import add_terms, terms_from, version_range

if TYPE_CHECKING:
    from edge_agent.fleet.model_to_release import Conditions
    from edge_agent.update.pointer import Pointer


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    _add_adding(subparsers.add_parser("add-model", help="try a model, sign its manifest and add it"))
    publish = subparsers.add_parser("publish", help="point a group at a release, all at once")
    add_fleet(publish)
    add_keys(publish)
    publish.add_argument("--group", required=True, help="made where there is none and the key of targets is at hand")
    publish.add_argument("name", metavar="NAME")
    publish.add_argument("version", metavar="VERSION")
    publish.add_argument("--percent", type=int, default=100, help="of the group's devices (%(default)s)")
    publish.add_argument("--counter", type=int, default=1, metavar="N", help="at least so high: after a theft of keys")
    add_terms(publish)
    publish.set_defaults(handler=_publish)
    revoke = subparsers.add_parser("revoke", help="let nobody run a release any more: who does goes back")
    add_fleet(revoke)
    add_keys(revoke)
    revoke.add_argument("name", metavar="NAME")
    revoke.add_argument("version", metavar="VERSION")
    revoke.add_argument("--group", action="append", metavar="GROUP", help="in this group alone; may be repeated")
    revoke.add_argument("--undo", action="store_true", help="allow it again")
    revoke.set_defaults(handler=_revoke)
    for parser in (publish, revoke):
        parser.add_argument("--json", action="store_true", help="print JSON")


def _add_adding(parser: argparse.ArgumentParser) -> None:
    add_fleet(parser)
    add_keys(parser)
    parser.add_argument("directory", type=Path, metavar="DIR", help="of the model: model.tflite, model.yaml, golden/")
    parser.add_argument(
        "--hardware", action="append", metavar="MACHINE", help="as `uname -m` says, as in aarch64; any without it"
    )
    for name in ("litert", "tflite", "agent"):
        text = "versions, as in 1.2..2.3, 1.2.. or none" if name != "agent" else "versions of the agent, likewise"
        parser.add_argument(f"--{name}", type=version_range, metavar="MIN..MAX", help=text)
    parser.add_argument("--latency-ms", type=float, metavar="MS", help="most that one call may take on a device")
    parser.add_argument("--rss-mb", type=float, metavar="MB", help="most memory that it may take there")
    parser.add_argument("--runtime", choices=("auto", "litert", "tflite"), default="auto", help="to try it in")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(handler=_add_model)


def _add_model(args: argparse.Namespace) -> int:
    from edge_agent.errors import FleetError
    from edge_agent.fleet.model_to_release import build_release
    from edge_agent.update.release import model_directory, release_path

    built = build_release(args.directory, _conditions(args), args.runtime)
    name, version = built.release.name, built.release.version
    with at_work(args) as bench:
        if (name, version) in bench.edition.releases():
            raise FleetError(f"{name} {version} is in the repository already, and never changes: give it a new version")
        for path, content in built.content.items():
            bench.edition.set_target("targets", f"{model_directory(name, version)}/{path}", content)
        bench.edition.set_target("targets", release_path(name, version), built.raw)
        bench.publish()
        _, sha256 = bench.edition.release(bench.files, name, version)
    if args.json:
        print(json.dumps({"name": name, "version": version, "release": sha256, "licence": built.release.licence}))
        return 0
    golden = ", ".join(f"{each.name} {each.score:.2f}/{each.oks:.2f}" for each in built.release.golden)
    print(f"tried: {golden} (score/similarity)")
    print(f"licence: {built.release.licence}: whoever hosts this repository distributes the model under it")
    print(f"{name} {version}: release {sha256[:12]}, {built.release.total_bytes} bytes; no group is pointed at it yet")
    return 0


def _conditions(args: argparse.Namespace) -> Conditions:
    from edge_agent.fleet.model_to_release import Conditions
    from edge_agent.update.release import ANY_HARDWARE, Budget, RuntimeRange

    return Conditions(
        hardware=tuple(args.hardware or (ANY_HARDWARE,)),
        litert=args.litert or None,
        tflite=args.tflite or None,
        without=tuple(name for name in ("litert", "tflite") if getattr(args, name) is False),
        agent=args.agent or RuntimeRange(),
        budget=Budget(latency_ms=args.latency_ms, rss_mb=args.rss_mb),
    )


def _publish(args: argparse.Namespace) -> int:
    from edge_agent.clock import SystemClock
    from edge_agent.fleet.groups import add_group
    from edge_agent.fleet.pointers import Choice, point_at
    from edge_agent.fleet.rollout import need_free
    from edge_agent.ids import RandomIds

    with at_work(args) as bench:
        need_free(bench, {args.group})
        if args.group not in bench.edition.group_names():
            add_group(bench.edition, args.group, bench.workspace.online_keys, bench.publish)
        rollout = RandomIds().new(SystemClock().wall_s())
        choice = Choice(
            name=args.name,
            version=args.version,
            rollout=rollout,
            percent=args.percent,
            revoked=bench.settings.revoked,
            least_counter=args.counter,
        )
        pointer = point_at(bench.edition, bench.files, args.group, choice, terms_from(args))
        bench.publish()
    _show([pointer], as_json=args.json)
    return 0


def _revoke(args: argparse.Namespace) -> int:
    from edge_agent.fleet.pointers import allow_again, revoke

    with at_work(args) as bench:
        _, sha256 = bench.edition.release(bench.files, args.name, args.version)
        groups = args.group or bench.edition.group_names()
        changed = (allow_again if args.undo else revoke)(bench.edition, bench.files, groups, sha256)
        bench.publish()
        if not args.group:
            others = tuple(each for each in bench.settings.revoked if each != sha256)
            bench.workspace.save(replace(bench.settings, revoked=others if args.undo else (*others, sha256)))
    _show(changed, as_json=args.json)
    return 0


def _show(pointers: list[Pointer], *, as_json: bool) -> None:
    if as_json:
        rows = [
            {"group": each.group, "counter": each.counter, "name": each.name, "version": each.version,
             "percent": each.percent, "rollout": each.rollout, "revoked": each.revoked}
            for each in pointers
        ]  # fmt: skip
        print(json.dumps(rows))
        return
    for each in pointers:
        until = f", until {each.deadline:%Y-%m-%d %H:%M} UTC" if isinstance(each.deadline, datetime) else ""
        print(f"{each.group}: {each.name} {each.version} for {each.percent} %, counter {each.counter}{until}")
    if not pointers:
        print("no pointer had to change")
