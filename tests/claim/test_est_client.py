"""Servers that a device may meet: not trusted, hostile, slow, or somebody else."""

from __future__ import annotations

import base64
import email
import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import pytest
from claim_bench import Claimer, Fleet, some_authority
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.claim import est_client
from edge_agent.claim.est_client import wait_s
from edge_agent.errors import ClaimDelayed, ClaimError, ClaimRefused
from edge_agent.fleet.claim_server import tls_context

Answering = Callable[[ssl.SSLSocket], None]


def whole_question(connection: ssl.SSLSocket) -> bytes:
    """Head and body: a server that hangs up before it has read all takes its own answer back."""
    asked = b""
    while (missing := missing_bytes(asked)) > 0:
        more = connection.recv(missing)
        if not more:
            raise ConnectionError("hung up")
        asked += more
    return asked


def missing_bytes(asked: bytes) -> int:
    """Bytes that must still come, as far as that can be told."""
    head, end, body = asked.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return int(length[1] if length else 0) - len(body) if end else 1


class RawServer:
    """TLS by the fleet's certificate, and whatever the test does after it."""

    def __init__(self, fleet: Fleet, answer: Answering, newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> None:
        self.asked = b""
        self._context = tls_context(fleet.place.root / "server.pem", fleet.place.ca)
        if newest < ssl.TLSVersion.TLSv1_2:
            self._context.set_ciphers("ALL:@SECLEVEL=0")
            with pytest.warns(DeprecationWarning, match="TLSv1_1"):
                self._context.minimum_version = self._context.maximum_version = newest
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def stop(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(connection, server_side=True) as secured:
                    self.asked = whole_question(secured)
                    self._answer(secured)
            except OSError:
                continue
            finally:
                connection.close()


@pytest.fixture
def raw(fleet: Fleet) -> Iterator[Callable[..., RawServer]]:
    """Starts servers."""
    made: list[RawServer] = []

    def start(answer: Answering | bytes, **options: ssl.TLSVersion) -> RawServer:
        said = (lambda connection: connection.sendall(answer)) if isinstance(answer, bytes) else answer
        made.append(RawServer(fleet, said, **options))
        return made[-1]

    yield start
    for server in made:
        server.stop()


def test_it_asks_as_rfc_7030_says(raw: Callable[..., RawServer], device: Claimer) -> None:
    server = raw(b"HTTP/1.1 401 Unauthorized\r\n\r\n")
    device.url, device.label = server.url + "/", "devices"
    with pytest.raises(ClaimRefused):
        device.enrol()
    head, _, body = server.asked.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /.well-known/est/devices/simpleenroll HTTP/1.1"
    assert "Content-Type: application/pkcs10" in lines
    assert body.startswith(b"MI")
    (login,) = (line.removeprefix("Authorization: Basic ") for line in lines if line.startswith("Authorization: "))
    token = (device.directory / "token").read_text().strip()
    assert base64.b64decode(login).decode() == f"plant-1/hall-1:{token}"
    # Nowhere else, in whatever form.
    rest = server.asked.decode().replace(login, "")
    assert token not in rest
    assert base64.b64encode(token.encode()).decode().rstrip("=") not in rest


def test_it_is_not_sent_elsewhere(raw: Callable[..., RawServer], fleet: Fleet, device: Claimer) -> None:
    elsewhere = f"{fleet.url}/.well-known/est/simpleenroll"
    device.url = raw(f"HTTP/1.1 307 Elsewhere\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n".encode()).url
    with pytest.raises(ClaimRefused, match="sends us elsewhere, which is not followed"):
        device.enrol()
    assert fleet.told == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "closed connection without response"),
        (b"SSH-2.0-OpenSSH\r\n", "no HTTP as it should be"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"A" * 200_000, "more than 128 KiB"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nAAAA", "no HTTP as it should be|IncompleteRead"),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 90\r\nContent-Length: 0\r\n\r\n", "answers 503"),
        (b"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", "answers 429"),
    ],
)
def test_what_may_be_over_tomorrow_is_tried_again(
    raw: Callable[..., RawServer], device: Claimer, answer: bytes, words: str
) -> None:
    device.url = raw(answer).url
    with pytest.raises(ClaimDelayed, match=words) as delayed:
        device.enrol()
    assert delayed.value.wait_s == (90.0 if b"503" in answer else None)


