"""The log in the journal with its fields, where the journal listens."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

# sd-daemon(3): what a line on stderr begins with; the numbers are syslog(3)'s.
_PRIORITIES = (
    (logging.CRITICAL, 2),
    (logging.ERROR, 3),
    (logging.WARNING, 4),
    (logging.INFO, 6),
    (logging.NOTSET, 7),
)
_LAYOUT = "%(levelname)s %(name)s: %(message)s"


def journal_handler(
    identifier: str, environ: Mapping[str, str] = os.environ, stream: int = 2
) -> logging.Handler | None:
    """A handler that writes to the journal, or None where stderr does not lead there.

    With systemd-python each record has fields that `journalctl` can be asked for, as in ``LOGGER=edge_agent.mqtt.pump``
    or ``THREAD_NAME=vision``; without it the priority alone.

    Args:
        identifier: Of the program, as `journalctl --identifier` takes it.
        environ: Holds ``JOURNAL_STREAM``, device and inode of the journal's end (systemd.exec(5)).
        stream: The descriptor that is compared with it: who redirects stderr wants the log there.
    """
    try:
        status = os.fstat(stream)
    except OSError:
        return None
    if environ.get("JOURNAL_STREAM") != f"{status.st_dev}:{status.st_ino}":
        return None
    try:
        from systemd.journal import send
    except ImportError:
        handler: logging.Handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(_PrefixFormatter(_LAYOUT))
        return handler
    return JournalHandler(send, identifier)


class JournalHandler(logging.Handler):
    """Sends each record with its fields.

    Names are those of systemd.journal-fields(7) and of systemd-python's own handler, which is not used: it sends
    whatever a record holds.
    """

    def __init__(self, send: Callable[..., Any], identifier: str) -> None:
        super().__init__()
        self._send = send
        self._identifier = identifier

    def emit(self, record: logging.LogRecord) -> None:
        """Send one record; a journal that does not take it must not stop the agent."""
        try:
            self._send(
                # A file's name that is no UTF-8 comes as surrogates, which systemd-python cannot send.
                self.format(record).encode("utf-8", "backslashreplace").decode(),
                PRIORITY=str(priority(record.levelno)),
                SYSLOG_IDENTIFIER=self._identifier,
                LOGGER=record.name,
                THREAD_NAME=record.threadName or "",
                CODE_FILE=record.pathname,
                CODE_LINE=record.lineno,
                CODE_FUNC=record.funcName or "",
            )
        except OSError:
            self.handleError(record)


def priority(level: int) -> int:
    """The syslog priority of a level of `logging`."""
    return next(number for least, number in _PRIORITIES if level >= least)


class _PrefixFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        # A traceback has several lines, and each is an entry of its own.
        prefix = f"<{priority(record.levelno)}>"
        return "\n".join(prefix + line for line in super().format(record).splitlines())
