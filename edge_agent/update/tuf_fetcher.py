"""Our HTTP in the form in which `tuf.ngclient` wants it."""

from __future__ import annotations

from collections.abc import Iterator

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient import FetcherInterface

from edge_agent.update.download_limits import DownloadLimits
from edge_agent.update.http_fetch import HttpFetch, HttpRefused

_MAX_BYTES = 5_000_000  # tuf's own cap for the longest file of metadata


class TufFetcher(FetcherInterface):
    """Fetches metadata into memory. tuf's own way leads through the temporary directory, which can be a full one."""

    def __init__(self, http: HttpFetch, limits: DownloadLimits) -> None:
        """Wrap what asks.

        Args:
            http: Makes the requests.
            limits: Of each file.
        """
        self._http = http
        self._limits = limits

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """One file.

        Raises:
            DownloadHTTPError: 4xx, some of which tuf expects: no newer root is a 404.
            UpdateFailed: Everything else, as `HttpFetch` raises it.
        """
        try:
            return self._http.small_file(url, max_length, self._limits)
        except HttpRefused as error:
            raise DownloadHTTPError(str(error), error.status) from error

    def _fetch(self, url: str) -> Iterator[bytes]:
        return iter((self.download_bytes(url, _MAX_BYTES),))
