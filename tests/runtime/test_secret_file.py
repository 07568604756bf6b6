"""Who may read a password or a key: the agent, root, and nobody else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edge_agent.errors import SecretError
from edge_agent.runtime.secret_file import SecretSource, secret_path, secret_text

SECRET = "correct horse"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    return path


def in_file(path: Path) -> SecretSource:
    return SecretSource("mqtt.password", path, None)


def credential(name: str) -> SecretSource:
    return SecretSource("mqtt.password", None, name)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_the_agent_alone_is_read_without_its_line_end(file: Path, mode: int) -> None:
    file.chmod(mode)
    assert secret_text(in_file(file)) == SECRET


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o601, 0o644, 0o666, 0o610])
def test_a_file_that_others_can_use_is_refused_with_the_command_that_helps(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(SecretError) as refused:
        secret_path(in_file(file))
    assert str(refused.value).endswith(f"(mode {mode:04o}): chmod 600 {file}")
    assert str(refused.value).startswith("mqtt.password_file: ")
    assert SECRET not in str(refused.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_refused(file: Path) -> None:
    os.chown(file, 4711, 4711)
    with pytest.raises(SecretError, match="belongs to uid 4711, who could read and change it"):
        secret_text(in_file(file))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as somebody else")
def test_a_file_of_root_and_one_of_the_agents_user_are_fine_for_an_agent_that_is_not_root(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 4711)
    assert secret_text(in_file(file)) == SECRET
    os.chown(file, 4711, 4711)
    assert secret_text(in_file(file)) == SECRET


def test_a_link_counts_as_what_it_leads_to(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(file)
    assert secret_text(in_file(link)) == SECRET
    file.chmod(0o644)
    with pytest.raises(SecretError, match="chmod 600"):
        secret_text(in_file(link))


def test_what_is_no_file_is_refused_and_a_pipe_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path, words in ((tmp_path / "pipe", "Is no regular file"), (tmp_path, "Is a directory")):
        with pytest.raises(SecretError, match=words):
            secret_text(in_file(path))
    with pytest.raises(SecretError, match="No such file or directory: check the path"):
        secret_text(in_file(tmp_path / "absent"))


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "is empty"), (b"\n", "is empty"), (b"\xff\xfe", "not UTF-8"), (b"x" * 70_000, "64 KiB")],
)
def test_what_can_be_no_password_is_refused(file: Path, content: bytes, words: str) -> None:
    file.write_bytes(content)
    with pytest.raises(SecretError, match=words) as refused:
        secret_text(in_file(file))
    assert refused.value.__cause__ is None


def test_a_credential_is_read_from_the_directory_of_the_service_manager(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(file.parent))
    file.chmod(0o440)  # as systemd's access control list makes it look
    assert secret_text(credential("password")) == SECRET
    file.chmod(0o444)
    with pytest.raises(SecretError, match=r"mqtt\.password_credential: others can read"):
        secret_text(credential("password"))


@pytest.mark.parametrize("name", ["", ".", "..", "../password", "/etc/passwd"])
def test_a_credential_is_a_name_and_never_a_path(file: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(file.parent / "below"))
    with pytest.raises(SecretError, match="write the name alone"):
        secret_path(credential(name))


def test_without_credentials_from_systemd_it_says_what_the_unit_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(SecretError, match="add LoadCredential=broker:/PATH to the service, or name a file in"):
        secret_text(credential("broker"))
