"""The tables of the outbox, and a connection to them that is fit for use."""

from __future__ import annotations

import json
import sqlite3
import zlib
from pathlib import Path

from edge_agent.errors import OutboxError

OUTBOX_FILE = "outbox.sqlite"
"""Its name in the agent's state directory."""
SCHEMA_VERSION = 1
WAL_PAGES = 48  # our own: checkpoint early, so that the log stays small beside a budget of one megabyte
BUSY_S = 0.5  # our own: frames wait meanwhile; `edge-agent outbox requeue` holds it for less
_NO_TOPIC = frozenset("#+\0")  # MQTT 5, sections 1.5.4 and 3.3.2.1: nobody may publish to these
_MOST_AHEAD = 50  # our own: no agent that anybody comes back from is that much newer; beyond, bits were flipped
# sqlite.org/fileformat.html, section 1.3: how the file is written and how it is read, 1 without a log and 2 with one.
_FORMAT = slice(18, 20)
_FORMATS = (1, 2)

# `worth` orders what is given up first: 0 acknowledged, 1 quarantined, 2 to 4 pending by severity.
# Outboxes of the first agents lack `checksum`; a column that may be absent lets both read the other's file.
_SCHEMA = """
CREATE TABLE counter (one INTEGER PRIMARY KEY CHECK (one = 1), next_seq INTEGER NOT NULL, dropped INTEGER NOT NULL);
INSERT INTO counter VALUES (1, 1, 0);
CREATE TABLE event (
    seq INTEGER PRIMARY KEY, worth INTEGER NOT NULL, boot_id TEXT NOT NULL, stored_monotonic_s REAL NOT NULL,
    settled_wall_s REAL, reason TEXT, topic TEXT NOT NULL, payload BLOB NOT NULL, checksum INTEGER);
CREATE INDEX event_by_worth ON event (worth, seq);
CREATE INDEX event_pending ON event (seq) WHERE worth >= 2;
CREATE TABLE open_incident (
    incident_id TEXT PRIMARY KEY, rev INTEGER NOT NULL, rule TEXT NOT NULL, severity TEXT NOT NULL,
    camera TEXT NOT NULL, zone TEXT NOT NULL, raised_wall_s REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE dropped (first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL);
"""

# What is read of each table; the names themselves can be damaged.
TABLES = (
    "SELECT next_seq, dropped FROM counter",
    "SELECT seq, worth, boot_id, stored_monotonic_s, settled_wall_s, reason, topic, payload FROM event",
    "SELECT incident_id, rev, rule, severity, camera, zone, raised_wall_s FROM open_incident",
    "SELECT first_seq, last_seq FROM dropped",
)


class TooNewError(OutboxError):
    """The file was written by a newer agent; nothing here may touch it."""


def checksum(seq: int, topic: str, payload: bytes) -> int:
    """CRC-32 of what a row says: SQLite has none, and would hand out a flipped bit as it is (sqlite.org/cksumvfs)."""
    return zlib.crc32(payload, zlib.crc32(f"{seq} {topic}".encode()))


def intact(seq: int, topic: object, payload: object, stored: object) -> bool:
    """Whether a row still says what was stored; those of the first agents, without checksum, make sense."""
    if not isinstance(topic, str) or not isinstance(payload, bytes):
        return False
    if stored is not None:
        return stored == checksum(seq, topic, payload)
    return topic != "" and _NO_TOPIC.isdisjoint(topic) and _numbered(payload, seq)


def _numbered(payload: bytes, seq: int) -> bool:
    """Without a checksum: whether it is JSON that carries its own number."""
    try:
        fields = json.loads(payload)
    except ValueError:
        return False
    return isinstance(fields, dict) and fields.get("seq") == seq


def decoded(text: bytes) -> str:
    """Text as SQLite has it: a flipped bit must show in the checksum of its row, and not stop the reading of others."""
    return text.decode("utf-8", "replace")


def unreadable(error: UnicodeDecodeError) -> sqlite3.Error:
    """Python cannot even tell what SQLite complains about, where names in the file are damaged."""
    return sqlite3.DatabaseError(f"malformed: a name in it is no text ({error.reason})")


