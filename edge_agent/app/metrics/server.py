"""A web server for numbers, on 127.0.0.1 alone: what is read there is for a collector on the same machine."""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from edge_agent.errors import MetricsError

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
_TURN_S = 0.5  # how late a stop may be noticed
_CLIENT_S = 5.0
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Page:
    """One answer.

    Attributes:
        status: Of HTTP.
        content_type: MIME type.
        body: As it goes out.
    """

    status: int
    content_type: str
    body: bytes


_FAILED = Page(500, "text/plain", b"the journal says why\n")


def judged(checks: dict[str, bool]) -> Page:
    """200 where every check holds, else 503; the body names those that do not."""
    ok = all(checks.values())
    return Page(200 if ok else 503, _JSON, json.dumps({"ok": ok, "checks": checks}).encode() + b"\n")


class MetricsServer:
    """Answers GET; `run` is the body of its thread."""

    def __init__(self, port: int, pages: dict[str, Callable[[], Page]]) -> None:
        """Take the port.

        Args:
            port: On 127.0.0.1; 0 for any that is free.
            pages: By path.

        Raises:
            MetricsError: Another program has the port.
        """
        try:
            self._server = _Server((HOST, port), _handler(pages))
        except OSError as error:
            raise MetricsError(
                f"metrics.port: {HOST}:{port} cannot be used ({error.strerror}): another program has it; choose another"
            ) from error
        self._server.timeout = _TURN_S
        self.port = int(self._server.server_address[1])
        """That is served."""

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set."""
        with self._server:
            while not stop.is_set():
                self._server.handle_request()

    def close(self) -> None:
        """Give the port back, where `run` never ran."""
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that goes away is no trouble of ours; a page that cannot be made is."""
        error = sys.exc_info()[1]
        if isinstance(error, ConnectionError | TimeoutError):
            logger.debug("a reader of the metrics went away")
        else:
            logger.error("a page of the metrics failed (%s); please report this", type(error).__name__, exc_info=error)


def _handler(pages: dict[str, Callable[[], Page]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version, sys_version = "edge-agent", ""
        timeout = _CLIENT_S

        def do_GET(self) -> None:
            make = pages.get(self.path.partition("?")[0])
            page = _FAILED
            try:
                page = make() if make else Page(404, "text/plain", b"there is " + " ".join(pages).encode() + b"\n")
            finally:  # an error goes on to `handle_error`, and the reader gets an answer
                self._send(page)

        def _send(self, page: Page) -> None:
            self.send_response(page.status)
            self.send_header("Content-Type", page.content_type)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that the base class gave it
            """Nothing: a scrape every 15 s is no news."""

    return Handler
