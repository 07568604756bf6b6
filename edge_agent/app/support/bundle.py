"""The bundle itself: sections gathered, redacted once more as a whole, and written for its owner alone."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import tarfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from edge_agent.app.doctor.become_agent import become_agent
from edge_agent.app.doctor.examine import Scope, examine
from edge_agent.app.doctor.findings_to_document import findings_to_document
from edge_agent.app.support import sections
from edge_agent.app.support.known_secrets import known_secrets
from edge_agent.app.support.redact import Redactor
from edge_agent.app.support.settings_to_redacted import settings_to_redacted
from edge_agent.errors import ConfigError
from edge_agent.settings.file_to_settings import load_settings
from edge_agent.settings.settings import Settings
from edge_agent.settings.settings_adapter import settings_adapter

_TOP = "edge-agent-support"


@dataclass(frozen=True, slots=True)
class Wish:
    """What to gather.

    Attributes:
        config: The configuration file.
        quick: Leave out what takes the processor's time (`doctor --quick`).
        hide_names: Also take out names of hosts and users, and network addresses.
        health: The latest report of the running agent; empty where whoever asks does not have it.
    """

    config: Path
    quick: bool = False
    hide_names: bool = False
    health: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """A bundle on disk.

    Attributes:
        path: Where.
        size_bytes: How large.
        sha256: Of the file, hexadecimal.
    """

    path: Path
    size_bytes: int
    sha256: str


def write_bundle(wish: Wish, output: Path) -> Written:
    """Gather everything and write it.

    Args:
        wish: What to gather.
        output: A file that is not there yet; nobody but its owner may read it.

    Raises:
        OSError: It exists, or cannot be written.
    """
    # Taken first, so that nothing is gathered for a file that cannot be.
    descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with ExitStack() as undo:
        undo.callback(output.unlink)
        with os.fdopen(descriptor, "wb") as file:
            content = _packed(wish)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        undo.pop_all()
    return Written(output.absolute(), len(content), hashlib.sha256(content).hexdigest())


def texts(wish: Wish) -> Iterator[tuple[str, str]]:
    """Every section by its file name, redacted."""
    problems: ConfigError | None = None
    settings: Settings | None = None
    try:
        settings = load_settings(wish.config)
    except ConfigError as error:
        problems = error
    redact = Redactor(known_secrets(wish.config, settings), _names(settings) if wish.hide_names else ())
    for name, text in _sections(wish, settings, problems):
        yield name, redact(text[: 2 * sections.MOST_CHARS])


def _sections(wish: Wish, settings: Settings | None, problems: ConfigError | None) -> Iterator[tuple[str, str]]:
    yield "about.json", sections.about()
    yield "systemd.txt", sections.systemd_status()
    yield "journal.txt", sections.journal()
    # Only the journal needs root.
    become_agent(wish.config)
    if problems is not None:
        lines = [problem.in_file(problems.file) for problem in problems.problems]
        yield "settings.json", sections.as_json({"cannot_be_used": lines})
    if settings is not None:
        yield "settings.json", sections.as_json(settings_to_redacted(settings))
        yield "outbox.json", sections.outbox(settings.state_dir)
        yield "state.json", sections.state_files(settings.state_dir)
    port = settings.metrics.port if settings is not None else None
    absent = "switch `metrics.port` on, or look at the topic .../health"
    yield "health.json", wish.health or sections.served(port, "/health") or sections.as_json({"absent": absent})
    yield "metrics.txt", sections.served(port, "/metrics") or f"absent: {absent}\n"
    yield "doctor.json", sections.as_json(findings_to_document(tuple(examine(Scope(wish.config, wish.quick)))))


def _packed(wish: Wish) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in texts(wish):
            raw = text.encode()
            entry = tarfile.TarInfo(f"{_TOP}/{name}")
            entry.size, entry.mode, entry.mtime = len(raw), 0o600, int(time.time())
            archive.addfile(entry, io.BytesIO(raw))
    return packed.getvalue()


def _names(settings: Settings | None) -> Iterator[str]:
    yield socket.gethostname()
    if settings is None:
        return
    yield from _named_in(settings_adapter().dump_python(settings, mode="json"))


def _named_in(document: Any) -> Iterator[str]:
    """Hosts and users, in whatever section they stand."""
    if isinstance(document, dict):
        for key, value in document.items():
            if key in ("host", "username") and isinstance(value, str):
                yield value
            elif key == "url" and isinstance(value, str):
                yield urlsplit(value).hostname or ""
            else:
                yield from _named_in(value)
    elif isinstance(document, (list, tuple)):
        for each in document:
            yield from _named_in(each)
