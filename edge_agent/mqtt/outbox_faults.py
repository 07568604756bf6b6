"""What SQLite's errors mean for the outbox, in words and in what to do."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from enum import Enum
from pathlib import Path

from edge_agent.errors import OutboxError


class Fault(Enum):
    """What is wrong with the file."""

    DAMAGED = "damaged"
    """Its content: what can be read must be carried into a new one."""
    UNREADABLE = "unreadable"
    """The device below: it may be over, or have left damage."""
    FULL = "full"
    """No space for one write more; reading goes on."""
    CLOSED_TO_US = "closed to us"
    """It may not be written, by permission or because the file system is read-only."""
    BUSY = "busy"
    """Another process has it now."""


# The texts are SQLite's own (sqlite3_errstr); the numeric codes reach Python only from 3.11 on.
_BY_TEXT = (
    ("disk is full", Fault.FULL),
    ("readonly", Fault.CLOSED_TO_US),
    ("unable to open", Fault.CLOSED_TO_US),
    ("lock", Fault.BUSY),
    ("I/O", Fault.UNREADABLE),
)
_ROOM_BYTES = 65_536  # sqlite.org/walformat.html: shared memory comes in pieces of 32 KiB, and a log has a page or two


def fault_of(error: sqlite3.Error) -> Fault:
    """The kind of fault; whatever SQLite says that a sound file cannot make it say is damage."""
    text = str(error)
    return next((fault for words, fault in _BY_TEXT if words in text), Fault.DAMAGED)


def looked_into(error: sqlite3.Error, directory: Path) -> sqlite3.Error:
    """The same error, or a full disk: SQLite calls it an I/O error where there is no room for its shared memory."""
    if fault_of(error) is Fault.UNREADABLE:
        with contextlib.suppress(OSError):
            disk = os.statvfs(directory)
            if disk.f_bavail * disk.f_frsize < _ROOM_BYTES:
                return sqlite3.OperationalError("database or disk is full")
    return error


def explained(path: Path, error: sqlite3.Error) -> OutboxError:
    """One line for a person."""
    advice = {
        Fault.DAMAGED: f"the file is damaged ({error}); what can be read is carried into a new one",
        Fault.UNREADABLE: f"{error}: check the disk",
        Fault.FULL: "the disk is full: free some space; events are kept in memory and stored then",
        Fault.CLOSED_TO_US: f"no permission to write there: give it to the agent's user (uid {os.geteuid()}), and see "
        "that the file system is not read-only",
        Fault.BUSY: "another process holds it: stop the other edge-agent",
    }[fault_of(error)]
    return OutboxError(f"outbox {path}: {advice}")
