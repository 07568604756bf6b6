"""``edge-agent provision``: take over a configuration from the boot partition or a USB stick."""

from __future__ import annotations

import argparse
import fcntl
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.errors import ProvisioningError

if TYPE_CHECKING:
    from edge_agent.provision.medium import Medium

_EPILOG = """\
Looks for edge-agent.yaml on the boot partition and on USB sticks, checks it as a whole, puts configuration,
certificates and secrets into place, names the computer, wipes the file, and starts the agent. Where something is wrong
with it nothing is changed, and the reasons are left beside it in edge-agent.error.txt. The service edge-agent-provision
does this at each boot and whenever a stick is plugged in; it needs root. docs/provisioning.md has an example.

exit codes: 0 done, or nothing to do   1 a file was not used, or could not be wiped   74 the device's own disk refused
"""
_ROOT = Path("/")
_SCRATCH = "/run/edge-agent-provision"
_USER = "edge-agent"
# The agent first; the others end at once where the configuration has nothing for them.
_UNITS = ("edge-agent.service", "edge-agent-updater.service", "edge-agent-claim.service")
_SYSTEMD = Path("/run/systemd/system")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_START_S = 30.0
_KINDS = {"boot": "the boot partition"}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "provision",
        help="take over a configuration from the boot partition or a USB stick",
        description="Take over a configuration, with its secrets, from the boot partition or a USB stick.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--from", dest="directory", type=Path, metavar="DIR", help="look here and nowhere else")
    which.add_argument("--check", type=Path, metavar="FILE", help="check a provisioning file; change nothing")
    parser.add_argument("--again", action="store_true", help="take also what was taken before, or passed over")
    parser.set_defaults(handler=provision)


def provision(args: argparse.Namespace) -> int:
    """Provision this device; 1 where something was not used, 74 where another try may help."""
    # Whatever is made on the way is root's alone.
    os.umask(0o077)
    if args.check is not None:
        return _check(args.check)
    if os.geteuid() != 0:
        raise ProvisioningError("provisioning writes below /etc: run it as root")
    from edge_agent.provision.look import look_everywhere, look_in

    scratch = Path(os.environ.get("RUNTIME_DIRECTORY", _SCRATCH))
    scratch.mkdir(mode=0o700, exist_ok=True)
    with _alone(scratch):
        passes = look_in(args.directory) if args.directory else look_everywhere(_ROOT, scratch)
        try:
            failed = [_provision(media, scratch, again=args.again) for media in passes]
        except OSError as error:
            _say(f"the device's own disk: {error.strerror}: what was begun is ended when it takes it")
            return os.EX_IOERR
    return int(any(failed))


def _provision(media: Sequence[Medium], scratch: Path, *, again: bool) -> bool:
    """Take what there is; whether something was not used."""
    from edge_agent.provision.books import read_books
    from edge_agent.provision.look import anything_to_do

    if not anything_to_do(_ROOT, media):
        where = " or ".join(dict.fromkeys(_KINDS.get(each.kind, each.name) for each in media)) or "this computer"
        closed = "" if read_books(_ROOT).accept_usb else " (USB sticks are not looked at: `accept_usb: false`)"
        _say(f"there is no edge-agent.yaml on {where}: nothing to do{closed}")
        return False
    from edge_agent.clock import SystemClock
    from edge_agent.provision.files_to_place import agent_user
    from edge_agent.provision.host_name import take_host_name
    from edge_agent.provision.provisioner import Device, Provisioner

    device = Device(_ROOT, agent_user(_USER), scratch, _BOOT_ID.read_text().strip(), SystemClock())
    outcome = Provisioner(device, _say).run(media, again=again)
    if outcome.taken:
        try:
            take_host_name(_ROOT)
        except OSError as error:
            _say(f"the host name is taken at the next start: {error.strerror}")
        _start()
    return outcome.failed


def _check(file: Path) -> int:
    from edge_agent.errors import ConfigError
    from edge_agent.provision.file_to_plan import file_to_plan

    with tempfile.TemporaryDirectory() as scratch:
        try:
            plan = file_to_plan(file, _ROOT, Path(scratch))
        except ConfigError as error:
            for problem in error.problems:
                print(problem.in_file(error.file))
            return 1
    named = plan.device.origin == "file"
    whose = f"the device {plan.settings.device}" if named else "a device that is named by its serial number"
    print(f"{file}: good, for {whose} at site {plan.settings.site}")
    return 0


@contextmanager
def _alone(scratch: Path) -> Iterator[None]:
    """Wait for another one of this command to end; two at once would write the same files."""
    with (scratch / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start() -> None:
    """Let the agent run with what it has now. At boot it waits for this command to end."""
    if not _SYSTEMD.is_dir():
        return
    # What came before may have used up its starts.
    for command in (["reset-failed", *_UNITS[:1]], ["--no-block", "restart", *_UNITS]):
        ran = subprocess.run(  # noqa: S603  # our own words
            ["systemctl", *command],  # noqa: S607  # wherever the distribution has it
            capture_output=True,
            text=True,
            timeout=_START_S,
            check=False,
        )
        if ran.returncode and command[0] != "reset-failed":
            _say(f"the agent does not start: {ran.stderr.strip()}")


def _say(line: str) -> None:
    # The unit lets the console see it, too.
    print(f"edge-agent: {line}", flush=True)
