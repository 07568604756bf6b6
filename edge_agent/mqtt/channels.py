"""Every topic of a device in one table: what the code publishes by, and what the published contract is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from edge_agent.mqtt.command_payload import AckPayload, ConfigReportedPayload
from edge_agent.mqtt.payload import (
    EVENT_CONTENT_TYPE,
    AlarmPayload,
    EventPayload,
    HealthPayload,
    InfoPayload,
    Payload,
    StatusPayload,
)
from edge_agent.mqtt.update_payload import UpdateEventPayload, UpdateProgressPayload, UpdateStatusPayload
from edge_agent.mqtt.zone_numbers_payload import ZoneNumbersPayload

STATUS_EXPIRY_S = 90
"""A status that was not refreshed for so long is no status any more (design, section 7)."""

UPDATE_EVENT_EXPIRY_S = 86_400
"""Our own: who counts updates has the retained status; a transition of yesterday is for nobody."""
ANSWER_EXPIRY_S = 60
"""Our own: whoever gave a command has given up on the answer by then."""
SIGNED_CONTENT_TYPE = "application/jose"
"""Of a compact JWS (RFC 7515, section 9.2.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One kind of topic.

    Attributes:
        name: In the contract; also of the schema's file.
        address: Below the device's root; ``{...}`` stands for one topic level.
        payload: Class that is serialised; None for what comes in: signed text, a compact JWS.
        description: What it is for, in a few sentences.
        qos: Quality of service.
        retain: Whether the broker keeps the latest message.
        expiry_s: Seconds after which the broker forgets it; None for never. MQTT 5 only.
        content_type: MIME type. MQTT 5 only.
    """

    name: str
    address: str
    payload: type[Payload] | None
    description: str
    qos: Literal[0, 1] = 1
    retain: bool = False
    expiry_s: int | None = None
    content_type: str = "application/json"

    @property
    def sends(self) -> bool:
        """Whether the device publishes it; otherwise it subscribes to it."""
        return self.payload is not None

    @property
    def parameter(self) -> str | None:
        """Name of the variable level; None where there is none."""
        return self.address.rpartition("{")[2].removesuffix("}") if self.address.endswith("}") else None


STATUS = Channel(
    name="status",
    address="status",
    payload=StatusPayload,
    retain=True,
    expiry_s=STATUS_EXPIRY_S,
    description="Whether the device is there. `online` is published at each connect and again every 30 s. `offline` "
    "comes at a clean stop, or as the will 10 s after the device was lost. Only `online` expires: no status at all "
    "means that nobody knows.",
)
INFO = Channel(
    name="info",
    address="info",
    payload=InfoPayload,
    retain=True,
    description="What the device is and watches. Published at each connect and when the configuration was taken over.",
)
ALARM = Channel(
    name="alarm",
    address="alarm/{zone}",
    payload=AlarmPayload,
    retain=True,
    description="What goes on in a zone now, for a lamp or a SCADA tag. One topic for each zone and for each camera, "
    "from the start on. An empty message takes back the topic of a zone that is no longer configured.",
)
EVENT = Channel(
    name="event",
    address="event/{rule}",
    payload=EventPayload,
    content_type=EVENT_CONTENT_TYPE,
    description="One fact about one incident, through the outbox: at least once, never lost in silence.",
)
HEALTH = Channel(
    name="health",
    address="health",
    payload=HealthPayload,
    qos=0,
    description="Numbers for dashboards, every 10 s. The outbox's losses are in it, too.",
)
ZONE_NUMBERS = Channel(
    name="agg",
    address="agg/{zone}",
    payload=ZoneNumbersPayload,
    qos=0,
    description="Counts of a zone or of a camera's whole view since the full hour, every 60 s. Nobody's in particular; "
    "yet small counts show whether somebody is there.",
)

ACK = Channel(
    name="ack",
    address="ack/{name}",
    payload=AckPayload,
    expiry_s=ANSWER_EXPIRY_S,
    description="What became of a command that came on `cmd/{name}` (docs/commands.md): `accepted`, then `done` or "
    "`failed`; or `refused`, with the reason. It goes to the command's response topic instead where that is below "
    "`ack/`, with its correlation data.",
)
CONFIG_REPORTED = Channel(
    name="config_reported",
    address="config/reported",
    payload=ConfigReportedPayload,
    retain=True,
    description="What became of the configuration that came on `config/desired` (docs/commands.md): its version, or "
    "all that is wrong with it.",
)

UPDATE_STATUS = Channel(
    name="update_status",
    address="update/status",
    payload=UpdateStatusPayload,
    retain=True,
    description="Where the update of the model stands, and how the last one ended (docs/updates.md). By the updater, a "
    "process of its own with a connection of its own.",
)
UPDATE_PROGRESS = Channel(
    name="update_progress",
    address="update/progress",
    payload=UpdateProgressPayload,
    qos=0,
    description="How far a download is, at most once a second while it goes on.",
)
UPDATE_EVENTS = Channel(
    name="update_events",
    address="update/events",
    payload=UpdateEventPayload,
    expiry_s=UPDATE_EVENT_EXPIRY_S,
    description="Each transition of an update, as far as the broker is there: an update never waits for it.",
)
UPDATE_ACK = Channel(
    name="update_ack",
    address="update/ack",
    payload=AckPayload,
    expiry_s=ANSWER_EXPIRY_S,
    description="What became of a command that came on `update/cmd`, as on `ack/{name}`.",
)

CHANNELS: tuple[Channel, ...] = (
    EVENT, ALARM, STATUS, INFO, HEALTH, ZONE_NUMBERS, ACK, CONFIG_REPORTED,
    UPDATE_STATUS, UPDATE_PROGRESS, UPDATE_EVENTS, UPDATE_ACK,
)  # fmt: skip
"""What the device publishes, in the order in which a subscriber will want to read of it."""

COMMAND = Channel(
    name="cmd",
    address="cmd/{name}",
    payload=None,
    content_type=SIGNED_CONTENT_TYPE,
    description="A command, signed, never retained (docs/commands.md). `cmd/challenge` alone needs no signature.",
)
CONFIG_DESIRED = Channel(
    name="config_desired",
    address="config/desired",
    payload=None,
    retain=True,
    content_type=SIGNED_CONTENT_TYPE,
    description="The configuration that somebody asks for, signed (docs/commands.md).",
)
UPDATE_COMMAND = Channel(
    name="update_cmd",
    address="update/cmd",
    payload=None,
    content_type=SIGNED_CONTENT_TYPE,
    description="A command to the updater, signed like those on `cmd/{name}`: `check`, `pause`, `resume`, `cancel`, "
    "`rollback`, `pin` or `unpin` (docs/commands.md). It can hold an update up or take it back, and never chooses one. "
    "The word `challenge` alone needs no signature.",
)

INBOUND: tuple[Channel, ...] = (COMMAND, CONFIG_DESIRED, UPDATE_COMMAND)
"""What the device subscribes to where its configuration names a key. `mqtt.birth` is not the device's own."""
