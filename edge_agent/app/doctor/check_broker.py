"""Does the broker hear this device? Step by step, so that the first that fails names the cause."""

from __future__ import annotations

import secrets as random_text
import socket
import ssl
import time
from collections.abc import Iterator

from edge_agent.app.doctor.check_permissions import only_for_the_service, secrets
from edge_agent.app.doctor.finding import Finding, failed, passed, warned
from edge_agent.errors import BrokerError
from edge_agent.mqtt import refusals
from edge_agent.mqtt.broker_access import BrokerAccess, check_client_id, read_access
from edge_agent.mqtt.broker_settings import BrokerSettings
from edge_agent.mqtt.protocol_choice import Protocol
from edge_agent.mqtt.round_trip import RoundTrip, RoundTripper
from edge_agent.mqtt.topics import Topics
from edge_agent.settings.settings import Settings

_TIMEOUT_S = 5.0
_DAY_S = 86_400.0
_WARN_DAYS = 30  # as edge_agent.mqtt.certificate_watch
_FAILURE = 0x80
_BAD_ID = (0x85, 0x87)  # MQTT 5, section 2.4: client identifier not valid, not authorised
_SERVICE = "the service's journal tells: `journalctl -u edge-agent | grep MQTT`"
_ACL = "see docs/examples/mosquitto/edge-agent.acl and docs/security.md"


def check_broker(settings: Settings, *, beside_agent: bool) -> Iterator[Finding]:
    """DNS, TCP, TLS, authentication, and a message there and back.

    Args:
        settings: Of the device.
        beside_agent: An agent runs: its client id is taken.
    """
    mqtt = settings.mqtt
    try:
        addresses = _resolve(mqtt)
        yield passed("broker dns", f"{mqtt.host} is {', '.join(addresses[:3])}")
        connection = socket.create_connection((mqtt.host, refusals.port(mqtt)), timeout=_TIMEOUT_S)
    except (OSError, UnicodeError) as error:
        is_name = isinstance(error, (socket.gaierror, UnicodeError))
        words, _, advice = refusals.of_error(mqtt, error).rpartition(": ")
        yield failed("broker dns" if is_name else "broker tcp", words, advice)
        return
    with connection:
        yield passed("broker tcp", f"{refusals.address(mqtt)} answers")
        hidden = [
            secret for secret in secrets(settings) if secret.key.startswith("mqtt.") and only_for_the_service(secret)
        ]
        if hidden:
            names = ", ".join(secret.key for secret in hidden)
            yield warned("broker auth", f"not tried: {names} is a systemd credential, for the service alone", _SERVICE)
            return
        try:
            access = read_access(mqtt)
        except BrokerError as error:
            yield failed("broker auth", str(error), "correct the file as said")
            return
        tls = _tls(mqtt, access, connection)
    yield tls
    if tls.verdict.value != "fail":
        yield from _speak(settings, access, beside_agent=beside_agent)


def _resolve(mqtt: BrokerSettings) -> list[str]:
    found = socket.getaddrinfo(mqtt.host, refusals.port(mqtt), type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def _tls(mqtt: BrokerSettings, access: BrokerAccess, connection: socket.socket) -> Finding:
    if access.tls is None:
        step = "set `mqtt.tls` where the network is not the machine's own: docs/security.md"
        return warned("broker tls", "the connection is not encrypted", step)
    try:
        with access.tls.wrap_socket(connection, server_hostname=mqtt.host) as secured:
            version, shown = secured.version(), secured.getpeercert() or {}
    except OSError as error:  # ssl.SSLError among them
        words, _, advice = refusals.of_error(mqtt, error).rpartition(": ")
        return failed("broker tls", words, advice)
    expires = shown.get("notAfter")
    days = (ssl.cert_time_to_seconds(expires) - time.time()) / _DAY_S if isinstance(expires, str) else None
    text = f"{version}, the broker's certificate is trusted"
    if days is not None and days < _WARN_DAYS:
        return warned("broker tls", f"{text} and expires in {days:.0f} days", "renew it before it does")
    return passed("broker tls", text if days is None else f"{text} for {days:.0f} days")


def _speak(settings: Settings, access: BrokerAccess, *, beside_agent: bool) -> Iterator[Finding]:
    mqtt = settings.mqtt
    topics = Topics(mqtt.topic_prefix, settings.site, settings.device)
    own = mqtt.client_id or f"edge-agent-{settings.site}-{settings.device}"
    try:
        check_client_id(mqtt, own)
    except BrokerError as error:
        yield failed("broker auth", str(error), "install this device's certificate, or set `mqtt.client_id`")
        return
    # Which nobody else uses, below what docs/examples/mosquitto/edge-agent.acl lets a device both write and read.
    topic = f"{topics.root}/update/doctor/{random_text.token_hex(4)}"
    trip = _trip(mqtt, access, f"{own}-doctor", topic)
    if trip.refused_code in _BAD_ID and not beside_agent:
        trip = _trip(mqtt, access, own, topic)  # a broker that takes the device's own client id and no other
    if trip.end:
        if trip.refused_code in _BAD_ID and beside_agent:
            step = "if events arrive, all is well; else stop the agent and run the doctor again"
            yield warned("broker auth", f"{trip.end}; perhaps it takes the agent's own client id only", step)
        else:
            words, _, advice = trip.end.rpartition(": ")
            yield failed("broker auth", words or trip.end, advice)
        return
    user = f"as {mqtt.username}" if mqtt.username else "with its certificate" if _has_certificate(mqtt) else "unnamed"
    yield passed("broker auth", f"accepted {user}, MQTT {trip.protocol}")
    yield _published(trip, topics.root)


def _has_certificate(mqtt: BrokerSettings) -> bool:
    return mqtt.tls is not None and mqtt.tls.cert_file is not None


def _trip(mqtt: BrokerSettings, access: BrokerAccess, client_id: str, topic: str) -> RoundTrip:
    versions: tuple[Protocol, ...] = ("5", "3.1.1") if mqtt.protocol == "auto" else (mqtt.protocol,)
    trip = RoundTripper(mqtt, access, client_id, versions[0])(topic)
    if len(versions) > 1 and trip.end and trip.refused_code in (None, refusals.UNSUPPORTED_PROTOCOL):
        return RoundTripper(mqtt, access, client_id, versions[1])(topic)
    return trip


def _published(trip: RoundTrip, root: str) -> Finding:
    check = "broker publish"
    if trip.back_ms is not None:
        return passed(check, f"a message below {root}/update went there and back in {trip.back_ms:.0f} ms")
    if trip.published_code is None:
        return failed(check, "the broker does not acknowledge a message", "look into the broker's log")
    if trip.published_code >= _FAILURE:
        return failed(
            check, f"the broker does not let this device publish below {root}/ (code {trip.published_code})", _ACL
        )
    if not trip.may_read:
        text = f"a message was taken; this device may not read {root}/update/#, so no update or command may reach it"
        return warned(check, text, _ACL)
    return warned(check, f"a message below {root}/update was taken and did not come back: perhaps not allowed", _ACL)
