"""What went wrong in `tuf.ngclient`, in our words."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from securesystemslib.exceptions import StorageError
from tuf.api import exceptions as tuf

from edge_agent.errors import UpdateDelayed, UpdateFailed, UpdateRefused
from edge_agent.update.reason import UpdateReason


@contextlib.contextmanager
def tuf_faults() -> Iterator[None]:
    """Turns every error of tuf, and of the disk beneath it, into one of ours.

    Raises:
        UpdateRefused: The metadata is not to be trusted, or the server said 4xx.
        UpdateDelayed: The network or the disk.
    """
    try:
        yield
    except (tuf.RepositoryError, tuf.DownloadError, StorageError, OSError, ValueError, TypeError) as error:
        raise fault_to_failure(error) from error


def fault_to_failure(error: Exception) -> UpdateFailed:
    """The error of ours for one of tuf's."""
    text = f"{type(error).__name__}: {error}".split("\n", 1)[0][:300]
    if isinstance(error, tuf.RepositoryError):
        return UpdateRefused(_reason(error), f"the repository's metadata is refused: {text}")
    if isinstance(error, tuf.DownloadHTTPError) and 400 <= error.status_code < 500:
        return UpdateRefused(UpdateReason.HTTP_4XX, f"the repository is not there: {error}")
    if isinstance(error, tuf.DownloadLengthMismatchError):
        return UpdateRefused(UpdateReason.LENGTH_OR_HASH, f"the repository's metadata is refused: {text}")
    if isinstance(error, tuf.SlowRetrievalError):
        return UpdateDelayed(UpdateReason.TOO_SLOW, f"the repository does not answer in time: {text}")
    if isinstance(error, tuf.DownloadError):
        return UpdateDelayed(UpdateReason.NETWORK, f"the repository cannot be reached: {text}")
    if isinstance(error, (OSError, StorageError)):
        return UpdateDelayed(UpdateReason.DISK_FULL, f"the metadata cannot be kept: {text}")
    return UpdateRefused(UpdateReason.SIGNATURE_INVALID, f"the repository's metadata is refused: {text}")


def _reason(error: tuf.RepositoryError) -> UpdateReason:
    if isinstance(error, tuf.ExpiredMetadataError):
        return UpdateReason.METADATA_EXPIRED
    if isinstance(error, tuf.BadVersionNumberError):
        return UpdateReason.ROLLBACK_REFUSED
    if isinstance(error, tuf.LengthOrHashMismatchError):
        return UpdateReason.LENGTH_OR_HASH
    return UpdateReason.SIGNATURE_INVALID
