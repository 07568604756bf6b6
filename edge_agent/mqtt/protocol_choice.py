"""Which version of MQTT to speak next."""

from __future__ import annotations

from typing import Literal

Protocol = Literal["5", "3.1.1"]
_SILENT_TRIES = 2  # a broker of 3.1.1 may also just close the connection (MQTT 3.1.1, section 3.1.2.2)


class ProtocolChoice:
    """MQTT 5 where the broker speaks it, 3.1.1 where it does not. Pure."""

    def __init__(self, setting: Literal["auto", "5", "3.1.1"]) -> None:
        self._auto = setting == "auto"
        self._settled: Protocol = "3.1.1" if setting == "3.1.1" else "5"
        self._may_guess = self._auto
        self._silent = 0
        self._guess = False

    def next(self) -> Protocol:
        """For one connect. A version that was only guessed from silence is not kept for the one after it."""
        guess, self._guess = self._guess, False
        return "3.1.1" if guess else self._settled

    def version_refused(self) -> bool:
        """The broker said that it does not speak this version.

        Returns:
            Whether there is another one to try at once.
        """
        if not self._auto or self._settled != "5":
            return False
        self._settled = "3.1.1"
        self._may_guess = False
        return True

    def unanswered(self) -> None:
        """The connection ended before a CONNACK: a broker that is starting, or one that does not know MQTT 5."""
        self._silent += 1
        # One guess after every two silent tries with MQTT 5.
        self._guess = self._may_guess and self._silent % (_SILENT_TRIES + 1) == _SILENT_TRIES

    def accepted(self, protocol: Protocol) -> None:
        """A connection was made. A broker that has spoken MQTT 5 once is never thought not to know it."""
        self._silent = 0
        if protocol == "5":
            self._may_guess = False
