"""A file is taken for its hash: from a mirror, or over HTTPS."""

from __future__ import annotations

import hashlib
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from edge_agent.errors import StoreError
from edge_agent.update.fetch import Wanted, fetch, find_in_mirror

CONTENT = b"weights" * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/model":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CONTENT)
        elif self.path in ("/inside", "/outside"):
            self.send_response(302)
            self.send_header("Location", "/model" if self.path == "/inside" else "http://127.0.0.1:9/model")
            self.end_headers()
        else:
            self.send_error(404)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass

    def log_error(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@pytest.fixture
def site(certificate: tuple[Path, Path]) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Site)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, name="site")
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def trust(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


@pytest.mark.parametrize("path", ["/model", "/inside"])
def test_the_right_file_arrives(site: str, trust: ssl.SSLContext, tmp_path: Path, path: str) -> None:
    target = tmp_path / "model"
    fetch(Wanted(site + path, SHA256, len(CONTENT)), target, None, trust)
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("path", "sha256", "size", "message"),
    [
        ("/model", "0" * 64, None, "not the file that was meant"),
        ("/model", SHA256, 100, "longer than 100 bytes"),
        ("/absent", SHA256, None, r"cannot be fetched \(Not Found\)"),
        ("/outside", SHA256, None, "which is not https"),
    ],
)
def test_anything_else_is_refused(
    site: str, trust: ssl.SSLContext, tmp_path: Path, path: str, sha256: str, size: int | None, message: str
) -> None:
    with pytest.raises(StoreError, match=message):
        fetch(Wanted(site + path, sha256, size), tmp_path / "model", None, trust)


def test_a_site_that_is_not_trusted_is_refused(site: str, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"cannot be fetched .*certificate"):
        fetch(Wanted(f"{site}/model", SHA256), tmp_path / "model", None)


def test_only_https_is_fetched(tmp_path: Path) -> None:
    for url in ("http://127.0.0.1/model", "file:///etc/hostname", "ftp://127.0.0.1/model"):
        with pytest.raises(StoreError, match="only https"):
            fetch(Wanted(url, SHA256), tmp_path / "model", None)


def test_a_mirror_is_searched_by_content_and_needs_no_network(tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "a-lie.tflite").write_bytes(CONTENT[::-1])
    (mirror / "any name").write_bytes(CONTENT)
    wanted = Wanted("https://nowhere.invalid/model", SHA256, len(CONTENT))
    assert find_in_mirror(wanted, mirror) == mirror / "any name"
    fetch(wanted, tmp_path / "model", mirror)
    assert (tmp_path / "model").read_bytes() == CONTENT
    assert find_in_mirror(Wanted("https://nowhere.invalid/model", "0" * 64), mirror) is None


def test_a_mirror_that_is_absent_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="--mirror"):
        fetch(Wanted("https://nowhere.invalid/model", SHA256), tmp_path / "model", tmp_path / "absent")