def test_words_of_a_server_neither_harm_a_terminal_nor_tell_the_token(
    raw: Callable[..., RawServer], device: Claimer
) -> None:
    token = (device.directory / "token").read_text().strip().encode()
    device.url = raw(b"HTTP/1.1 400 No\r\n\r\n\x1b[2Jyour token " + token + b" is\r\nbad" + b"!" * 5000).url
    with pytest.raises(ClaimRefused) as refused:
        device.enrol()
    assert "answers 400 ([2Jyour token ... is bad!!!" in str(refused.value)
    assert len(str(refused.value)) < 300


def test_a_server_that_sends_a_byte_now_and_then_is_cut_off(
    raw: Callable[..., RawServer], device: Claimer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drip(connection: ssl.SSLSocket) -> None:
        while True:
            connection.sendall(b"H")
            time.sleep(0.05)

    monkeypatch.setattr(est_client, "_WHOLE_S", 0.5)
    device.url = raw(drip).url
    began_s = time.monotonic()
    with pytest.raises(ClaimDelayed, match=r"took more than 0\.5 s"):
        device.enrol()
    assert time.monotonic() - began_s < 30.0, "its line of 64 KiB would take an hour"


def test_a_server_of_another_authority_gets_no_token(fleet: Fleet, device: Claimer, tmp_path: Path) -> None:
    device.ca_file = tmp_path / "other.pem"
    device.ca_file.write_bytes(some_authority())
    with pytest.raises(ClaimDelayed, match=r"is mqtt\.tls\.claim\.ca_file the authority that signed it"):
        device.enrol()
    assert fleet.told == []


def test_a_server_of_another_name_gets_no_token(fleet: Fleet, device: Claimer) -> None:
    device.url = device.url.replace("127.0.0.1", "localhost")
    with pytest.raises(ClaimDelayed, match="and the name in it right"):
        device.enrol()
    assert fleet.told == []


def test_a_server_with_tls_1_1_gets_no_token(raw: Callable[..., RawServer], device: Claimer) -> None:
    server = raw(b"", newest=ssl.TLSVersion.TLSv1_1)
    device.url = server.url
    with pytest.raises(ClaimDelayed, match=r"(?i)protocol version"):
        device.enrol()
    assert server.asked == b""


@pytest.mark.parametrize("content", [None, b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_an_authority_that_cannot_be_read_is_told(device: Claimer, tmp_path: Path, content: bytes | None) -> None:
    device.ca_file = tmp_path / "odd.pem"
    if content is not None:
        device.ca_file.write_bytes(content)
    with pytest.raises(ClaimError, match=r"mqtt.tls.claim.ca_file: .*odd.pem"):
        device.enrol()


def headers(**lines: str) -> http.client.HTTPMessage:
    text = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in lines.items())
    return email.message_from_string(text, _class=http.client.HTTPMessage)  # type: ignore[return-value]


def test_a_time_to_wait_is_a_number_or_a_date_by_the_servers_own_clock() -> None:
    assert wait_s(headers()) is None
    assert wait_s(headers(Retry_After="120")) == 120.0
    assert wait_s(headers(Retry_After="0")) == 1.0
    assert wait_s(headers(Retry_After="99999999999999")) == 3600.0
    assert wait_s(headers(Retry_After=formatdate(1e9 + 300, usegmt=True), Date=formatdate(1e9, usegmt=True))) == 300.0
    assert wait_s(headers(Retry_After="tomorrow")) == 60.0


@given(st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=40), st.text(max_size=0) | st.just("x"))
def test_whatever_stands_there_is_a_time_that_can_be_waited(text: str, date: str) -> None:
    found = wait_s(headers(Retry_After=text, Date=date))
    assert found is None or 1.0 <= found <= 3600.0
