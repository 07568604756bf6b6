"""The updater's own code with the command line of the TUF conformance suite (tuf-conformance 2.4).

    conformance_shim.py --metadata-dir D init ROOT
    conformance_shim.py --metadata-dir D --metadata-url U refresh
    conformance_shim.py --metadata-dir D --metadata-url U --target-name N [--target-name N2] \
        --target-base-url T --target-dir DIR download

It ends with 0 or 1. All state is in D: the metadata under the names that the suite looks at, and beside it, hidden, the
root that was given and the floors.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from urllib.parse import quote

from edge_agent.clock import SystemClock
from edge_agent.errors import UpdateFailed
from edge_agent.update.download import download
from edge_agent.update.download_limits import DownloadLimits
from edge_agent.update.floors import Floors
from edge_agent.update.http_fetch import HttpFetch
from edge_agent.update.trusted_repository import TrustedRepository

TRUSTED_ROOT = ".trusted/root"
FLOORS = ".floors"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--metadata-dir", type=Path, required=True)
    parser.add_argument("--metadata-url", default="")
    parser.add_argument("--target-name", action="append", default=[])
    parser.add_argument("--target-base-url", default="")
    parser.add_argument("--target-dir", type=Path)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init").add_argument("root", type=Path)
    commands.add_parser("refresh")
    commands.add_parser("download")
    asked = parser.parse_args(arguments)
    try:
        if asked.command == "init":
            init(asked.metadata_dir, asked.root.read_bytes())
        else:
            update(asked)
    except (UpdateFailed, OSError) as error:
        sys.stderr.write(f"{getattr(error, 'reason', 'error')}: {error}\n")
        return 1
    return 0


def init(metadata_dir: Path, root: bytes) -> None:
    trusted = metadata_dir / TRUSTED_ROOT
    trusted.parent.mkdir(parents=True, exist_ok=True)
    trusted.write_bytes(root)
    (metadata_dir / "root.json").write_bytes(root)


def update(asked: argparse.Namespace) -> None:
    http = HttpFetch()
    repository = TrustedRepository(
        metadata_dir=asked.metadata_dir,
        metadata_url=asked.metadata_url,
        target_url=asked.target_base_url,
        trusted_root=(asked.metadata_dir / TRUSTED_ROOT).read_bytes(),
        fetcher=http,
        floors=Floors(asked.metadata_dir / FLOORS, SystemClock()),
    )
    repository.refresh()
    if asked.command == "download":
        for name in asked.target_name:
            download(repository.target(name), asked.target_dir / quote(name, ""), DownloadLimits(), http)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
