"""Passwords and private keys: from files that nobody else can read, or from the service manager's credentials.

Never from the environment: every child process inherits it, and `systemctl show` prints what a unit sets
(systemd.exec(5), `Environment=`, advises against secrets there for that reason).
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import SecretError

CREDENTIALS_VARIABLE = "CREDENTIALS_DIRECTORY"  # systemd.exec(5), LoadCredential=
_MAX_BYTES = 64 * 1024  # our own: a private key with its certificates is a tenth of it


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where one secret lies: in a file, or under a credential's name.

    Attributes:
        key: As the configuration calls it, as in ``mqtt.password``; ``_file`` or ``_credential`` follows there.
        file: None for a credential.
        credential: Its name; None for a file.
    """

    key: str
    file: Path | None
    credential: str | None

    @property
    def given(self) -> bool:
        """Whether the configuration names a secret at all."""
        return self.file is not None or self.credential is not None


def secret_path(source: SecretSource) -> Path:
    """The file of a secret, after a look at who may read it.

    The look guards against a slip of the installer, not against somebody who can replace the file meanwhile: who can
    do that is the agent's user or root.

    Args:
        source: Names a file or a credential.

    Raises:
        SecretError: There is no such file, it is none, or somebody else can read or change it.
    """
    path = _path(source)
    # Without O_NONBLOCK a pipe in the place of the file would hold us up for ever.
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        advice = "check the path and that the agent's user may read it"
        raise SecretError(f"{_name(source)}: cannot read {path}: {error.strerror}: {advice}") from error
    try:
        _check(os.fstat(descriptor), path, source)
    finally:
        os.close(descriptor)
    return path


def secret_text(source: SecretSource) -> str:
    """The text of a secret, without the line's end that editors add.

    Raises:
        SecretError: As `secret_path`; or it is empty, too long, or no UTF-8 text.
    """
    path, name = secret_path(source), _name(source)
    try:
        with path.open("rb") as stream:
            raw = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise SecretError(f"{name}: cannot read {path}: {error.strerror}") from error
    if len(raw) > _MAX_BYTES:
        raise SecretError(f"{name}: {path} is larger than {_MAX_BYTES // 1024} KiB: it holds no password")
    try:
        text = raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        # The cause is left out: it would quote the secret.
        raise SecretError(f"{name}: {path} is not UTF-8 text: write only the password into it") from None
    if not text:
        raise SecretError(f"{name}: {path} is empty: write the password into it")
    return text


def create_secret(path: Path, content: bytes) -> None:
    """A new file that was never anybody else's to read.

    Raises:
        OSError: It exists already, or cannot be written.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)


def open_to_others(path: Path) -> bool:
    """Whether group or others can use a file that is there; for advice before the agent runs, under any user."""
    return bool(stat.S_IMODE(path.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO))


def _path(source: SecretSource) -> Path:
    if source.file is not None:
        return source.file
    name = source.credential or ""
    if not name or "/" in name or name in (".", ".."):
        raise SecretError(f"{_name(source)} is {name!r}: write the name alone, as in LoadCredential=NAME:PATH")
    directory = os.environ.get(CREDENTIALS_VARIABLE)
    if not directory:
        raise SecretError(
            f"{_name(source)}: systemd hands over no credentials: add LoadCredential={name}:/PATH to the service, or "
            f"name a file in {source.key}_file"
        )
    return Path(directory) / name


def _name(source: SecretSource) -> str:
    return f"{source.key}_{'file' if source.file is not None else 'credential'}"


def _check(found: os.stat_result, path: Path, source: SecretSource) -> None:
    name, mode = _name(source), stat.S_IMODE(found.st_mode)
    if not stat.S_ISREG(found.st_mode):
        what = "Is a directory" if stat.S_ISDIR(found.st_mode) else "Is no regular file"
        raise SecretError(f"{name}: cannot read {path}: {what}")
    if found.st_uid not in (0, os.geteuid()):
        raise SecretError(
            f"{name}: {path} belongs to uid {found.st_uid}, who could read and change it: "
            f"chown it to the agent's user (uid {os.geteuid()}) or root, then chmod 600"
        )
    # systemd grants a service its credentials by an access control list, whose mask shows as the group's bits.
    forbidden = stat.S_IRWXO if source.file is None else stat.S_IRWXG | stat.S_IRWXO
    if mode & forbidden:
        raise SecretError(f"{name}: others can read or change {path} (mode {mode:04o}): chmod 600 {path}")
