"""Who gets a certificate from a fleet's authority, and what it looks like to others."""

from __future__ import annotations

import base64
import socket
import ssl
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from claim_bench import DEVICE, Claimer, Fleet
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edge_agent.claim.certs_only import certificates_of
from edge_agent.errors import FleetError
from edge_agent.fleet import claim_server
from edge_agent.fleet.claim_desk import ClaimDesk, Reply, forget

NOW = datetime.now(tz=timezone.utc)
KEY = ec.generate_private_key(ec.SECP256R1())
ALTERNATIVE_NAME, EDI_PARTY_NAME = x509.ObjectIdentifier("2.5.29.17"), bytes.fromhex("3004a502a100")


def request(
    name: str = DEVICE,
    key: object = KEY,
    digest: hashes.HashAlgorithm | None = None,
    more: Callable[[x509.CertificateSigningRequestBuilder], x509.CertificateSigningRequestBuilder] = lambda each: each,
) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = more(x509.CertificateSigningRequestBuilder().subject_name(subject))
    chosen = digest or (None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    return base64.encodebytes(builder.sign(key, chosen).public_bytes(Encoding.DER))  # type: ignore[arg-type]


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(tmp_path / "fleet")
    yield made
    made.stop()


def enrol(fleet: Fleet, token: str, body: bytes, user: str = DEVICE) -> Reply:
    return fleet.desk.enrol(user, token, body, NOW)


def test_a_certificate_lets_a_client_log_in_and_do_nothing_else(fleet: Fleet) -> None:
    (made,) = certificates_of(enrol(fleet, fleet.invite(), request()).body)
    assert made.serial_number.bit_length() > 64
    constraints = made.extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca) == (True, False)
    use = made.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (use.digital_signature, use.key_cert_sign, use.crl_sign, use.key_agreement) == (True, False, False, False)
    assert list(made.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        ExtendedKeyUsageOID.CLIENT_AUTH
    ]
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["edge-agent-plant-1-hall-1"]
    assert (made.not_valid_after_utc - NOW) <= timedelta(days=365)


def test_openssl_finds_it_good_as_a_client_and_not_as_a_server(fleet: Fleet, tmp_path: Path) -> None:
    der = base64.b64decode(enrol(fleet, fleet.invite(), request()).body)
    file = tmp_path / "device.pem"
    shown = subprocess.run(
        ["openssl", "pkcs7", "-inform", "DER", "-print_certs"], input=der, capture_output=True, check=True
    )
    file.write_bytes(shown.stdout)
    for purpose, good in (("sslclient", True), ("sslserver", False)):
        command = ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", fleet.place.ca, file]
        assert (subprocess.run(command, capture_output=True, check=False).returncode == 0) is good


def test_the_token_itself_is_nowhere_on_the_disk(fleet: Fleet) -> None:
    token = fleet.invite()
    for file in fleet.place.root.iterdir():
        assert token.encode() not in file.read_bytes()
        assert file.name == "ca.pem" or stat.S_IMODE(file.stat().st_mode) == 0o600


def weak_rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def forged() -> bytes:
    der = bytearray(base64.b64decode(request()))
    der[-1] ^= 1
    return base64.encodebytes(bytes(der))


def of_version_6() -> bytes:
    der = base64.b64decode(request())
    at = der.index(b"\x02\x01\x00")  # the first integer of a request is its version, 0 for PKCS #10
    return base64.encodebytes(der[:at] + b"\x02\x01\x05" + der[at + 3 :])


def with_edi_party_name(builder: x509.CertificateSigningRequestBuilder) -> x509.CertificateSigningRequestBuilder:
    """A kind of name that the library does not know."""
    return builder.add_extension(x509.UnrecognizedExtension(ALTERNATIVE_NAME, EDI_PARTY_NAME), critical=False)


def asks_for(*names: x509.GeneralName) -> bytes:
    return request(more=lambda each: each.add_extension(x509.SubjectAlternativeName(names), critical=False))


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (lambda: b"", 400, "no certificate request"),
        (lambda: b"MIIB", 400, "no certificate request"),
        (of_version_6, 400, "no certificate request"),
        (lambda: request(more=with_edi_party_name), 400, "no certificate request"),
        (forged, 400, "not signed by its own key"),
        (lambda: request(key=ec.generate_private_key(ec.SECP192R1())), 400, "kind that is not taken"),
        (lambda: request(key=ec.generate_private_key(ec.SECP256K1())), 400, "kind that is not taken"),
        (lambda: request(key=weak_rsa()), 400, "kind that is not taken"),
        (lambda: request(key=ed25519.Ed25519PrivateKey.generate()), 400, "kind that is not taken"),
        (lambda: request(digest=hashes.SHA224()), 400, "hash that is not taken"),
        (lambda: request("plant-1/hall-2"), 403, "another device"),
        (lambda: request("broker.example"), 400, "write SITE/DEVICE"),
        (lambda: request("a/" + "b" * 62), 403, "another device"),
        (lambda: asks_for(x509.DNSName("edge-agent-plant-1-hall-2")), 400, "names that are not this device's"),
        (
            lambda: asks_for(x509.DNSName("edge-agent-plant-1-hall-1"), x509.DNSName("broker")),
            400,
            "names that are not",
        ),
    ],
)
def test_a_request_that_is_not_as_it_should_be_uses_nothing_up(
    fleet: Fleet, body: Callable[[], bytes], status: int, words: str
) -> None:
    token = fleet.invite()
    refused = enrol(fleet, token, body())
    assert (refused.status, words in refused.body.decode()) == (status, True)
    assert fleet.place.devices()[DEVICE].key_sha256 is None
    assert enrol(fleet, token, request()).status == 200


