"""The files that a claim writes, beside and with the certificate and the key that the settings name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ClaimFiles:
    """Of one device.

    Attributes:
        cert: Where the certificate goes.
        key: Where the key is made.
    """

    cert: Path
    key: Path

    @property
    def request(self) -> Path:
        """The request that was sent, until its certificate is there."""
        return self.cert.with_suffix(".csr")

    @property
    def invitation(self) -> Path:
        """SHA-256 of the token that the certificate came of: another one is a new invitation."""
        return self.cert.with_suffix(".invitation")

    def clash(self, others: Iterable[Path] = ()) -> Path | None:
        """A path that would be written twice, as `device.key` for both or a certificate that ends in `.csr`.

        Args:
            others: What is read, and must not be written.
        """
        own = [self.cert, self.key, self.request, self.invitation]
        # The steps on the way follow one another, so that they may be one file.
        taken = {_plain(each.with_suffix(".new")) for each in own} | {_plain(each) for each in others}
        for each in own:
            if _plain(each) in taken:
                return each
            taken.add(_plain(each))
        return None


def _plain(path: Path) -> str:
    return os.path.normpath(path)
