"""``edge-agent model add``: get a model, ask for its licence, try it, install it."""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import ModelRefused, StoreError
from edge_agent.pose.golden import golden_files
from edge_agent.pose.judge import ProbeReport, judge_model
from edge_agent.pose.manifest import Accuracy, Manifest, ManifestInput, check_hash, read_manifest, write_manifest
from edge_agent.pose.model_files import MANIFEST_FILE, MODEL_FILE, locate
from edge_agent.update.catalogue import CatalogueEntry, read_catalogue
from edge_agent.update.fetch import Wanted, fetch
from edge_agent.update.names import closest, name_from_file
from edge_agent.update.store import Store

UNKNOWN_LICENCE = "unknown"
_PERMISSIVE = ("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "isc", "cc0-1.0", "cc-by-4.0")


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that could be added.

    Attributes:
        name: What it will be called.
        source: Where it comes from, for people.
        licence: SPDX identifier, or ``unknown``.
        wanted: What to fetch; None for a local one.
        local: A file or a model directory; None for one to fetch.
        golden: The files of its own golden inputs.
        entry: Its entry in the catalogue, if it has one.
    """

    name: str
    source: str
    licence: str
    wanted: Wanted | None = None
    local: Path | None = None
    golden: tuple[str, ...] = ()
    entry: CatalogueEntry | None = None


def add(args: argparse.Namespace, store: Store) -> int:
    """Add the model that the arguments name."""
    offer = _offer(args)
    if offer.name in store.names():
        raise StoreError(
            f"model {offer.name!r} is already installed; use it with `edge-agent model activate {offer.name}`, remove "
            "it first, or pass --name"
        )
    print(f"{offer.name}: licence {offer.licence}, from {offer.source}")
    _consent(offer.licence, yes=args.yes)
    with tempfile.TemporaryDirectory(prefix="edge-agent-") as scratch:
        source = offer.local or Path(scratch) / MODEL_FILE
        if offer.wanted:
            fetch(offer.wanted, source, args.mirror)
        directory = store.install(offer.name, source, _judge(offer, args.runtime), offer.golden)
    print(f"installed in {directory}")
    if args.activate:
        store.activate(offer.name)
        print(f"{offer.name} is active")
    else:
        print(f"use it with `--model {offer.name}`, or `edge-agent model activate {offer.name}`")
    return 0


def verify_directory(directory: Path, runtime: str) -> ProbeReport:
    """Hash an installed model again, and have it tried.

    Raises:
        ModelError: It is not what was installed, or does not pass.
    """
    files = locate(directory)
    check_hash(read_manifest(directory / MANIFEST_FILE), files.model)
    return judge_model(files, runtime)


def golden_line(report: ProbeReport) -> str:
    """How well a model found the golden inputs."""
    found = ", ".join(f"{each.name} score {each.score:.2f} similarity {each.oks:.2f}" for each in report.golden)
    return f"golden inputs ({report.runtime}): {found}"


def _offer(args: argparse.Namespace) -> Offer:
    text: str = args.model
    catalogue = {entry.name: entry for entry in read_catalogue()}
    if entry := catalogue.get(text):
        wanted = Wanted(entry.url, entry.sha256, entry.size_bytes)
        return Offer(args.name or entry.name, entry.url, entry.licence, wanted=wanted, entry=entry)
    if "://" in text:
        if not args.sha256:
            raise StoreError(f"{text}: a URL needs --sha256 HEX, the hash that its publisher states")
        wanted = Wanted(text, args.sha256.lower())
        return Offer(args.name or name_from_file(Path(text)), _printable(text), UNKNOWN_LICENCE, wanted=wanted)
    path = Path(text)
    if _is_absent(path):
        raise StoreError(
            f"{text}: no such file, and not in the catalogue; {closest(text, catalogue)}see `edge-agent model list`"
        )
    files = locate(path)
    if files.manifest:
        manifest, directory = read_manifest(files.manifest), files.model.parent
        golden = golden_files(files.golden) if files.golden else ()
        return Offer(args.name or manifest.name, manifest.source, manifest.licence, local=directory, golden=golden)
    source = _printable(str(path.absolute()))
    return Offer(args.name or name_from_file(path), source, UNKNOWN_LICENCE, local=files.model)


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)


def _is_absent(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:
        return False  # something is there; `locate` says why it cannot be read


def _consent(licence: str, *, yes: bool) -> None:
    """Ask, unless the licence is known to leave everybody free.

    Raises:
        StoreError: It was not accepted.
    """
    if licence.lower() in _PERMISSIVE:
        return
    if licence == UNKNOWN_LICENCE:
        print("its licence is not known: you must have the right to use it")
    else:
        print(f"{licence} may bind whoever uses or distributes the model, or offers it over a network: read it first")
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise StoreError("nobody is here to accept the licence; pass --yes to accept it")
    try:
        answer = input("accept? [y/N] ")
    except EOFError:
        print()  # Ctrl-D leaves the cursor behind the question
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise StoreError("the licence was not accepted; nothing was installed")


def _judge(offer: Offer, runtime: str) -> Callable[[Path], str]:
    """A judge for the store: tries the staged model, says how it did, gives its manifest."""

    def judge(staged: Path) -> str:
        files = locate(staged)
        report = judge_model(files, runtime)
        print(golden_line(report))
        if files.manifest:
            return _own_manifest(offer, files.manifest, files.model, report)
        return write_manifest(_new_manifest(offer, files.model, report))

    return judge


def _own_manifest(offer: Offer, manifest_file: Path, model: Path, report: ProbeReport) -> str:
    """The manifest that came with the model, under the name that it was given here.

    Raises:
        ModelRefused: It speaks of another model.
    """
    manifest = read_manifest(manifest_file)
    check_hash(manifest, model)
    if (manifest.input.width_px, manifest.input.height_px) != (report.input_width_px, report.input_height_px):
        raise ModelRefused(
            f"{manifest_file}: says an input of {manifest.input.width_px}x{manifest.input.height_px}, the model takes "
            f"{report.input_width_px}x{report.input_height_px}; correct the manifest"
        )
    return write_manifest(manifest.model_copy(update={"name": offer.name}))


def _new_manifest(offer: Offer, model: Path, report: ProbeReport) -> Manifest:
    entry = offer.entry
    accuracy = None
    if entry:
        accuracy = Accuracy(dataset="28 images of COCO val2017", oks_ap=entry.oks_ap, oks_ap50=entry.oks_ap50)
    return Manifest(
        name=offer.name,
        version=entry.version if entry else "0",
        input=ManifestInput(width_px=report.input_width_px, height_px=report.input_height_px),
        licence=offer.licence,
        source=offer.source,
        sha256=hashlib.sha256(model.read_bytes()).hexdigest(),
        accuracy=accuracy,
    )
