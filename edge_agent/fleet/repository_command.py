"""``edge-agent-fleet init | add-group | verify | serve``: the repository itself."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from edge_agent.errors import FleetError
from edge_agent.fleet.arguments import add_fleet, add_keys, add_passphrase, at_work, new_passphrase

_LOOPBACK = "127.0.0.1"


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    init = subparsers.add_parser("init", help="make the keys and an empty repository", description=_INIT)
    add_fleet(init)
    init.add_argument("--encrypt", action="store_true", help="encrypt the offline keys; asks for a passphrase")
    add_passphrase(init)
    init.set_defaults(handler=_init)
    group = subparsers.add_parser("add-group", help="give a group of devices a role of its own")
    add_fleet(group)
    add_keys(group)
    group.add_argument("group", metavar="GROUP")
    group.add_argument("--key-dir", type=Path, metavar="DIR", help="where its key goes (keys-online)")
    group.set_defaults(handler=_add_group)
    verify = subparsers.add_parser("verify", help="check the whole repository as a device would")
    add_fleet(verify)
    verify.add_argument("--url", help="check what is hosted there instead, as in https://updates.example/fleet")
    verify.add_argument("--json", action="store_true", help="print JSON")
    verify.set_defaults(handler=_verify)
    serve = subparsers.add_parser("serve", help="serve the repository over HTTP: for development only")
    add_fleet(serve)
    serve.add_argument("--address", default=_LOOPBACK, help="(%(default)s)")
    serve.add_argument("--port", type=int, default=8080, help="0 for any (%(default)s)")
    serve.set_defaults(handler=_serve)


_INIT = "Make the keys and an empty repository: root (2 of 3 keys must sign), targets, snapshot and timestamp."


def _init(args: argparse.Namespace) -> int:
    from edge_agent.fleet.bench import utc_now
    from edge_agent.fleet.ceremony import make_fleet
    from edge_agent.fleet.workspace import Workspace

    workspace = Workspace(args.fleet)
    offline = make_fleet(workspace, new_passphrase(args), utc_now())
    print(f"repository: {workspace.repository}  host this directory, and nothing else")
    print(f"root:       {workspace.repository / 'metadata' / '1.root.json'}  install it on every device")
    print("offline keys: move each to a medium of its own, and two copies to two safes; then delete them here")
    for file in offline:
        print(f"  {file}")
    print(f"online keys: {workspace.online_keys}  stay here: `edge-agent-fleet resign` needs them daily")
    return 0


def _add_group(args: argparse.Namespace) -> int:
    from edge_agent.fleet.groups import add_group

    with at_work(args) as bench:
        file = add_group(bench.edition, args.group, args.key_dir or bench.workspace.online_keys, bench.publish)
    print(f"group {args.group}: its key is {file}")
    return 0


def _verify(args: argparse.Namespace) -> int:
    from edge_agent.fleet.bench import utc_now
    from edge_agent.fleet.edition import read_edition
    from edge_agent.fleet.expiry import what_is_due
    from edge_agent.fleet.inspection import inspect
    from edge_agent.fleet.key_files import KeyFiles
    from edge_agent.fleet.repository_files import RepositoryFiles
    from edge_agent.fleet.workspace import Workspace

    workspace = Workspace(args.fleet)
    settings = workspace.settings()
    files = RepositoryFiles(workspace.repository)
    edition = read_edition(files)
    root = files.metadata_path("root", files.roots()[0]).read_bytes()
    where = {"url": args.url.rstrip("/"), "directory": None} if args.url else {"directory": workspace.repository}
    found = inspect(root, edition.group_names(), **where)
    now = utc_now()
    due = [each.text(now) for each in what_is_due(edition, settings.lifetimes_days, KeyFiles(()), now)]
    if args.json:
        document = {
            "problems": found.problems,
            "due": due,
            "files": found.files,
            "releases": [{"name": name, "version": version} for name, version in edition.releases()],
            "groups": {each.group: _pointer_row(each.counter, each.name, each.version) for each in found.pointers},
        }
        print(json.dumps(document, indent=2))
    else:
        for pointer in found.pointers:
            print(f"{pointer.group}: {pointer.name} {pointer.version}, {pointer.percent} %, counter {pointer.counter}")
        for line in (*found.problems, *due):
            print(f"! {line}")
        print(f"{found.files} files verified, {len(found.problems)} problems")
    return 1 if found.problems else 0


def _pointer_row(counter: int, name: str, version: str) -> dict[str, object]:
    return {"counter": counter, "name": name, "version": version}


def _serve(args: argparse.Namespace) -> int:
    from functools import partial
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    from edge_agent.fleet.workspace import Workspace

    workspace = Workspace(args.fleet)
    workspace.settings()
    handler = partial(SimpleHTTPRequestHandler, directory=str(workspace.repository))
    try:
        server = ThreadingHTTPServer((args.address, args.port), handler)
    except OSError as error:
        raise FleetError(f"{args.address}:{args.port}: {error.strerror}: name another --port") from error
    with server:
        print(f"http://{args.address}:{server.server_port}/  for development only; ends with Ctrl-C", flush=True)
        server.serve_forever()
    return 0
