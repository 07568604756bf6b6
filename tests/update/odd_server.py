"""A real HTTP server on 127.0.0.1 that can behave as badly as servers do."""

from __future__ import annotations

import contextlib
import hashlib
import re
import threading
from collections.abc import Callable, Iterator, MutableMapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[["OddHandler", bytes], None]


class OddServer(ThreadingHTTPServer):
    """Serves `files`; a path that is in `odd` is answered by what is there instead."""

    daemon_threads = False
    block_on_close = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), OddHandler)
        self.files: MutableMapping[str, bytes] = {}
        self.odd: dict[str, list[Behaviour]] = {}
        self.asked: list[tuple[str, str]] = []
        self._heard = threading.Condition()
        self.stopping = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def hear(self, path: str, wanted: str) -> None:
        """A request has come."""
        with self._heard:
            self.asked.append((path, wanted))
            self._heard.notify_all()

    def requests(self, least: int) -> int:
        """How many have come, once so many have: a client that gives up is faster than a busy server hears of it."""
        with self._heard:
            self._heard.wait_for(lambda: len(self.asked) >= least, 30.0)
            return len(self.asked)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is no fault of the server."""


class OddHandler(BaseHTTPRequestHandler):
    server: OddServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.lstrip("/")
        self.server.hear(path, self.headers.get("Range", ""))
        self.close_connection = True
        content = self.server.files.get(path)
        behaviours = self.server.odd.get(path, [])
        if behaviours:
            # The last one stays.
            (behaviours.pop(0) if len(behaviours) > 1 else behaviours[0])(self, content or b"")
        elif content is None:
            say(404)(self, b"")
        else:
            serve(self, content)

    def head(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def etag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:16]}"'


def serve(handler: OddHandler, content: bytes) -> None:
    """As a good server: ranges, and only of the same file."""
    start = _start(handler, content)
    if start:
        position = f"bytes {start}-{len(content) - 1}/{len(content)}"
        handler.head(206, Content_Length=str(len(content) - start), Content_Range=position, ETag=etag(content))
    else:
        handler.head(200, Content_Length=str(len(content)), ETag=etag(content))
    handler.wfile.write(content[start:])


def say(status: int) -> Behaviour:
    def behave(handler: OddHandler, content: bytes) -> None:
        handler.head(status, Content_Length="0")

    return behave


def redirect(to: str) -> Behaviour:
    def behave(handler: OddHandler, content: bytes) -> None:
        handler.head(302, Location=to, Content_Length="0")

    return behave


def cut(after: int) -> Behaviour:
    """Announces all of it, ends the connection early."""

    def behave(handler: OddHandler, content: bytes) -> None:
        start = _start(handler, content)
        status, position = (206, f"bytes {start}-{len(content) - 1}/{len(content)}") if start else (200, "")
        headers = {"Content_Range": position} if start else {}
        handler.head(status, Content_Length=str(len(content) - start), ETag=etag(content), **headers)
        handler.wfile.write(content[start : start + after])

    return behave


def lie(announced: int | None, body: bytes) -> Behaviour:
    def behave(handler: OddHandler, content: bytes) -> None:
        handler.head(200, **({} if announced is None else {"Content_Length": str(announced)}))
        handler.wfile.write(body)

    return behave


def announce(length: str) -> Behaviour:
    """A length in a form of its own, and one byte."""

    def behave(handler: OddHandler, content: bytes) -> None:
        handler.head(200, Content_Length=length)
        handler.wfile.write(b"x")

    return behave


def drip(handler: OddHandler, content: bytes) -> None:
    """One byte at a time, for ever."""
    handler.head(200, Content_Length=str(len(content)), ETag=etag(content))
    for position in range(len(content)):
        handler.wfile.write(content[position : position + 1])
        if handler.server.stopping.wait(0.02):
            return


def drip_head(handler: OddHandler, content: bytes) -> None:
    """Not even the head comes whole."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 60_000:
        handler.wfile.write(bytes((byte,)))
        if handler.server.stopping.wait(0.02):
            return


def silent(handler: OddHandler, content: bytes) -> None:
    handler.server.stopping.wait()


@contextlib.contextmanager
def odd_server() -> Iterator[OddServer]:
    server = OddServer()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="odd-server")
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def _start(handler: OddHandler, content: bytes) -> int:
    match = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
    if not match or handler.headers.get("If-Range", etag(content)) != etag(content):
        return 0
    return int(match[1])
