"""The SQLite file of the outbox: transactions, and how it comes back after whatever the disk does."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge_agent.clock import Clock
from edge_agent.errors import OutboxError
from edge_agent.mqtt.outbox_copy import copy_in_memory
from edge_agent.mqtt.outbox_faults import Fault, explained, fault_of, looked_into
from edge_agent.mqtt.outbox_reader import SLACK
from edge_agent.mqtt.outbox_room import note_dropped
from edge_agent.mqtt.outbox_rows import SeqRange, Storage
from edge_agent.mqtt.outbox_salvage import Salvaged, finish, salvage
from edge_agent.mqtt.outbox_schema import TooNewError, connect, highest_seq, refuse_damaged_head, unreadable
from edge_agent.mqtt.seq_mark import SeqMark

logger = logging.getLogger(__name__)

# Our own: a file that cannot be opened is tried again after five seconds, and after twice as long each time up to a
# minute: each try reads the whole file.
_REOPEN_S = 5.0
_REOPEN_MAX_S = 60.0


class OutboxFile:
    """One connection that several threads may use in turn; every commit is on the disk when it returns.

    No fault of the disk is final. A full disk or one that became read-only is written to again with the next event;
    a file that cannot be opened is tried again; a damaged one is salvaged. Until then every use raises; but a
    sound file that may not be written is read from a copy in memory.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        """Name the file; nothing is opened yet."""
        self._path = path
        self._clock = clock
        self._mark = SeqMark(path.with_name(path.name + ".seq"))
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._copy: sqlite3.Connection | None = None
        self._in_use = False
        self._distrusted = False
        self._unreadable = False
        self._retry_due_s = 0.0
        self._retry_s = _REOPEN_S
        self._opened_s = clock.monotonic_s()
        self._sound = Storage("ok", clock.wall_s())
        self._storage = self._sound

    @property
    def storage(self) -> Storage:
        """How events are kept now."""
        return self._storage

    def open(self) -> None:
        """Open the file, or create it; salvage what is damaged. A disk that does not take it is tried again later.

        Raises:
            TooNewError: The file was written by a newer agent.
        """
        with self._lock:
            self._in_use = True
            try:
                self._reopen()
            except TooNewError:
                self._in_use = False
                raise
            except OutboxError:
                return  # told already, and in `storage`

    def close(self) -> None:
        """Close the file; twice is once."""
        with self._lock:
            self._in_use = False
            self._drop()
            self._forget_copy()
            self._mark.close()

    def note_seq(self, seq: int) -> None:
        """This number is committed."""
        with self._lock:
            self._mark.write(seq)

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
                self._retry_s = _REOPEN_S
                self._worked()
            except sqlite3.Error as error:
                raise self._failed(error, writing=True) from error
            except UnicodeDecodeError as error:
                raise self._failed(unreadable(error), writing=True) from error
            finally:
                self._roll_back(connection)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection for single SELECTs; to a copy in memory while the file cannot be opened.

        Raises:
            OutboxError: The file cannot be read.
        """
        with self._lock:
            try:
                yield self._readable()
            except sqlite3.Error as error:
                raise self._failed(error, writing=False) from error
            except UnicodeDecodeError as error:
                raise self._failed(unreadable(error), writing=False) from error

    def _readable(self) -> sqlite3.Connection:
        try:
            return self._opened()
        except OutboxError:
            if self._copy is None:
                raise
            return self._copy

    def _opened(self) -> sqlite3.Connection:
        if not self._in_use:
            raise OutboxError(f"{self._path} is closed")
        if self._connection is None:
            if self._clock.monotonic_s() < self._retry_due_s:
                raise OutboxError(self._storage.reason)
            self._reopen()
        if self._connection is None:  # cannot be: `_reopen` raises
            raise OutboxError(f"{self._path} is closed")
        return self._connection

    def _reopen(self) -> None:
        try:
            finish(self._path)
            self._connection = self._connected()
            self._remember_mark(self._connection)
            self._forget_copy()
        except TooNewError:
            raise
        except sqlite3.Error as error:
            self._later(explained(self._path, error))
        except OSError as error:
            self._later(OutboxError(f"outbox {error.filename or self._path}: {error.strerror}: {_ADVICE}"))
        except OutboxError as error:
            self._later(error)
        self._opened_s = self._clock.monotonic_s()
        self._worked()

    def _connected(self) -> sqlite3.Connection:
        parent = self._path.parent
        if not parent.is_dir():
            raise OutboxError(f"{parent} is not a directory: create it, owned by the agent's user")
        try:
            refuse_damaged_head(self._path)
            if self._distrusted:
                raise sqlite3.DatabaseError("malformed: it looks sound, and fails in use")
            connection = connect(self._path)
            self._unreadable = False
            return connection
        except sqlite3.Error as said:
            error = looked_into(said, parent)
            if not self._to_be_salvaged(fault_of(error)):
                raise error from None
            logger.error("%s", explained(self._path, error))
        result = salvage(self._path, self._mark.read(), self._clock.wall_s())
        self._distrusted = self._unreadable = False
        self._told_salvaged(result)
        return connect(self._path)

    def _to_be_salvaged(self, fault: Fault) -> bool:
        """Damage is; an error of the device may be over soon, and is where it comes again."""
        again, self._unreadable = self._unreadable, fault is Fault.UNREADABLE
        return fault is Fault.DAMAGED or (self._unreadable and again)

    def _remember_mark(self, connection: sqlite3.Connection) -> None:
        """Skip the numbers that the file has forgotten though they were in use: its log was torn, or it is a copy."""
        mark = self._mark.read()
        (next_seq,) = connection.execute("SELECT next_seq FROM counter").fetchone()
        if next_seq > mark:
            self._doubt_jump(connection, mark, next_seq)
            self._mark.write(next_seq - 1)
            return
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE counter SET next_seq = ?", (mark + 1,))
        note_dropped(connection, [SeqRange(next_seq, mark)], mark + 1 - next_seq)
        connection.execute("COMMIT")
        text = f"the outbox had lost its latest commits: events {next_seq} to {mark} are gone"
        logger.error("%s; numbers go on at %d", text, mark + 1)
        self._sound = Storage("salvaged", self._clock.wall_s(), text)

    def _doubt_jump(self, connection: sqlite3.Connection, mark: int, next_seq: int) -> None:
        """A counter far ahead of the mark has a flipped bit; it is not put back, since the mark may be an old copy."""
        used = max(mark, highest_seq(connection))
        if not mark or next_seq - 1 <= used + SLACK:
            return
        connection.execute("BEGIN IMMEDIATE")
        note_dropped(connection, [SeqRange(used + 1, next_seq - 1)], 0)
        connection.execute("COMMIT")
        text = f"the counter of the outbox had jumped: numbers {used + 1} to {next_seq - 1} will not come"
        logger.error("%s", text)
        self._sound = Storage("salvaged", self._clock.wall_s(), text)

    def _told_salvaged(self, result: Salvaged) -> None:
        gap = ", ".join(f"{item.first} to {item.last}" for item in result.gap) or "none"
        text = f"the outbox was damaged: {result.kept} events could be read; numbers that will not come: {gap}"
        logger.error("%s; the damaged file is %s", text, result.aside)
        self._sound = Storage("salvaged", self._clock.wall_s(), text)

    def _later(self, error: OutboxError) -> None:
        """Put the file off; raises what was wrong with it."""
        self._drop()
        self._enter_memory_only(str(error))
        self._copy = self._copy or copy_in_memory(self._path)
        self._put_off()
        raise error

    def _failed(self, error: sqlite3.Error, *, writing: bool) -> OutboxError:
        """Take note of an error in use; damage and errors of the device are looked into when it is opened anew."""
        told = explained(self._path, error)
        if fault_of(error) in (Fault.DAMAGED, Fault.UNREADABLE):
            self._drop()
            if self._clock.monotonic_s() - self._opened_s < _REOPEN_S:
                self._put_off()  # opening it has just not helped
                self._distrusted = fault_of(error) is Fault.DAMAGED
            self._enter_memory_only(str(told))
        elif writing:
            self._enter_memory_only(str(told))
        return told

    def _put_off(self) -> None:
        self._retry_due_s = self._clock.monotonic_s() + self._retry_s
        self._retry_s = min(_REOPEN_MAX_S, 2.0 * self._retry_s)

    def _worked(self) -> None:
        if self._storage.state == "memory_only":
            logger.info("outbox %s can be used again", self._path)
        self._storage = self._sound

    def _enter_memory_only(self, reason: str) -> None:
        if self._storage.state != "memory_only":
            logger.error("%s; the agent goes on watching, and publishes from memory", reason)
            self._storage = Storage("memory_only", self._clock.wall_s(), reason)

    def _roll_back(self, connection: sqlite3.Connection) -> None:
        try:
            if self._connection is connection and connection.in_transaction:
                connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            # An I/O error within a rollback: only a new connection knows what is on the disk.
            logger.debug("rollback failed: %s", error)
            self._drop()

    def _forget_copy(self) -> None:
        copy, self._copy = self._copy, None
        if copy is not None:
            copy.close()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error as error:
                logger.debug("closing failed: %s", error)


_ADVICE = f"it must be writable for the agent's user (uid {os.geteuid()})"
