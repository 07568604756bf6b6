"""Private keys in files: Ed25519 in PKCS #8 PEM, for their owner alone, found by the key's identifier."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.signer import CryptoSigner, Key

from edge_agent.errors import FleetError
from edge_agent.runtime.secret_file import create_secret, open_to_others

Passphrase = Callable[[Path], bytes]
"""Asks for the passphrase of a file; raises FleetError where nobody can be asked."""

_ID_DIGITS = 8
_ENCRYPTED = b"ENCRYPTED PRIVATE KEY"


def no_passphrase(file: Path) -> bytes:
    """For those who sign unattended.

    Raises:
        FleetError: Always.
    """
    raise FleetError(f"{file}: is encrypted, and nobody is here to be asked: pass --passphrase-file FILE")


def make_key(role: str, directory: Path, passphrase: bytes | None) -> CryptoSigner:
    """Make a key and write it, readable by its owner alone.

    Args:
        role: For people, in the file's name.
        directory: Made where it is missing, with mode 0700.
        passphrase: Encrypts the file; None leaves it in clear.

    Raises:
        FleetError: It cannot be written.
    """
    key = Ed25519PrivateKey.generate()
    signer = CryptoSigner(key)
    encryption: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        create_secret(directory / file_name(role, signer.public_key), pem)
    except OSError as error:
        raise FleetError(f"{error.filename or directory}: {error.strerror}: name another directory") from error
    return signer


def file_name(role: str, key: Key) -> str:
    """As in ``targets-1f2e3d4c.pem``."""
    return f"{role}-{key.keyid[:_ID_DIGITS]}.pem"


class KeyFiles:
    """The private keys that are at hand.

    Args:
        directories: Where to look; a directory that is not there has none.
        passphrase: Asked once for each encrypted file that is needed.
    """

    def __init__(self, directories: Iterable[Path], passphrase: Passphrase = no_passphrase) -> None:
        self.directories = tuple(directories)
        self._passphrase = passphrase
        self._signers: dict[str, CryptoSigner] = {}

    def signers(self, keys: Iterable[Key]) -> list[CryptoSigner]:
        """Of those keys whose private half is at hand.

        Raises:
            FleetError: A file is open to others, cannot be read, or is another key than its name says.
        """
        found = (self._signer(key) for key in keys)
        return [signer for signer in found if signer is not None]

    def add(self, signer: CryptoSigner) -> None:
        """Use a key that was made just now."""
        self._signers[signer.public_key.keyid] = signer

    def _signer(self, key: Key) -> CryptoSigner | None:
        if key.keyid not in self._signers:
            file = self._file(key)
            if file is None:
                return None
            signer = CryptoSigner(self._read(file))
            if signer.public_key.keyid != key.keyid:
                raise FleetError(f"{file}: is another key than its name says: restore it from your copy")
            self._signers[key.keyid] = signer
        return self._signers[key.keyid]

    def _file(self, key: Key) -> Path | None:
        for directory in self.directories:
            for file in sorted(directory.glob(f"*-{key.keyid[:_ID_DIGITS]}.pem")):
                return file
        return None

    def _read(self, file: Path) -> Ed25519PrivateKey:
        try:
            exposed, pem = open_to_others(file), file.read_bytes()
        except OSError as error:
            raise FleetError(f"{file}: {error.strerror}: check the path and your rights") from error
        if exposed:
            raise FleetError(f"{file}: others may read this private key: chmod 600 {file}")
        try:
            key = load_pem_private_key(pem, self._passphrase(file) if _ENCRYPTED in pem else None)
        except (ValueError, TypeError) as error:
            raise FleetError(f"{file}: no PEM private key, or not with this passphrase") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise FleetError(f"{file}: not an Ed25519 key: make one with `edge-agent-fleet rotate-key`")
        return key
