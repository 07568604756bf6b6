"""``edge-agent-fleet rotate-key | resign``: keys and signatures."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.errors import FleetError
from edge_agent.fleet.arguments import add_fleet, add_keys, at_work, new_passphrase

if TYPE_CHECKING:
    from edge_agent.fleet.workspace import Workspace

_OFFLINE = ("root", "targets")

_ROTATE = """\
Make a new key for a role and let it sign instead of the former one. The former key need not be there: whoever has two
keys of root replaces any key that was lost or stolen. Devices follow by themselves.
"""
_RESIGN = """\
Renew the signatures that end soon. Without ROLE those of snapshot, timestamp and groups, with the online keys: for a
daily timer. Exit code 1 where something ends soon that this cannot renew.
"""


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    rotate = subparsers.add_parser("rotate-key", help="replace a key of a role", description=_ROTATE)
    add_fleet(rotate)
    add_keys(rotate)
    rotate.add_argument("role", metavar="ROLE", help="root, targets, snapshot, timestamp, or group-NAME")
    rotate.add_argument("--key", metavar="ID", help="the key to replace, by its first digits; needed for root")
    rotate.add_argument("--to", type=Path, metavar="DIR", help="where the new key goes")
    rotate.add_argument("--encrypt", action="store_true", help="encrypt the new key")
    rotate.set_defaults(handler=_rotate)
    resign = subparsers.add_parser("resign", help="renew signatures that end soon", description=_RESIGN)
    add_fleet(resign)
    add_keys(resign)
    resign.add_argument("roles", nargs="*", metavar="ROLE", help="renew these, too, however long they last")
    resign.add_argument("--json", action="store_true", help="print JSON")
    resign.set_defaults(handler=_resign)


def _rotate(args: argparse.Namespace) -> int:
    from edge_agent.fleet.rotate import KeyPlace, key_to_replace, rotate_key

    with at_work(args) as bench:
        former = key_to_replace(bench.edition, args.role, args.key)
        directory = args.to or _key_directory(bench.workspace, args.role)
        if directory.resolve().is_relative_to(bench.workspace.repository.resolve()):
            raise FleetError(f"{directory}: lies in the repository, which everybody can read: name another directory")
        encrypted = args.role in _OFFLINE and (args.encrypt or args.passphrase_file is not None)
        place = KeyPlace(args.role, directory, new_passphrase(args) if encrypted else None)
        made = rotate_key(bench.edition, bench.files, bench.publication, former, place)
    print(f"{args.role}: {made} signs instead of the key {former.keyid[:8]}; destroy every copy of that")
    return 0


def _resign(args: argparse.Namespace) -> int:
    from edge_agent.fleet.expiry import what_is_due

    with at_work(args, unattended=not args.roles) as bench:
        now = bench.publication.now
        due = what_is_due(bench.edition, bench.settings.lifetimes_days, bench.publication.keys, now)
        for role in args.roles:
            bench.edition.metadata(role)
        bench.edition.touched |= {*args.roles, *(each.role for each in due if each.possible)}
        written = bench.publish()
        renewed = sorted({path.name.removesuffix(".json").split(".")[-1] for path in written})
    left = [each.text(now) for each in due if each.role not in renewed]
    if args.json:
        print(json.dumps({"renewed": renewed, "left": left}))
    else:
        print(f"renewed: {', '.join(renewed) or 'nothing; all signatures are good for long enough'}")
    for line in left:
        sys.stderr.write(f"edge-agent-fleet: {line}: bring its key and run `resign ROLE --keys DIR`\n")
    return 1 if left else 0


def _key_directory(workspace: Workspace, role: str) -> Path:
    return workspace.offline_keys if role in _OFFLINE else workspace.online_keys
