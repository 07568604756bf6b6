"""Zones and cameras of earlier configurations: their alarm states lie at the broker until somebody takes them back."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from pathlib import Path

from edge_agent.runtime.replace_file import replace_file

logger = logging.getLogger(__name__)

_AT_MOST = 64  # our own: an installer renames a zone a few times, and each name costs an empty message a connect


class FormerPlaces:
    """Remembers the names of all places that ever had an alarm state, over restarts.

    A zone that is taken out or renamed while the agent is stopped leaves a retained message, perhaps an alarm, that
    nobody would end. Whether the broker has heard that it is over cannot be known here, so that it is told at each
    start; an empty message to a topic that holds nothing does no harm.

    Args:
        path: The file; its directory exists.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def since(self, places: Iterable[str]) -> tuple[str, ...]:
        """The places that are no longer there, the latest last; from now on those given are remembered, too."""
        now = tuple(places)
        known = self._read()
        former = tuple(place for place in known if place not in now)[-_AT_MOST:]
        remembered = (*former, *now)
        if remembered != known:
            self._write(remembered)
        return former

    def _read(self) -> tuple[str, ...]:
        try:
            known = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ()
        except (OSError, ValueError) as error:
            logger.warning("%s cannot be read (%s): alarms of zones that were renamed may stay", self._path, error)
            return ()
        return tuple(place for place in known if isinstance(place, str)) if isinstance(known, list) else ()

    def _write(self, places: tuple[str, ...]) -> None:
        try:
            replace_file(self._path, json.dumps(places).encode())
        except OSError as error:
            logger.warning("%s cannot be written (%s): alarms of zones that are renamed may stay", self._path, error)
