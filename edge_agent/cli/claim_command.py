"""``edge-agent claim``: fetch this device's certificate from an EST server, and renew it in time."""

from __future__ import annotations

import argparse
import os
import time

from edge_agent.cli.config_argument import add_config_argument, config_file
from edge_agent.errors import ClaimDelayed

_EPILOG = """\
With `mqtt: {tls: {claim: ...}}` in the configuration. The key is made here and never leaves the device; the certificate
goes where `mqtt.tls.cert_file` says, and a running agent takes it at its next connect. What is under way survives a
power cut: run it again. The package's timer does (`systemctl restart edge-agent-claim`). docs/claim.md has both sides.

exit codes: 0 there is a certificate, and it need not be renewed yet, or the configuration asks for none
            1 the server says no, or: not yet, with --once or for an hour
"""
_NOTHING = "nothing to claim: the configuration has no `claim` below `mqtt.tls`"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "claim",
        help="fetch this device's certificate, and renew it",
        description="Fetch this device's certificate from an EST server (RFC 7030), and renew it in time.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    running = actions.add_parser("run", help="claim or renew, and wait for an approval where one is needed")
    running.add_argument("--once", action="store_true", help="ask once; 1 where it has to be asked again")
    add_config_argument(running)
    running.set_defaults(handler=run)
    status = actions.add_parser("status", help="say what this device has, and ask nobody")
    add_config_argument(status)
    status.set_defaults(handler=show)


def run(args: argparse.Namespace) -> int:
    """Claim or renew."""
    import random

    from edge_agent.app.doctor.become_agent import become_agent
    from edge_agent.claim.claim_plan import settings_to_plan
    from edge_agent.claim.run_claim import FIRST_PAUSE_S, LONGEST_PAUSE_S, run_claim
    from edge_agent.clock import SystemClock
    from edge_agent.runtime.backoff import FullJitter
    from edge_agent.runtime.log_to_stderr import log_to_stderr
    from edge_agent.settings.file_to_settings import load_settings

    os.umask(0o077)
    config = config_file(args.config)
    become_agent(config)
    settings = load_settings(config)
    log_to_stderr(args.verbose, settings.log.level)
    plan = settings_to_plan(settings)
    if plan is None:
        print(_NOTHING)
        return 0
    backoff = FullJitter(random.Random(), FIRST_PAUSE_S, LONGEST_PAUSE_S)
    run_claim(plan, SystemClock(), backoff, _no_second_try if args.once else time.sleep)
    return 0


def show(args: argparse.Namespace) -> int:
    """Say what there is."""
    from edge_agent.app.doctor.become_agent import become_agent
    from edge_agent.claim.claim_plan import settings_to_plan
    from edge_agent.claim.standing import renewal_at, standing
    from edge_agent.pki.public_key import key_sha256, read_out
    from edge_agent.settings.file_to_settings import load_settings

    config = config_file(args.config)
    become_agent(config)
    plan = settings_to_plan(load_settings(config))
    if plan is None:
        print(_NOTHING)
        return 0
    has = standing(plan)
    key = read_out(key_sha256(has.key.public_key())) if has.key else "not made yet"
    print(f"device       {plan.names.common_name}")
    print(f"key          {key}")
    if has.certificate is None:
        print(f"certificate  none yet; {plan.server.url} is asked")
        return 0
    print(
        f"certificate  number {has.certificate.serial_number:x}, until {has.certificate.not_valid_after_utc:%Y-%m-%d}"
    )
    print(f"renewal      from {renewal_at(has.certificate):%Y-%m-%d} on")
    return 0


def _no_second_try(_seconds: float) -> None:
    raise ClaimDelayed("not done: run it again later, or without --once")
