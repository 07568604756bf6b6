"""A real mosquitto for tests: on a free port of 127.0.0.1, in its own directory, to be stopped and killed at will."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_START_S = 30.0
_ASK_AGAIN_S = 1.0


@dataclass(frozen=True)
class TlsFiles:
    """PEM files made by `make_tls`."""

    ca: Path
    server_cert: Path
    server_key: Path
    client_cert: Path
    client_key: Path
    other_ca: Path


@dataclass
class Mosquitto:
    """One broker. `start` and `stop` may alternate; the port stays.

    Attributes:
        port: TCP port on 127.0.0.1.
        directory: Holds its configuration, log and store.
        users: Name to password; empty lets everybody in.
        tls: Listen with TLS.
        client_certificates: Ask for a client certificate of the same authority.
        persistence: Keep sessions, retained and queued messages over a restart.
        queue: Messages that may wait for one subscriber; above, mosquitto drops what it has acknowledged to the sender.
        autosave_s: Seconds between two savings, for brokers that are killed; 0 for the broker's half an hour.
        max_packet_size: Bytes, announced to MQTT 5 clients; 0 for no limit.
        message_size_limit: Bytes of payload; a larger PUBLISH gets a PUBACK with reason 0x95.
        receive_maximum: PUBLISH packets that a client may have in flight.
        acl: Lines of an access control file.
        more: Lines at the end of its configuration.
    """

    port: int
    directory: Path
    users: dict[str, str] = field(default_factory=dict)
    tls: TlsFiles | None = None
    client_certificates: bool = False
    persistence: bool = False
    queue: int = 1000
    autosave_s: int = 0
    max_packet_size: int = 0
    message_size_limit: int = 0
    receive_maximum: int = 20
    acl: str = ""
    more: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self.log = self.directory / "mosquitto.log"

    def start(self) -> Mosquitto:
        self.directory.mkdir(parents=True, exist_ok=True)
        config = self.directory / "mosquitto.conf"
        config.write_text("\n".join(self._config()) + "\n")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(["mosquitto", "-v", "-c", config], stdout=log, stderr=log)
        until_it_listens(self._process, self._last_port(), self.log)
        return self

    def until_logged(self, words: str) -> None:
        """Wait for its log, in which stands what clients ask for."""
        deadline = time.monotonic() + _START_S
        while words not in self.log.read_text(errors="replace"):
            assert time.monotonic() < deadline, f"{words!r} was not logged:\n{self.log.read_text()}"
            time.sleep(0.01)

    def stop(self) -> None:
        self._end(kill=False)

    def kill(self) -> None:
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        if self._process is not None:
            if kill:
                self._process.kill()
                self._process.wait(timeout=30)
            else:
                end(self._process)
            self._process = None

    def _last_port(self) -> int:
        """It opens its ports in the order of its configuration."""
        return [self.port, *(int(line.split()[1]) for line in self.more if line.startswith("listener "))][-1]

    def _config(self) -> list[str]:
        lines = [
            f"listener {self.port} 127.0.0.1",
            f"allow_anonymous {'false' if self.users else 'true'}",
            f"persistence {'true' if self.persistence else 'false'}",
            f"persistence_location {self.directory}/",
            f"max_inflight_messages {self.receive_maximum}",
            f"max_queued_messages {self.queue}",
            "user root",
            "set_tcp_nodelay true",
        ]
        if self.users:
            passwords = self.directory / "passwords"
            passwords.write_text("")
            for name, password in self.users.items():
                subprocess.run(["mosquitto_passwd", "-b", passwords, name, password], check=True, capture_output=True)
            lines.append(f"password_file {passwords}")
        if self.tls is not None:
            lines += [f"cafile {self.tls.ca}", f"certfile {self.tls.server_cert}", f"keyfile {self.tls.server_key}"]
            lines.append(f"require_certificate {'true' if self.client_certificates else 'false'}")
        if self.autosave_s:
            lines.append(f"autosave_interval {self.autosave_s}")
        if self.max_packet_size:
            lines.append(f"max_packet_size {self.max_packet_size}")
        if self.message_size_limit:
            lines.append(f"message_size_limit {self.message_size_limit}")
        if self.acl:
            rules = self.directory / "acl"
            rules.write_text(self.acl)
            lines.append(f"acl_file {rules}")
        return [*lines, *self.more]


def until_it_listens(broker: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Wait for a broker that was just started; `port` is the last one that it opens."""
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and broker.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise AssertionError(f"mosquitto did not start:\n{log.read_text()}")


def end(broker: subprocess.Popen[bytes]) -> None:
    """SIGTERM until it is gone: mosquitto forgets one that comes when its ports are open and its loop not yet begun."""
    for _ in range(30):
        broker.terminate()
        try:
            broker.wait(_ASK_AGAIN_S)
        except subprocess.TimeoutExpired:
            continue
        return
    broker.kill()
    broker.wait()
    raise AssertionError("mosquitto does not end")


def require_mosquitto() -> None:
    """Skip the test where there is no broker to start."""
    if shutil.which("mosquitto") is None:
        pytest.skip("mosquitto is not installed")


def make_tls(directory: Path) -> TlsFiles:
    """A test authority with a server certificate for 127.0.0.1 and a client certificate, made by openssl."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    directory.mkdir(parents=True, exist_ok=True)
    ca, other_ca = _authority(directory, "ca"), _authority(directory, "other")
    server = _signed(directory, "server", ca, "subjectAltName=IP:127.0.0.1,DNS:localhost")
    client = _signed(directory, "client", ca, "extendedKeyUsage=clientAuth")
    return TlsFiles(ca[0], *server, *client, other_ca[0])


def _authority(directory: Path, name: str) -> tuple[Path, Path]:
    cert, key = directory / f"{name}.pem", directory / f"{name}.key"
    _openssl("req", "-x509", *_new_key(key), "-out", cert, "-days", "2", "-subj", f"/CN=test {name}")
    return cert, key


def _signed(directory: Path, name: str, ca: tuple[Path, Path], extension: str) -> tuple[Path, Path]:
    cert, key, request, extensions = (directory / f"{name}.{ending}" for ending in ("pem", "key", "csr", "ext"))
    extensions.write_text(extension + "\n")
    _openssl("req", *_new_key(key), "-out", request, "-subj", f"/CN={name}")
    signing = ("-CA", ca[0], "-CAkey", ca[1], "-CAcreateserial", "-days", "2", "-extfile", extensions)
    _openssl("x509", "-req", "-in", request, "-out", cert, *signing)
    return cert, key


def _new_key(key: Path) -> tuple[str | Path, ...]:
    return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=30)
