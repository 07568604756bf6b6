"""One Sparkplug edge node during one connection: which births, deaths and data a change calls for. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from edge_agent.mqtt.outgoing import Outgoing
from edge_agent.mqtt.sparkplug_payload import REBIRTH, DataType, Metric, birth_number, encode_metrics
from edge_agent.mqtt.sparkplug_snapshot import Metrics, Snapshot

_SEQUENCE = 256  # tck-id-payloads-sequence-num-incrementing: 255 is followed by 0


class SparkplugTopics:
    """Names of the topics of one edge node (Sparkplug 3.0, section 4)."""

    def __init__(self, group: str, edge_node: str) -> None:
        self._group = group
        self._edge_node = edge_node

    def of_node(self, message_type: str) -> str:
        """``NBIRTH``, ``NDATA``, ``NDEATH`` or ``NCMD``."""
        return f"spBv1.0/{self._group}/{message_type}/{self._edge_node}"

    def of_camera(self, message_type: str, camera: str) -> str:
        """``DBIRTH``, ``DDATA`` or ``DDEATH``: each camera is a Sparkplug device."""
        return f"{self.of_node(message_type)}/{camera}"


def death(topics: SparkplugTopics, number: int, at_ms: int) -> Outgoing:
    """The node's death: its will, and what it says when it leaves by itself.

    Args:
        topics: Of the node.
        number: Of the birth that it ends.
        at_ms: Now, in milliseconds since the Unix epoch.
    """
    return Outgoing(topics.of_node("NDEATH"), encode_metrics((birth_number(number),), at_ms, None), qos=1)


class SparkplugNode:
    """Remembers what the host was told. The first call of `publish` gives birth to everything."""

    def __init__(self, topics: SparkplugTopics, number: int) -> None:
        """Begin a session.

        Args:
            topics: Of the node.
            number: Of this session's birth, as in its will.
        """
        self._topics = topics
        self._number = number
        self._told: Snapshot | None = None
        self._seq = 0

    def forget(self) -> None:
        """The host asks for every birth again."""
        self._told = None

    def publish(self, now: Snapshot, at_ms: int) -> tuple[Outgoing, ...]:
        """What the host must be told, in this order.

        Args:
            now: All metrics.
            at_ms: In milliseconds since the Unix epoch.
        """
        told, self._told = self._told, now
        if told is None or told.node.keys() != now.node.keys():
            return tuple(self._births(now, at_ms))
        return (*self._of_cameras(told.cameras, now.cameras, at_ms), *self._of_node(told.node, now.node, at_ms))

    def _births(self, now: Snapshot, at_ms: int) -> Iterator[Outgoing]:
        self._seq = 0  # tck-id-payloads-nbirth-seq
        control = Metric(REBIRTH, DataType.BOOLEAN, value=False)
        yield self._message("NBIRTH", None, (birth_number(self._number), control, *now.node.values()), at_ms)
        for camera, metrics in now.cameras.items():
            yield self._message("DBIRTH", camera, metrics.values(), at_ms)

    def _of_cameras(self, told: Mapping[str, Metrics], now: Mapping[str, Metrics], at_ms: int) -> Iterator[Outgoing]:
        for camera in told.keys() - now.keys():
            yield self._message("DDEATH", camera, (), at_ms)
        for camera, metrics in now.items():
            before = told.get(camera)
            if before is None or before.keys() != metrics.keys():
                yield self._message("DBIRTH", camera, metrics.values(), at_ms)
            elif changed := _changed(before, metrics):
                yield self._message("DDATA", camera, changed, at_ms)

    def _of_node(self, told: Metrics, now: Metrics, at_ms: int) -> Iterator[Outgoing]:
        if changed := _changed(told, now):
            yield self._message("NDATA", None, changed, at_ms)

    def _message(self, message_type: str, camera: str | None, metrics: Iterable[Metric], at_ms: int) -> Outgoing:
        topics = self._topics
        topic = topics.of_node(message_type) if camera is None else topics.of_camera(message_type, camera)
        payload = encode_metrics(metrics, at_ms, self._seq)
        self._seq = (self._seq + 1) % _SEQUENCE
        return Outgoing(topic, payload, qos=0)


def _changed(told: Metrics, now: Metrics) -> tuple[Metric, ...]:
    return tuple(metric for name, metric in now.items() if metric != told[name])
