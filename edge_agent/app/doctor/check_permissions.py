"""May this user use the cameras and read the secrets, and nobody else?"""

from __future__ import annotations

import grp
import os
from collections.abc import Iterator

from edge_agent.app.doctor.finding import Finding, failed, passed, warned
from edge_agent.capture.source_settings import CsiSettings, StreamSettings, V4l2Settings
from edge_agent.errors import SecretError
from edge_agent.mqtt.broker_access import unclaimed
from edge_agent.runtime.secret_file import CREDENTIALS_VARIABLE, SecretSource, secret_path
from edge_agent.settings.settings import Settings


def check_permissions(settings: Settings) -> Iterator[Finding]:
    """Groups for the devices, and the mode of every file that holds a secret."""
    sources = [camera.source for camera in settings.cameras]
    if any(isinstance(source, V4l2Settings) for source in sources):
        yield _group("video", "USB cameras")
    if any(isinstance(source, CsiSettings) for source in sources):
        yield _group("video", "CSI cameras")
        yield _group("render", "CSI cameras")
    for secret in secrets(settings):
        yield _secret(secret)


def secrets(settings: Settings) -> Iterator[SecretSource]:
    """Every secret that the settings name."""
    mqtt = settings.mqtt
    named = [SecretSource("mqtt.password", mqtt.password_file, mqtt.password_credential)]
    if mqtt.tls is not None and not unclaimed(mqtt.tls):
        named.append(SecretSource("mqtt.tls.key", mqtt.tls.key_file, mqtt.tls.key_credential))
    named.extend(
        SecretSource(f"camera {camera.name}", camera.source.password_file, camera.source.password_credential)
        for camera in settings.cameras
        if isinstance(camera.source, StreamSettings)
    )
    return (secret for secret in named if secret.given)


def only_for_the_service(secret: SecretSource) -> bool:
    """Whether systemd hands it to the service alone, so that the doctor cannot have it."""
    return secret.credential is not None and CREDENTIALS_VARIABLE not in os.environ


def _group(name: str, what: str) -> Finding:
    check = f"group {name}"
    if os.geteuid() == 0:
        return passed(check, "root may use every device; the service runs as another user, which must be in it")
    try:
        group = grp.getgrnam(name)
    except KeyError:
        return passed(check, "this system has no such group")
    if group.gr_gid in (*os.getgroups(), os.getegid()):
        return passed(check, f"this user is in it, as {what} need")
    step = f"`sudo usermod -aG {name} USER` for the agent's user, then start the service again"
    return warned(check, f"this user is not in it, and {what} may need that", step)


def _secret(secret: SecretSource) -> Finding:
    check = f"secret {secret.key}"
    if only_for_the_service(secret):
        return passed(check, f"the systemd credential {secret.credential}, which the service alone is given")
    try:
        path = secret_path(secret)
    except SecretError as error:
        return failed(check, str(error), "correct its owner, its mode or the path as said")
    return passed(check, f"{path} is readable by its owner alone")
