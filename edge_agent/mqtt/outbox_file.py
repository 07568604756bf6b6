"""The SQLite file of the outbox: opening, schema, transactions, and what to do when the disk says no."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_agent.errors import OutboxError

SCHEMA_VERSION = 1
WAL_PAGES = 48  # our own: checkpoint early, so that the log stays small beside a budget of one megabyte
_BUSY_S = 5.0

# `worth` orders what is given up first: 0 acknowledged, 1 quarantined, 2 to 4 pending by severity.
_SCHEMA = """
CREATE TABLE counter (one INTEGER PRIMARY KEY CHECK (one = 1), next_seq INTEGER NOT NULL, dropped INTEGER NOT NULL);
INSERT INTO counter VALUES (1, 1, 0);
CREATE TABLE event (
    seq INTEGER PRIMARY KEY, worth INTEGER NOT NULL, boot_id TEXT NOT NULL, stored_monotonic_s REAL NOT NULL,
    settled_wall_s REAL, reason TEXT, topic TEXT NOT NULL, payload BLOB NOT NULL);
CREATE INDEX event_by_worth ON event (worth, seq);
CREATE INDEX event_pending ON event (seq) WHERE worth >= 2;
CREATE TABLE open_incident (
    incident_id TEXT PRIMARY KEY, rev INTEGER NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL,
    camera TEXT NOT NULL, zone TEXT NOT NULL, raised_wall_s REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE dropped (first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL);
"""


class OutboxFile:
    """One connection that several threads may use in turn; every commit is on the disk when it returns."""

    def __init__(self, path: Path) -> None:
        """Name the file; nothing is opened yet."""
        self._path = path
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def open(self) -> None:
        """Open the file, or create it.

        Raises:
            OutboxError: The directory is missing or closed to us, or the file is damaged or from a newer agent.
        """
        parent = self._path.parent
        try:
            if not parent.is_dir():
                raise OutboxError(f"{parent} is not a directory: create it, owned by the agent's user")
            connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        except OSError as error:
            raise OutboxError(
                f"{parent}: {error.strerror}: give it to the agent's user (uid {os.geteuid()})"
            ) from error
        except sqlite3.Error as error:
            raise self._explained(error) from error
        try:
            self._prepare(connection)
        except sqlite3.Error as error:
            connection.close()
            raise self._explained(error) from error
        except OutboxError:
            connection.close()
            raise
        self._connection = connection

    def close(self) -> None:
        """Close the file; twice is once."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: all of it is on the disk at the end, or none of it.

        Raises:
            OutboxError: It could not be stored. Nothing of it was; the same may be tried again later.
        """
        with self._lock:
            connection = self._opened()
            try:
                connection.execute("BEGIN IMMEDIATE")
                yield connection
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                raise self._explained(error) from error
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for single SELECTs.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._lock:
            try:
                yield self._opened()
            except sqlite3.Error as error:
                raise self._explained(error) from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise OutboxError(f"{self._path} is closed")
        return self._connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise OutboxError(
                f"{self._path} was written by a newer edge-agent: install that one, or move the file aside"
            )
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise OutboxError(f"{self._path}: this file system cannot hold an SQLite log: use a local disk")
        connection.execute("PRAGMA synchronous = FULL")
        page_bytes = int(connection.execute("PRAGMA page_size").fetchone()[0])
        connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        connection.execute(f"PRAGMA journal_size_limit = {WAL_PAGES * page_bytes}")
        if version == 0:
            connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
        # A file that may only be read opens without complaint, and would refuse the first event.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE counter SET next_seq = next_seq")
        connection.execute("ROLLBACK")

    def _explained(self, error: sqlite3.Error) -> OutboxError:
        # The texts are SQLite's own (sqlite3_errstr); the numeric codes reach Python only from 3.11 on.
        text = str(error)
        if "disk is full" in text:
            advice = "the disk is full: free some space; the event is kept and stored then"
        elif "readonly" in text or "unable to open" in text:
            advice = f"no permission to write there: give it to the agent's user (uid {os.geteuid()})"
        elif "not a database" in text or "malformed" in text or "no such table" in text:
            advice = f"the file is damaged ({text}): move it aside and start again; what waits in it is then not sent"
        elif "locked" in text:
            advice = "another process holds it: stop the other edge-agent"
        else:
            advice = f"{text}: check the disk"
        return OutboxError(f"outbox {self._path}: {advice}")
