"""Who is obeyed, and who is told why not."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from signers import KEY, NOW, OTHER, JudgingDevice, envelope, signed, signed_config

from edge_agent.command.bytes_to_command import MAX_COMMAND_BYTES
from edge_agent.command.command_settings import CommandSettings
from edge_agent.command.jws import CONFIG_TYPE, to_base64url
from edge_agent.errors import CommandRefused

Build = Callable[..., JudgingDevice]


def test_a_good_command_is_obeyed_with_its_arguments_and_its_key_is_known(device: Build) -> None:
    command = device().judge("snooze", signed(envelope()), retained=False)
    assert (command.name, command.cmd_id, command.kid) == ("snooze", "id-00000001", "desk")
    assert command.arguments.model_dump() == {"zone": "press", "seconds": 60, "reason": "maintenance", "rule": None}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"aud": "plant-1/dev-2"}, "wrong_audience"),
        ({"aud": "plant-1/*"}, "wrong_audience"),
        ({"aud": "plant-1/dev-1 "}, "wrong_audience"),
        ({"cmd": "identify"}, "wrong_topic"),
        ({"cmd": None}, "malformed"),
        ({"cmd_id": "short"}, "malformed"),
        ({"cmd_id": "id-00000001\n"}, "malformed"),
        ({"surplus": 1}, "malformed"),
        ({"iat": float(NOW)}, "malformed"),
        ({"iat": True}, "malformed"),
        ({"iat": NOW + 31, "exp": NOW + 60}, "not_yet_valid"),
        ({"iat": NOW - 60, "exp": NOW}, "expired"),
        ({"exp": NOW + 301}, "lifetime_too_long"),
        ({"exp": NOW}, "lifetime_too_long"),
        ({"args": {"zone": "press", "seconds": 60}}, "bad_arguments"),
        ({"args": {"zone": "../x", "seconds": 60, "reason": "a"}}, "bad_arguments"),
        ({"args": {"zone": "press", "seconds": "60", "reason": "a"}}, "bad_arguments"),
        ({"args": {"zone": "press", "seconds": 60, "reason": "a", "x": 1}}, "bad_arguments"),
        ({"args": []}, "malformed"),
        ({"nonce": "made-up"}, "bad_nonce"),
    ],
)
def test_what_is_signed_well_and_yet_wrong_is_refused_with_its_reason(
    device: Build, change: dict[str, Any], reason: str
) -> None:
    assert device().reason(signed(envelope(**change))) == reason


def test_what_nobody_knows_is_unsupported_and_what_the_key_may_not_is_not_allowed(device: Build) -> None:
    one = device(key={"allow": ("identify",)})
    assert one.reason(signed(envelope(cmd="dance")), "dance") == "unsupported"
    assert one.reason(signed(envelope())) == "not_allowed"
    assert one.reason(signed(envelope(cmd="identify", args={})), "identify") == "obeyed"


def test_another_key_another_algorithm_and_another_type_do_not_sign(device: Build) -> None:
    one, good = device(), signed(envelope())
    header, payload, _ = good.split(b".")
    assert one.reason(signed(envelope(), key=OTHER)) == "bad_signature"
    assert one.reason(signed(envelope(), kid="nobody")) == "unknown_key"
    assert one.reason(signed(envelope(), typ=CONFIG_TYPE)) == "malformed"
    for alg in ("none", "HS256", "ES256", "eddsa", None, ["EdDSA"]):
        fields = {"alg": alg, "kid": "desk", "typ": "edge-agent-cmd.v1"}
        other = to_base64url(json.dumps(fields).encode())
        assert one.reason(b".".join((other, payload, to_base64url(KEY.sign(other + b"." + payload))))) == "malformed"
    crit = to_base64url(json.dumps({"alg": "EdDSA", "kid": "desk", "typ": "edge-agent-cmd.v1", "crit": []}).encode())
    assert one.reason(b".".join((crit, payload, to_base64url(KEY.sign(crit + b"." + payload))))) == "malformed"
    assert one.reason(b".".join((header, payload, b""))) == "malformed"
    assert one.reason(good) == "obeyed", "none of these used the command up"


def test_a_signature_has_one_text_only(device: Build) -> None:
    one, good = device(), signed(envelope())
    assert one.reason(good + b"==") == "malformed"
    last = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    value = last.index(good[-1:])
    assert one.reason(good[:-1] + last[value ^ 1 : (value ^ 1) + 1]) == "malformed", "bits that mean nothing"
    assert one.reason(base64.b64encode(good)) == "malformed"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"null",
        b"[]",
        b'{"aud":"plant-1/dev-1","aud":"plant-1/dev-1"}',
        b'{"iat":NaN}',
        b'{"iat":1e999}',
        b'{"iat":' + b"1" * 5000 + b"}",
        b'{"aud":"\\ud800"}',
        b"\xff\xfe",
        b"[" * 4000,
        b'{"args":' * 500 + b"1" + b"}" * 500,
        b"{" + b'"a":"' + b"[" * 100,
    ],
)
def test_json_that_is_not_what_it_should_be_is_malformed_even_when_signed(device: Build, payload: bytes) -> None:
    assert device().reason(signed(payload)) == "malformed"


def test_a_command_is_obeyed_once_and_not_after_a_restart_either(device: Build) -> None:
    one, good = device(), signed(envelope())
    assert one.reason(good) == "obeyed"
    assert one.reason(good) == "duplicate"
    one.ledger.close()
    one.restart()
    assert one.reason(good) == "duplicate"
    one.clock.pass_s(61.0)
    assert one.reason(good) == "expired"


def test_retained_and_too_large_are_not_looked_at(device: Build) -> None:
    one, good = device(), signed(envelope())
    assert one.reason(good, retained=True) == "retained"
    assert one.reason(good + b" " * MAX_COMMAND_BYTES) == "too_large"
    assert one.reason(good) == "obeyed"


def test_without_a_key_nobody_is_obeyed(device: Build) -> None:
    assert device(keys=()).reason(signed(envelope())) == "commands_off"
    assert CommandSettings().keys == (), "and that is the default"


def test_without_the_time_only_a_nonce_of_this_run_counts_once_and_for_a_minute(device: Build) -> None:
    one = device()
    one.clock.synced = False
    one.clock.wall = 100.0  # a device without a battery for its clock, just switched on
    assert one.reason(signed(envelope())) == "clock_unsynced"
    nonce = one.judge.challenge(b"", retained=False)
    assert one.reason(signed(envelope(nonce=nonce))) == "obeyed"
    assert one.reason(signed(envelope(nonce=nonce, cmd_id="id-00000002"))) == "bad_nonce"
    late = one.judge.challenge(b"", retained=False)
    one.clock.pass_s(60.0)
    assert one.reason(signed(envelope(nonce=late, cmd_id="id-00000003"))) == "bad_nonce"
    before = one.judge.challenge(b"", retained=False)
    one.ledger.close()
    one.restart()
    assert one.reason(signed(envelope(nonce=before, cmd_id="id-00000004"))) == "bad_nonce"


def test_asking_for_many_nonces_takes_none_from_anybody(device: Build) -> None:
    one = device()
    one.clock.synced = False
    mine = one.judge.challenge(b"", retained=False)
    for _ in range(500):
        one.clock.pass_s(0.06)
        one.judge.challenge(b"", retained=False)
    assert one.reason(signed(envelope(nonce=mine))) == "obeyed"


def test_a_key_has_so_many_commands_a_minute_and_strangers_take_none_of_them(device: Build) -> None:
    one = device(per_minute=3)
    for number in range(20):
        assert one.reason(signed(envelope(), key=OTHER, kid="desk")) == "bad_signature", number
    reasons = [one.reason(signed(envelope(cmd_id=f"id-{number:08}"))) for number in range(4)]
    assert reasons == ["obeyed"] * 3 + ["rate_limited"]
    one.clock.pass_s(20.0)
    assert one.reason(signed(envelope(cmd_id="id-00000009"))) == "obeyed"


def test_a_flood_is_not_even_checked(device: Build) -> None:
    one = device()
    reasons = [one.reason(b"x") for _ in range(100)]
    assert reasons == ["malformed"] * 40 + ["rate_limited"] * 60


def test_a_site_wide_command_needs_a_key_that_may(device: Build) -> None:
    assert device(key={"site_wide": True}).reason(signed(envelope(aud="plant-1/*"))) == "obeyed"


def test_the_id_of_a_command_is_repeated_only_where_its_signature_is_good(device: Build) -> None:
    one = device()
    for payload, cmd_id in ((signed(envelope(aud="x/y")), "id-00000001"), (signed(envelope(), key=OTHER), None)):
        with pytest.raises(CommandRefused) as refused:
            one.judge("snooze", payload, retained=False)
        assert refused.value.cmd_id == cmd_id


def test_a_desired_configuration_is_signed_like_a_command_and_is_none(device: Build) -> None:
    one = device()
    desired = one.judge_config(signed_config(7, {"score": 0.5}))
    assert (desired.version, desired.document, desired.kid) == (7, {"score": 0.5}, "desk")
    assert one.reason(signed_config(7, {})) == "malformed"
    for payload, reason in [
        (signed(envelope()), "malformed"),
        (signed_config(0, {}), "malformed"),
        (signed_config(1, []), "malformed"),
        (signed_config(1, {}, aud="plant-1/dev-2"), "wrong_audience"),
        (b"x" * 70_000, "too_large"),
    ]:
        with pytest.raises(CommandRefused) as refused:
            one.judge_config(payload)
        assert refused.value.reason == reason
