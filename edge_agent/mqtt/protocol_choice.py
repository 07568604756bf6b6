"""Which version of MQTT to speak next."""

from __future__ import annotations

from typing import Literal

Protocol = Literal["5", "3.1.1"]
_SILENT_TRIES = 2  # a broker of 3.1.1 may also just close the connection (MQTT 3.1.1, section 3.1.2.2)


class ProtocolChoice:
    """MQTT 5 where the broker speaks it, 3.1.1 where it does not. Pure."""

    def __init__(self, setting: Literal["auto", "5", "3.1.1"]) -> None:
        self._auto = setting == "auto"
        self._refused = False
        self._silent = 0
        self.current: Protocol = "3.1.1" if setting == "3.1.1" else "5"

    def version_refused(self) -> bool:
        """The broker said that it does not speak this version.

        Returns:
            Whether there is another one to try at once.
        """
        if not self._auto or self.current != "5":
            return False
        self._refused = True
        self.current = "3.1.1"
        return True

    def unanswered(self) -> None:
        """The connection ended before a CONNACK: a broker that is starting, or one that does not know MQTT 5."""
        self._silent += 1
        if self._auto and not self._refused and self._silent % _SILENT_TRIES == 0:
            self.current = "3.1.1" if self.current == "5" else "5"

    def accepted(self) -> None:
        """A connection was made."""
        self._silent = 0

    def ended(self) -> None:
        """It ended. A version that was only guessed from silence is asked for anew."""
        if self._auto and not self._refused:
            self.current = "5"
