"""What was obeyed already, on disk: no command is obeyed twice, not after a restart either."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge_agent.clock import Clock
from edge_agent.command.envelope import Envelope
from edge_agent.command.reason import Reason
from edge_agent.errors import CommandRefused

logger = logging.getLogger(__name__)

_MAX_SEEN = 4096  # our own: 16 keys of 30 commands a minute reach half of it within five minutes
_KEPT_AFTER_S = 60.0  # our own: a clock that is stepped back by less finds every command still there
_SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE floor (one INTEGER PRIMARY KEY CHECK (one = 1), issued_s REAL, expired_s REAL NOT NULL);
INSERT INTO floor VALUES (1, NULL, 0);
CREATE TABLE seen (kid TEXT NOT NULL, cmd_id TEXT NOT NULL, exp REAL NOT NULL, PRIMARY KEY (kid, cmd_id)) WITHOUT ROWID;
CREATE TABLE config (
    one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, document TEXT NOT NULL, starts INTEGER NOT NULL);
PRAGMA user_version = 1;
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class StoredConfig:
    """The desired configuration in force.

    Attributes:
        version: Its version; 0 where there has been none.
        document: Its sections as JSON.
        starts: How often the agent started with it and was not seen to work.
    """

    version: int
    document: str
    starts: int


class CommandLedger:
    """One SQLite file of its own. Used by one thread at a time; opens itself, and tries again where it could not.

    A file that was lost or is damaged would let old commands in again. Hence every ledger knows when it was made, and
    what was issued before then is refused.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        """Name the file.

        Args:
            path: In the state directory, which exists when the ledger is used.
            clock: For the floors.
        """
        self._path = path
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._opened_s = clock.monotonic_s()

    def open(self) -> None:
        """Open or make the file; a damaged one is moved aside. Where that fails, each use tries again."""
        with contextlib.suppress(CommandRefused):
            self._opened()

    def close(self) -> None:
        """Close the file; twice is once."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def claim(self, kid: str, envelope: Envelope, *, fresh: bool) -> None:
        """Note a command as obeyed, on the disk, before it is.

        Args:
            kid: Of the key that signed it.
            envelope: Of the command.
            fresh: A nonce proves that it was signed just now, whatever the clock says.

        Raises:
            CommandRefused: Obeyed before, or so old that it may have been, or the file cannot be written.
        """
        with self._transaction() as connection:
            if not fresh:
                self._check_floors(connection, envelope)
            if connection.execute("SELECT COUNT(*) FROM seen").fetchone()[0] >= _MAX_SEEN:
                raise CommandRefused(Reason.STATE_UNAVAILABLE, "too many commands are remembered: wait some minutes")
            values = (kid, envelope.cmd_id, envelope.exp)
            if connection.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", values).rowcount == 0:
                raise CommandRefused(Reason.DUPLICATE, "a command with this cmd_id came before")

    def config(self) -> StoredConfig:
        """The desired configuration in force; a disk that takes no writes tells it, too.

        Raises:
            CommandRefused: The file cannot be read.
        """
        try:
            row = self._opened().execute("SELECT version, document, starts FROM config").fetchone()
        except sqlite3.Error as error:
            self.close()
            raise self._unavailable(error) from error
        return StoredConfig(*row) if row else StoredConfig(0, "{}", 0)

    def store_config(self, config: StoredConfig) -> None:
        """Replace it.

        Raises:
            CommandRefused: The file cannot be written.
        """
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO config VALUES (1, ?, ?, ?)", (config.version, config.document, config.starts)
            )

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """On the disk at the end, what led to a refusal, too; after a fault the next use opens the file anew."""
        connection = self._opened()
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            finally:
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            self.close()
            raise self._unavailable(error) from error

    def _check_floors(self, connection: sqlite3.Connection, envelope: Envelope) -> None:
        """Forget what has expired, and refuse what may have been forgotten. The clock is synchronised here."""
        now_s = self._clock.wall_s()
        issued_s, expired_s = connection.execute("SELECT issued_s, expired_s FROM floor").fetchone()
        if issued_s is None:
            issued_s = now_s - (self._clock.monotonic_s() - self._opened_s)
            connection.execute("UPDATE floor SET issued_s = ?", (issued_s,))
        gone_s = now_s - _KEPT_AFTER_S
        forgotten_s = connection.execute("SELECT MAX(exp) FROM seen WHERE exp < ?", (gone_s,)).fetchone()[0]
        if forgotten_s is not None:
            expired_s = max(expired_s, forgotten_s)
            connection.execute("DELETE FROM seen WHERE exp < ?", (gone_s,))
            connection.execute("UPDATE floor SET expired_s = ?", (expired_s,))
        if envelope.iat < int(issued_s) or envelope.exp <= expired_s:
            raise CommandRefused(Reason.STALE, "so old that it may have been obeyed before: sign a new one")

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            try:
                self._connection = self._connect()
            except sqlite3.DatabaseError as error:
                if not _is_damaged(error):
                    raise self._unavailable(error) from error
                self._connection = self._anew(error)
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            # With a rollback journal EXTRA also syncs the directory, so that no commit is undone (SQLite, "PRAGMA
            # synchronous").
            connection.execute("PRAGMA synchronous = EXTRA")
            if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                connection.executescript(_SCHEMA)
            connection.execute("SELECT issued_s, expired_s FROM floor").fetchone()
            connection.execute("SELECT MAX(exp) FROM seen").fetchone()
            connection.execute("SELECT version, document, starts FROM config").fetchone()
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _anew(self, error: sqlite3.Error) -> sqlite3.Connection:
        aside = self._path.with_suffix(".damaged")
        logger.error(
            "%s is damaged (%s): moved to %s; a desired configuration must be sent anew", self._path, error, aside
        )
        try:
            self._path.replace(aside)
            self._path.with_name(self._path.name + "-journal").unlink(missing_ok=True)
            self._opened_s = self._clock.monotonic_s()
            return self._connect()
        except (OSError, sqlite3.Error) as failure:
            raise self._unavailable(failure) from failure

    def _unavailable(self, error: Exception) -> CommandRefused:
        logger.error("%s cannot be used: %s; commands are refused until it can", self._path, error)
        return CommandRefused(Reason.STATE_UNAVAILABLE, "what was obeyed cannot be noted on the disk of the device")


def _is_damaged(error: sqlite3.Error) -> bool:
    # The texts are SQLite's own (sqlite3_errstr); the numeric codes reach Python only from 3.11 on.
    return any(words in str(error) for words in ("not a database", "malformed", "no such table", "no such column"))
