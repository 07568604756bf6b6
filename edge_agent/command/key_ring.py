"""The keys that may sign for this device."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from edge_agent.command.command_settings import KeySettings
from edge_agent.command.jws import Jws, from_base64url, read_jws
from edge_agent.command.reason import Reason
from edge_agent.errors import CommandRefused


@dataclass(frozen=True, slots=True)
class Verified:
    """A payload whose signature is good.

    Attributes:
        kid: Whose.
        payload: Exactly the bytes that were signed.
    """

    kid: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Key:
    settings: KeySettings
    public: Ed25519PublicKey


class KeyRing:
    """Checks signatures and tells what each key may do."""

    def __init__(self, keys: Iterable[KeySettings]) -> None:
        """Read the keys, whose form the settings have checked."""
        self._keys = {
            key.kid: _Key(key, Ed25519PublicKey.from_public_bytes(from_base64url(key.public_key.encode())))
            for key in keys
        }

    def __bool__(self) -> bool:
        """Whether anybody may command."""
        return bool(self._keys)

    def verify(self, raw: bytes, typ: str) -> Verified:
        """The signed payload of a compact JWS.

        Args:
            raw: As it came.
            typ: Which type it must have.

        Raises:
            CommandRefused: Malformed, of an unknown key, or not signed by it.
        """
        jws: Jws = read_jws(raw, typ)
        key = self._keys.get(jws.kid)
        if key is None:
            raise CommandRefused(Reason.UNKNOWN_KEY, "no key of this name is configured: see commands.keys")
        try:
            key.public.verify(jws.signature, jws.signed)
        except InvalidSignature as error:
            raise CommandRefused(Reason.BAD_SIGNATURE, f"not signed by the key {key.settings.kid}") from error
        return Verified(key.settings.kid, jws.payload)

    def allows(self, kid: str, command: str) -> bool:
        """Whether the settings let this key give this command."""
        return command in self._keys[kid].settings.allow

    def is_site_wide(self, kid: str) -> bool:
        """Whether this key may speak to the whole site."""
        return self._keys[kid].settings.site_wide
