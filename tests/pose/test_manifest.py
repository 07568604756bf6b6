"""``model.yaml``: what may stand in it, and what it is held against."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from edge_agent.errors import ModelRefused, ModelUnreadable
from edge_agent.pose.interpreter import import_runtime
from edge_agent.pose.manifest import (
    Manifest,
    ManifestInput,
    MinimumRuntime,
    check_hash,
    check_runtime,
    read_manifest,
    write_manifest,
)
from edge_agent.pose.yaml_file import MAX_YAML_BYTES


def manifest(**changes: object) -> Manifest:
    parts: dict[str, object] = {
        "name": "one",
        "version": "8",
        "input": ManifestInput(width_px=320, height_px=320),
        "licence": "Apache-2.0",
        "source": "our own",
        "sha256": hashlib.sha256(b"weights").hexdigest(),
    }
    return Manifest.model_validate(parts | changes)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(write_manifest(manifest(minimum_runtime=MinimumRuntime(litert="1.2"))), "utf-8")
    assert read_manifest(path) == manifest(minimum_runtime=MinimumRuntime(litert="1.2"))


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("family: yolo-pose", "family: movenet", "family"),
        ("colour_order: rgb", "colour_order: bgr", "input.colour_order"),
        ("licence:", "license:", "licence"),
        ("name: one", "name: ../one", "name"),
        ("version: '8'", "versoin: 9", "version"),
        ("version: '8'", "version: '8'\nversoin: 9", "versoin"),
        ("version: '8'", "version: [8]", "version"),
        ("Apache-2.0", '"MIT\\e[2K"', "licence"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, place: str) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(write_manifest(manifest()).replace(old, new), "utf-8")
    with pytest.raises(ModelUnreadable, match=rf"model\.yaml: {place}: "):
        read_manifest(path)


@pytest.mark.parametrize("text", ["", "[1, 2]", "name: [", "\x00", "[" * 3000, "version: 2024-13-45", "{[a]: b}"])
def test_what_is_no_manifest_is_unreadable(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ModelUnreadable):
        read_manifest(path)


@pytest.mark.parametrize("version", ["8", "1.10", "2024-13-45", "2024-12-31", "0o9", "!!int x"])
def test_a_version_is_what_was_written(tmp_path: Path, version: str) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(write_manifest(manifest()).replace("version: '8'", f"version: {version}"), "utf-8")
    assert read_manifest(path).version == version.removeprefix("!!int ")


def test_a_manifest_without_end_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "model.yaml"
    path.write_text(write_manifest(manifest()) + "#" * MAX_YAML_BYTES, "utf-8")
    with pytest.raises(ModelUnreadable, match=f"longer than {MAX_YAML_BYTES} bytes"):
        read_manifest(path)


def test_a_pipe_is_no_manifest(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "model.yaml")
    with pytest.raises(ModelUnreadable, match="not a file"):
        read_manifest(tmp_path / "model.yaml")


def test_another_file_is_refused(tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(b"weights")
    check_hash(manifest(), model)
    model.write_bytes(b"weighty")
    with pytest.raises(ModelRefused, match="its manifest says"):
        check_hash(manifest(), model)


def test_an_interpreter_that_is_too_old_is_refused() -> None:
    installed, _ = import_runtime("auto")
    other = "tflite" if installed == "litert" else "litert"
    check_runtime(manifest(minimum_runtime=MinimumRuntime(**{installed: "1.0", other: "99"})), installed)
    with pytest.raises(ModelRefused, match=r"needs [a-z-]+ 99\.1"):
        check_runtime(manifest(minimum_runtime=MinimumRuntime(**{installed: "99.1"})), installed)
