"""``edge-agent-fleet claim``: certificates for devices at their first contact, and their renewal."""

from __future__ import annotations

import argparse
import json
from datetime import datetime, timedelta
from pathlib import Path

from edge_agent.errors import FleetError
from edge_agent.fleet.arguments import add_fleet, add_passphrase, new_passphrase, passphrase_source
from edge_agent.fleet.claim_arguments import name, number, whole

_EPILOG = """\
  edge-agent-fleet claim init --fleet fleet                     once: the authority for devices
  edge-agent-fleet claim invite --fleet fleet plant-1/hall-1    prints a one-time token, and keeps only its hash
  edge-agent-fleet claim serve --fleet fleet --host est.example answers devices (EST, RFC 7030)

docs/claim.md has the device's side, and what to do about a lost token or key.
"""


def add_parsers(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands to the command line."""
    parser = subparsers.add_parser(
        "claim",
        help="give devices their certificates at first contact",
        description="Give devices their certificates at first contact, and renew them.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    init = _action(actions, "init", "make the authority for devices", _init)
    init.add_argument(
        "--name", type=name, default="edge-agent devices", help="of the authority, for people (%(default)s)"
    )
    init.add_argument("--encrypt", action="store_true", help="encrypt its key; asks for a passphrase")
    add_passphrase(init)
    inviting = _action(actions, "invite", "print a one-time token for a device", _invite)
    inviting.add_argument("device", metavar="SITE/DEVICE")
    inviting.add_argument(
        "--days", type=number(0.01, 365), default=7.0, help="until it is used for the first time (%(default)g)"
    )
    inviting.add_argument("--again", action="store_true", help="even where there was one; the earlier one is void")
    approving = _action(actions, "approve", "say yes to a device that waits", _approve)
    approving.add_argument("device", metavar="SITE/DEVICE")
    forgetting = _action(actions, "forget", "take neither token nor renewal of a device any more", _forget)
    forgetting.add_argument("device", metavar="SITE/DEVICE")
    listing = _action(actions, "list", "show who was invited, who waits, and who has a certificate", _list)
    listing.add_argument("--json", action="store_true", help="print JSON")
    broker = _action(actions, "broker", "make certificate and key for the broker", _broker)
    add_passphrase(broker)
    broker.add_argument("--host", action="append", required=True, metavar="HOST", help="a name that devices ask for")
    broker.add_argument("--to", type=Path, default=Path(), metavar="DIR", help="where they go (here)")
    serving = _action(actions, "serve", "answer devices: EST over HTTPS", _serve)
    add_passphrase(serving)
    serving.add_argument("--host", action="append", required=True, metavar="HOST", help="a name that devices ask for")
    serving.add_argument("--address", default="0.0.0.0", help="to listen on (%(default)s)")  # noqa: S104 - devices are elsewhere
    serving.add_argument("--port", type=whole(0, 65535), default=8443, help="0 for any (%(default)s)")
    serving.add_argument(
        "--days", type=whole(1, 3650), default=365, help="that a device's certificate is good (%(default)s)"
    )
    serving.add_argument("--approve-by-hand", action="store_true", help="a first certificate waits for `approve`")
    serving.add_argument(
        "--retry-after", type=whole(1, 3600), default=60, metavar="S", help="what who waits is told (%(default)s)"
    )


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], word: str, text: str, handler: object
) -> argparse.ArgumentParser:
    parser = actions.add_parser(word, help=text)
    add_fleet(parser)
    parser.set_defaults(handler=handler)
    return parser


def _init(args: argparse.Namespace) -> int:
    from edge_agent.fleet.bench import utc_now
    from edge_agent.fleet.claim_authority import make_authority
    from edge_agent.fleet.claim_place import ClaimPlace

    place = ClaimPlace(args.fleet)
    make_authority(place, args.name, new_passphrase(args), utc_now())
    print(f"authority: {place.ca}  for `claim.ca_file` of every device, and `cafile` of the broker")
    print(f"its key:   {place.ca_key}  whoever has it can be any device: keep a copy in a safe")
    return 0


def _invite(args: argparse.Namespace) -> int:
    from edge_agent.fleet.bench import utc_now
    from edge_agent.fleet.claim_desk import invite
    from edge_agent.fleet.claim_place import ClaimPlace

    until = utc_now() + timedelta(days=args.days)
    print(invite(ClaimPlace(args.fleet), args.device, until, again=args.again))
    return 0


def _approve(args: argparse.Namespace) -> int:
    from edge_agent.fleet.claim_desk import approve
    from edge_agent.fleet.claim_place import ClaimPlace
    from edge_agent.pki.public_key import read_out

    found = approve(ClaimPlace(args.fleet), args.device)
    print(f"{args.device}: approved, with the key {read_out(found.key_sha256 or '')}")
    return 0


def _forget(args: argparse.Namespace) -> int:
    from edge_agent.fleet.claim_desk import forget
    from edge_agent.fleet.claim_place import ClaimPlace

    forget(ClaimPlace(args.fleet), args.device)
    print(f"{args.device}: forgotten; its certificate is good until it ends, unless the broker is told")
    return 0


def _list(args: argparse.Namespace) -> int:
    from edge_agent.fleet.bench import utc_now
    from edge_agent.fleet.claim_place import ClaimPlace
    from edge_agent.fleet.claim_rows import rows

    found = rows(ClaimPlace(args.fleet).devices(), utc_now())
    if args.json:
        print(json.dumps({"devices": found}, indent=2))
        return 0
    for row in found:
        print(f"{row['device']:32} {row['state']:10} {row['until']}  {row['key'] or ''}")
    return 0


def _broker(args: argparse.Namespace) -> int:
    from edge_agent.fleet.bench import utc_now
    from edge_agent.fleet.claim_authority import broker_files, read_authority
    from edge_agent.fleet.claim_place import ClaimPlace

    place = ClaimPlace(args.fleet)
    authority = read_authority(place, passphrase_source(args))
    cert_file, key_file = broker_files(authority, args.host, args.to, utc_now())
    print(f"in mosquitto.conf, with require_certificate true:\n  cafile {place.ca}")
    print(f"  certfile {cert_file}\n  keyfile {key_file}")
    print("good for a year: make new ones before, and send mosquitto a SIGHUP or restart it")
    return 0


def _serve(args: argparse.Namespace) -> int:
    from edge_agent.fleet.bench import utc_now
    from edge_agent.fleet.claim_authority import read_authority, server_files
    from edge_agent.fleet.claim_desk import ClaimDesk
    from edge_agent.fleet.claim_place import ClaimPlace
    from edge_agent.fleet.claim_server import ClaimServer, Counter, tls_context

    place = ClaimPlace(args.fleet)
    authority = read_authority(place, passphrase_source(args), args.days)
    place.devices()
    context = tls_context(server_files(authority, args.host, place.root, utc_now()), place.ca)
    desk = ClaimDesk(place, authority, by_hand=args.approve_by_hand)
    counter = Counter(desk, utc_now, _tell, args.retry_after)
    try:
        server = ClaimServer((args.address, args.port), context, counter)
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is no address"
        raise FleetError(f"{args.address}:{args.port}: {why}: name another --address or --port") from error
    with server:
        print(f"https://{args.host[0]}:{server.server_port}/.well-known/est/  ends with Ctrl-C", flush=True)
        server.serve_forever()
    return 0


def _tell(line: str) -> None:
    print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M:%S} {line}", flush=True)
