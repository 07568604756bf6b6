"""A booted device with its broker, and somebody who listens to it."""

from __future__ import annotations

from machine import Machine
from mosquitto import Mosquitto
from mqtt_subscriber import Received, Subscriber

UNIT = "edge-agent.service"
ROOT = "edge-agent/v1/plant-1/hall-1"
# Places in which a package manager keeps books, and what lives in memory.
NOT_OURS = (
    "/proc",
    "/sys",
    "/dev",
    "/run",
    "/tmp",
    "/var/tmp",
    "/var/log",
    "/var/cache",
    "/var/backups",
    "/var/lib/dpkg",
)


class Device:
    """What the tests share: the machine, its broker, and somebody who listens."""

    def __init__(self, machine: Machine, broker: Mosquitto) -> None:
        self.machine = machine
        self.broker = broker
        self.listener = Subscriber(broker.port)
        self.before = files(machine)

    @property
    def pid(self) -> int:
        """Of the daemon, inside the container; 0 where there is none."""
        return int(self.machine.show(UNIT, "MainPID") or 0)

    def signal(self, name: str) -> None:
        """Send the daemon a signal, as `kill` would; a bare system has none."""
        self.machine.run("systemctl", "kill", "--kill-who=main", f"--signal={name}", UNIT)

    def status(self) -> str:
        """What `systemctl status` says for people."""
        return self.machine.show(UNIT, "StatusText")

    def until_said(self, suffix: str, since_s: float, timeout_s: float) -> float:
        """Wait for a message on a topic that comes after a moment; returns the seconds from then on."""
        topic = f"{ROOT}/{suffix}"

        def after(seen: list[Received]) -> list[float]:
            return [each.monotonic_s for each in seen if each.topic == topic and each.monotonic_s > since_s]

        return after(self.listener.until(lambda seen: bool(after(seen)), timeout_s))[0] - since_s

    def until_online(self, since_s: float, timeout_s: float) -> float:
        """Wait for a new start to have come through: everything retained is published again."""
        return self.until_said("info", since_s, timeout_s)

    def zones(self) -> list[str]:
        """As the device announced them last."""
        return next(each.json["zones"] for each in reversed(self.listener.messages) if each.topic == f"{ROOT}/info")

    def missing(self) -> set[int]:
        """Numbers of events that did not arrive."""
        numbers = {event["seq"] for event in self.listener.events()}
        return set(range(1, max(numbers, default=0) + 1)) - numbers


def files(machine: Machine) -> set[str]:
    """Every file of the machine but for books and memory."""
    pruned = [word for place in NOT_OURS for word in ("-path", place, "-o")][:-1]
    return set(machine.run("find", "/", "-xdev", "(", *pruned, ")", "-prune", "-o", "-print").splitlines())
