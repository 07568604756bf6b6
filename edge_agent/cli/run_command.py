"""``edge-agent run``: watch the cameras and publish what happens."""

from __future__ import annotations

import argparse
import faulthandler
import os
import sys
from pathlib import Path

from edge_agent.errors import BrokerError, ConfigError, EdgeAgentError, SecretError
from edge_agent.runtime.few_arenas import keep_few_arenas
from edge_agent.runtime.watchdog import ServiceNotifier

_EPILOG = """\
Runs in the foreground, under systemd or by hand. SIGTERM and SIGINT stop it cleanly within 5 s; SIGHUP reads the
configuration again and takes over zones, calibration, rules and thresholds without losing anybody. A configuration with
problems is refused with each of them; on SIGHUP the one in force stays.

exit codes: 0 stopped   1 a part of the agent died or could not start   78 the configuration, or a file that it names,
cannot be used: starting again does not help before it was changed
"""

# EX_CONFIG of sysexits.h; the unit has RestartPreventExitStatus=78.
UNUSABLE_CONFIG = 78


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "run",
        help="watch the cameras and publish events",
        description="Watch the cameras and publish events over MQTT.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="the configuration")
    parser.set_defaults(handler=run)


def run(args: argparse.Namespace) -> int:
    """Run until a signal stops it; 1 where a part of the agent died.

    What keeps it from starting is told to the service manager as well: `systemctl status` shows it.
    """
    # What waits in the outbox and what the posture log holds is nobody else's to read.
    os.umask(0o077)
    # A watchdog ends a process that hangs with SIGABRT: the journal then has where each thread was.
    faulthandler.enable()
    notifier = ServiceNotifier()
    try:
        return _run(args)
    except (ConfigError, BrokerError, SecretError) as error:
        notifier.status(f"not watching, since the configuration cannot be used: {error}")
        sys.stderr.write(f"edge-agent: {' '.join(str(error).split())}\n")
        return UNUSABLE_CONFIG
    except EdgeAgentError as error:
        notifier.status(f"not watching: {error}")
        raise


def _run(args: argparse.Namespace) -> int:
    keep_few_arenas()
    from edge_agent.app.daemon import run_daemon
    from edge_agent.runtime.log_to_stderr import log_to_stderr
    from edge_agent.settings.file_to_settings import load_settings

    settings = load_settings(args.config)
    log_to_stderr(args.verbose, settings.log.level)
    return run_daemon(args.config, settings)
