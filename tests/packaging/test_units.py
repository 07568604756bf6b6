"""The units as they are written: what `systemd-analyze` says of them without a running systemd."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

DEBIAN = Path(__file__).resolve().parents[2] / "packaging" / "debian"
IMAGE = DEBIAN.parent / "image" / "root"
SERVICES = {
    "edge-agent": "edge-agent.service",
    "edge-agent-updater": "edge-agent.edge-agent-updater.service",
    "edge-agent-provision": "edge-agent.edge-agent-provision.service",
    "edge-agent-claim": "edge-agent.edge-agent-claim.service",
}
# The provisioning mounts sticks and names the computer, as root, for a second after the start.
MOST_EXPOSED = {"edge-agent-provision": 2.0}


def directives(name: str) -> dict[str, str]:
    """The last value of each directive."""
    lines = (DEBIAN / SERVICES[name]).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_do_little_beyond_its_work(name: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / f"{name}.service"
    shutil.copyfile(DEBIAN / SERVICES[name], unit)
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unrecognized option" in ran.stderr:
        pytest.skip("this systemd-analyze cannot look at a file")
    assert "ignoring" not in ran.stderr
    assert float(ran.stdout.splitlines()[-1].split(": ")[1].split()[0]) <= MOST_EXPOSED.get(name, 1.5), ran.stdout


def test_the_unit_does_not_start_again_what_the_daemon_says_it_cannot_cure() -> None:
    from edge_agent.cli.run_command import UNUSABLE_CONFIG

    unit = directives("edge-agent")
    assert unit["RestartPreventExitStatus"] == str(UNUSABLE_CONFIG)
    assert unit["Restart"] == "on-failure"
    assert unit["Type"] == "notify"


def test_no_unit_carries_a_secret_and_no_picture_reaches_the_disk_by_a_core_dump() -> None:
    for name in SERVICES:
        unit = directives(name)
        assert "Environment" not in unit
        assert "EnvironmentFile" not in unit
        assert unit["LimitCORE"] == "0"


def test_the_agent_waits_for_what_is_taken_over_and_does_not_start_from_half_of_it() -> None:
    from edge_agent.provision.place import CONFIG, READY

    readers = ("edge-agent", "edge-agent-updater", "edge-agent-claim")
    assert directives("edge-agent-provision")["Before"].split() == [f"{name}.service" for name in readers]
    for name in readers:
        text = (DEBIAN / SERVICES[name]).read_text()
        assert f"\nConditionPathExists=/{CONFIG}\n" in text
        assert f"\nConditionPathExists=!/{READY}\n" in text


def test_the_boot_partition_is_mounted_before_it_is_looked_at() -> None:
    from edge_agent.provision.medium import BOOT

    mounts = {f"{place.replace('/', '-')}.mount" for place in BOOT}
    # `nofail`, as in the image, takes a mount out of what local-fs.target waits for.
    assert set(directives("edge-agent-provision")["After"].split()) == {"local-fs.target", *mounts}
    (line,) = [line.split() for line in (IMAGE / "etc/fstab").read_text().splitlines() if " /boot/firmware " in line]
    assert "nofail" in line[3].split(",")
    assert any(option.startswith("x-systemd.device-timeout=") for option in line[3].split(","))


def test_the_provisioning_tries_again_what_the_disk_refused_and_not_what_was_wrong_with_a_file() -> None:
    unit = directives("edge-agent-provision")
    assert (unit["Restart"], unit["RestartPreventExitStatus"]) == ("on-failure", "1")


def test_a_stick_that_is_plugged_in_starts_the_service_that_looks_at_it() -> None:
    rule = (DEBIAN / "edge-agent-provision.rules").read_text()
    assert 'ENV{SYSTEMD_WANTS}+="edge-agent-provision.service"' in rule
    assert "ID_FS_TYPE" in rule


def test_the_updater_stays_to_hear_commands_and_the_timer_spreads_when_it_starts() -> None:
    unit = directives("edge-agent-updater")
    assert unit["Type"] == "notify"
    assert "--once" not in unit["ExecStart"]
    assert "WantedBy" not in unit  # the timer alone starts it
    timer = (DEBIAN / "edge-agent.edge-agent-updater.timer").read_text().splitlines()
    assert {"OnBootSec=2min", "OnCalendar=hourly", "RandomizedDelaySec=30min", "WantedBy=timers.target"} <= set(timer)
    # A device without a configuration is not given up: the service is, until the next hour.
    assert not any(line.startswith("Condition") for line in timer)
    assert unit["ConditionPathExists"] == directives("edge-agent")["ConditionPathExists"]


def test_the_updater_is_not_started_again_over_a_configuration_that_cannot_be_used() -> None:
    from edge_agent.cli.run_command import UNUSABLE_CONFIG

    unit = directives("edge-agent-updater")
    assert (unit["Restart"], unit["RestartPreventExitStatus"]) == ("on-failure", str(UNUSABLE_CONFIG))


def test_a_claim_that_waits_or_hangs_gives_way_to_the_next_one() -> None:
    from edge_agent.claim.run_claim import WHOLE_S

    assert directives("edge-agent-claim")["TimeoutStartSec"] == "90min"
    assert WHOLE_S < 90 * 60
    timer = (DEBIAN / "edge-agent.edge-agent-claim.timer").read_text().splitlines()
    assert {"OnBootSec=10s", "OnCalendar=hourly"} <= set(timer)


def test_the_claim_is_started_for_what_the_check_of_a_configuration_says() -> None:
    from edge_agent.settings.settings_to_summary import CLAIM_DIRECTORY

    unit = (DEBIAN / SERVICES["edge-agent-claim"]).read_text()
    assert f"\nConditionPathExists=|{CLAIM_DIRECTORY}\n" in unit


def test_a_stop_does_not_kill_the_child_in_which_a_model_is_tried() -> None:
    from edge_agent.pose.judge import ProbeLimits

    for name in ("edge-agent", "edge-agent-updater"):
        assert directives(name)["KillMode"] == "mixed"
    assert int(directives("edge-agent-updater")["TimeoutStopSec"]) > ProbeLimits().wall_s


def test_agent_and_updater_have_names_of_their_own_in_the_journal() -> None:
    # The agent's is the name of its program.
    assert directives("edge-agent-updater")["SyslogIdentifier"] == "edge-agent-updater"
    assert directives("edge-agent")["ExecStart"].split()[0] == "/usr/bin/edge-agent"
