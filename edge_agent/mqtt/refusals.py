"""Why there is no connection, in words that say what to do."""

from __future__ import annotations

import socket
import ssl

from edge_agent.mqtt.broker_settings import BrokerSettings

# Reason codes of MQTT 5, section 2.4; paho gives those of 3.1.1 the same numbers.
UNSUPPORTED_PROTOCOL = 0x84
QOS_NOT_SUPPORTED = 0x9B
_CONNACK = {
    0x80: "refuses the connection without a reason: look into the broker's log",
    0x85: "refuses the client id {client_id!r}: set mqtt.client_id to one that it accepts",
    0x86: "refuses user name and password: check mqtt.username and mqtt.password_file",
    0x87: "does not authorise this client: check its user, its certificate and the broker's access list",
    0x88: "is not available yet: nothing to do here",
    0x89: "is too busy: nothing to do here",
    0x8A: "has banned this client: look into the broker's log",
    0x8C: "wants another way of authentication than a user name or a certificate",
    0x95: "takes no packet as large as our CONNECT: raise its maximum packet size to 4096 bytes",
    0x97: "has no quota left for this client",
    0x9A: "does not keep retained messages, which the status of this device needs",
    QOS_NOT_SUPPORTED: "does not take QoS 1, which events need",
    UNSUPPORTED_PROTOCOL: "does not speak this version of MQTT: set mqtt.protocol to auto",
}
_DISCONNECT = {
    0x8B: "the broker is shutting down",
    0x8E: "another client took over the client id {client_id!r}: give each device a name of its own",
    0x98: "the broker's administrator ended it",
}
_PUBACK = {
    0x87: "does not authorise this client to publish to {topic}: allow it in the broker's access list",
    0x90: "does not accept the topic {topic}: allow it in the broker's rules",
    0x97: "has no quota left for {topic}",
}

_UNTRUSTED = "check that mqtt.tls.ca_file is the authority that signed it"
# Codes of X509_STORE_CTX_get_error(3), which ssl hands on as verify_code.
_VERIFY_ADVICE = {
    9: "it is not valid yet: check this device's clock (`timedatectl`)",
    10: "renew the broker's certificate, or check this device's clock (`timedatectl`)",
    62: "set mqtt.host to a name in it, or have {host} put into it",
    64: "set mqtt.host to a name or an address in it, or have {host} put into it",
}
# Alerts with which a broker refuses a client's certificate (RFC 8446, section 6.2), as OpenSSL writes them.
_ALERT_ADVICE = {
    "alert certificate expired": "the broker takes this device's certificate for expired: check the broker's clock",
    "alert unknown ca": "the broker has to know the authority of the certificate in mqtt.tls.cert_file",
    "alert certificate revoked": "this device's certificate was revoked: make a new one",
}


def _advice_on_alert(detail: str) -> str:
    for alert, advice in _ALERT_ADVICE.items():
        if alert in detail:
            return advice
    return "check that it trusts the certificate in mqtt.tls.cert_file"


def of_connack(settings: BrokerSettings, client_id: str, code: int, name: str) -> str:
    """Words for a CONNACK that refuses."""
    words = _CONNACK.get(code, f"refuses the connection: {name}").format(client_id=client_id)
    return f"the broker at {address(settings)} {words}"


def of_disconnect(client_id: str, code: int, name: str) -> str:
    """Words for a DISCONNECT from the broker."""
    return _DISCONNECT.get(code, f"the broker ended it: {name}").format(client_id=client_id)


def of_puback(topic: str, code: int, name: str) -> str:
    """Words for a PUBACK that refuses."""
    words = _PUBACK.get(code, "does not take {topic} now: {name}").format(topic=topic, name=name)
    return f"the broker {words}"


def of_silence(settings: BrokerSettings, detail: str, *, expired: bool = False) -> str:
    """Words for a connection that ended before a CONNACK; `expired` where this device's certificate is."""
    if expired:
        advice = "this device's certificate has expired: renew it, and check this device's clock"
    elif settings.tls is None:
        advice = "check that an MQTT broker without TLS listens there"
    elif settings.tls.cert_file is None:
        advice = "if it asks for a client certificate, set mqtt.tls.cert_file and key_file"
    else:
        advice = _advice_on_alert(detail)
    return f"{address(settings)} does not answer our CONNECT ({detail}): {advice}"


def of_error(settings: BrokerSettings, error: OSError | ValueError) -> str:
    """Words for a connection that was never made."""
    where = address(settings)
    match error:
        case socket.gaierror() | UnicodeError():
            return f"the name {settings.host!r} cannot be resolved: check mqtt.host and the DNS"
        case ConnectionRefusedError():
            return f"{where} refuses connections: check that the broker runs there, and mqtt.port"
        case TimeoutError():
            return f"{where} does not answer: check the network, the firewall and mqtt.port"
        case ssl.SSLCertVerificationError():
            advice = _VERIFY_ADVICE.get(error.verify_code, _UNTRUSTED).format(host=settings.host)
            return f"the certificate of {where} is not trusted ({error.verify_message}): {advice}"
        case ssl.SSLError(reason="UNSUPPORTED_PROTOCOL" | "TLSV1_ALERT_PROTOCOL_VERSION" | "VERSION_TOO_LOW"):
            return f"{where} offers no TLS 1.2 or newer: switch it on in the broker; older versions are not used"
        case ssl.SSLError():
            return f"no TLS with {where} ({error.reason or error}): check that this port speaks TLS"
        case OSError(strerror=str(strerror)):
            return f"{where}: {strerror}: check the network"
    return f"{where}: {error}"


def address(settings: BrokerSettings) -> str:
    """Host and port, for people."""
    return f"{settings.host}:{port(settings)}"


def port(settings: BrokerSettings) -> int:
    """The port, or the one that IANA assigned to MQTT with TLS (8883) or without (1883)."""
    return settings.port or (8883 if settings.tls is not None else 1883)
