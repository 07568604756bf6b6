"""The steps of a rollout: each publishes pointers first and then notes it in the plan.

After a power cut between the two the plan is one step behind: the step is done again, with a greater counter, and
nothing is left out.
"""

from __future__ import annotations

from dataclasses import replace

from edge_agent.errors import FleetError
from edge_agent.fleet.bench import Bench
from edge_agent.fleet.plan import Former, Plan, PlanState, checked, read_plans, save_plan
from edge_agent.fleet.pointers import Choice, Terms, point_at, revoke, set_percent
from edge_agent.update.pointer import Pointer


def need_free(bench: Bench, groups: set[str]) -> None:
    """Let nobody point a group elsewhere while a rollout goes on in it.

    Raises:
        FleetError: One does, which may be paused.
    """
    for plan in read_plans(bench.workspace.rollouts):
        taken = groups & {stage.group for stage in plan.stages}
        if plan.state.open and taken:
            raise FleetError(
                f"{plan.name} {plan.version} is being rolled out in {', '.join(sorted(taken))}: let it end, or "
                f"`edge-agent-fleet rollout halt --group {plan.group}`"
            )


def start(bench: Bench, plan: Plan) -> Plan:
    """Begin with the first stage.

    Raises:
        FleetError: A group or the release is missing or revoked, or another rollout goes on in one of the groups.
    """
    groups = {stage.group for stage in plan.stages}
    need_free(bench, groups)
    before = {group: bench.edition.pointer(bench.files, group) for group in groups}
    former = tuple(
        Former(group=group, name=pointer.name, version=pointer.version)
        for group, pointer in sorted(before.items())
        if pointer is not None and pointer.release_sha256 != plan.release_sha256
    )
    plan = checked(replace(plan, former=former, stage=0, stage_since=bench.now))
    return _done(bench, replace(plan, counters=(_point(bench, plan).counter,)))


def advance(bench: Bench, plan: Plan) -> Plan:
    """Go on to the next stage; after the last one the rollout is done.

    Raises:
        FleetError: It does not run, or somebody has pointed the group elsewhere.
    """
    _need(plan, PlanState.RUNNING)
    if plan.stage + 1 == len(plan.stages):
        return _done(bench, replace(plan, state=PlanState.DONE))
    before, plan = plan, replace(plan, stage=plan.stage + 1, stage_since=bench.now)
    if plan.current.group in before.reached:
        pointer = _let_begin(bench, plan, plan.current.group, plan.current.percent)
    else:
        pointer = _point(bench, plan)
    return _done(bench, replace(plan, counters=(*plan.counters, pointer.counter)))


def pause(bench: Bench, plan: Plan) -> Plan:
    """Let no more device begin; who has the release keeps it."""
    _need(plan, PlanState.RUNNING)
    for group in plan.reached:
        _let_begin(bench, plan, group, 0)
    return _done(bench, replace(plan, state=PlanState.PAUSED))


def resume(bench: Bench, plan: Plan) -> Plan:
    """Go on where it was paused; the stage's deadline begins anew.

    Who looked during the pause has seen its pointers, and perhaps never was allowed to begin: what counts are words
    with the pointers from now on, and devices say theirs again at every look.
    """
    _need(plan, PlanState.PAUSED)
    opened = {group: _let_begin(bench, plan, group, percent).counter for group, percent in plan.reached.items()}
    counters = tuple(opened[stage.group] for stage in plan.stages[: plan.stage + 1])
    return _done(bench, replace(plan, state=PlanState.RUNNING, stage_since=bench.now, counters=counters))


def halt(bench: Bench, plan: Plan, reason: str) -> Plan:
    """Let no device begin, and let every device that has the release go back to its last good model."""
    if plan.state in (PlanState.HALTED, PlanState.ROLLED_BACK):
        return plan
    revoke(bench.edition, bench.files, plan.reached, plan.release_sha256)
    return _done(bench, replace(plan, state=PlanState.HALTED, reason=reason))


def roll_back(bench: Bench, plan: Plan, reason: str) -> Plan:
    """Halt, and point every group that was reached at the release that it had before.

    A group that had none, or one that was revoked, is halted only: its devices go back by themselves. One that was
    pointed elsewhere since is left alone.
    """
    revoke(bench.edition, bench.files, plan.reached, plan.release_sha256)
    back = f"{plan.rollout}.back"
    for former in plan.former:
        pointer = bench.edition.pointer(bench.files, former.group)
        _, sha256 = bench.edition.release(bench.files, former.name, former.version)
        if pointer is None or former.group not in plan.reached or pointer.rollout not in (plan.rollout, back):
            continue
        if sha256 not in (*pointer.revoked, *bench.settings.revoked):
            choice = Choice(
                name=former.name,
                version=former.version,
                rollout=back,
                percent=100,
                revoked=bench.settings.revoked,
            )
            point_at(bench.edition, bench.files, former.group, choice, _terms(plan))
    return _done(bench, replace(plan, state=PlanState.ROLLED_BACK, reason=plan.reason or reason))


def _point(bench: Bench, plan: Plan) -> Pointer:
    choice = Choice(
        name=plan.name,
        version=plan.version,
        rollout=plan.rollout,
        percent=plan.current.percent,
        revoked=bench.settings.revoked,
    )
    return point_at(bench.edition, bench.files, plan.current.group, choice, _terms(plan))


def _let_begin(bench: Bench, plan: Plan, group: str, percent: int) -> Pointer:
    return set_percent(bench.edition, bench.files, group, plan.rollout, percent)


def _terms(plan: Plan) -> Terms:
    return Terms(windows=plan.windows, deadline=plan.deadline, abort=plan.abort, trial_s=plan.trial_s)


def _need(plan: Plan, state: PlanState) -> None:
    if plan.state is not state:
        raise FleetError(f"the rollout of {plan.name} {plan.version} is {plan.state.value}, and not {state.value}")


def _done(bench: Bench, plan: Plan) -> Plan:
    bench.publish()
    save_plan(bench.workspace.rollouts, plan)
    return plan
