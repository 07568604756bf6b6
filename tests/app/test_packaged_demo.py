"""README's first promise: clip, model and rules that come with the agent tell the story, on either broker."""

from __future__ import annotations

import pytest
from mosquitto import require_mosquitto

from edge_agent.app.demo import local_broker
from edge_agent.app.demo.story import packaged_story, read_story
from edge_agent.cli.main import main

pytestmark = [pytest.mark.broker, pytest.mark.slow]


@pytest.mark.parametrize("broker", ["mosquitto", "amqtt"])
def test_every_scripted_incident_is_raised_exactly_once_and_none_besides(
    broker: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if broker == "mosquitto":
        require_mosquitto()
    else:
        pytest.importorskip("amqtt")
        monkeypatch.setenv("PATH", "/nowhere")
        monkeypatch.setattr(local_broker, "_SYSTEM_PROGRAMS", "/nowhere")
    code = main(["demo"])
    said = capsys.readouterr().out
    assert said.startswith(f"broker      {broker} on ")
    assert code == 0, said
    script = read_story(packaged_story()).expected
    assert {incident.rule for incident in script} == {"zone_entry", "bend_hold", "fall"}
    for incident in script:
        assert said.count(f"  {incident.rule.replace('_', ' ').upper()} raised ") == 1
