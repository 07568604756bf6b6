"""The one place where the agent's log is directed."""

from __future__ import annotations

import logging
import sys

from edge_agent.runtime.journal import journal_handler
from edge_agent.runtime.log_limit import LogLimit

_LEVEL_OF_VERBOSITY = (logging.CRITICAL, logging.INFO, logging.DEBUG)


def log_to_stderr(verbosity: int, level: str = "warning", program: str = "edge-agent") -> None:
    """Send the package's log to stderr, and nowhere else.

    Where stderr leads to the journal, the log goes there with its fields (`runtime/journal.py`).

    Args:
        verbosity: How often ``-v`` was given: once lets information through, twice everything.
        level: What is let through in any case, as the settings write it.
        program: Who writes, in the journal: agent and updater can be told apart there.
    """
    handler = journal_handler(program)
    if handler is None:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(LogLimit())
    package = logging.getLogger("edge_agent")
    package.handlers[:] = [handler]
    package.propagate = False
    asked = _LEVEL_OF_VERBOSITY[min(verbosity, len(_LEVEL_OF_VERBOSITY) - 1)]
    package.setLevel(min(asked, getattr(logging, level.upper())))
