"""A mosquitto of the benchmark's own: free port of 127.0.0.1, own directory, to be killed at will."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

DEFAULT_QUEUE = 1000
"""``max_queued_messages`` of mosquitto 2 where the configuration says nothing (mosquitto.conf(5))."""
LONG_QUEUE = 200_000
_START_S = 60.0  # a store with 50,000 retained messages takes a moment


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of the broker and of its clients, by one authority."""

    ca: Path
    server_cert: Path
    server_key: Path
    client_cert: Path
    client_key: Path


class Broker:
    """One mosquitto; `start` and `kill` may alternate, the port stays."""

    def __init__(
        self,
        directory: Path,
        *,
        persistence: bool = True,
        tls: TlsFiles | None = None,
        client_certificates: bool = False,
    ) -> None:
        """Choose a port; nothing runs yet.

        Args:
            directory: Of its own; holds configuration, log and store.
            persistence: Whether the store is written, every 30 s and at a clean stop.
            tls: Listen with TLS.
            client_certificates: Ask for them.
        """
        if shutil.which("mosquitto") is None:
            sys.exit("mosquitto is not installed: apt-get install mosquitto")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.persistence = persistence
        self.queued = LONG_QUEUE
        """``max_queued_messages`` at the next start; mosquitto 2.0.11 does not take a new one over on SIGHUP."""
        self.starts = 0
        """How often it was started."""
        self._directory = directory
        self._tls = tls
        self._client_certificates = client_certificates
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)

    def start(self) -> float:
        """Start it; returns the seconds until it took a connection."""
        began_s = time.monotonic()
        self._write()
        self.starts += 1
        with (self._directory / "broker.log").open("ab") as log:
            command = ["mosquitto", "-c", str(self._directory / "mosquitto.conf")]
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        while time.monotonic() - began_s < _START_S and self._process.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return time.monotonic() - began_s
            time.sleep(0.005)
        raise SystemExit(f"mosquitto did not start:\n{(self._directory / 'broker.log').read_text()}")

    def kill(self) -> None:
        """SIGKILL: nothing is saved."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM, or nothing where it does not run."""
        self._end(signal.SIGTERM)

    @property
    def cpu_s(self) -> float:
        """Processor seconds of the process that runs now."""
        if self._process is None:
            return 0.0
        times = psutil.Process(self._process.pid).cpu_times()
        return float(times.user + times.system)

    @property
    def rss_mb(self) -> float:
        """Resident memory."""
        return 0.0 if self._process is None else psutil.Process(self._process.pid).memory_info().rss / 1e6

    @property
    def store_mb(self) -> float:
        """Size of the store on disk."""
        store = self._directory / "mosquitto.db"
        return store.stat().st_size / 1e6 if store.exists() else 0.0

    def _end(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(timeout=60)
            self._process = None

    def _write(self) -> None:
        lines = [
            f"listener {self.port} 127.0.0.1",
            "allow_anonymous true",
            f"persistence {'true' if self.persistence else 'false'}",
            f"persistence_location {self._directory}/",
            "autosave_interval 30",
            "max_inflight_messages 20",
            f"max_queued_messages {self.queued}",
            "sys_interval 2",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
        ]
        if os.geteuid() == 0:
            lines.append("user root")  # else it changes to a user who may not enter the directory
        if self._tls is not None:
            lines += [f"cafile {self._tls.ca}", f"certfile {self._tls.server_cert}", f"keyfile {self._tls.server_key}"]
            lines.append(f"require_certificate {'true' if self._client_certificates else 'false'}")
        (self._directory / "mosquitto.conf").write_text("\n".join(lines) + "\n")


def make_tls(directory: Path) -> TlsFiles:
    """An authority, a server and a client certificate, on the curve P-256, by openssl."""
    directory.mkdir(parents=True, exist_ok=True)
    ca, ca_key = directory / "ca.pem", directory / "ca.key"
    _openssl("req", "-x509", *_new_key(ca_key), "-out", ca, "-days", "2", "-subj", "/CN=benchmark authority")
    pairs = []
    for name, extension in (("server", "subjectAltName=IP:127.0.0.1"), ("client", "extendedKeyUsage=clientAuth")):
        cert, key, request, extensions = (directory / f"{name}.{ending}" for ending in ("pem", "key", "csr", "ext"))
        extensions.write_text(extension + "\n")
        _openssl("req", *_new_key(key), "-out", request, "-subj", f"/CN={name}")
        signing = ("-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2", "-extfile", extensions)
        _openssl("x509", "-req", "-in", request, "-out", cert, *signing)
        pairs += [cert, key]
    return TlsFiles(ca, *pairs)


def _new_key(key: Path) -> tuple[str | Path, ...]:
    return "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=30)
