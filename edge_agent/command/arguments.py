"""What each command takes."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge_agent.command.reason import Reason
from edge_agent.errors import CommandRefused

_Seq = Annotated[int, Field(ge=1, le=2**53 - 1)]  # RFC 8259, section 6: integers that every reader of JSON keeps exact


class Arguments(BaseModel):
    """Of one command; unknown ones and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class SnoozeArguments(Arguments):
    """Let a zone's incidents go unannounced for a while; they are still found, stored and published."""

    zone: str = Field(
        pattern="^[a-z0-9][a-z0-9-]{0,62}$",
        description="Name of the zone, or of the camera for what is in none, as in `alarm/{zone}`.",
    )
    seconds: int = Field(ge=0, description="For so long from now; 0 ends a snooze.")
    reason: str = Field(
        pattern="^[a-z0-9][a-z0-9_-]{0,39}$",
        description="One word for the record, as in `maintenance`. Published, so no name of a person.",
    )
    rule: str | None = Field(
        default=None,
        pattern="^[a-z][a-z0-9_]{0,39}$",
        description="Only this rule; every rule that may be snoozed where absent.",
    )


class AckAlarmArguments(Arguments):
    """Somebody has seen an incident and takes care. It goes on until it is over."""

    incident_id: str = Field(pattern="^[0-9a-f-]{36}$", description="As in `alarm/{zone}`.")


class ReplayArguments(Arguments):
    """Send events again that the broker has had, each with its old `id`, as `historical`."""

    from_seq: _Seq = Field(description="The first.")
    to_seq: _Seq = Field(description="The last.")


class SelfTestArguments(Arguments):
    """Check cameras, model, outbox, disk and clock."""

    publish: bool = Field(
        default=False, description="Whether to publish an event `self_test` too, to prove the way to the subscriber."
    )


class SupportBundleArguments(Arguments):
    """Write down on the device what somebody who helps needs to see, without secrets; only its place is told."""

    hide_names: bool = Field(default=False, description="Whether to take out host names and network addresses, too.")


class NoArguments(Arguments):
    """The command takes nothing."""


_CLASSES: dict[str, type[Arguments]] = {
    "snooze": SnoozeArguments,
    "ack_alarm": AckAlarmArguments,
    "replay": ReplayArguments,
    "self_test": SelfTestArguments,
    "identify": NoArguments,
    "reload": NoArguments,
    "support_bundle": SupportBundleArguments,
}
COMMANDS = tuple(_CLASSES)
"""Every command that must be signed."""
UPDATE_COMMANDS = ("check", "pause", "resume", "cancel", "rollback", "pin", "unpin")
"""Likewise, to the updater; none of them takes an argument."""


def to_arguments(command: str, fields: dict[str, Any]) -> Arguments:
    """Check the arguments of one of `COMMANDS` or `UPDATE_COMMANDS`.

    Raises:
        CommandRefused: They do not fit; the text names the argument and quotes no value.
    """
    kind = _CLASSES.get(command, NoArguments)
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        known = [part for part in first["loc"] if part in kind.model_fields]
        where = f"{command}: {known[0]}" if known else command
        raise CommandRefused(Reason.BAD_ARGUMENTS, f"{where}: {first['msg']}") from error
