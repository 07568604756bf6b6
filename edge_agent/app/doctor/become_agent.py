"""From root to the agent's user: root has rights that the agent does not have, and leaves files that root alone has."""

from __future__ import annotations

import contextlib
import grp
import logging
import os
import pwd
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from edge_agent.errors import ConfigError
from edge_agent.settings.file_to_settings import load_settings

logger = logging.getLogger(__name__)

# What the unit gives the agent beside its own groups (SupplementaryGroups=).
_DEVICE_GROUPS = ("video", "render")


@dataclass(frozen=True, slots=True)
class AgentIds:
    """Whom the agent runs as.

    Attributes:
        uid: Who owns the state directory.
        gid: Its group.
        groups: All of them, those of cameras and GPU as well.
    """

    uid: int
    gid: int
    groups: tuple[int, ...]


def agent_ids(state_dir: Path) -> AgentIds | None:
    """Whom the agent runs as; None where that is root.

    Raises:
        OSError: There is no such directory.
    """
    owner = state_dir.stat()
    if owner.st_uid == 0:
        return None
    return AgentIds(owner.st_uid, owner.st_gid, tuple(sorted(_groups(owner.st_uid, owner.st_gid))))


def become_agent(config: Path) -> None:
    """Give up root for the owner of the state directory, for good; for a process of its own.

    As root, SQLite would make the outbox's side files root's, and the agent could no longer write.

    Args:
        config: Names the state directory; where it cannot be used, or the directory is root's, nothing changes.
    """
    if os.geteuid() != 0:
        return
    try:
        state_dir = load_settings(config).state_dir
    except ConfigError:
        return
    become_owner(state_dir)


def become_owner(state_dir: Path) -> None:
    """The same for who knows the state directory.

    Args:
        state_dir: Where it cannot be looked at, or is root's, nothing changes.
    """
    if os.geteuid() != 0:
        return
    try:
        user = agent_ids(state_dir)
    except OSError:
        return
    if user is None:
        return
    if not _open_to_all(Path(sys.base_prefix)):
        logger.warning("looking as root: %s is closed to the agent's user", sys.base_prefix)
        return
    os.setgroups(user.groups)
    os.setgid(user.gid)
    os.setuid(user.uid)
    logger.info("looking as uid %d, who owns the state directory", user.uid)


def _open_to_all(directory: Path) -> bool:
    """Whether any user may go there; modules are imported late, and an interpreter below /root would fall apart."""
    return all(each.stat().st_mode & stat.S_IXOTH for each in (directory, *directory.parents))


def _groups(uid: int, gid: int) -> set[int]:
    groups = {gid}
    with contextlib.suppress(KeyError):  # a user that systemd makes up (DynamicUser=)
        groups.update(os.getgrouplist(pwd.getpwuid(uid).pw_name, gid))
    for name in _DEVICE_GROUPS:
        try:
            groups.add(grp.getgrnam(name).gr_gid)
        except KeyError:
            continue
    return groups
