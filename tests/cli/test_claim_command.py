"""`edge-agent claim` as it is typed, and what the configuration may say about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from claim_bench import Fleet

from edge_agent.cli.main import main


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    made = Fleet(tmp_path / "fleet")
    yield made
    made.stop()


def write(directory: Path, tls: dict[str, Any] | None) -> str:
    document: dict[str, Any] = {
        "site": "plant-1",
        "device": "hall-1",
        "state_dir": "state",
        "cameras": [{"name": "cam", "source": {"type": "v4l2", "device": "/dev/video0"}}],
        "mqtt": {"host": "broker.example"},
    }
    if tls is not None:
        document["mqtt"]["tls"] = tls
    file = directory / "config.yaml"
    file.write_text(yaml.safe_dump(document))
    return str(file)


def claiming(directory: Path, url: str, token: str) -> str:
    secret = directory / "token"
    secret.touch(0o600)
    secret.write_text(token + "\n")
    claim = {"url": url, "ca_file": "fleet/claims/ca.pem", "token_file": "token"}
    return write(directory, {"cert_file": "claim/device.pem", "key_file": "claim/device.key", "claim": claim})


def test_it_claims_and_then_says_what_it_has(fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = claiming(tmp_path, fleet.url, fleet.invite())
    assert main(["claim", "status", "--config", config]) == 0
    assert "not made yet" in capsys.readouterr().out
    assert main(["claim", "run", "--once", "--config", config]) == 0
    assert (tmp_path / "claim" / "device.pem").is_file()
    assert main(["claim", "status", "--config", config]) == 0
    said = capsys.readouterr().out
    key = fleet.place.devices()["plant-1/hall-1"].key_sha256
    assert key is not None
    assert f"key          {key[:32]}" in said
    assert "renewal      from 20" in said
    assert main(["check-config", config]) == 0


def test_once_is_once_and_says_that_it_is_not_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], free_port: int
) -> None:
    config = claiming(tmp_path, f"https://127.0.0.1:{free_port}", "token")
    (tmp_path / "fleet" / "claims").mkdir(parents=True)
    made = Fleet(tmp_path / "other")
    made.stop()
    (tmp_path / "fleet" / "claims" / "ca.pem").write_bytes(made.place.ca.read_bytes())
    assert main(["claim", "run", "--once", "--config", config]) == 1
    error = capsys.readouterr().err
    assert "no certificate yet" in error
    assert error.endswith("edge-agent: not done: run it again later, or without --once\n")


def test_a_device_that_claims_nothing_is_no_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for action in ("run", "status"):
        assert main(["claim", action, "--config", write(tmp_path, None)]) == 0
        assert "nothing to claim" in capsys.readouterr().out


CLAIM = {"url": "https://est.example:8443", "ca_file": "ca.pem", "token_credential": "claim-token"}
FILES = {"cert_file": "device.pem", "key_file": "device.key"}


@pytest.mark.parametrize(
    ("tls", "words"),
    [
        ({"claim": CLAIM}, "mqtt.tls.claim: is given without `cert_file`"),
        (
            {"claim": CLAIM, "cert_file": "device.pem", "key_credential": "device-key"},
            "mqtt.tls.claim: is given without `key_file`",
        ),
        ({**FILES, "claim": {**CLAIM, "token_file": "t"}}, "is given beside `token_file`"),
        ({**FILES, "claim": {**CLAIM, "token_credential": "/etc/t"}}, "is not the name of a systemd credential"),
        ({**FILES, "claim": {**CLAIM, "url": "http://est.example"}}, "mqtt.tls.claim.url:"),
        ({**FILES, "claim": {**CLAIM, "url": "https://user:word@est.example"}}, "mqtt.tls.claim.url:"),
        ({**FILES, "claim": {**CLAIM, "url": "https://est.example/path"}}, "mqtt.tls.claim.url:"),
        ({**FILES, "claim": {**CLAIM, "label": "a/b"}}, "mqtt.tls.claim.label:"),
        ({**FILES, "claim": {"url": "https://est.example"}}, "ca_file"),
        *(
            ({**FILES, "claim": {**CLAIM, "url": url}}, "mqtt.tls.claim.url: is no address of a server")
            for url in ("https://[est", "https://est.example:99999")
        ),
        *(
            ({"cert_file": cert, "key_file": key, "claim": {**CLAIM, **more}}, f"the claim would write {clash} over")
            for cert, key, more, clash in (
                ("device.key", "device.key", {}, "device.key"),
                ("x/../device.key", "device.key", {}, "device.key"),
                ("device.csr", "device.key", {}, "device.csr"),
                ("device.pem", "device.csr", {}, "device.csr"),
                ("device.pem", "device.invitation", {}, "device.invitation"),
                ("device.new", "device.key", {}, "device.new"),
                ("device.pem", "device.new", {}, "device.new"),
                ("ca.pem", "device.key", {}, "ca.pem"),
                ("device.pem", "t", {"token_credential": None, "token_file": "t"}, "t"),
            )
        ),
    ],
)
def test_slips_of_the_configuration_are_told_with_their_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tls: dict[str, Any], words: str
) -> None:
    assert main(["check-config", write(tmp_path, tls)]) == 1
    assert words in capsys.readouterr().out


def test_what_the_service_does_not_look_for_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config", write(tmp_path, {**FILES, "claim": CLAIM})]) == 0
    words = (
        "mqtt.tls.cert_file: without a token edge-agent-claim.service starts where there is /var/lib/edge-agent/claim"
    )
    assert words in capsys.readouterr().out
    there = {name: f"/var/lib/edge-agent/claim/{file}" for name, file in FILES.items()}
    assert main(["check-config", write(tmp_path, {**there, "claim": CLAIM})]) == 0
    assert "edge-agent-claim.service" not in capsys.readouterr().out


@pytest.mark.parametrize("cert", ["claim/device.key", "{directory}/claim/device.key"], ids=["relative", "absolute"])
def test_a_claim_does_not_destroy_its_own_key(
    fleet: Fleet, tmp_path: Path, capsys: pytest.CaptureFixture[str], cert: str
) -> None:
    config = Path(claiming(tmp_path, fleet.url, fleet.invite()))
    config.write_text(config.read_text().replace("claim/device.pem", cert.format(directory=tmp_path)))
    assert main(["claim", "run", "--once", "--config", str(config)]) == 1
    assert "device.key" in capsys.readouterr().err
    assert not (tmp_path / "claim").exists()


def test_files_that_are_to_be_fetched_are_not_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config", write(tmp_path, {**FILES, "claim": CLAIM})]) == 0
    said = capsys.readouterr().out
    assert "device.pem is not there yet: `edge-agent claim run` fetches it" in said
    assert "device.pem is not on this machine" not in said