def refuse_damaged_head(path: Path) -> None:
    """What SQLite would make worse, or take for something else than damage.

    It takes an empty file for a new one, and deletes its log. A file of an unknown format it only reads.

    Raises:
        sqlite3.Error: The file is damaged there.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_FORMAT.stop)
        log = path.with_name(path.name + "-wal")
        log_bytes = log.stat().st_size if log.exists() else 0
    except OSError:
        return  # absent, or SQLite has a word for it
    if not head and log_bytes:
        raise sqlite3.DatabaseError("malformed: it is empty, and its log is not")
    if not all(version in _FORMATS for version in head[_FORMAT]):
        raise sqlite3.DatabaseError("malformed: its header tells no format")


# Our own: SQLite keeps 2,000 KiB of pages otherwise, for days of growing memory in which nothing is read twice.
_CACHE_KIB = 256


def connect(path: Path) -> sqlite3.Connection:
    """A connection that several threads may use in turn, to a file that was checked from end to end.

    Raises:
        sqlite3.Error: As SQLite says it, also where the file is damaged.
        TooNewError: The file was written by a newer agent.
        OutboxError: The file system cannot hold it.
    """
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    connection.text_factory = decoded
    try:
        _prepare(path, connection)
    except (sqlite3.Error, OutboxError):
        connection.close()
        raise
    except UnicodeDecodeError as error:
        connection.close()
        raise unreadable(error) from error
    return connection


def _prepare(path: Path, connection: sqlite3.Connection) -> None:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if not 0 <= version <= SCHEMA_VERSION + _MOST_AHEAD:
        raise sqlite3.DatabaseError("malformed: its header tells no version")
    if version > SCHEMA_VERSION:
        raise TooNewError(f"{path} was written by a newer edge-agent: install that one, or move the file aside")
    (objects,) = connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    if version == 0 and objects:
        raise sqlite3.DatabaseError("malformed: it holds something else than an outbox")
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise OutboxError(f"{path}: this file system cannot hold an SQLite log: use a local disk")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    page_bytes = int(connection.execute("PRAGMA page_size").fetchone()[0])
    connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_PAGES * page_bytes}")
    if version == 0:
        connection.executescript(f"BEGIN IMMEDIATE;{_SCHEMA}PRAGMA user_version = {SCHEMA_VERSION};COMMIT;")
    elif "checksum" not in [row[1] for row in connection.execute("PRAGMA table_info (event)")]:
        connection.execute("ALTER TABLE event ADD COLUMN checksum INTEGER")
    _check(connection)
    # A file that may only be read opens without complaint, and would refuse the first event.
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE counter SET next_seq = next_seq")
    connection.execute("ROLLBACK")


def _check(connection: sqlite3.Connection) -> None:
    """Read every page, and hold the counter against the events: a counter that fell back would use numbers twice."""
    (verdict,) = connection.execute("PRAGMA integrity_check (1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(f"malformed: {' '.join(str(verdict).split())}")
    for table in TABLES:
        connection.execute(f"{table} LIMIT 0")
    counter = connection.execute("SELECT next_seq, dropped FROM counter").fetchone()
    if counter is None or not all(isinstance(value, int) for value in counter):
        raise sqlite3.DatabaseError("malformed: it has no counter")
    if counter[0] <= highest_seq(connection):
        raise sqlite3.DatabaseError("malformed: its counter is behind its events")


def highest_seq(connection: sqlite3.Connection) -> int:
    """The highest number that is in the file, or told as lost there; 0 for none.

    Raises:
        sqlite3.Error: As SQLite says it, also where it is no number.
    """
    (highest,) = connection.execute(
        "SELECT MAX(seq) FROM (SELECT MAX(seq) AS seq FROM event UNION ALL SELECT MAX(last_seq) FROM dropped)"
    ).fetchone()
    if not isinstance(highest, int | None):
        raise sqlite3.DatabaseError("malformed: a number in it is none")
    return highest or 0
