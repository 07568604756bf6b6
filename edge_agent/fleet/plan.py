"""The plan of a rollout: stages, when to go on, and when to stop. Kept in a file of the operator's directory."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timezone
from enum import Enum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, TypeAdapter, ValidationError

from edge_agent.errors import FleetError
from edge_agent.runtime.replace_file import replace_file
from edge_agent.update.pointer import GROUP_PATTERN, AbortRule
from edge_agent.update.signed_file import ModelName, ModelVersion, Sha256
from edge_agent.update.takes_part import takes_part
from edge_agent.update.window import MaintenanceWindow

PERCENTS = (1, 10, 50, 100)
"""Stages of a group where nothing else is asked for. Our own: ten devices are all at once little at 10 %, and ten
thousand have a hundred at 1 %."""

LONGEST_TRIAL_S = 90_000.0
"""For so long beyond `trial_s` a device may be on trial: the day by which it prolongs one that saw too few people
(``updater/trial_watch.py``), and an hour for its clock and ours."""

_ALL = 100
_STRICT = ConfigDict(extra="forbid", strict=True)
_Utc = Annotated[AwareDatetime, AfterValidator(lambda at: at.astimezone(timezone.utc))]


class PlanState(str, Enum):
    """Where a rollout stands."""

    RUNNING = "running"
    PAUSED = "paused"
    HALTED = "halted"
    ROLLED_BACK = "rolled_back"
    DONE = "done"

    @property
    def open(self) -> bool:
        """Whether it may still go on."""
        return self in (PlanState.RUNNING, PlanState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """So many percent of a group."""

    __pydantic_config__ = _STRICT

    group: Annotated[str, Field(pattern=GROUP_PATTERN)]
    percent: Annotated[int, Field(ge=1, le=100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """What a group ran before."""

    __pydantic_config__ = _STRICT

    group: str
    name: ModelName
    version: ModelVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One release on its way through its stages."""

    __pydantic_config__ = _STRICT

    schema_version: Annotated[int, Field(ge=1, le=1)] = 1
    group: Annotated[str, Field(pattern=GROUP_PATTERN)]
    """Whose plan it is; a canary group may come before it."""
    rollout: str
    """Identifier, as in the pointers."""
    name: ModelName
    version: ModelVersion
    release_sha256: Sha256
    stages: Annotated[tuple[Stage, ...], Field(min_length=1)]
    stage: Annotated[int, Field(ge=0)] = 0
    """Index of the stage that goes on."""
    stage_since: _Utc
    """When that began."""
    counters: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """Of the pointers that opened the stages that were reached: what a device says with an earlier one is not of this
    rollout."""
    state: PlanState = PlanState.RUNNING
    reason: str = ""
    """Why it was halted."""
    success_threshold: Annotated[float, Field(gt=0, le=1)] = 0.95
    """Go on when this part of the stage's devices have committed. Our own: one device in twenty is usually off."""
    soak_s: Annotated[float, Field(ge=0)] = 0.0
    """And not before so many seconds, however well it goes."""
    silence_s: Annotated[float, Field(gt=0)] = 86_400.0
    """After so many seconds of a stage, who has not committed and has said nothing at all for so long counts as failed
    (a trial may last longer: `LONGEST_TRIAL_S`). Who waits does not: the release has not run there. Our own: a device
    says where it stands at every look, each hour, also outside of its windows."""
    abort: AbortRule = field(default_factory=AbortRule)
    windows: tuple[MaintenanceWindow, ...] = ()
    deadline: _Utc | None = None
    trial_s: float = 600.0
    former: tuple[Former, ...] = ()
    """What the groups ran before; a group without any is not listed."""

    @property
    def current(self) -> Stage:
        """The stage that goes on."""
        return self.stages[self.stage]

    @property
    def reached(self) -> dict[str, int]:
        """Percentage of each group that has been allowed to begin."""
        return {stage.group: stage.percent for stage in self.stages[: self.stage + 1]}

    def counter_of(self, group: str, device: str) -> int:
        """Of the pointer with which a device's turn came; 0 where it has not."""
        for stage, counter in zip(self.stages, self.counters, strict=False):
            if stage.group == group and takes_part(self.rollout, device, stage.percent):
                return counter
        return 0


_ADAPTER = TypeAdapter(Plan)


def stages_of(group: str, percents: tuple[int, ...], canary: str | None) -> tuple[Stage, ...]:
    """The canary group first, all of it; then the group in growing parts.

    Raises:
        FleetError: The percentages do not grow.
    """
    if list(percents) != sorted({*percents}) or not percents:
        raise FleetError(f"stages {','.join(map(str, percents))}: each must be greater than the one before")
    if percents[0] < 1 or percents[-1] > _ALL:
        raise FleetError(f"stages {','.join(map(str, percents))}: write whole percentages, 1 to {_ALL}, as in 1,10,100")
    first = (Stage(group=canary, percent=_ALL),) if canary is not None and canary != group else ()
    return (*first, *(Stage(group=group, percent=percent) for percent in percents))


def plan_file(directory: Path, group: str) -> Path:
    """Where a group's plan is kept."""
    return directory / f"{group}.plan.json"


def read_plan(directory: Path, group: str) -> Plan:
    """The last plan of a group.

    Raises:
        FleetError: There is none, or it cannot be understood.
    """
    file = plan_file(directory, group)
    try:
        return _ADAPTER.validate_json(file.read_bytes())
    except FileNotFoundError as error:
        raise FleetError(
            f"group {group} has no rollout: `edge-agent-fleet rollout start --group {group} NAME VERSION`"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        raise FleetError(f"{file}: {'.'.join(map(str, first['loc']))}: {first['msg']}: correct it") from error


def read_plans(directory: Path) -> list[Plan]:
    """The last plan of every group."""
    return [
        read_plan(directory, file.name.removesuffix(".plan.json")) for file in sorted(directory.glob("*.plan.json"))
    ]


def checked(plan: Plan) -> Plan:
    """The plan, if its file could be read again.

    Raises:
        FleetError: A value is not allowed.
    """
    try:
        return _ADAPTER.validate_json(_ADAPTER.dump_json(plan))
    except ValidationError as error:
        first = error.errors()[0]
        raise FleetError(f"the rollout is refused: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def save_plan(directory: Path, plan: Plan) -> None:
    """Write a plan, whole."""
    directory.mkdir(parents=True, exist_ok=True)
    replace_file(plan_file(directory, plan.group), _ADAPTER.dump_json(plan, indent=1) + b"\n")
