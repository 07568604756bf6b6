"""Arguments that say where the broker is and how to be let in."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge_agent.mqtt.broker_settings import BrokerSettings


def add_broker(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add ``--broker`` and what belongs to it. This user needs to read ``+/+/update/status``, and nothing more."""
    parser.add_argument("--broker", type=_address, required=required, metavar="HOST[:PORT]")
    parser.add_argument("--prefix", default="edge-agent/v1", help="of all topics (%(default)s)")
    parser.add_argument("--username", metavar="NAME")
    parser.add_argument("--password-file", type=Path, metavar="FILE", help="with the password alone, chmod 600")
    parser.add_argument("--tls", action="store_true", help="check the broker by the system's authorities")
    parser.add_argument("--ca-file", type=Path, metavar="FILE", help="or by this one; implies --tls")
    parser.add_argument("--cert-file", type=Path, metavar="FILE", help="our certificate; implies --tls")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="its private key, chmod 600")


def broker_from(args: argparse.Namespace) -> BrokerSettings:
    """What `add_broker` added."""
    from edge_agent.mqtt.broker_settings import BrokerSettings, TlsSettings

    host, port = args.broker
    tls = None
    if args.tls or args.ca_file or args.cert_file:
        tls = TlsSettings(ca_file=args.ca_file, cert_file=args.cert_file, key_file=args.key_file)
    return BrokerSettings(
        host=host,
        port=port,
        topic_prefix=args.prefix.strip("/"),
        username=args.username,
        password_file=args.password_file,
        tls=tls,
    )


def _address(text: str) -> tuple[str, int | None]:
    host, colon, port = text.rpartition(":")
    if not colon:
        return text, None
    if not port.isdecimal() or not 1 <= int(port) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r}: write it as broker.example or broker.example:8883")
    return host, int(port)
