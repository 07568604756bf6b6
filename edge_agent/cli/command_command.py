"""``edge-agent command``: keys for those who may command devices, and signed bytes to publish."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from edge_agent.errors import CommandRefused, KeyFileError

_EPILOG = """\
examples:
  edge-agent command keygen control-room.key --kid control-room
  edge-agent command sign --key control-room.key --kid control-room --aud plant-1/press-hall-1 \\
      snooze zone=press-danger seconds=600 reason=maintenance |
    mosquitto_pub -q 1 -t edge-agent/v1/plant-1/press-hall-1/cmd/snooze -s
  edge-agent command config --key ... --kid ... --aud plant-1/press-hall-1 --version 7 zones.json |
    mosquitto_pub -q 1 -r -t edge-agent/v1/plant-1/press-hall-1/config/desired -s

docs/commands.md has every command and its arguments.
"""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "command",
        help="make keys and sign commands for devices",
        description="Make keys and sign commands for devices. Nothing is sent.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parts = parser.add_subparsers(metavar="PART", required=True)
    keygen = parts.add_parser("keygen", help="make a key")
    keygen.add_argument("file", type=Path, metavar="FILE", help="where the private key goes; must not exist")
    keygen.add_argument("--kid", required=True, help="name of the key, of a role and no person")
    keygen.set_defaults(handler=_keygen)
    sign = parts.add_parser("sign", help="print a signed command")
    _add_signer(sign)
    sign.add_argument("--lifetime", type=int, default=60, metavar="S", help="valid for so many seconds (%(default)s)")
    sign.add_argument("--nonce", help="from `cmd/challenge`, for a device that does not know the time")
    sign.add_argument(
        "command", metavar="COMMAND", help="as in `cmd/COMMAND`, or one of the updater's, for `update/cmd`"
    )
    sign.add_argument("arguments", nargs="*", metavar="NAME=VALUE", help="its arguments")
    sign.set_defaults(handler=_sign)
    config = parts.add_parser("config", help="print a signed desired configuration")
    _add_signer(config)
    config.add_argument("--version", type=int, required=True, metavar="N", help="greater than every one before")
    config.add_argument(
        "file", type=Path, metavar="FILE", help="its sections as JSON; {} goes back to the device's file"
    )
    config.set_defaults(handler=_config)


def _add_signer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="the private key")
    parser.add_argument("--kid", required=True, help="its name in the device's configuration")
    parser.add_argument("--aud", required=True, metavar="SITE/DEVICE", help="for whom it is; SITE/* for the whole site")


def _keygen(args: argparse.Namespace) -> int:
    from edge_agent.command.sign import make_key

    public = make_key(args.file)
    print(f"# {args.file} is the private key: keep it where commands are signed, and nowhere else.")
    print("# For the configuration of each device that shall trust it:")
    print(f"commands:\n  keys:\n    - {{kid: {args.kid}, public_key: {public}, allow: [ack_alarm, identify]}}")
    return 0


def _sign(args: argparse.Namespace) -> int:
    from pydantic import ValidationError

    from edge_agent.command.arguments import COMMANDS, UPDATE_COMMANDS, to_arguments
    from edge_agent.command.envelope import Envelope
    from edge_agent.command.sign import read_key, sign_command, sign_update_command
    from edge_agent.ids import RandomIds

    known = (*COMMANDS, *UPDATE_COMMANDS)
    if args.command not in known:
        raise CommandRefused("unsupported", f"{args.command}: no such command; there are {', '.join(known)}")
    arguments = dict(_argument(text) for text in args.arguments)
    to_arguments(args.command, arguments)
    now_s = int(time.time())
    try:
        envelope = Envelope(
            aud=args.aud,
            cmd_id=RandomIds().new(now_s),
            iat=now_s,
            exp=now_s + args.lifetime,
            cmd=args.command,
            args=arguments,
            nonce=args.nonce,
        )
    except ValidationError as error:
        raise CommandRefused("malformed", error.errors()[0]["msg"]) from error
    sign = sign_update_command if args.command in UPDATE_COMMANDS else sign_command
    _print(sign(read_key(args.key), args.kid, envelope))
    return 0


def _config(args: argparse.Namespace) -> int:
    from edge_agent.command.envelope import to_config_envelope
    from edge_agent.command.sign import read_key, sign_config
    from edge_agent.command.strict_json import strict_json

    try:
        document = strict_json(args.file.read_bytes())
    except ValueError as error:
        raise KeyFileError(f"{args.file}: {error}") from error
    raw = json.dumps({"aud": args.aud, "version": args.version, "document": document}).encode()
    _print(sign_config(read_key(args.key), args.kid, to_config_envelope(raw)))
    return 0


def _argument(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    if value in ("true", "false"):
        return name, value == "true"
    return name, int(value) if value.isdecimal() else value


def _print(signed: bytes) -> None:
    sys.stdout.write(signed.decode())
