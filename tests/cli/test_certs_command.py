"""`edge-agent certs`: certificates for a trial that are right, private, and plainly of a test authority."""

from __future__ import annotations

import builtins
import ipaddress
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from edge_agent.cli.main import main

Output = pytest.CaptureFixture[str]


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    assert main(["certs", "init", str(tmp_path / "bench")]) == 0
    return tmp_path / "bench"


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def extension(certificate: x509.Certificate, kind: Any) -> Any:
    return certificate.extensions.get_extension_for_class(kind).value


def test_the_authority_says_in_its_name_and_on_the_screen_that_it_is_a_test_one(tmp_path: Path, capsys: Output) -> None:
    assert main(["certs", "init", str(tmp_path / "bench")]) == 0
    said = capsys.readouterr().out
    assert "TEST AUTHORITY" in said
    assert "ca.key  stays here, and is copied nowhere" in said
    ca = read(tmp_path / "bench" / "ca.pem")
    assert "TEST authority (not for production)" in ca.subject.rfc4514_string()
    assert extension(ca, x509.BasicConstraints) == x509.BasicConstraints(ca=True, path_length=0)
    assert extension(ca, x509.KeyUsage).key_cert_sign


def test_the_brokers_certificate_has_every_host_and_says_where_it_goes(bench: Path, capsys: Output) -> None:
    assert main(["certs", "broker", "--dir", str(bench), "--host", "broker.example", "10.0.0.7", "fe80::1"]) == 0
    said = capsys.readouterr().out
    broker = read(bench / "broker.pem")
    names = extension(broker, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.DNSName) == ["broker.example"]
    assert names.get_values_for_type(x509.IPAddress) == [
        ipaddress.ip_address("10.0.0.7"),
        ipaddress.ip_address("fe80::1"),
    ]
    assert list(extension(broker, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert f"{bench / 'broker.key'} /etc/mosquitto/certs/" in said
    assert "use_identity_as_username true" in said
    assert "TEST AUTHORITY" in said


def test_a_devices_certificate_has_its_topic_and_its_client_id(bench: Path, capsys: Output) -> None:
    assert main(["certs", "device", "--dir", str(bench), "--days", "30", "plant-1", "dev-1"]) == 0
    said = capsys.readouterr().out
    device = read(bench / "devices" / "plant-1" / "dev-1.pem")
    assert device.subject.rfc4514_string() == "CN=plant-1/dev-1"
    names = extension(device, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.DNSName) == ["edge-agent-plant-1-dev-1"]
    assert list(extension(device, x509.ExtendedKeyUsage)) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert not extension(device, x509.BasicConstraints).ca
    key = device.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    left = device.not_valid_after_utc - datetime.now(tz=timezone.utc)
    assert timedelta(days=29) < left <= timedelta(days=30)
    device.verify_directly_issued_by(read(bench / "ca.pem"))
    assert "/etc/edge-agent/device.key" in said
    assert "TEST AUTHORITY" in said


def test_every_file_is_its_owners_alone(bench: Path) -> None:
    assert main(["certs", "broker", "--dir", str(bench), "--host", "a"]) == 0
    assert main(["certs", "device", "--dir", str(bench), "a", "b"]) == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [bench, *bench.rglob("*")]}
    assert modes == {
        **dict.fromkeys(["bench", "devices", "a"], 0o700),
        **dict.fromkeys(["ca.pem", "ca.key", "broker.pem", "broker.key", "b.pem", "b.key"], 0o600),
    }


def test_no_certificate_outlives_the_authority(bench: Path) -> None:
    assert main(["certs", "device", "--dir", str(bench), "--days", "825", "a", "b"]) == 0
    device, ca = read(bench / "devices" / "a" / "b.pem"), read(bench / "ca.pem")
    assert device.not_valid_after_utc <= ca.not_valid_after_utc


def test_nothing_is_overwritten(bench: Path, capsys: Output) -> None:
    make = ["certs", "device", "--dir", str(bench), "a", "b"]
    assert main(make) == 0
    before = {path: path.read_bytes() for path in bench.rglob("*") if path.is_file()}
    assert main(make) == 1
    assert "exists already and is not overwritten" in capsys.readouterr().err
    assert main(["certs", "init", str(bench)]) == 1
    assert {path: path.read_bytes() for path in bench.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["broker", "--host", "not a host"], "'not a host' is no name and no address of a host"),
        (["broker", "--host", "mqtt://broker"], "is no name and no address"),
        (["device", "Plant", "b"], "'Plant' cannot be a part of a topic"),
        (["device", "a" * 40, "b" * 40], "has 81 characters, and a certificate's name may have 64"),
    ],
)
def test_names_that_cannot_be_used_are_refused(bench: Path, capsys: Output, arguments: list[str], words: str) -> None:
    assert main(["certs", *arguments, "--dir", str(bench)]) == 1
    assert words in capsys.readouterr().err
    assert {path.name for path in bench.rglob("*") if path.is_file()} == {"ca.pem", "ca.key"}


def test_without_an_authority_it_says_how_to_make_one(tmp_path: Path, capsys: Output) -> None:
    assert main(["certs", "device", "--dir", str(tmp_path), "a", "b"]) == 1
    assert "make one with `edge-agent certs init DIR`" in capsys.readouterr().err


def test_an_authoritys_key_that_others_can_read_signs_nothing(bench: Path, capsys: Output) -> None:
    (bench / "ca.key").chmod(0o644)
    assert main(["certs", "device", "--dir", str(bench), "a", "b"]) == 1
    assert f"chmod 600 {bench / 'ca.key'}" in capsys.readouterr().err


def test_an_authority_that_is_not_its_own_is_not_signed_with(bench: Path, capsys: Output) -> None:
    assert main(["certs", "broker", "--dir", str(bench), "--host", "a"]) == 0
    (bench / "broker.pem").rename(bench / "ca.pem")
    (bench / "broker.key").rename(bench / "ca.key")
    assert main(["certs", "device", "--dir", str(bench), "a", "b"]) == 1
    assert "this helper signs with none other" in capsys.readouterr().err


def test_without_the_package_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    real = builtins.__import__

    def absent(name: str, *arguments: Any) -> Any:
        if name == "cryptography":
            raise ModuleNotFoundError(name=name)
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", absent)
    assert main(["certs", "init", str(tmp_path / "bench")]) == 1
    assert "pip install 'cryptography>=42'" in capsys.readouterr().err
