"""A network camera: RTSP over TCP, or MJPEG over HTTP(S), through OpenCV's FFmpeg."""

from __future__ import annotations

import socket
import time
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import cv2

from edge_agent.capture.opencv_capture import open_capture, read_image
from edge_agent.capture.source import Reading
from edge_agent.capture.source_settings import StreamSettings
from edge_agent.errors import CaptureError, SecretError
from edge_agent.runtime.secret_file import SecretSource, secret_text

_DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_TIMEOUT_MS = 5000
_KNOCK_TIMEOUT_S = 2.0


class StreamSource:
    """Reads a stream that gives up after five silent seconds.

    FFmpeg asks for RTSP over TCP first. It does not check the certificate of ``https`` and ``rtsps``: the connection
    is encrypted, not authenticated. The password is in memory only and in no text.
    """

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings
        self._capture: cv2.VideoCapture | None = None
        self._shown = ""

    def open(self) -> None:
        """Connect.

        Raises:
            CaptureError: The address or the password file cannot be used, nothing answers there, or what answers is
                no video.
        """
        url = _split(self._settings.url)
        self._shown = _shown(url)
        address = urlunsplit(url._replace(netloc=_userinfo(self._settings, url) + _host(url)))
        timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, _TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, _TIMEOUT_MS]
        self._capture = open_capture(address, cv2.CAP_FFMPEG, timeouts)
        if self._capture is None:
            raise CaptureError(_why_closed(url))

    def read(self) -> Reading:
        """The next frame; a stream tells no exposure time on our clock.

        Raises:
            CaptureError: The camera hung up, or sent nothing for five seconds.
        """
        if self._capture is None:
            raise CaptureError(f"{self._shown or 'the stream'} is not open")
        asked_s = time.monotonic()
        image = read_image(self._capture)
        # When FFmpeg gives up it first hands out the frames that its decoder held back: pictures from before the
        # silence, which must not count as a camera that is back.
        if image is None or time.monotonic() - asked_s >= _TIMEOUT_MS / 1e3:
            raise CaptureError(f"{self._shown} stopped sending; check the camera and the network")
        return Reading(image)

    def close(self) -> None:
        """Hang up."""
        if self._capture is not None:
            self._capture.release()
            self._capture = None


def _split(text: str) -> SplitResult:
    """Take an address apart; nothing of it is quoted in an error, since it may hold a password."""
    try:
        url = urlsplit(text)
        usable = url.scheme in _DEFAULT_PORTS and bool(url.hostname) and url.port != 0
    except ValueError as error:
        raise CaptureError(
            f"the stream's url cannot be read ({type(error).__name__}); check its host and port"
        ) from None
    if not usable:
        raise CaptureError(f"the stream's url must begin with one of {', '.join(_DEFAULT_PORTS)} and name a host")
    if url.password is not None:
        raise CaptureError("the stream's url holds a password; put it into a file and name that as password_file")
    return url


def _host(url: SplitResult) -> str:
    return url.netloc.rpartition("@")[2]


def _shown(url: SplitResult) -> str:
    """The address for people: no user, and no query, in which some cameras take the password."""
    return urlunsplit(url._replace(netloc=_host(url), query="", fragment=""))


def _userinfo(settings: StreamSettings, url: SplitResult) -> str:
    """The part before the host, percent-encoded (RFC 3986, section 3.2.1), which FFmpeg decodes; may be empty."""
    user = quote(settings.username, safe="") if settings.username is not None else url.username or ""
    secret = SecretSource("password", settings.password_file, settings.password_credential)
    if not secret.given:
        return f"{user}@" if user else ""
    if not user:
        raise CaptureError("password_file needs a username beside it")
    try:
        return f"{user}:{quote(secret_text(secret), safe='')}@"
    except SecretError as error:
        raise CaptureError(str(error)) from error


def _why_closed(url: SplitResult) -> str:
    """FFmpeg does not say why it failed; knocking at the port tells a dead camera from a wrong path or password."""
    host, port = url.hostname or "", url.port or _DEFAULT_PORTS[url.scheme]
    try:
        socket.create_connection((host, port), timeout=_KNOCK_TIMEOUT_S).close()
    except OSError as error:
        return f"nothing answers at {host}:{port} ({error.strerror or error}); check the camera's power and address"
    return f"{_shown(url)} answers but gives no video; check the path, the user and the password"