@given(st.binary(max_size=600))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_whatever_a_device_sends_is_refused_and_not_run_into(desk: tuple[ClaimDesk, str], body: bytes) -> None:
    answering, token = desk
    for each in (body, base64.b64encode(body)):
        assert answering.enrol(DEVICE, token, each, NOW).status == 400


@pytest.fixture
def desk(fleet: Fleet) -> tuple[ClaimDesk, str]:
    return fleet.desk, fleet.invite()


def test_who_has_no_token_learns_nothing_of_who_was_invited(fleet: Fleet) -> None:
    fleet.invite()
    answers = {enrol(fleet, "guess", request(), user) for user in (DEVICE, "plant-1/nobody", "", "a:b")}
    assert [each.status for each in answers] == [401]


def test_a_second_invitation_must_be_meant(fleet: Fleet) -> None:
    first = fleet.invite()
    with pytest.raises(FleetError, match="was invited already: --again"):
        fleet.invite()
    fleet.invite(again=True)
    assert enrol(fleet, first, request()).status == 401


def test_a_forgotten_device_is_a_stranger(fleet: Fleet) -> None:
    token = fleet.invite()
    (made,) = certificates_of(enrol(fleet, token, request()).body)
    forget(fleet.place, DEVICE)
    assert enrol(fleet, token, request()).status == 401
    assert fleet.desk.renew(made, request(), NOW).status == 403
    with pytest.raises(FleetError, match="never invited"):
        forget(fleet.place, DEVICE)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (lambda: request("plant-1/hall-2"), "names differ"),
        (lambda: request(key=ec.generate_private_key(ec.SECP256R1())), "another key needs another invitation"),
        (lambda: asks_for(x509.DNSName("broker")), "names that are not this device's"),
        (lambda: b"%%%", "no certificate request"),
    ],
)
def test_a_renewal_is_for_the_same_names_and_the_same_key(fleet: Fleet, body: Callable[[], bytes], words: str) -> None:
    (made,) = certificates_of(enrol(fleet, fleet.invite(), request()).body)
    refused = fleet.desk.renew(made, body(), NOW + timedelta(days=300))
    assert (refused.status, words in refused.body.decode()) == (400, True)


def test_a_renewal_without_a_certificate_is_refused(fleet: Fleet) -> None:
    fleet.invite()
    assert fleet.desk.renew(None, request(), NOW).status == 401


def test_a_certificate_in_the_first_half_of_its_life_is_given_again_and_then_renewed_once(fleet: Fleet) -> None:
    (made,) = certificates_of(enrol(fleet, fleet.invite(), request()).body)
    early, late = NOW + timedelta(days=100), NOW + timedelta(days=300)
    assert certificates_of(fleet.desk.renew(made, request(), early).body) == [made]
    (second,) = certificates_of(fleet.desk.renew(made, request(), late).body)
    assert second != made
    assert certificates_of(fleet.desk.renew(made, request(), late + timedelta(days=1)).body) == [second]


def ask(fleet: Fleet, text: bytes) -> bytes:
    """One connection, and whatever is written on it."""
    context = ssl.create_default_context(cafile=fleet.place.ca)
    with (
        socket.create_connection(("127.0.0.1", fleet.server.server_port), timeout=30) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        secured.sendall(text)
        return b"".join(iter(lambda: secured.recv(65536), b""))


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"GET /.well-known/est/cacerts HTTP/1.1\r\n\r\n", b"200"),
        (b"GET /etc/passwd HTTP/1.1\r\n\r\n", b"404"),
        (b"POST /.well-known/est/fullcmc HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"404"),
        (b"POST /.well-known/est/simpleenroll HTTP/1.1\r\n\r\n", b"413"),
        (b"POST /.well-known/est/simpleenroll HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", b"413"),
        (b"POST /.well-known/est/simpleenroll HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"413"),
        (b"POST /.well-known/est/simpleenroll HTTP/1.1\r\nContent-Length: 0\r\n\r\n", b"415"),
        (
            (
                b"POST /.well-known/est/simpleenroll HTTP/1.1\r\nContent-Length: 0\r\n"
                b"Content-Type: application/pkcs10\r\nAuthorization: Basic !!!\r\n\r\n"
            ),
            b"401",
        ),
        (
            (
                b"POST /.well-known/est/simplereenroll HTTP/1.1\r\nContent-Length: 0\r\n"
                b"Content-Type: application/pkcs10\r\n\r\n"
            ),
            b"401",
        ),
    ],
)
def test_the_server_answers_what_it_knows_and_nothing_else(fleet: Fleet, text: bytes, status: bytes) -> None:
    answer = ask(fleet, text)
    assert answer.startswith(b"HTTP/1.0 " + status)
    assert (b'WWW-Authenticate: Basic realm="' in answer) is (status == b"401")


def test_who_connects_and_says_nothing_holds_up_nobody(
    fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closing: ExitStack
) -> None:
    for bound in ("_HANDSHAKE_S", "_WHOLE_S"):  # here the server gives nobody up
        monkeypatch.setattr(claim_server, bound, 600.0)
    for _ in range(6):  # of eight an address: a device asks twice, and the first seat may not be free yet
        closing.enter_context(socket.create_connection(("127.0.0.1", fleet.server.server_port)))
    Claimer(tmp_path / "device", fleet.url, fleet.place.ca).give(fleet.invite()).enrol()
