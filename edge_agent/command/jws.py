"""Signed bytes: JSON Web Signature, compact serialisation (RFC 7515), with Ed25519 (RFC 8037).

The signature covers the bytes as they are on the wire, so that nobody needs a canonical form of JSON. It needs nothing
of MQTT but a payload, and libraries for it exist in every language.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass

from edge_agent.command.reason import Reason
from edge_agent.command.strict_json import strict_json
from edge_agent.errors import CommandRefused

COMMAND_TYPE = "edge-agent-cmd.v1"
CONFIG_TYPE = "edge-agent-config.v1"
UPDATE_TYPE = "edge-agent-update.v1"
_ALGORITHM = "EdDSA"  # RFC 8037, section 3.1; the only one, so that nobody can choose a weaker one
_HEADER_FIELDS = frozenset({"alg", "kid", "typ"})  # any other, `crit` too (RFC 7515, section 4.1.11), is refused
_SIGNATURE_BYTES = 64  # RFC 8032, section 5.1.6
_BASE64URL = re.compile(rb"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Jws:
    """What a compact JWS says of itself; nothing in it is trusted before the signature was checked.

    Attributes:
        kid: Name of the key.
        payload: What was signed.
        signed: The bytes that the signature covers: encoded header and payload with their dot.
        signature: 64 bytes.
    """

    kid: str
    payload: bytes
    signed: bytes
    signature: bytes


def read_jws(raw: bytes, typ: str) -> Jws:
    """Take a compact JWS apart.

    Args:
        raw: As it came.
        typ: Which type it must have, so that what was signed for one purpose serves no other.

    Raises:
        CommandRefused: It is none, or not of this kind.
    """
    parts = raw.split(b".", 3)
    if len(parts) != 3:
        raise CommandRefused(Reason.MALFORMED, "not a compact JWS: three parts with dots between them are needed")
    header_bytes, payload, signature = (_decoded(part) for part in parts)
    try:
        header = strict_json(header_bytes)
    except ValueError as error:
        raise CommandRefused(Reason.MALFORMED, f"the header of the JWS is refused: {error}") from error
    if not isinstance(header, dict) or header.keys() != _HEADER_FIELDS:
        raise CommandRefused(Reason.MALFORMED, "the header of the JWS must have alg, kid and typ, and nothing else")
    kid = header["kid"]
    if header["alg"] != _ALGORITHM or header["typ"] != typ or not isinstance(kid, str):
        raise CommandRefused(Reason.MALFORMED, f"the header of the JWS must say alg {_ALGORITHM} and typ {typ}")
    if len(signature) != _SIGNATURE_BYTES:
        raise CommandRefused(Reason.MALFORMED, f"the signature must have {_SIGNATURE_BYTES} bytes")
    return Jws(kid, payload, parts[0] + b"." + parts[1], signature)


def unsigned_jws(payload: bytes, kid: str, typ: str) -> bytes:
    """The bytes to sign: encoded header and payload with their dot."""
    header = json.dumps({"alg": _ALGORITHM, "kid": kid, "typ": typ}, separators=(",", ":")).encode()
    return to_base64url(header) + b"." + to_base64url(payload)


def to_base64url(raw: bytes) -> bytes:
    """Base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def from_base64url(text: bytes) -> bytes:
    """The bytes of a base64url text; exactly one text is accepted for each.

    Raises:
        ValueError: Not base64url, padded, or with bits that mean nothing.
    """
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise ValueError("not base64url without padding")
    raw = base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    if to_base64url(raw) != text:
        raise ValueError("base64url with bits that mean nothing")
    return raw


def _decoded(part: bytes) -> bytes:
    try:
        return from_base64url(part)
    except ValueError as error:
        raise CommandRefused(Reason.MALFORMED, f"a part of the JWS is {error}") from error
