"""What every command of the tool takes, and what it makes of it."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.errors import FleetError
from edge_agent.runtime.secret_file import SecretSource, secret_text

if TYPE_CHECKING:
    from edge_agent.fleet.bench import Bench
    from edge_agent.fleet.key_files import KeyFiles, Passphrase
    from edge_agent.fleet.workspace import Workspace


def add_fleet(parser: argparse.ArgumentParser) -> None:
    """Add ``--fleet``."""
    parser.add_argument("--fleet", type=Path, default=Path(), metavar="DIR", help="the operator's directory (here)")


def add_keys(parser: argparse.ArgumentParser) -> None:
    """Add what says where private keys are."""
    parser.add_argument(
        "--keys", type=Path, action="append", default=[], metavar="DIR", help="look for private keys here, too"
    )
    add_passphrase(parser)


def add_passphrase(parser: argparse.ArgumentParser) -> None:
    """Add ``--passphrase-file``."""
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="of the encrypted keys; asked at the terminal without it"
    )


@contextmanager
def at_work(args: argparse.Namespace, *, unattended: bool = False) -> Iterator[Bench]:
    """The repository, held against every other operator.

    Args:
        args: With `add_fleet` and `add_keys`.
        unattended: Leave the offline keys alone, even where they were not moved away.

    Raises:
        FleetError: There is no fleet, it is damaged, or somebody else is at work.
    """
    from edge_agent.fleet.bench import open_bench
    from edge_agent.fleet.workspace import Workspace

    workspace = Workspace(args.fleet)
    with open_bench(workspace, key_files(args, workspace, unattended=unattended)) as bench:
        yield bench


def key_files(args: argparse.Namespace, workspace: Workspace, *, unattended: bool = False) -> KeyFiles:
    """The private keys that the arguments lead to."""
    from edge_agent.fleet.key_files import KeyFiles

    offline = () if unattended else (workspace.offline_keys,)
    return KeyFiles((workspace.online_keys, *offline, *args.keys), passphrase_source(args))


def passphrase_source(args: argparse.Namespace) -> Passphrase:
    """Where the passphrase of an encrypted key comes from: the file, else the terminal; asked at most once."""
    known: list[bytes] = []

    def ask(file: Path) -> bytes:
        if not known:
            known.append(_given(args) or _asked(f"passphrase of {file.name}: ", file))
        return known[0]

    return ask


def new_passphrase(args: argparse.Namespace) -> bytes | None:
    """The passphrase for keys that are made; None where none is wanted.

    Raises:
        FleetError: It was typed differently the second time, or nobody is at the terminal.
    """
    if given := _given(args):
        return given
    if not args.encrypt:
        return None
    first = _asked("passphrase for the offline keys: ", args.fleet)
    if _asked("once more: ", args.fleet) != first:
        raise FleetError("the two passphrases differ: nothing was made; try again")
    return first


def _given(args: argparse.Namespace) -> bytes | None:
    if args.passphrase_file is None:
        return None
    return secret_text(SecretSource("passphrase", args.passphrase_file, None)).encode()


def _asked(prompt: str, file: Path) -> bytes:
    if sys.stdin is None or not sys.stdin.isatty():
        raise FleetError(f"{file}: a passphrase is needed, and nobody is here: pass --passphrase-file FILE")
    passphrase = getpass.getpass(prompt).encode()
    if not passphrase:
        raise FleetError("the passphrase is empty: nothing was done")
    return passphrase
