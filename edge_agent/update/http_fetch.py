"""Asks HTTP servers for files, and gives up on those that are slow, lie, or lead in circles.

urllib3 speaks the protocol; what is decided here is how long to wait, what to try again, and where not to be led.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import urllib3
from urllib3.exceptions import HTTPError, ReadTimeoutError

from edge_agent import __version__
from edge_agent.errors import TransferRefused, UpdateDelayed, UpdateRefused
from edge_agent.runtime.backoff import FullJitter
from edge_agent.update.cut_off import CutOff
from edge_agent.update.download_limits import PROGRESS_BYTES, DownloadLimits
from edge_agent.update.http_connections import connections
from edge_agent.update.pace import Pace
from edge_agent.update.reason import UpdateReason
from edge_agent.update.url_rules import check_redirect, check_url

T = TypeVar("T")

_REDIRECTS = (301, 302, 303, 307, 308)
RANGE_NOT_SATISFIABLE = 416
_LATER = (408, 429)  # RFC 9110, 15.5.9, and RFC 6585, 4: the one or the other 4xx that speaks of now
_LENGTH = re.compile(r"\d{1,15}", re.ASCII)


class TransferFault(UpdateDelayed):
    """One request went wrong in a way that the next may not: it is tried again."""


class HttpRefused(UpdateRefused):
    """The server said 4xx: it is not asked again.

    Attributes:
        status: As it said.
    """

    def __init__(self, url: str, status: int) -> None:
        super().__init__(UpdateReason.HTTP_4XX, f"{url}: the server says {status}")
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """How servers are asked."""

    ca_file: Path | None = None
    """Authorities of TLS, as PEM; those of the system where None."""

    plain_http: bool = False
    """Whether ``http://`` is allowed to other machines: for tests and development only."""

    connect_s: float = 10.0
    """Seconds until a connection stands. Our own."""

    head_s: float = 30.0
    """Seconds until the answer's head is there, connection and TLS included. Our own."""

    max_redirects: int = 4
    """How often an answer may lead on. Our own: object stores redirect once."""

    backoff_base_s: float = 0.5
    """First ceiling of the pause between two tries."""

    backoff_cap_s: float = 30.0
    """Highest ceiling of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What a server said, its body yet to come.

    Attributes:
        status: 200, 206 or 416.
        headers: Names in any case.
    """

    status: int
    headers: Mapping[str, str]
    _response: urllib3.BaseHTTPResponse
    _url: str
    _cut_off: CutOff

    @property
    def length(self) -> int | None:
        """What it says of its body's length, in bytes; None where it says nothing that can be a length."""
        text = self.headers.get("Content-Length", "")
        return int(text) if _LENGTH.fullmatch(text) else None

    def blocks(self, pace: Pace) -> Iterator[bytes]:
        """The body, as it comes.

        Raises:
            TransferFault: The connection broke, or fell silent.
            UpdateDelayed: It comes too slowly.
        """
        with _faults(self._url, self._cut_off):
            while block := self._response.read1(pace.block_bytes(), decode_content=False):
                pace.count(len(block))
                yield block


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpFetch:
    """Makes requests, one after the other.

    Attributes:
        settings: Of every request.
        rng: Of the pauses.
        wait: Waits some seconds; may raise an `UpdateFailed` to end what is under way.
        monotonic_s: Seconds from an arbitrary origin.
    """

    settings: HttpSettings = HttpSettings()
    rng: random.Random = field(default_factory=random.Random)
    wait: Callable[[float], None] = time.sleep
    monotonic_s: Callable[[], float] = time.monotonic

    def pace(self, limits: DownloadLimits) -> Pace:
        """The clock of a download that begins now."""
        return Pace(limits, self.wait, self.monotonic_s)

    def small_file(self, url: str, max_bytes: int, limits: DownloadLimits) -> bytes:
        """A file as a whole, kept in memory.

        Args:
            url: Where it is.
            max_bytes: Longest that it may be.
            limits: Of the download.

        Raises:
            UpdateRefused: 4xx, or an address that may not be asked.
            TransferRefused: Too long.
            UpdateDelayed: Network, too slow, or the server asks to come later.
        """
        pace = self.pace(limits)

        def once() -> bytes:
            with self.ask(url, {}, pace) as answer:
                if (answer.length or 0) > max_bytes:
                    raise TransferRefused(UpdateReason.LENGTH_OR_HASH, f"{url}: longer than {max_bytes} bytes")
                content = bytearray()
                for block in answer.blocks(pace):
                    content += block
                    if len(content) > max_bytes:
                        raise TransferRefused(UpdateReason.LENGTH_OR_HASH, f"{url}: longer than {max_bytes} bytes")
                return bytes(content)

        return self.tried(once, pace)

    def tried(self, once: Callable[[], T], pace: Pace, got: Callable[[], int] = int) -> T:
        """Do something, and again after a pause where a request went wrong.

        Args:
            once: Raises `TransferFault` for another try.
            pace: Of the whole download; its limits say how many tries there are.
            got: How many bytes are there so far.

        Raises:
            UpdateFailed: As `once`, whose last fault it is where no try is left.
        """
        backoff = FullJitter(self.rng, self.settings.backoff_base_s, self.settings.backoff_cap_s)
        tries, before = 0, got()
        while True:
            try:
                return once()
            except TransferFault:
                if got() - before >= PROGRESS_BYTES:
                    tries, before = 0, got()
                    backoff.reset()
                tries += 1
                if tries >= pace.limits.tries:
                    raise
            pace.pause(backoff.next_s())

    @contextlib.contextmanager
    def ask(self, url: str, headers: Mapping[str, str], pace: Pace) -> Iterator[Answer]:
        """One request, its redirections included.

        Raises:
            HttpRefused: 4xx; but 416 is an answer to who asked for a range.
            UpdateRefused: The address may not be asked.
            TransferRefused: One that it leads on to may not.
            TransferFault: Network, 5xx, or silence.
            UpdateDelayed: The download's time is over, or the server asks to come later (408, 429).
        """
        check_url(url, plain_http=self.settings.plain_http)
        pace.request()
        for _ in range(self.settings.max_redirects + 1):
            cut_off = CutOff()
            try:
                response = self._response(url, headers, pace, cut_off)
                try:
                    if response.status in _REDIRECTS:
                        location = response.headers.get("Location")
                        url = check_redirect(url, location, plain_http=self.settings.plain_http)
                        continue
                    _check_status(url, response.status, ranged="Range" in headers)
                    cut_off.arm(pace.left_s())
                    yield Answer(response.status, response.headers, response, url, cut_off)
                    return
                finally:
                    response.close()
            finally:
                cut_off.close()
        raise TransferRefused(UpdateReason.NETWORK, f"{url}: more than {self.settings.max_redirects} redirections")

    def _response(self, url: str, headers: Mapping[str, str], pace: Pace, cut_off: CutOff) -> urllib3.BaseHTTPResponse:
        own = {"User-Agent": f"edge-agent/{__version__}", "Accept-Encoding": "identity", "Connection": "close"}
        head_s = min(self.settings.head_s, pace.left_s())
        timeout = urllib3.Timeout(connect=min(self.settings.connect_s, head_s), read=min(pace.limits.gap_s, head_s))
        cut_off.arm(head_s)
        with _faults(url, cut_off):
            asks = connections(url, self.settings.ca_file, cut_off)
            once = functools.partial(asks.request, preload_content=False, redirect=False, retries=False)
            return once("GET", url, headers={**own, **headers}, timeout=timeout)


def _check_status(url: str, status: int, *, ranged: bool) -> None:
    if status in (200, 206) or (status == RANGE_NOT_SATISFIABLE and ranged):
        return
    if status in _LATER:
        raise UpdateDelayed(UpdateReason.HTTP_4XX, f"{url}: the server says {status}: later")
    if 400 <= status < 500:
        raise HttpRefused(url, status)
    raise TransferFault(UpdateReason.NETWORK, f"{url}: the server says {status}")


@contextlib.contextmanager
def _faults(url: str, cut_off: CutOff) -> Iterator[None]:
    """Whatever a connection can raise becomes one error of ours."""
    try:
        yield
        if cut_off.happened:
            # The end of the stream that our own cut made can look like the server's.
            raise TimeoutError
    except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
        if cut_off.happened or isinstance(error, (ReadTimeoutError, TimeoutError)):
            raise TransferFault(UpdateReason.TOO_SLOW, f"{url}: the server does not answer in time") from error
        raise TransferFault(UpdateReason.NETWORK, f"{url}: {_text(error)}") from error


def _text(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".split("\n", 1)[0][:200]
