"""``edge-agent certs``: certificates for trials, from a TEST authority."""

from __future__ import annotations

import argparse
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.errors import CertificateError

if TYPE_CHECKING:
    from edge_agent.pki.signing import Span

_WARNING = """\
TEST AUTHORITY. For the bench and for trials only: its key lies unencrypted in a directory, it revokes nothing and logs
nothing. Who has ca.key can be any broker and any device. In production, have your own authority sign."""

_EPILOG = f"""\
{_WARNING}

  edge-agent certs init bench                                  once
  edge-agent certs broker --dir bench --host broker.example 10.0.0.7
  edge-agent certs device --dir bench plant-1 press-hall-1     for each device

Keys are EC P-256, every file is written with mode 0600, and nothing is ever overwritten. docs/security.md tells more.
"""

_LONGEST_DAYS = 825


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its own commands to the command line."""
    parser = subparsers.add_parser(
        "certs",
        help="make certificates for a trial, from a TEST authority",
        description="Make certificates for a trial, from a TEST authority.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="commands", metavar="ACTION", required=True)
    init = actions.add_parser("init", help="make the test authority")
    init.add_argument("dir", type=Path, metavar="DIR", help="a new directory for it; keep it off the devices")
    init.set_defaults(handler=_init)
    broker = actions.add_parser("broker", help="make the broker's certificate")
    broker.add_argument("--host", nargs="+", required=True, metavar="NAME", help="its names and addresses")
    broker.set_defaults(handler=_broker)
    device = actions.add_parser("device", help="make a device's certificate")
    device.add_argument("site", metavar="SITE", help="as in the device's configuration")
    device.add_argument("device", metavar="DEVICE", help="likewise")
    device.set_defaults(handler=_device)
    for issuing in (broker, device):
        issuing.add_argument("--dir", type=Path, default=Path(), metavar="DIR", help="of the authority (default: here)")
        issuing.add_argument("--days", type=_days, default=None, metavar="N", help="good for so long (default: 365)")


def _init(args: argparse.Namespace) -> int:
    _need_cryptography()
    from edge_agent.pki.trial_authority import AUTHORITY_DAYS, make_authority

    pair = make_authority(args.dir, _span(AUTHORITY_DAYS))
    print(f"{pair.cert}  to every device and to the broker")
    print(f"{pair.key}  stays here, and is copied nowhere")
    print(_WARNING)
    return 0


def _broker(args: argparse.Namespace) -> int:
    _need_cryptography()
    from edge_agent.pki.names import ServerNames
    from edge_agent.pki.trial_authority import LEAF_DAYS, issue

    pair = issue(args.dir, ServerNames(tuple(args.host)), "broker", _span(args.days or LEAF_DAYS))
    print(f"""\
Copy to the broker, readable by its user alone:
  install -o mosquitto -m 600 {args.dir / "ca.pem"} {pair.cert} {pair.key} /etc/mosquitto/certs/
In its configuration, for mosquitto 2:
  listener 8883
  cafile /etc/mosquitto/certs/ca.pem
  certfile /etc/mosquitto/certs/broker.pem
  keyfile /etc/mosquitto/certs/broker.key
  tls_version tlsv1.2
  require_certificate true
  use_identity_as_username true
  use_username_as_clientid true
In the access list that acl_file names:
  pattern write edge-agent/v1/%u/#
  pattern read edge-agent/v1/%u/cmd/#
  pattern read edge-agent/v1/%u/config/desired
{_WARNING}""")
    return 0


def _device(args: argparse.Namespace) -> int:
    _need_cryptography()
    from edge_agent.pki.names import DeviceNames
    from edge_agent.pki.trial_authority import LEAF_DAYS, issue
    from edge_agent.settings.settings import NAME_PATTERN

    for name in (args.site, args.device):
        if not re.search(NAME_PATTERN, name):
            raise CertificateError(f"{name!r} cannot be a part of a topic: only a-z, 0-9 and - may stand in a name")
    names = DeviceNames(args.site, args.device)
    pair = issue(args.dir, names, f"devices/{args.site}/{args.device}", _span(args.days or LEAF_DAYS))
    print(f"""\
Copy to {args.device} at {args.site}, readable by the agent's user alone:
  install -o edge-agent -m 600 {args.dir / "ca.pem"} /etc/edge-agent/ca.pem
  install -o edge-agent -m 600 {pair.cert} /etc/edge-agent/device.pem
  install -o edge-agent -m 600 {pair.key} /etc/edge-agent/device.key
In its configuration, under `mqtt`:
  tls: {{ca_file: ca.pem, cert_file: device.pem, key_file: device.key}}
The broker knows it as {names.common_name}. Then delete {pair.key} here: a private key has one place.
{_WARNING}""")
    return 0


def _span(days: int) -> Span:
    from edge_agent.pki.signing import Span

    return Span(datetime.now(tz=timezone.utc), days)


def _days(text: str) -> int:
    days = int(text) if text.isdecimal() else 0
    if not 1 <= days <= _LONGEST_DAYS:
        raise argparse.ArgumentTypeError(f"expected 1 to {_LONGEST_DAYS} days")
    return days


def _need_cryptography() -> None:
    try:
        import cryptography  # noqa: F401  only whether it is there
    except ModuleNotFoundError as error:
        raise CertificateError(
            "certificates need the Python package cryptography: pip install 'cryptography>=42'"
        ) from error
