"""The controller at its edges: what it has not heard, it does not judge; what others changed, it does not overwrite."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from mosquitto import Mosquitto
from operator_and_device import NAME, Operator

from edge_agent.errors import BrokerError, FleetError
from edge_agent.fleet.bench import Bench
from edge_agent.fleet.conductor import Conductor
from edge_agent.fleet.decide import Advance, Halt, Wait
from edge_agent.fleet.listener import FleetListener, listening
from edge_agent.fleet.plan import Plan, PlanState, read_plan
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.update.status_payload import JobStatus, UpdateStatus
from edge_agent.update.takes_part import takes_part

NOW = datetime.now(timezone.utc) + timedelta(hours=12)  # after every plan that these tests begin


class Heard:
    """Devices that said what the test lets them say."""

    def __init__(self, release: str, status: JobStatus, *, settled: bool = True, rollout: str | None = None) -> None:
        self._settled = settled
        self._statuses = {
            f"plant/{number}": UpdateStatus(
                device=f"plant/{number}",
                group="plant-1",
                release=release,
                counter=2,
                rollout=rollout,
                status=status,
                state="X",
                at=NOW,
            )
            for number in range(100)
        }

    def settled(self) -> bool:
        return self._settled

    def statuses(self) -> dict[str, UpdateStatus]:
        return dict(self._statuses)


@pytest.fixture
def plan(operator: Operator) -> Plan:
    assert operator.run("rollout", "start", "--group", "plant-1", "--stages", "50,100", NAME, "1.1") == 0
    return read_plan(operator.workspace.rollouts, "plant-1")


def conductor(operator: Operator, heard: Heard) -> Conductor:
    return Conductor(operator.workspace, heard, operator.bench)


def now_plan(operator: Operator) -> Plan:
    return read_plan(operator.workspace.rollouts, "plant-1")


def test_each_turn_does_one_step_until_it_is_done(operator: Operator, plan: Plan) -> None:
    conducting = conductor(operator, Heard(plan.release_sha256, JobStatus.SUCCEEDED))
    turns = [conducting.turn("plant-1", NOW) for _ in range(3)]
    assert [type(turn.decision) for turn in turns] == [Advance, Advance, Wait]
    assert [turn.plan.stage for turn in turns] == [1, 1, 1]
    assert now_plan(operator).state is PlanState.DONE


def test_before_the_fleet_is_heard_nothing_is_judged(operator: Operator, plan: Plan) -> None:
    conducting = conductor(operator, Heard(plan.release_sha256, JobStatus.FAILED, settled=False))
    turn = conducting.turn("plant-1", NOW + timedelta(days=9))
    assert isinstance(turn.decision, Wait)
    assert now_plan(operator) == plan


def test_a_step_of_somebody_else_is_not_overwritten(operator: Operator, plan: Plan) -> None:
    @contextmanager
    def late() -> Iterator[Bench]:
        assert operator.run("rollout", "pause", "--group", "plant-1") == 0
        with operator.bench() as bench:
            yield bench

    conducting = Conductor(operator.workspace, Heard(plan.release_sha256, JobStatus.SUCCEEDED), late)
    assert isinstance(conducting.turn("plant-1", NOW).decision, Wait)
    assert now_plan(operator).state is PlanState.PAUSED


def test_failures_halt_and_the_reason_stands_in_the_plan(operator: Operator, plan: Plan) -> None:
    turn = conductor(operator, Heard(plan.release_sha256, JobStatus.FAILED)).turn("plant-1", NOW)
    assert isinstance(turn.decision, Halt)
    assert turn.plan.state is PlanState.HALTED
    assert "devices of plant-1 failed" in now_plan(operator).reason


def test_without_its_keys_it_stops_and_nothing_has_advanced(operator: Operator, plan: Plan, tmp_path: Path) -> None:
    operator.workspace.online_keys.rename(tmp_path / "gone")
    conducting = conductor(operator, Heard(plan.release_sha256, JobStatus.SUCCEEDED))
    with pytest.raises(FleetError, match="keys to sign"):
        conducting.turn("plant-1", NOW)
    assert now_plan(operator) == plan


@pytest.mark.broker
def test_while_the_broker_is_away_the_fleet_is_not_known(broker: Callable[..., Mosquitto], operator: Operator) -> None:
    mosquitto = broker()
    with listening(BrokerSettings(host="127.0.0.1", port=mosquitto.port), settle_s=0.1) as listener:
        wait_for(lambda: listener.settled())
        mosquitto.kill()
        wait_for(lambda: not listener.settled())
        mosquitto.start()
        wait_for(lambda: listener.settled())


@pytest.mark.broker
def test_a_user_who_may_not_listen_never_knows_the_fleet(broker: Callable[..., Mosquitto], tmp_path: Path) -> None:
    mosquitto = broker(users={"fleet": "secret"})
    password = tmp_path / "password"
    password.write_text("wrong")
    password.chmod(0o600)
    settings = BrokerSettings(host="127.0.0.1", port=mosquitto.port, username="fleet", password_file=password)
    listener = FleetListener(settings, settle_s=0.0)
    listener.start()
    try:
        wait_for(lambda: "not authorised" in mosquitto.log.read_text())
        assert not listener.settled()
    finally:
        listener.stop()


def test_without_a_broker_it_says_what_to_check(free_port: int) -> None:
    settings = BrokerSettings(host="127.0.0.1", port=free_port)
    with pytest.raises(BrokerError, match="check --broker"), listening(settings):
        pass


def wait_for(done: Callable[[], bool], timeout_s: float = 30.0) -> None:
    import time

    deadline_s = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)


class Again(Heard):
    """A fleet that failed in an earlier rollout of the release, and sees each pointer."""

    def look(self, plan: Plan) -> None:
        """Whose turn it is tries the release again, and commits it; the others repeat what became of it before."""
        for device, status in self._statuses.items():
            tries = takes_part(plan.rollout, device, plan.reached["plant-1"])
            news = {"status": JobStatus.SUCCEEDED if tries else status.status, "counter": plan.counters[-1]}
            if tries and status.rollout is not None:
                news["rollout"] = plan.rollout
            self._statuses[device] = status.model_copy(update=news)


@pytest.mark.parametrize("former", [None, "former"], ids=["older agents", "agents that name the rollout"])
def test_failures_of_an_earlier_rollout_do_not_halt_a_second_one(operator: Operator, former: str | None) -> None:
    assert operator.run("publish", "--group", "plant-1", NAME, "1.1") == 0  # counter 2, with which they failed
    assert operator.run("rollout", "start", "--group", "plant-1", "--stages", "30,60,100", NAME, "1.1") == 0
    fleet = Again(now_plan(operator).release_sha256, JobStatus.FAILED, rollout=former)
    conducting = conductor(operator, fleet)
    for stage in range(3):
        assert isinstance(conducting.turn("plant-1", NOW).decision, Wait), "nobody has tried it again yet"
        fleet.look(now_plan(operator))
        assert isinstance(conducting.turn("plant-1", NOW).decision, Advance), stage
    assert now_plan(operator).state is PlanState.DONE


@pytest.mark.parametrize(("named", "decision"), [(False, Wait), (True, Halt)])
def test_after_a_pause_an_older_agents_failure_counts_once_it_has_looked_again(
    operator: Operator, plan: Plan, named: bool, decision: type
) -> None:
    assert operator.run("rollout", "pause", "--group", "plant-1") == 0
    assert operator.run("rollout", "resume", "--group", "plant-1") == 0
    # All with the counter of before the pause: only who names the rollout is known to have failed in it.
    fleet = Heard(plan.release_sha256, JobStatus.FAILED, rollout=plan.rollout if named else None)
    assert isinstance(conductor(operator, fleet).turn("plant-1", NOW).decision, decision)
