"""Servers are asked over TLS, not for ever, and not wherever another one points."""

from __future__ import annotations

import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from odd_server import OddHandler, OddServer, drip_head, odd_server, redirect

from edge_agent.errors import UpdateDelayed, UpdateRefused
from edge_agent.update.download_limits import DownloadLimits
from edge_agent.update.http_fetch import HttpFetch, HttpSettings

LIMITS = DownloadLimits(total_s=30.0, gap_s=30.0, tries=1)  # a busy machine is no slow server


@pytest.fixture
def server() -> Iterator[OddServer]:
    with odd_server() as server:
        server.files["file"] = b"content"
        yield server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


class Secure(BaseHTTPRequestHandler):
    plain = ""

    def do_GET(self) -> None:
        if self.path == "/file":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"over TLS")
        else:
            self.send_response(302)
            self.send_header("Location", self.plain if self.path == "/down" else "/file")
            self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


@pytest.fixture
def secure(certificate: tuple[Path, Path], server: OddServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    site = HTTPServer(("127.0.0.1", 0), Secure)
    monkeypatch.setattr(Secure, "plain", f"{server.url}/file")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    site.socket = tls.wrap_socket(site.socket, server_side=True)
    site.handle_error = lambda request, address: None  # type: ignore[method-assign]
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, name="secure-site")
    thread.start()
    yield f"https://127.0.0.1:{site.server_port}"
    site.shutdown()
    thread.join()
    site.server_close()


@pytest.mark.parametrize("path", ["file", "on"])
def test_a_file_comes_over_tls(secure: str, certificate: tuple[Path, Path], path: str) -> None:
    http = HttpFetch(settings=HttpSettings(ca_file=certificate[0]))
    assert http.small_file(f"{secure}/{path}", 100, LIMITS) == b"over TLS"


def test_a_server_whose_certificate_nobody_trusts_is_not_asked(secure: str) -> None:
    with pytest.raises(UpdateDelayed, match="certificate") as caught:
        HttpFetch().small_file(f"{secure}/file", 100, LIMITS)
    assert caught.value.reason == "network"


@pytest.mark.parametrize("plain_http", [False, True])
def test_tls_is_never_left_by_a_redirection(secure: str, certificate: tuple[Path, Path], plain_http: bool) -> None:
    http = HttpFetch(settings=HttpSettings(ca_file=certificate[0], plain_http=plain_http))
    with pytest.raises(UpdateRefused, match="which is not https"):
        http.small_file(f"{secure}/down", 100, LIMITS)


def test_authorities_that_cannot_be_read_have_a_reason(secure: str, tmp_path: Path) -> None:
    with pytest.raises(UpdateDelayed, match="FileNotFoundError"):
        HttpFetch(settings=HttpSettings(ca_file=tmp_path / "absent.pem")).small_file(f"{secure}/file", 100, LIMITS)


@pytest.mark.parametrize(
    "url",
    ["http://192.0.2.1/file", "ftp://127.0.0.1/file", "file:///etc/passwd", "/file", "", "http://[::1", "https://"],
)
def test_what_is_no_secure_address_is_not_asked(url: str) -> None:
    with pytest.raises(UpdateRefused) as caught:
        HttpFetch().small_file(url, 100, LIMITS)
    assert caught.value.reason == "network"


def test_plain_http_to_others_must_be_meant(server: OddServer) -> None:
    http = HttpFetch(settings=HttpSettings(plain_http=True, connect_s=0.2))
    with pytest.raises(UpdateDelayed):
        http.small_file("http://host.invalid/file", 100, LIMITS)


def test_redirections_are_followed_a_few_times(server: OddServer) -> None:
    for number in range(4):
        server.odd[f"{number}"] = [redirect(f"{number + 1}")]
    server.files["4"] = b"there"
    assert HttpFetch().small_file(f"{server.url}/0", 100, LIMITS) == b"there"
    with pytest.raises(UpdateRefused, match="more than 3 redirections"):
        HttpFetch(settings=HttpSettings(max_redirects=3)).small_file(f"{server.url}/0", 100, LIMITS)


def test_a_head_that_drips_is_cut_off(server: OddServer) -> None:
    server.odd["file"] = [drip_head]
    with pytest.raises(UpdateDelayed) as caught:
        HttpFetch(settings=HttpSettings(head_s=0.3)).small_file(f"{server.url}/file", 100, LIMITS)
    assert caught.value.reason == "too_slow"


def test_a_chunked_answer_whose_frame_drips_is_cut_off(server: OddServer) -> None:
    def drip_chunk(handler: OddHandler, content: bytes) -> None:
        handler.head(200, Transfer_Encoding="chunked")
        while not handler.server.stopping.wait(0.02):
            handler.wfile.write(b"0")

    server.odd["file"] = [drip_chunk]
    with pytest.raises(UpdateDelayed) as caught:
        HttpFetch().small_file(f"{server.url}/file", 100, DownloadLimits(total_s=0.4, gap_s=30.0, tries=3))
    assert caught.value.reason == "too_slow"


def test_a_tls_handshake_that_drips_is_cut_off(server: OddServer) -> None:
    server.odd[""] = [drip_head]  # a server that speaks no TLS; it answers the hello with a slow refusal
    with pytest.raises(UpdateDelayed):
        HttpFetch(settings=HttpSettings(head_s=0.3)).small_file(
            server.url.replace("http:", "https:") + "/file", 100, LIMITS
        )


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/9 999 X\r\n\r\n", b"\0" * 100_000])
def test_an_answer_that_is_no_http_raises_nothing_of_its_own(server: OddServer, answer: bytes) -> None:
    def babble(handler: OddHandler, content: bytes) -> None:
        handler.wfile.write(answer)

    server.odd["file"] = [babble]
    with pytest.raises(UpdateDelayed) as caught:
        HttpFetch().small_file(f"{server.url}/file", 100, LIMITS)
    assert caught.value.reason == "network"


def test_the_environments_proxy_is_asked(server: OddServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    server.files["http://repository.invalid/file"] = b"through the proxy"
    http = HttpFetch(settings=HttpSettings(plain_http=True))
    assert http.small_file("http://repository.invalid/file", 100, LIMITS) == b"through the proxy"
    monkeypatch.setenv("no_proxy", "repository.invalid")
    with pytest.raises(UpdateDelayed):
        http.small_file("http://repository.invalid/file", 100, LIMITS)


def test_the_machine_itself_is_not_asked_through_a_proxy(server: OddServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert HttpFetch().small_file(f"{server.url}/file", 100, LIMITS) == b"content"
