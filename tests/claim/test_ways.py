"""What a device does with what it has: no state is one from which it never comes to a certificate again."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from claim_bench import real_now
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from edge_agent.claim.standing import Standing, Way, ways

KEY = ec.generate_private_key(ec.SECP256R1())
CLAIM, RENEW = Way.CLAIM, Way.RENEW


def aged(days: int) -> x509.Certificate:
    """Good for ninety days, of which so many are over."""
    begins = real_now() - timedelta(days=days)
    name = x509.Name([])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(KEY.public_key())
    builder = builder.serial_number(1).not_valid_before(begins).not_valid_after(begins + timedelta(days=90))
    return builder.sign(KEY, hashes.SHA256())


def has(days: int | None, token: str | None, *, used: bool = False) -> Standing:
    return Standing(KEY, None if days is None else aged(days), token, used)


@pytest.mark.parametrize(
    ("days", "new", "old", "without"),
    [
        (None, (CLAIM,), (CLAIM,), (CLAIM,)),
        (1, (CLAIM,), (), ()),
        (61, (CLAIM, RENEW), (RENEW, CLAIM), (RENEW,)),
        (91, (CLAIM, RENEW), (CLAIM, RENEW), (RENEW,)),
    ],
    ids=["none", "good for long", "to be renewed", "expired"],
)
def test_what_is_tried_and_in_which_order(
    days: int | None, new: tuple[Way, ...], old: tuple[Way, ...], without: tuple[Way, ...]
) -> None:
    now = real_now()
    assert ways(has(days, "token"), now) == new
    assert ways(has(days, "token", used=True), now) == old
    assert ways(has(days, None), now) == without


def test_by_whatever_clock_a_new_token_is_tried_and_so_is_any_before_a_device_is_given_up() -> None:
    clocks = [real_now() + timedelta(days=each) for each in (-9000, 0, 9000)]
    for days, now in itertools.product((None, 1, 61, 91), clocks):
        assert CLAIM in ways(has(days, "token"), now)
        assert ways(has(days, "token", used=True), now) == () or CLAIM in ways(has(days, "token", used=True), now)
