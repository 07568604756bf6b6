"""Text without secrets: what is known is taken out word by word, what looks like a secret by its shape.

Both, since neither is enough: a password may look like any word, and a token that somebody typed into a wrong place is
known to nobody.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import quote

REDACTED = "[redacted]"
# Our own: a shorter secret would take syllables out of every word, so that it goes only where it stands alone.
_WHOLE_WORD_CHARS = 6
_NAMES = r"(?:passw(?:or)?[dt]|passphrase|pwd|secret|token|api[_-]?key|private[_-]?key|authorization)s?"
_SHAPES = (
    # A private key in PEM (RFC 7468), also one that is cut off.
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), REDACTED),
    # A compact JWS (RFC 7515, section 3.1): its header begins with `{"`.
    (re.compile(r"\beyJ[\w-]+\.[\w-]*\.?[\w-]*"), REDACTED),
    # User and password in an address (RFC 3986, section 3.2.1), then all of it behind the host.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://)[^/\s@\"']+@", re.IGNORECASE), rf"\1{REDACTED}@"),
    (re.compile(r"(\b(?:rtsps?|https?|wss?|mqtts?)://[^/\s?#\"']+)[/?#][^\s\"']*", re.IGNORECASE), rf"\1/{REDACTED}"),
    (re.compile(r"\b(bearer|basic|digest)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {REDACTED}"),
    (
        re.compile(rf"({_NAMES}\\?[\"']?\s*[:=]\s*)(\\?[\"'])(?:(?!\2).)*\2", re.IGNORECASE),
        rf"\1\2{REDACTED}\2",
    ),
    (re.compile(rf"({_NAMES}[\"']?\s*[:=]\s*)(?!null\b|None\b)[^\s\"',;]+", re.IGNORECASE), rf"\1{REDACTED}"),
)
_LONG_TOKEN = re.compile(r"[A-Za-z0-9+/_=-]{32,}")
_RANDOM_CHARS = 16
_ADDRESS = re.compile(r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b(?:[0-9a-f]{1,4}:){3,7}[0-9a-f:]{1,}\b", re.IGNORECASE)
# Shortened with `::` (RFC 4291, section 2.2): `ipaddress` tells one from other text with colons.
_SHORTENED = re.compile(r"(?<![\w:.])[0-9a-f:]{0,40}::(?:[0-9a-f:.]{0,40}[0-9a-f])?(?![\w:])", re.IGNORECASE)


class Redactor:
    """Takes secrets out of text.

    Args:
        secrets: That are known; each is also looked for percent-encoded and in base64.
        names: Of hosts and users that are to be hidden, too; with any of them network addresses are hidden as well.
    """

    def __init__(self, secrets: Iterable[str], names: Iterable[str] = ()) -> None:
        known = {form for secret in secrets for form in _forms(secret)}
        hidden = {name for name in names if name}
        self._hides = bool(hidden)
        self._secrets = _any_of(known)
        self._names = _any_of(hidden)

    def __call__(self, text: str) -> str:
        """The text without them."""
        if self._secrets is not None:
            text = self._secrets.sub(REDACTED, text)
        for shape, instead in _SHAPES:
            text = shape.sub(instead, text)
        text = _LONG_TOKEN.sub(lambda found: REDACTED if _looks_random(found[0]) else found[0], text)
        if self._names is not None:
            text = self._names.sub("[name]", text)
        return _ADDRESS.sub("[address]", _SHORTENED.sub(_hidden_address, text)) if self._hides else text


def _hidden_address(found: re.Match[str]) -> str:
    try:
        ip_address(found[0])
    except ValueError:
        return found[0]
    return "[address]"


def _forms(secret: str) -> Iterable[str]:
    lines = [line.strip() for line in secret.splitlines()]
    for word in (secret.strip(), *(lines if len(lines) > 1 else ())):
        if word and not word.startswith("-----"):
            yield word
            yield quote(word, safe="")
            yield base64.b64encode(word.encode()).decode().rstrip("=")


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    """The longest first, so that one that holds another goes as a whole."""
    ordered = sorted(words, key=len, reverse=True)
    parts = [
        re.escape(word) if len(word) >= _WHOLE_WORD_CHARS else rf"(?<!\w){re.escape(word)}(?!\w)" for word in ordered
    ]
    return re.compile("|".join(parts)) if parts else None


def _looks_random(token: str) -> bool:
    """A part between slashes that is long and mixes upper case, lower case and digits; names and paths do not."""
    return any(
        len(part) >= _RANDOM_CHARS
        and any(c.isupper() for c in part)
        and any(c.islower() for c in part)
        and any(c.isdigit() for c in part)
        for part in token.split("/")
    )
