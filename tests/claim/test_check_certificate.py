"""What a server gives is installed only where it is this device's, and good."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from claim_bench import real_now
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from edge_agent.claim.check_certificate import Now, Wanted, check_certificate, check_time
from edge_agent.claim.key_and_request import spki
from edge_agent.errors import ClaimDelayed, ClaimRefused

Key = ec.EllipticCurvePrivateKey
NOW = real_now()
CLIENT_ID = "edge-agent-plant-1-hall-1"
OURS = ec.generate_private_key(ec.SECP256R1())


class Maker:
    """An authority, of its own or below another one."""

    def __init__(self, name: str, above: Maker | None = None, **changes: Any) -> None:
        self.key: Key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.cert = (above or self).sign(self.name, self.key, **{"ca": True, "uses": None, **changes})

    def sign(self, subject: x509.Name, key: Key, **changes: Any) -> x509.Certificate:
        options = {"ca": False, "uses": [ExtendedKeyUsageOID.CLIENT_AUTH], "from_days": -1, "to_days": 365, **changes}
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(NOW + timedelta(days=options["from_days"]))
        builder = builder.not_valid_after(NOW + timedelta(days=options["to_days"]))
        if options["ca"] is not None:
            builder = builder.add_extension(x509.BasicConstraints(ca=options["ca"], path_length=None), critical=True)
        if options["uses"] is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage(options["uses"]), critical=False)
        if options.get("alternative") is not None:
            builder = builder.add_extension(options["alternative"], critical=False)
        return builder.sign(self.key, hashes.SHA256())


ROOT, FOREIGN = Maker("root"), Maker("foreign")
BETWEEN = Maker("between", ROOT)


def leaf(by: Maker = ROOT, key: Key = OURS, name: str = CLIENT_ID, **changes: Any) -> x509.Certificate:
    return by.sign(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), key, **changes)


def check(
    given: list[x509.Certificate],
    authorities: list[x509.Certificate] | None = None,
    client_id: str | None = CLIENT_ID,
    common_name: str | None = None,
) -> list[x509.Certificate]:
    """Without the authority at the end."""
    wanted = Wanted(spki(OURS.public_key()), client_id, common_name)
    return check_certificate(given, authorities or [ROOT.cert], wanted)[:-1]


def test_a_good_one_is_taken() -> None:
    made = leaf()
    assert check([made]) == [made]


def test_one_without_any_use_in_it_is_good_for_all() -> None:
    made = leaf(uses=None)
    assert check([made]) == [made]


@pytest.mark.parametrize("told_by_cacerts", [True, False])
def test_authorities_in_between_are_shown_to_the_broker_in_their_order(told_by_cacerts: bool) -> None:
    made = leaf(BETWEEN)
    if told_by_cacerts:
        assert check([made], [BETWEEN.cert, ROOT.cert]) == [made, BETWEEN.cert]
    else:
        assert check([ROOT.cert, BETWEEN.cert, made]) == [made, BETWEEN.cert]


def test_who_gives_every_device_one_name_need_not_name_it() -> None:
    made = leaf(name="any device")
    assert check([made], client_id=None) == [made]


def test_one_that_names_the_client_id_is_not_yet_the_one_of_this_device() -> None:
    alternative = x509.SubjectAlternativeName([x509.DNSName(CLIENT_ID)])
    made = leaf(name="plant-1/hall-9", alternative=alternative)
    assert check([made]) == [made]
    assert check([made], common_name="plant-1/hall-9") == [made]
    with pytest.raises(ClaimRefused, match=r"plant-1/hall-9, .*that has another common name than plant-1/hall-1"):
        check([made], common_name="plant-1/hall-1")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([leaf(key=FOREIGN.key)], "for another key than this device's"),
        ([ROOT.cert], "for another key than this device's"),
        ([leaf(name="somebody-else")], f"a certificate of somebody-else that does not name the client id {CLIENT_ID}"),
        ([leaf(ca=True)], "the certificate of an authority"),
        ([leaf(uses=[ExtendedKeyUsageOID.SERVER_AUTH])], "not for clients"),
        ([leaf(FOREIGN)], "none of its own authorities"),
        # A server may send its root along; that makes nobody trust it.
        ([leaf(FOREIGN), FOREIGN.cert], "none of its own authorities"),
        ([leaf(BETWEEN)], "none of its own authorities"),
    ],
)
def test_one_that_is_not_ours_is_refused(given: list[x509.Certificate], words: str) -> None:
    with pytest.raises(ClaimRefused, match=words):
        check(given)


@pytest.mark.parametrize("ca", [False, None], ids=["it says no", "it says nothing"])
def test_who_is_no_authority_signs_nothing(ca: bool | None) -> None:
    device = Maker("a device", ROOT, ca=ca)
    with pytest.raises(ClaimRefused, match="none of its own authorities"):
        check([leaf(device), device.cert])


def test_a_name_alone_makes_no_authority() -> None:
    with pytest.raises(ClaimRefused, match="none of its own authorities"):
        check([leaf(Maker("root"))])


def test_two_that_signed_each_other_lead_nowhere() -> None:
    one, other = Maker("one"), Maker("other")
    crossed = [one.sign(other.name, other.key, ca=True, uses=None), other.sign(one.name, one.key, ca=True, uses=None)]
    with pytest.raises(ClaimRefused, match="none of its own authorities"):
        check([leaf(one), *crossed], [ROOT.cert, *crossed])


OVER, TO_COME = leaf(from_days=-9, to_days=-2), leaf(from_days=2)


@pytest.mark.parametrize("made", [OVER, TO_COME])
def test_a_renewal_that_is_not_valid_now_may_be_so_later_and_the_present_one_stays(made: x509.Certificate) -> None:
    with pytest.raises(ClaimDelayed, match="correct the authority's clock"):
        check_time([made], Now(NOW, synchronised=True), of_invitation=False)
    with pytest.raises(ClaimDelayed, match=r"this clock follows no time server: set it \(`timedatectl`\)"):
        check_time([made], Now(NOW, synchronised=False), of_invitation=False)


def test_what_came_of_an_invitation_is_not_lost_over_a_clock_that_may_be_wrong() -> None:
    check_time([TO_COME], Now(NOW, synchronised=True), of_invitation=True)
    for made in (OVER, TO_COME):
        check_time([made], Now(NOW, synchronised=False), of_invitation=True)
    with pytest.raises(ClaimDelayed, match="correct the authority's clock"):
        check_time([OVER], Now(NOW, synchronised=True), of_invitation=True)
