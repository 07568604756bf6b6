"""What is said of a provisioning: on the console, and beside the file, for somebody with a laptop. Never a secret."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edge_agent.mqtt.payload import Provisioned
from edge_agent.provision.file_to_plan import Plan
from edge_agent.provision.place import Reader

_ORIGINS = {"file": "named in the file", "serial": "from its serial number", "machine_id": "from the system's id"}


def plan_text(plan: Plan, medium: str) -> Iterator[str]:
    """What was done, in a few lines."""
    settings = plan.settings
    secrets = sum(each.reader in (Reader.ROOT, Reader.AGENT_SECRET) for each in plan.files)
    yield f"provisioned from {plan.source.name} on {medium}"
    name = f"{settings.device} ({_ORIGINS[plan.device.origin]})"
    yield f"device {name} at site {settings.site}, host name {plan.host_name}"
    cameras = ", ".join(camera.name for camera in settings.cameras)
    yield f"broker {settings.mqtt.host}, cameras {cameras}, secrets put away: {secrets}"


def done_text(record: Provisioned | None, plan: Plan | None) -> str:
    """The note that stays on the medium.

    Args:
        record: As the device keeps it; None where it does not.
        plan: What was done; None where that was at a start before.
    """
    lines = ["The device was provisioned."]
    if record is not None:
        when = record.at if record.clock_synced else f"{record.at} (by a clock that was not set)"
        lines = [f"The device was provisioned at {when}."]
    if record is not None and plan is not None:
        lines += [
            f"Device: {plan.settings.device} ({_ORIGINS[record.device_from]})",
            f"Site: {plan.settings.site}",
            f"Host name: {plan.host_name}",
        ]
    lines.append("The file and what it brought along were overwritten and deleted.")
    lines.append(
        "A memory card or a USB stick may keep old copies that no file shows: destroy it, or keep it locked away."
    )
    return "\n".join(lines) + "\n"


def error_text(file: str, lines: Sequence[str]) -> str:
    """The note beside a file that could not be used."""
    head = f"The device did not take {file}:"
    tail = f"Correct {file}, and start the device again with it. Nothing in it was changed."
    return "\n".join([head, "", *lines, "", tail]) + "\n"


def passed_over_text(file: str) -> str:
    """The note beside a file that came together with another one."""
    lines = [
        f"The device did not take {file}: it took another file at the same start.",
        "",
        "It does not take this one at later starts either. To have it all the same, change something in it (a comment",
        "is enough) and start the device again with it, or run there:",
        "edge-agent provision --again",
    ]
    return "\n".join(lines) + "\n"
