"""The operator's side: keys, and signed bytes."""

from __future__ import annotations

import json
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from edge_agent.command.envelope import ConfigEnvelope, Envelope
from edge_agent.command.jws import COMMAND_TYPE, CONFIG_TYPE, UPDATE_TYPE, to_base64url, unsigned_jws
from edge_agent.errors import KeyFileError
from edge_agent.runtime.secret_file import create_secret, open_to_others


def make_key(file: Path) -> str:
    """Make a pair and write its private half, readable by its owner alone.

    Args:
        file: Must not exist yet.

    Returns:
        The public half, as the settings write it.

    Raises:
        KeyFileError: The file exists or cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        create_secret(file, pem)
    except OSError as error:
        raise KeyFileError(f"{file}: {error.strerror}: name a file that does not exist yet") from error
    return public_text(key)


def read_key(file: Path) -> Ed25519PrivateKey:
    """Read a private key.

    Raises:
        KeyFileError: It cannot be read, others may read it, or it is no Ed25519 key.
    """
    try:
        exposed = open_to_others(file)
        pem = file.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{file}: {error.strerror}: check the path") from error
    if exposed:
        raise KeyFileError(f"{file}: others may read this private key: chmod 600 {file}")
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise KeyFileError(
            f"{file}: no unencrypted PEM private key: make one with `edge-agent command keygen`"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{file}: not an Ed25519 key: make one with `edge-agent command keygen`")
    return key


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half, as the settings write it."""
    return to_base64url(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def sign_command(key: Ed25519PrivateKey, kid: str, envelope: Envelope) -> bytes:
    """The payload to publish on ``cmd/{name}``."""
    return sign(key, kid, envelope.model_dump_json(exclude_none=True).encode(), COMMAND_TYPE)


def sign_update_command(key: Ed25519PrivateKey, kid: str, envelope: Envelope) -> bytes:
    """The payload to publish on ``update/cmd``."""
    return sign(key, kid, envelope.model_dump_json(exclude_none=True).encode(), UPDATE_TYPE)


def sign_config(key: Ed25519PrivateKey, kid: str, envelope: ConfigEnvelope) -> bytes:
    """The payload to publish, retained, on ``config/desired``."""
    return sign(key, kid, json.dumps(envelope.model_dump(), ensure_ascii=False).encode(), CONFIG_TYPE)


def sign(key: Ed25519PrivateKey, kid: str, payload: bytes, typ: str) -> bytes:
    """Any bytes as a compact JWS."""
    unsigned = unsigned_jws(payload, kid, typ)
    return unsigned + b"." + to_base64url(key.sign(unsigned))
