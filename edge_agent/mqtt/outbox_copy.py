"""Reading an outbox that cannot be opened where it is: to read it, too, SQLite wants to write beside it."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from edge_agent.errors import OutboxError
from edge_agent.mqtt.outbox_schema import connect, decoded, intact, refuse_damaged_head

logger = logging.getLogger(__name__)

_MEMORY = Path("/dev/shm")  # noqa: S108 - shm_overview(7): a tmpfs on every Linux; the directory made in it is ours alone
# Our own: the largest outbox of the default settings; it is in memory twice while it is copied.
_MOST_BYTES = 64_000_000


def copy_in_memory(path: Path) -> sqlite3.Connection | None:
    """All that is in a sound outbox, to be read while its disk takes no writes.

    The file and its log are copied to a file system in memory, are checked there like any outbox, and are removed.

    Args:
        path: The outbox; nobody writes to it.

    Returns:
        A database in memory; None where it cannot be had: nothing is there, it is damaged or too large.
    """
    files = [file for file in (path, path.with_name(path.name + "-wal")) if file.exists()]
    try:
        if path not in files or sum(file.stat().st_size for file in files) > _MOST_BYTES:
            return None
        with tempfile.TemporaryDirectory(prefix="edge-agent-", dir=_MEMORY) as directory:
            for file in files:
                shutil.copyfile(file, Path(directory) / file.name)
            copy = _loaded(Path(directory) / path.name)
    except (OSError, sqlite3.Error, OutboxError) as error:
        logger.debug("outbox %s cannot be copied: %s", path, error)
        return None
    logger.info("outbox %s is read from a copy in memory meanwhile", path)
    return copy


def _loaded(file: Path) -> sqlite3.Connection:
    refuse_damaged_head(file)
    memory = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    memory.text_factory = decoded
    with closing(connect(file)) as source:
        source.backup(memory)
    # Nobody could note in the file that these are given up, and a copy that holds them would give nothing else.
    rows = memory.execute("SELECT seq, topic, payload, checksum FROM event")
    memory.executemany("DELETE FROM event WHERE seq = ?", [(row[0],) for row in rows if not intact(*row)])
    return memory
