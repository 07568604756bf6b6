"""What comes along is read as the agent will read it: what does not fit is refused, and what works stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from provisioned_device import FILE, Box, certificates, signed_root


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def with_certificate(box: Box, bench: Path, device: str, more: str) -> None:
    """A file for hall-1 with a certificate beside it, and what else is said of TLS."""
    _, cert, key = certificates(bench, device)
    (box.boot / "device.pem").write_bytes(cert.read_bytes())
    (box.boot / "device.key").write_bytes(key.read_bytes())
    tls = f"  tls: {{cert_file: device.pem, {more}}}\n"
    box.put(FILE.replace("site: plant-1", "site: plant-1\ndevice: hall-1") + tls)


@pytest.mark.parametrize("key", ["key_credential: device-key", "key_file: /etc/edge-agent/credentials/device-key"])
def test_a_certificate_that_comes_alone_must_fit_the_key_that_is_there(box: Box, tmp_path: Path, key: str) -> None:
    with_certificate(box, tmp_path / "bench", "hall-1", "key_file: device.key")
    assert box.start().taken
    before = box.on_the_device()
    with_certificate(box, tmp_path / "another-bench", "hall-1", key)
    assert box.start().failed
    assert "device.pem and device-key are not a PEM certificate and its unencrypted private key" in box.console()
    assert box.on_the_device() == before


def test_a_certificate_that_is_renewed_for_the_key_that_is_there_is_taken(box: Box, tmp_path: Path) -> None:
    with_certificate(box, tmp_path / "bench", "hall-1", "key_file: device.key")
    assert box.start().taken
    renewed = (box.home / "certificates/device.pem").read_bytes()
    (box.boot / "device.pem").write_bytes(renewed)
    tls = "  tls: {cert_file: device.pem, key_credential: device-key}\n"
    box.put(FILE.replace("site: plant-1", "site: plant-1\ndevice: hall-1") + tls)
    outcome = box.start()
    assert (outcome.taken, outcome.failed) == (True, False), box.console()


def test_a_key_must_fit_the_certificate_that_is_there(box: Box, tmp_path: Path) -> None:
    _, cert, _ = certificates(tmp_path / "bench", "hall-1")
    _, _, key = certificates(tmp_path / "another-bench", "hall-1")
    (box.root / "etc/ssl").mkdir()
    (box.root / "etc/ssl/hall-1.pem").write_bytes(cert.read_bytes())
    (box.boot / "device.key").write_bytes(key.read_bytes())
    tls = "  tls: {cert_file: /etc/ssl/hall-1.pem, key_file: device.key}\n"
    box.put(FILE.replace("site: plant-1", "site: plant-1\ndevice: hall-1") + tls)
    assert box.start().failed
    assert "hall-1.pem and device-key are not a PEM certificate" in box.console()


def test_the_authority_of_the_claim_must_be_certificates(box: Box) -> None:
    where = "cert_file: /var/lib/edge-agent/claim/device.pem, key_file: /var/lib/edge-agent/claim/device.key"
    claim = "claim: {url: 'https://est.example:8443', ca_file: ca.pem}"
    (box.boot / "ca.pem").write_text("no certificate")
    box.put(FILE.replace("provision:", "provision:\n  claim_token: word") + f"  tls: {{{where}, {claim}}}\n")
    assert box.start().failed
    assert "mqtt.tls.claim.ca_file: claim-ca.pem holds no PEM certificate" in box.console()


def changed_root() -> bytes:
    document = json.loads(signed_root())
    document["signed"]["version"] += 1
    return json.dumps(document).encode()


@pytest.mark.parametrize("content", [b"garbage", b"{}", changed_root()], ids=["text", "no metadata", "forged"])
def test_a_root_of_updates_that_nobody_signed_is_refused(box: Box, content: bytes) -> None:
    file = box.boot / "root.json"
    file.write_bytes(content)
    text = FILE.replace("mqtt:\n", "update: {url: 'https://u.example/m', group: g, trusted_root: root.json}\nmqtt:\n")
    box.put(text)
    assert box.start().failed
    assert "update.trusted_root: is no root that its own keys signed" in box.console()
    assert file.read_bytes() == content
    file.write_bytes(signed_root())
    assert box.start().taken
