"""The log in the journal: only where stderr leads there, and with its fields where systemd-python is installed."""

from __future__ import annotations

import builtins
import logging
import os
from pathlib import Path
from typing import Any

import pytest

from edge_agent.runtime import log_to_stderr
from edge_agent.runtime.journal import JournalHandler, journal_handler, priority
from edge_agent.runtime.log_limit import LogLimit


def stream_of(path: Path) -> tuple[int, str]:
    """A descriptor, and what systemd would say of it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    status = os.fstat(descriptor)
    return descriptor, f"{status.st_dev}:{status.st_ino}"


def record(level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("edge_agent.mqtt.pump", level, "/a/pump.py", 7, "no %s", ("broker",), None, "pumped")


def test_a_stderr_that_was_led_elsewhere_is_not_the_journal(tmp_path: Path) -> None:
    descriptor, _ = stream_of(tmp_path / "file")
    _, other = stream_of(tmp_path / "other")
    assert journal_handler("edge-agent", {"JOURNAL_STREAM": other}, descriptor) is None
    assert journal_handler("edge-agent", {}, descriptor) is None


def test_without_systemd_python_each_line_has_its_priority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("systemd"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    descriptor, journal = stream_of(tmp_path / "file")
    handler = journal_handler("edge-agent", {"JOURNAL_STREAM": journal}, descriptor)
    assert handler is not None
    two_lines = record()
    two_lines.msg, two_lines.args = "first\nsecond", None
    assert handler.format(two_lines) == "<4>WARNING edge_agent.mqtt.pump: first\n<4>second"


def test_a_record_comes_with_its_fields_and_no_others() -> None:
    sent: list[tuple[str, dict[str, Any]]] = []
    JournalHandler(lambda message, **fields: sent.append((message, fields)), "edge-agent-updater").emit(record())
    ((message, fields),) = sent
    assert message == "no broker"
    assert fields.pop("THREAD_NAME") == "MainThread"
    assert fields == {
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "edge-agent-updater",
        "LOGGER": "edge_agent.mqtt.pump",
        "CODE_FILE": "/a/pump.py",
        "CODE_LINE": 7,  # systemd-python formats it as a number
        "CODE_FUNC": "pumped",
    }


@pytest.mark.parametrize(
    ("level", "number"),
    [(logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6), (logging.DEBUG, 7), (1, 7)],
)
def test_levels_become_the_priorities_of_syslog(level: int, number: int) -> None:
    assert priority(level) == number


def test_a_name_that_is_no_utf_8_is_told_all_the_same() -> None:
    sent: list[bytes] = []
    odd = record()
    odd.args = ("clip-\udcff.mp4",)
    # As systemd-python does it, which raises for surrogates.
    JournalHandler(lambda message, **_: sent.append(message.encode()), "edge-agent").emit(odd)
    assert sent == [b"no clip-\\udcff.mp4"]


def test_agent_and_updater_bear_their_own_names_in_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    package = logging.getLogger("edge_agent")
    monkeypatch.setattr(package, "handlers", [])
    monkeypatch.setattr(package, "propagate", True)
    monkeypatch.setattr(package, "level", package.level)
    monkeypatch.setattr(
        log_to_stderr, "journal_handler", lambda program: asked.append(program) or logging.NullHandler()
    )
    log_to_stderr.log_to_stderr(0)
    log_to_stderr.log_to_stderr(0, "info", "edge-agent-updater")
    assert asked == ["edge-agent", "edge-agent-updater"]
    assert [type(each) for each in package.handlers[0].filters] == [LogLimit]
