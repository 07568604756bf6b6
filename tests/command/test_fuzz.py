"""A hundred thousand messages from somebody who has no key, but has seen commands: none is obeyed."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable

import pytest
from signers import KEY, NOW, OTHER, JudgingDevice, envelope, signed

from edge_agent.command.jws import to_base64url
from edge_agent.command.reason import Reason

INPUTS = 100_000
SEED = 20_261_121
_WORDS = (b"{", b"[", b'"', b".", b"=", b"\x00", b"\xff\xfe", b"null", b"NaN", b"1e999", b"[" * 500, b'{"a":' * 300)


def mutated(rng: random.Random, raw: bytes) -> bytes:
    """One small or large change."""
    data = bytearray(raw)
    at = rng.randrange(len(data))
    match rng.randrange(7):
        case 0:
            data[at] ^= 1 << rng.randrange(8)
        case 1:
            del data[at : at + rng.randrange(1, 40)]
        case 2:
            data[at:at] = rng.choice(_WORDS)
        case 3:
            data[at:at] = rng.randbytes(rng.randrange(1, 60))
        case 4:
            data = data[: at + 1]
        case 5:
            data *= rng.randrange(2, 30)
        case 6:
            data = bytearray(rng.randbytes(rng.randrange(0, 200)))
    return bytes(data)


def forged(rng: random.Random) -> bytes:
    """A message that is built well by somebody without the key: another payload, header or signature."""
    good = signed(envelope(cmd_id=f"id-{rng.randrange(10**8):08}"))
    header, payload, signature = good.split(b".")
    match rng.randrange(5):
        case 0:
            payload = to_base64url(json.dumps(envelope(exp=NOW + rng.randrange(1, 300))).encode() + b" ")
        case 1:
            payload = to_base64url(mutated(rng, json.dumps(envelope()).encode()))
        case 2:
            header = to_base64url(mutated(rng, b'{"alg":"EdDSA","kid":"desk","typ":"edge-agent-cmd.v1"}'))
        case 3:
            signature = to_base64url(OTHER.sign(header + b"." + payload))
        case 4:
            signature = to_base64url(bytes(64))
    made = b".".join((header, payload, signature))
    return made if made != good else b""  # a change that left things as they were


def signed_nonsense(rng: random.Random) -> bytes:
    """The worst case: the right key signs bytes that are no command."""
    return signed(mutated(rng, json.dumps(envelope(aud="plant-1/dev-2")).encode()), key=KEY)


@pytest.mark.slow
def test_a_hundred_thousand_bad_messages_are_refused_with_a_reason_and_none_is_obeyed(
    device: Callable[..., JudgingDevice],
) -> None:
    rng = random.Random(SEED)
    one = device()
    one.judge._ledger = None  # type: ignore[assignment]  # whatever reached it would have been obeyed, and ends the test
    valid = signed(envelope())
    tally: Counter[str] = Counter()
    for number in range(INPUTS):
        one.clock.monotonic += 1.0  # no flood: each is looked at
        kind = rng.random()
        raw = mutated(rng, valid) if kind < 0.7 else forged(rng) if kind < 0.9 else signed_nonsense(rng)
        if raw == valid:
            continue
        tally[one.reason(raw, retained=number % 50 == 0)] += 1
    assert "obeyed" not in tally
    assert set(tally) <= {reason.value for reason in Reason}
    assert {"malformed", "bad_signature", "too_large", "retained", "unknown_key", "wrong_audience"} <= set(tally)


@pytest.mark.parametrize("topic", ["", "x" * 65_000, "\ud800", "..", "snooze/x", "SNOOZE"])
def test_a_topic_that_is_no_command_makes_no_difference(device: Callable[..., JudgingDevice], topic: str) -> None:
    assert device().reason(signed(envelope()), topic) == "wrong_topic"
