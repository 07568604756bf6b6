"""Gets a target onto the disk: whole and right under its final name, or not at all."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

from edge_agent.errors import TransferRefused, UpdateDelayed, UpdateRefused
from edge_agent.update.download_limits import DownloadLimits
from edge_agent.update.http_fetch import RANGE_NOT_SATISFIABLE, Answer, HttpFetch, TransferFault
from edge_agent.update.pace import Pace
from edge_agent.update.part_file import PartFile, discard_part
from edge_agent.update.reason import UpdateReason
from edge_agent.update.target_info import TargetInfo

_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)", re.ASCII)

Progress = Callable[[int], None]
"""Hears how many bytes of the target are there; may raise an `UpdateFailed` to end the download."""


def download(
    target: TargetInfo, destination: Path, limits: DownloadLimits, http: HttpFetch, progress: Progress | None = None
) -> None:
    """Get a target, going on where an earlier download was interrupted.

    A file that is the target already is left alone, and nobody is asked. What came before a failure of the network
    stays beside the destination (``.part``, ``.part.json``) for the next time; what is wrong, or for which there is
    no room, is deleted.

    Args:
        target: From `TrustedRepository.target`.
        destination: Final name. Its directory is on the file system on which the file is to stay.
        limits: Of this download.
        http: Asks the server.
        progress: Called after each block.

    Raises:
        UpdateRefused: 4xx.
        TransferRefused: The server's file has another length or hash, or it leads elsewhere.
        UpdateDelayed: Network, too slow, the disk is full, or the server asks to come later.
        UpdateFailed: As `progress` raises it.
    """
    try:
        try:
            if not target.is_file(destination):
                _Download(target, destination, http, http.pace(limits), progress or _nobody).run()
        except UpdateRefused:
            discard_part(destination)
            raise
    except OSError as error:
        with contextlib.suppress(OSError):
            discard_part(destination)
        raise UpdateDelayed(UpdateReason.DISK_FULL, f"{destination} cannot be written: {error.strerror}") from error


class _Download:
    def __init__(self, target: TargetInfo, destination: Path, http: HttpFetch, pace: Pace, progress: Progress) -> None:
        self._target = target
        self._http = http
        self._pace = pace
        self._progress = progress
        self._part = PartFile(destination, target)

    def run(self) -> None:
        part = self._part
        try:
            resumed = part.resumed
            self._fill()
            if not part.is_whole() and resumed:
                # What lay there may have been damaged by a power cut: once more from the start.
                part.restart("")
                self._fill()
            if not part.is_whole():
                raise TransferRefused(UpdateReason.LENGTH_OR_HASH, f"{self._target.url}: not the file that was signed")
            part.finish()
        finally:
            part.close()

    def _fill(self) -> None:
        if self._part.size < self._target.length:
            self._http.tried(self._once, self._pace, lambda: self._part.size)

    def _once(self) -> None:
        part, target = self._part, self._target
        headers = {}
        if part.size > 0:
            headers["Range"] = f"bytes={part.size}-"
            if part.etag:
                headers["If-Range"] = part.etag
        with self._http.ask(target.url, headers, self._pace) as answer:
            self._take_position(answer)
            if answer.length not in (None, target.length - part.size):
                raise self._lie(f"announces {answer.length} bytes, signed are {target.length - part.size}")
            for block in answer.blocks(self._pace):
                if part.size + len(block) > target.length:
                    raise self._lie(f"goes on after the {target.length} bytes that were signed")
                part.write(block)
                self._progress(part.size)
        if part.size < target.length:
            raise TransferFault(
                UpdateReason.LENGTH_OR_HASH, f"{target.url}: ended after {part.size} of {target.length} bytes"
            )

    def _take_position(self, answer: Answer) -> None:
        """Make the part's end the place at which the answer begins."""
        part, target = self._part, self._target
        if answer.status == 206:
            match = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
            if match and int(match[1]) == part.size and match[3] in ("*", str(target.length)):
                return
            part.restart("")
            raise TransferFault(UpdateReason.LENGTH_OR_HASH, f"{target.url}: answers with another part than asked for")
        if answer.status == RANGE_NOT_SATISFIABLE:
            part.restart("")
            raise TransferFault(UpdateReason.LENGTH_OR_HASH, f"{target.url}: does not have the part that is missing")
        etag = answer.headers.get("ETag", "")
        # Only a strong validator may stand in If-Range (RFC 9110, 13.1.5).
        part.restart(etag if etag.startswith('"') and len(etag) < 1024 else "")

    def _lie(self, text: str) -> TransferRefused:
        return TransferRefused(UpdateReason.LENGTH_OR_HASH, f"{self._target.url}: {text}")


def _nobody(size_bytes: int) -> None:
    """Nobody wants to hear of progress."""
