"""Gets the one file that has a given SHA-256: from a mirror directory, or over HTTPS."""

from __future__ import annotations

import hashlib
import http.client
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from edge_agent.errors import StoreError

TIMEOUT_S = 30.0
MAX_BYTES = 400_000_000  # the largest public YOLO pose export has 280 MB
_BLOCK_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to get.

    Attributes:
        url: Where it is; ``https://`` only.
        sha256: Of its content, 64 hexadecimal digits.
        size_bytes: Its size; None where it is not known.
    """

    url: str
    sha256: str
    size_bytes: int | None = None


def fetch(wanted: Wanted, destination: Path, mirror: Path | None, tls: ssl.SSLContext | None = None) -> None:
    """Get a file, and check it.

    Args:
        wanted: The file.
        destination: Where to write it.
        mirror: A directory in which it may lie under any name; looked at first.
        tls: Whom to trust; the system's authorities where None.

    Raises:
        StoreError: It cannot be had, or is not the one that was meant.
    """
    local = find_in_mirror(wanted, mirror) if mirror else None
    if local:
        destination.write_bytes(local.read_bytes())
        return
    if not wanted.url.startswith("https://"):
        raise StoreError(f"{wanted.url}: only https:// is fetched; download the file and add it by its path")
    opener = urllib.request.build_opener(_HttpsRedirects(), urllib.request.HTTPSHandler(context=tls))
    try:
        with opener.open(wanted.url, timeout=TIMEOUT_S) as response, destination.open("wb") as file:
            found = _copy(response, file, wanted)
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, OSError) as fault:
        reason = getattr(fault, "reason", None) or fault
        raise StoreError(
            f"{wanted.url}: cannot be fetched ({reason}); look at the network, or pass --mirror DIR with the file in it"
        ) from fault
    if found != wanted.sha256:
        raise StoreError(
            f"{wanted.url}: has sha256 {found}, expected {wanted.sha256}; it is not the file that was "
            "meant, do not use it"
        )


def find_in_mirror(wanted: Wanted, mirror: Path) -> Path | None:
    """The file of a directory that has the wanted content, whatever its name; None where there is none.

    Raises:
        StoreError: The directory cannot be read.
    """
    try:
        for candidate in sorted(mirror.iterdir()):
            if not candidate.is_file() or candidate.stat().st_size > MAX_BYTES:
                continue
            if wanted.size_bytes is not None and candidate.stat().st_size != wanted.size_bytes:
                continue
            if hashlib.sha256(candidate.read_bytes()).hexdigest() == wanted.sha256:
                return candidate
    except OSError as fault:
        raise StoreError(f"{fault.filename}: {fault.strerror}; --mirror takes a directory that can be read") from fault
    return None


def _copy(response: http.client.HTTPResponse, file: IO[bytes], wanted: Wanted) -> str:
    """Write the body, at most as much as is expected, and return its SHA-256."""
    limit = wanted.size_bytes or MAX_BYTES
    digest, size = hashlib.sha256(), 0
    while block := response.read(_BLOCK_BYTES):
        size += len(block)
        if size > limit:
            raise StoreError(f"{wanted.url}: is longer than {limit} bytes; it is not the file that was meant")
        digest.update(block)
        file.write(block)
    return digest.hexdigest()


class _HttpsRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirection only to https."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Refuse what would leave TLS."""
        if not newurl.startswith("https://"):
            raise urllib.error.URLError(f"redirected to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)
