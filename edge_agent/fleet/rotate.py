"""Another key in the place of one that was lost, stolen, or is old."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from securesystemslib.signer import Key

from edge_agent.errors import FleetError
from edge_agent.fleet.edition import TOP_ROLES, Edition
from edge_agent.fleet.key_files import file_name, make_key
from edge_agent.fleet.publication import Publication, publish
from edge_agent.fleet.repository_files import RepositoryFiles


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """Where a new key goes.

    Attributes:
        role: For which it is.
        directory: Outside of the repository.
        passphrase: Encrypts it; None leaves it in clear.
    """

    role: str
    directory: Path
    passphrase: bytes | None = None


def replace_key(edition: Edition, role: str, former: Key, new: Key) -> None:
    """Let a new key sign for a role instead of a former one."""
    delegator = edition.delegator(role)
    delegator.revoke_key(former.keyid, role)
    delegator.add_key(new, role)
    edition.touched |= {"root" if role in TOP_ROLES else "targets", role}


def key_to_replace(edition: Edition, role: str, keyid: str | None) -> Key:
    """Which key of a role is meant.

    Args:
        edition: As it is.
        role: Any.
        keyid: Its first digits, as in the name of its file; None where the role has but one.

    Raises:
        FleetError: There is no such role or key, or more than one.
    """
    edition.metadata(role)
    keys, _ = edition.keys(role)
    found = [key for key in keys if key.keyid.startswith(keyid or "")]
    if len(found) != 1:
        known = ", ".join(key.keyid[:8] for key in keys)
        raise FleetError(f"{role} has the keys {known}: name the one to replace with --key, by its first digits")
    return found[0]


def rotate_key(
    edition: Edition, files: RepositoryFiles, publication: Publication, former: Key, place: KeyPlace
) -> Path:
    """Make a key, let it sign instead of a former one, and publish that.

    The new key is in its file before anything refers to it: a key that is lost with a power cut would lock us out.

    Returns:
        The file of the new key.

    Raises:
        FleetError: A key to sign with is missing; nothing has changed.
        OSError: A file cannot be written.
    """
    signer = make_key(place.role, place.directory, place.passphrase)
    made = place.directory / file_name(place.role, signer.public_key)
    publication.keys.add(signer)
    try:
        replace_key(edition, place.role, former, signer.public_key)
        publish(edition, files, publication)
    except FleetError:
        made.unlink()
        raise
    return made
