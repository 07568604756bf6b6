"""The table of channels as an AsyncAPI 3 document (AsyncAPI Specification 3.0.0, MQTT bindings 0.2.0)."""

from __future__ import annotations

from typing import Any

from edge_agent.mqtt.channels import CHANNELS, INBOUND, Channel
from edge_agent.mqtt.session_timing import Timing

CONTRACT_VERSION = "1.2.0"
"""Of the contract, not of the agent: the second number grows with every field or topic that is added."""
_BINDING_VERSION = "0.2.0"
_SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
_ALL = (*CHANNELS, *INBOUND)
_COMPACT_JWS = r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$"  # RFC 7515, section 7.1
_LEVELS = {
    "site": "Name of the site, as configured.",
    "device": "Name of the device, unique in its site.",
    "rule": "Name of a rule. More rules will come.",
    "name": "Name of a command, or what its response topic ends with.",
    "zone": "Name of a zone, or of a camera; what no topic level can hold is `_`.",
}
_MORE = "What subscribers must do, the rules and real examples: docs/mqtt.md."

Document = dict[str, Any]


def channels_to_asyncapi() -> Document:
    """The document; payloads are references to the schemas' files beside it."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "edge-agent",
            "version": CONTRACT_VERSION,
            "description": f"What a device says of dangerous postures before its cameras. {_MORE}",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {name: _server(name, port) for name, port in (("mqtts", 8883), ("mqtt", 1883))},
        "channels": {channel.name: _channel(channel) for channel in _ALL},
        "operations": {f"{_verb(channel)}-{channel.name}": _operation(channel) for channel in _ALL},
        "components": {"messages": {channel.name: _message(channel) for channel in _ALL}},
    }


def _server(protocol: str, port: int) -> Document:
    timing = Timing()
    will = {"topic": "{prefix}/{site}/{device}/status", "qos": 1, "retain": True}
    return {
        "host": f"broker.example:{port}",
        "protocol": "secure-mqtt" if protocol == "mqtts" else "mqtt",
        "protocolVersion": "5.0",
        "description": "Your broker, with TLS." if protocol == "mqtts" else "Your broker, in a network of its own.",
        "bindings": {
            "mqtt": {
                "clientId": "edge-agent-{site}-{device}",
                "cleanSession": False,
                "lastWill": {**will, "message": '{"status":"offline","reason":"lost"}'},
                "keepAlive": 30,
                "sessionExpiryInterval": timing.session_s,
                "bindingVersion": _BINDING_VERSION,
            }
        },
    }


def _channel(channel: Channel) -> Document:
    levels = ["site", "device", *([channel.parameter] if channel.parameter else [])]
    return {
        "address": f"edge-agent/v1/{{site}}/{{device}}/{channel.address}",
        "description": channel.description,
        "parameters": {level: {"description": _LEVELS[level]} for level in levels},
        "messages": {channel.name: {"$ref": f"#/components/messages/{channel.name}"}},
    }


def _operation(channel: Channel) -> Document:
    binding: Document = {"qos": channel.qos, "retain": channel.retain}
    if channel.expiry_s is not None:
        binding["messageExpiryInterval"] = channel.expiry_s
    return {
        "action": _verb(channel),
        "channel": {"$ref": f"#/channels/{channel.name}"},
        "messages": [{"$ref": f"#/channels/{channel.name}/messages/{channel.name}"}],
        "bindings": {"mqtt": {**binding, "bindingVersion": _BINDING_VERSION}},
    }


def _message(channel: Channel) -> Document:
    if not channel.sends:
        return {"contentType": channel.content_type, "payload": {"type": "string", "pattern": _COMPACT_JWS}}
    return {
        "contentType": channel.content_type,
        "payload": {"schemaFormat": _SCHEMA_FORMAT, "schema": {"$ref": f"./schema/{channel.name}.json"}},
        "bindings": {"mqtt": {"payloadFormatIndicator": 1, "bindingVersion": _BINDING_VERSION}},
    }


def _verb(channel: Channel) -> str:
    return "send" if channel.sends else "receive"
