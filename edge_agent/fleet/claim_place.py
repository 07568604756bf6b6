"""Where the device authority of a fleet lies, and who was invited.

::

    <fleet>/claims/ca.pem        the authority: `claim.ca_file` on devices, `cafile` of the broker
    <fleet>/claims/ca.key        its key, for its owner alone; encrypted where that was asked for
    <fleet>/claims/devices.json  invitations, and the certificate that each device has
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from edge_agent.errors import FleetError
from edge_agent.runtime.replace_file import replace_secret

_STRICT = ConfigDict(extra="forbid", strict=True)
_Hash = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True, kw_only=True, config=_STRICT)
class Invited:
    """One device.

    Attributes:
        token_sha256: Of the one-time token, in hexadecimal digits. It has 256 random bits, so that nothing slower is
            needed to keep it from being guessed.
        until_s: Last moment of its first use, in seconds since the Unix epoch.
        key_sha256: Of the public key that used it, which is the device's from then on; None before.
        approved: Whether somebody said yes by hand.
        certificate: PEM of the one that the device has; None before.
    """

    token_sha256: _Hash
    until_s: float
    key_sha256: _Hash | None = None
    approved: bool = False
    certificate: str | None = None


_BOOK = TypeAdapter(dict[str, Invited])


class ClaimPlace:
    """The directory of one fleet's authority."""

    def __init__(self, fleet: Path) -> None:
        self.root = fleet / "claims"
        self.ca = self.root / "ca.pem"
        self.ca_key = self.root / "ca.key"
        self._book = self.root / "devices.json"

    def devices(self) -> dict[str, Invited]:
        """Everybody who was invited, by the name ``SITE/DEVICE``.

        Raises:
            FleetError: The file is damaged, or there is no authority.
        """
        if not self.ca.is_file():
            raise FleetError(f"{self.root}: no device authority here: make one with `edge-agent-fleet claim init`")
        try:
            return _BOOK.validate_json(self._book.read_bytes())
        except FileNotFoundError:
            return {}
        except ValidationError as error:
            raise FleetError(f"{self._book}: is damaged: restore it, or delete it and invite anew") from error

    @contextmanager
    def changing(self) -> Iterator[dict[str, Invited]]:
        """The same, held against every other process and thread; what was changed is on the disk afterwards.

        Raises:
            FleetError: As `devices`.
        """
        before = self.devices()
        lock = os.open(self.root, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            before = self.devices()
            after = dict(before)
            yield after
            if after != before:
                replace_secret(self._book, _BOOK.dump_json(dict(sorted(after.items())), indent=1) + b"\n")
        finally:
            os.close(lock)
