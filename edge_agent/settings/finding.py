"""One thing that is wrong in a document, before it has its line."""

from __future__ import annotations

from dataclasses import dataclass

KeyPath = tuple[str | int, ...]

_SECRET_WORDS = (
    *("password", "passwd", "passphrase", "secret", "token", "key_file", "private_key", "credential"),
    "provision",  # the section for secrets
)
_QUOTED_CHARS = 40


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at one place of the document.

    Attributes:
        path: Keys and indices from the root.
        message: What is wrong.
        suggestion: What to write instead; empty where there is nothing to suggest.
        line: Line in the file, from 1; 0 for the line on which `path` stands.
        replaces: Whether it makes everything else that could be said about this place needless.
    """

    path: KeyPath
    message: str
    suggestion: str = ""
    line: int = 0
    replaces: bool = True


def path_text(path: KeyPath) -> str:
    """A path as people write it: ``cameras[0].zones[1].polygon``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def is_secret(path: KeyPath) -> bool:
    """Whether the value at this path may be, or may be mistaken for, a secret that must not be shown."""
    return any(word in str(part).lower() for part in path for word in _SECRET_WORDS)


def quoted(path: KeyPath, text: str) -> str:
    """A value of the document for a message: short, and never a secret or an address with a user in it."""
    if is_secret(path) or "@" in text:
        return "a value that is not shown"
    shown = text if len(text) <= _QUOTED_CHARS else text[: _QUOTED_CHARS - 3] + "..."
    return f'"{shown}"'
