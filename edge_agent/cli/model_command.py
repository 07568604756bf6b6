"""``edge-agent model``: the models on this device."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_agent.pose.manifest import Manifest
    from edge_agent.update.store import Store

_EPILOG = """\
NAME is a name of the catalogue (see `edge-agent model list`); a FILE is a .tflite file or a model directory.
`active` means the model that was activated last, and the built-in one where none was.
Every model is tried in a process of its own before it is installed: it must find the person in the golden inputs.
As root, `add`, `activate` and `remove` become the user whom the state directory belongs to, and FILE must be readable
for that user.
"""
_CHANGES = ("add", "activate", "remove")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "model",
        help="add, list, verify, activate and remove models",
        description="Add, list, verify, activate and remove models.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    adding = _action(actions, "add", "fetch, try and install a model", _add)
    adding.add_argument("model", metavar="NAME|FILE|URL")
    adding.add_argument("--name", help="install it under this name")
    adding.add_argument("--activate", action="store_true", help="make it the one that `--model active` means")
    adding.add_argument("--yes", action="store_true", help="accept the licence without asking")
    adding.add_argument("--mirror", type=Path, metavar="DIR", help="look for the file here before the network")
    adding.add_argument("--sha256", metavar="HEX", help="the hash to expect; required for a URL")
    listing = _action(actions, "list", "what is installed, and what could be", _list)
    listing.add_argument("--json", action="store_true", help="print JSON")
    showing = _action(actions, "show", "all that is known about an installed model", _show)
    showing.add_argument("model", metavar="NAME")
    showing.add_argument("--json", action="store_true", help="print JSON")
    for name, text, handler in (
        ("verify", "hash an installed model again, and try it", _verify),
        ("activate", "verify a model, and make it the one that `--model active` means", _activate),
        ("remove", "delete a model that is not active", _remove),
    ):
        _action(actions, name, text, handler).add_argument("model", metavar="NAME")
    for name in ("add", "verify", "activate"):
        actions.choices[name].add_argument("--runtime", choices=("auto", "litert", "tflite"), default="auto")


def open_store(directory: Path | None) -> Store:
    """The model store of ``--store``, or the default one."""
    from edge_agent.update.store import Store, default_store

    return Store(directory or default_store(os.environ, root=os.geteuid() == 0))


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
    handler: Callable[[argparse.Namespace, Store], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.add_argument("--store", type=Path, metavar="DIR", help="the agent's state directory")
    changes = name in _CHANGES

    def run(args: argparse.Namespace) -> int:
        return handler(args, _own_store(args.store) if changes else open_store(args.store))

    parser.set_defaults(handler=run)
    return parser


def _own_store(directory: Path | None) -> Store:
    """The store, as its owner: what root makes there neither agent nor updater could change any more."""
    from edge_agent.update.store import default_store

    root = os.geteuid() == 0
    directory = directory or default_store(os.environ, root=root)
    if root:
        from edge_agent.app.doctor.become_agent import become_owner

        become_owner(directory)
    return open_store(directory)


def _add(args: argparse.Namespace, store: Store) -> int:
    from edge_agent.cli.model_add import add

    return add(args, store)


def _list(args: argparse.Namespace, store: Store) -> int:
    from edge_agent.pose.manifest import read_manifest
    from edge_agent.update.catalogue import read_catalogue

    active, built_in = store.active(), store.built_in()
    manifests = {name: read_manifest(store.directory(name) / "model.yaml") for name in store.names()}
    own = {name: manifests[name] for name in built_in}
    installed = {name: manifest for name, manifest in manifests.items() if name not in built_in}
    available = [entry for entry in read_catalogue() if entry.name not in manifests]
    if args.json:
        known = [
            {"name": entry.name, "licence": entry.licence, "size_bytes": entry.size_bytes, "oks_ap": entry.oks_ap}
            for entry in available
        ]
        rows = {
            key: [_document(name, manifest, name == active) for name, manifest in group.items()]
            for key, group in (("built_in", own), ("installed", installed))
        }
        print(json.dumps({"store": str(store.models), **rows, "available": known}, indent=2))
        return 0
    if own:
        print("built in:")
        _print_rows(own, active)
    print(f"installed in {store.models}:" if installed else f"nothing is installed in {store.models}")
    _print_rows(installed, active)
    if available:
        print("in the catalogue (`edge-agent model add NAME`):")
    for entry in available:
        size = f"{entry.input_width_px}x{entry.input_height_px}"
        print(f"   {entry.name:<28} {size:>9}  {entry.licence:<10} AP {entry.oks_ap:.3f}")
    return 0


def _print_rows(manifests: dict[str, Manifest], active: str | None) -> None:
    for name, manifest in manifests.items():
        mark = "*" if name == active else " "
        size = f"{manifest.input.width_px}x{manifest.input.height_px}"
        print(f" {mark} {name:<28} {size:>9}  {manifest.licence:<10} {manifest.sha256[:12]}")


def _show(args: argparse.Namespace, store: Store) -> int:
    from edge_agent.pose.manifest import read_manifest, write_manifest

    directory = store.directory(args.model)
    manifest = read_manifest(directory / "model.yaml")
    if args.json:
        document = _document(directory.name, manifest, directory.name == store.active())
        print(json.dumps(document | {"directory": str(directory)}, indent=2))
        return 0
    print(f"{directory}{' (active)' if directory.name == store.active() else ''}")
    print(write_manifest(manifest), end="")
    return 0


def _verify(args: argparse.Namespace, store: Store) -> int:
    from edge_agent.cli.model_add import golden_line, verify_directory

    directory = store.directory(args.model)
    report = verify_directory(directory, args.runtime)
    print(f"{directory.name}: good; {golden_line(report)}")
    return 0


def _activate(args: argparse.Namespace, store: Store) -> int:
    _verify(args, store)
    store.activate(args.model)
    print(f"{store.active()} is active")
    return 0


def _remove(args: argparse.Namespace, store: Store) -> int:
    store.remove(args.model)
    print(f"{args.model} is removed")
    return 0


def _document(name: str, manifest: Manifest, active: bool) -> dict[str, object]:  # noqa: FBT001
    # A model that an update brought has a directory of its own for each version.
    return manifest.model_dump() | {"name": name, "active": active}
