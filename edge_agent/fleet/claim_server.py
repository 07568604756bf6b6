"""EST over HTTPS (RFC 7030): ``cacerts``, ``simpleenroll`` and ``simplereenroll``, for a small fleet."""

from __future__ import annotations

import base64
import binascii
import contextlib
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509

from edge_agent.errors import FleetError
from edge_agent.fleet.claim_desk import ClaimDesk, Reply
from edge_agent.fleet.seats import Seats
from edge_agent.update.cut_off import CutOff

_ROOT = "/.well-known/est/"
_SILENCE_S = 10.0  # our own: a device sends a kilobyte
_WHOLE_S = 30.0  # our own, of one connection
_MOST_BYTES = 16 * 1024  # our own: a request has half a kilobyte
_HANDSHAKE_S = 3.0  # our own: a round trip or two; who takes longer is slow on purpose, or tries again
_MOST_CONNECTIONS = 64  # our own: a fleet that comes back after a power cut tries again by itself
_MOST_EACH = 8  # our own, of one address: devices behind one router take turns, and nobody alone shuts the desk
_FULL_EVERY_S = 60.0
_CERTIFICATES = "application/pkcs7-mime; smime-type=certs-only"


@dataclass(frozen=True, slots=True)
class Counter:
    """What connections need.

    Attributes:
        desk: Decides.
        now: UTC.
        tell: Takes a line for the operator: who, and what became of it.
        retry_after_s: What a device that waits for an approval is told.
    """

    desk: ClaimDesk
    now: Callable[[], datetime]
    tell: Callable[[str], None]
    retry_after_s: int


class ClaimServer(ThreadingHTTPServer):
    """Listens; each connection has a thread, in which TLS is spoken, too: one that hangs holds up no other."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext, counter: Counter) -> None:
        self.counter = counter
        self._context = context
        self._seats = Seats(_MOST_CONNECTIONS, _MOST_EACH)
        self._full_told_s = float("-inf")
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Turn away what is beyond the limit: every device tries again."""
        address = client_address[0]
        if not self._seats.take(address):
            self.shutdown_request(request)
            if time.monotonic() - self._full_told_s >= _FULL_EVERY_S:
                self._full_told_s = time.monotonic()
                self.tell(f"{address}: turned away, with others perhaps: too many connections at once")
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread can be started
            self._seats.leave(address)
            raise

    def tell(self, line: str) -> None:
        """To the operator, whose full disk keeps no device from its answer."""
        with contextlib.suppress(OSError):
            self.counter.tell(line)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, and make room."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._seats.leave(client_address[0])

    def finish_request(self, request: Any, client_address: Any) -> None:
        """TLS, then one question."""
        cut_off = CutOff()
        cut_off.hold(request)
        cut_off.arm(_WHOLE_S)
        request.settimeout(_HANDSHAKE_S)
        try:
            # Whoever hangs up, or speaks no TLS, is no matter for the operator.
            with contextlib.suppress(OSError), self._context.wrap_socket(request, server_side=True) as secured:
                secured.settimeout(_SILENCE_S)
                _Handler(secured, client_address, self)
        finally:
            cut_off.close()


def tls_context(server_file: Path, ca_file: Path) -> ssl.SSLContext:
    """TLS 1.2 or newer; a certificate of the authority is looked at where one is shown, and none need be."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(server_file)
    context.load_verify_locations(ca_file)
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


class _Handler(BaseHTTPRequestHandler):
    server: ClaimServer
    connection: ssl.SSLSocket
    server_version = "edge-agent-fleet"
    sys_version = ""

    def do_GET(self) -> None:
        if self.path == f"{_ROOT}cacerts":
            self._reply(self.server.counter.desk.authorities(), None)
        else:
            self._reply(Reply(404, b"no such operation\n", ""), None)

    def do_POST(self) -> None:
        counter, operation = self.server.counter, self.path.removeprefix(_ROOT)
        if operation not in ("simpleenroll", "simplereenroll"):
            self._reply(Reply(404, b"no such operation\n", ""), None)
            return
        body = self._body()
        if body is None:
            return
        try:
            if operation == "simpleenroll":
                user, token = _login(self.headers.get("Authorization", ""))
                reply = counter.desk.enrol(user, token, body, counter.now())
            else:
                peer = self._peer()
                user = peer.subject.rfc4514_string().removeprefix("CN=") if peer else ""
                reply = counter.desk.renew(peer, body, counter.now())
        except (FleetError, OSError) as error:
            self._reply(Reply(503, b"try again later\n", f"cannot answer: {error}"), None)
            return
        # A name that was made up is not printed; of a token never anything.
        self._reply(reply, user if reply.status in (200, 202, 403) else None)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """What matters is told by `_reply`."""

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdecimal() or len(length) > 8 or int(length) > _MOST_BYTES:
            self._reply(Reply(413, b"a request has a Content-Length, and is small\n", ""), None)
            return None
        if self.headers.get_content_type() != "application/pkcs10":
            self._reply(Reply(415, b"Content-Type must be application/pkcs10\n", ""), None)
            return None
        body = self.rfile.read(int(length))
        return body if len(body) == int(length) else None

    def _peer(self) -> x509.Certificate | None:
        shown = self.connection.getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(shown) if shown else None

    def _reply(self, reply: Reply, user: str | None) -> None:
        self.close_connection = True
        if (reply.note and reply.status != 200) or user:
            self.server.tell(f"{user or self.client_address[0]}: {reply.note}")
        self.send_response(reply.status)
        self.send_header("Content-Type", _CERTIFICATES if reply.status == 200 else "text/plain; charset=utf-8")
        if reply.status == 200:
            # RFC 8951 makes it mean nothing; clients from before it may look for it.
            self.send_header("Content-Transfer-Encoding", "base64")
        if reply.status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="edge-agent-fleet claim", charset="UTF-8"')
        if reply.status in (202, 503):
            self.send_header("Retry-After", str(self.server.counter.retry_after_s))
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(reply.body)


def _login(header: str) -> tuple[str, str]:
    """User and token of HTTP Basic authentication (RFC 7617); empty ones where there are none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, token
