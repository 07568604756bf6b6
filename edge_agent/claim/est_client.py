"""Asks an EST server (RFC 7030): one connection a question, over TLS 1.2 or newer, within a time and a size."""

from __future__ import annotations

import base64
import contextlib
import http.client
import math
import socket
import ssl
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPMessage
from pathlib import Path
from urllib.parse import urlsplit

from edge_agent.errors import ClaimDelayed, ClaimError, ClaimRefused
from edge_agent.mqtt.broker_settings import ClaimSettings
from edge_agent.update.cut_off import CutOff

_SILENCE_S = 15.0  # our own: an authority that signs by hand answers 202, and does not let us wait on the line
_WHOLE_S = 60.0  # our own, of one question
_MOST_BYTES = 128 * 1024  # our own: a chain of certificates is a tenth of it
# Our own: whoever wants us to wait for longer is asked once an hour, with the configuration as it then is.
_LONGEST_WAIT_S = 3600.0
_USUAL_WAIT_S = 60.0  # our own, where Retry-After is missing, which RFC 7030, section 4.2.3 forbids
# TLS 1.3 tells a client after its handshake that its certificate is not taken; some servers only hang up.
_TURNED_AWAY = (ssl.SSLError, ConnectionResetError, BrokenPipeError)
_VERIFY_TIME = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED of OpenSSL


@dataclass(frozen=True, slots=True)
class Answer:
    """Of the server.

    Attributes:
        status: Of HTTP.
        body: As it came.
        wait_s: Of ``Retry-After``; None where there is none.
    """

    status: int
    body: bytes
    wait_s: float | None


class EstClient:
    """One server. Follows no redirection: where a device asks is for its configuration to say."""

    def __init__(self, settings: ClaimSettings) -> None:
        try:
            parts = urlsplit(settings.url)
            self._host, self._port = parts.hostname or "", parts.port or 443
        except ValueError as error:
            raise ClaimError(f"mqtt.tls.claim.url: {settings.url}: {error}") from error
        self._ca_file = settings.ca_file
        self._path = "/.well-known/est" + (f"/{settings.label}" if settings.label else "")

    @property
    def address(self) -> str:
        """For people."""
        return f"{self._host}:{self._port}"

    def authorities(self) -> Answer:
        """``/cacerts``.

        Raises:
            ClaimDelayed: No answer.
            ClaimError: The file of authorities cannot be used.
        """
        return self._ask("GET", "cacerts", self._context())

    def enrol(self, request: bytes, user: str, token: str) -> Answer:
        """``/simpleenroll``, with the invitation as HTTP Basic authentication (RFC 7030, section 3.2.3; RFC 7617).

        Raises:
            ClaimDelayed: No answer.
            ClaimError: The file of authorities cannot be used.
        """
        login = base64.b64encode(f"{user}:{token}".encode()).decode()
        return self._ask("POST", "simpleenroll", self._context(), request, {"Authorization": f"Basic {login}"})

    def renew(self, request: bytes, cert_file: Path, key_file: Path) -> Answer:
        """``/simplereenroll``, with the certificate that is to be renewed (RFC 7030, sections 3.3.2 and 4.2.2).

        To be asked after `authorities`, so that a server that is not itself is told apart from one that does not take
        the certificate.

        Raises:
            ClaimRefused: The server does not let the certificate in.
            ClaimDelayed: No answer.
            ClaimError: A file cannot be used.
        """
        context = self._context()
        try:
            context.load_cert_chain(cert_file, key_file, password="")
        except (OSError, ValueError) as error:
            raise ClaimError(f"{cert_file} and {key_file} are no certificate and its key: {error}") from error
        try:
            return self._ask("POST", "simplereenroll", context, request)
        except ClaimDelayed as delayed:
            if not isinstance(delayed.__cause__, _TURNED_AWAY):
                raise
            raise ClaimRefused(f"{delayed}: this server does not let the present certificate in") from delayed

    def _context(self) -> ssl.SSLContext:
        try:
            context = ssl.create_default_context(cafile=self._ca_file)
        except ssl.SSLError as error:
            raise ClaimError(f"mqtt.tls.claim.ca_file: {self._ca_file} holds no PEM certificate") from error
        except OSError as error:
            raise ClaimError(f"mqtt.tls.claim.ca_file: cannot read {self._ca_file}: {error.strerror}") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def _ask(
        self,
        method: str,
        operation: str,
        context: ssl.SSLContext,
        request: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = dict(headers or {})
        body = None
        if request is not None:
            body = base64.encodebytes(request)
            # RFC 8951 makes every receiver ignore the second one; servers from before it may ask for it.
            sent |= {"Content-Type": "application/pkcs10", "Content-Transfer-Encoding": "base64"}
        cut_off = CutOff()
        try:
            with socket.create_connection((self._host, self._port), timeout=_SILENCE_S) as plain:
                cut_off.hold(plain)
                cut_off.arm(_WHOLE_S)
                with context.wrap_socket(plain, server_hostname=self._host) as secured:
                    connection = http.client.HTTPConnection(self._host, self._port)
                    connection.sock = secured
                    connection.request(method, f"{self._path}/{operation}", body, {**sent, "Connection": "close"})
                    with contextlib.closing(connection.getresponse()) as response:
                        return _answer(response)
        except (OSError, ValueError, http.client.HTTPException) as error:
            if cut_off.happened:
                raise ClaimDelayed(f"{self.address} took more than {_WHOLE_S:g} s") from error
            raise ClaimDelayed(f"{self.address}: {_reason(error)}") from error
        finally:
            cut_off.close()


def _answer(response: http.client.HTTPResponse) -> Answer:
    body = response.read(_MOST_BYTES + 1)
    if len(body) > _MOST_BYTES:
        raise http.client.HTTPException(f"answers with more than {_MOST_BYTES // 1024} KiB")
    if response.length:  # read() with a size passes over an end that came too early
        raise http.client.IncompleteRead(body, response.length)
    return Answer(response.status, body, wait_s(response.headers))


def wait_s(headers: HTTPMessage) -> float | None:
    """Seconds of ``Retry-After``, which is a number or a date (RFC 9110, section 10.2.3); None without one.

    A date counts from the server's own ``Date``: this clock may be wrong.
    """
    text = headers.get("Retry-After")
    if text is None:
        return None
    try:
        if text.strip().isdecimal():
            seconds = float(text)
        else:
            seconds = (parsedate_to_datetime(text) - parsedate_to_datetime(headers.get("Date", ""))).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return _USUAL_WAIT_S
    return min(max(seconds, 1.0), _LONGEST_WAIT_S) if math.isfinite(seconds) else _LONGEST_WAIT_S


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        if error.verify_code in _VERIFY_TIME:
            return f"{error.verify_message}: renew the server's certificate, or set this device's clock (`timedatectl`)"
        return (
            f"{error.verify_message}: is mqtt.tls.claim.ca_file the authority that signed it, and the name in it right?"
        )
    if isinstance(error, socket.gaierror):
        return "there is no such host: check mqtt.tls.claim.url and the DNS server"
    if isinstance(error, TimeoutError):
        return f"no answer for {_SILENCE_S:g} s"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"no HTTP as it should be: {error}"
