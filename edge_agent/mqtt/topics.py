"""Names of the topics under the device's root (docs: MQTT)."""

from __future__ import annotations

from edge_agent.errors import BrokerError
from edge_agent.mqtt import channels

_FORBIDDEN = "+#\0"  # wildcards and NUL never stand in a topic name (MQTT 5, sections 1.5.4 and 4.7)
_MAX_ROOT_BYTES = 256  # our own: leaves room for the suffix and for the payload under small packet limits


class Topics:
    """Every topic that one device uses, under ``{prefix}/{site}/{device}/``."""

    def __init__(self, prefix: str, site: str, device: str) -> None:
        """Check the parts and join them.

        Args:
            prefix: As in ``edge-agent/v1``; may hold several levels.
            site: Name of the site, one level.
            device: Name of the device, one level.

        Raises:
            BrokerError: A part is empty, too long, or holds a character that no topic may hold.
        """
        _check("mqtt.topic_prefix", prefix, _FORBIDDEN)
        _check("site", site, _FORBIDDEN + "/")
        _check("device", device, _FORBIDDEN + "/")
        self.site = site
        self.device = device
        self.root = f"{prefix.strip('/')}/{site}/{device}"
        if len(self.root.encode()) > _MAX_ROOT_BYTES:
            raise BrokerError(f"the topic {self.root!r} is longer than {_MAX_ROOT_BYTES} bytes: shorten a name in it")

    @property
    def status(self) -> str:
        """Retained: ``online`` or ``offline``."""
        return self.of(channels.STATUS)

    @property
    def info(self) -> str:
        """Retained: what this device is."""
        return self.of(channels.INFO)

    @property
    def health(self) -> str:
        """Numbers for dashboards, QoS 0."""
        return self.of(channels.HEALTH)

    @property
    def commands(self) -> str:
        """Filter of every command; QoS 1, never retained."""
        return f"{self.root}/{channels.COMMAND.address.replace('{name}', '+')}"

    @property
    def config_desired(self) -> str:
        """Retained: the configuration that somebody asks for."""
        return self.of(channels.CONFIG_DESIRED)

    @property
    def config_reported(self) -> str:
        """Retained: what became of it."""
        return self.of(channels.CONFIG_REPORTED)

    def command_of(self, topic: str) -> str | None:
        """The name in a topic of a command; None for any other topic."""
        prefix = self.of(channels.COMMAND)
        return topic.removeprefix(prefix) if topic.startswith(prefix) else None

    def ack(self, command: str) -> str:
        """What became of a command; QoS 1, never retained."""
        return self.of(channels.ACK, command)

    def event(self, rule: str) -> str:
        """One fact; through the outbox."""
        return self.of(channels.EVENT, rule)

    def alarm(self, zone: str) -> str:
        """Retained: what goes on in a zone now."""
        return self.of(channels.ALARM, zone)

    def zone_numbers(self, zone: str) -> str:
        """Counts of a zone, QoS 0."""
        return self.of(channels.ZONE_NUMBERS, zone)

    def of(self, channel: channels.Channel, name: str = "") -> str:
        """Full topic of a channel; `name` takes the place of its variable level."""
        return f"{self.root}/{channel.address.replace(f'{{{channel.parameter}}}', _level(name))}"


def _check(what: str, name: str, forbidden: str) -> None:
    if not name.strip("/") or any(character in forbidden for character in name):
        raise BrokerError(f"{what} is {name!r}, which no MQTT topic can hold: use letters, digits, '-', '_' and '.'")


def _level(name: str) -> str:
    """One topic level from a name that settings may have left free: what would split or match becomes ``_``."""
    return "".join("_" if character in _FORBIDDEN + "/" else character for character in name)
