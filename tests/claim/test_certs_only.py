"""What a server sends as certificates: read where it is right, and one error of ours where it is not."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
from claim_bench import real_now, some_authority
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.claim.certs_only import body_of, certificates_of
from edge_agent.errors import ClaimRefused

CERTIFICATES = [x509.load_pem_x509_certificate(some_authority()) for _ in range(3)]
BODY = body_of(CERTIFICATES)
DER = base64.b64decode(BODY)


def test_what_is_written_is_read() -> None:
    assert set(certificates_of(BODY)) == set(CERTIFICATES)


def openssl(*arguments: str | Path, data: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *arguments], input=data, check=True, capture_output=True, timeout=30).stdout


def test_openssl_reads_what_is_written() -> None:
    pem = openssl("pkcs7", "-inform", "DER", "-print_certs", data=DER)
    assert set(x509.load_pem_x509_certificates(pem)) == set(CERTIFICATES)


def test_what_openssl_writes_is_read(tmp_path: Path) -> None:
    chain = tmp_path / "chain.pem"
    chain.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in CERTIFICATES))
    der = openssl("crl2pkcs7", "-nocrl", "-certfile", chain, "-outform", "DER")
    assert set(certificates_of(base64.b64encode(der))) == set(CERTIFICATES)


@given(st.lists(st.integers(0, len(BODY)), max_size=40), st.sampled_from([b"\n", b"\r\n", b" ", b"\t"]))
def test_white_space_may_be_anywhere_or_nowhere(places: list[int], white: bytes) -> None:
    body = BODY.replace(b"\n", b"")
    for place in places:
        body = body[:place] + white + body[place:]
    assert set(certificates_of(body)) == set(CERTIFICATES)


def test_a_certificate_of_a_version_that_none_has_is_refused() -> None:
    der = DER.replace(bytes.fromhex("a003020102"), bytes.fromhex("a003020101"))
    assert der != DER
    with pytest.raises(ClaimRefused, match="no list of certificates"):
        certificates_of(base64.b64encode(der))


def test_a_certificate_with_a_kind_of_name_that_nobody_knows_is_refused() -> None:
    key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), real_now()
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now)
    edi_party_name = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.17"), bytes.fromhex("3004a502a100"))
    odd = builder.add_extension(edi_party_name, critical=False).sign(key, hashes.SHA256())
    with pytest.raises(ClaimRefused, match="no list of certificates"):
        certificates_of(body_of([odd]))


def read_or_refused(body: bytes) -> None:
    """Whatever comes, it is certificates that can be looked at, or our error."""
    try:
        found = certificates_of(body)
    except ClaimRefused:
        return
    for each in found:
        _ = (each.subject.rfc4514_string(), each.extensions, each.not_valid_after_utc)
        each.public_key()


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    read_or_refused(body)


@given(st.binary(max_size=2000))
def test_base64_of_any_bytes_is_read_or_refused(der: bytes) -> None:
    read_or_refused(base64.b64encode(der))


@given(st.data())
def test_a_message_that_was_changed_is_read_or_refused(data: st.DataObject) -> None:
    changed = bytearray(DER)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(changed) - 1))
        changed[place] = data.draw(st.integers(0, 255))
    read_or_refused(base64.b64encode(bytes(changed[: data.draw(st.integers(1, len(changed)))])))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "no list of certificates"),
        (b"<html>proxy</html>", "no list of certificates"),
        (base64.b64encode(b"".join(each.public_bytes(Encoding.DER) for each in CERTIFICATES)), "no list"),
        (body_of(CERTIFICATES * 6), "18 certificates, where 1 to 16"),
    ],
    ids=["nothing", "a page", "bare certificates", "too many"],
)
def test_what_is_no_list_is_told(body: bytes, words: str) -> None:
    with pytest.raises(ClaimRefused, match=words):
        certificates_of(body)
