"""Base64 as EST carries it."""

from __future__ import annotations

import base64

_WHITE = b" \t\r\n"


def from_base64(body: bytes) -> bytes:
    """What a body holds.

    White space is passed over wherever it is; RFC 8951 tells that both kinds of senders, with lines and without, exist.

    Raises:
        ValueError: It is no base64.
    """
    return base64.b64decode(body.translate(None, _WHITE), validate=True)
