"""The signed manifest of a model's version: read back as written, and nothing in it leads out of its directory."""

from __future__ import annotations

import json
from typing import Any

import pytest

from edge_agent.errors import SignedFileError
from edge_agent.update.release import (
    Budget,
    GoldenResult,
    Metrics,
    Release,
    ReleaseFile,
    RuntimeNeeds,
    RuntimeRange,
    hardware_fits,
    parse_release,
    release_path,
    release_to_bytes,
    version_fits,
)

FILES = tuple(
    ReleaseFile(path=path, length=10, sha256="ab" * 32)
    for path in ("model.tflite", "model.yaml", "golden/golden.yaml", "golden/one.png")
)
RELEASE = Release(
    name="edge-pose-n",
    version="1.2",
    hardware=("aarch64",),
    runtime=RuntimeNeeds(litert=RuntimeRange(min="1.2", max="2.3"), agent=RuntimeRange(min="0.1")),
    files=FILES,
    golden=(GoldenResult(name="one.png", score=0.9, oks=0.8),),
    licence="Apache-2.0",
    metrics=Metrics(dataset="28 COCO pictures", oks_ap=0.1, oks_ap50=0.2),
    budget=Budget(latency_ms=40.0, rss_mb=150.0),
)


def changed(**values: Any) -> bytes:
    return json.dumps(json.loads(release_to_bytes(RELEASE)) | values).encode()


def with_path(path: str) -> bytes:
    files = json.loads(release_to_bytes(RELEASE))["files"]
    return changed(files=[*files, {"path": path, "length": 1, "sha256": "00" * 32}])


def test_it_is_read_as_it_was_written() -> None:
    assert parse_release(release_to_bytes(RELEASE)) == RELEASE
    assert RELEASE.total_bytes == 40
    assert release_path(RELEASE.name, RELEASE.version) == "models/edge-pose-n/1.2/release.json"


@pytest.mark.parametrize(
    "path",
    [
        "../x",
        "/etc/passwd",
        "golden/../x",
        "a/b",
        "golden/",
        "",
        ".hidden",
        "golden/.x",
        "a\\b",
        "a\nb",
        "release.json",
    ],
)
def test_no_file_leads_out_of_the_directory(path: str) -> None:
    with pytest.raises(SignedFileError, match="files"):
        parse_release(with_path(path))


def test_no_file_stands_there_twice() -> None:
    with pytest.raises(SignedFileError, match="twice"):
        parse_release(with_path("model.tflite"))


def test_a_release_has_a_model_and_its_manifest() -> None:
    with pytest.raises(SignedFileError, match=r"model\.yaml must be among"):
        parse_release(changed(files=[{"path": "model.tflite", "length": 1, "sha256": "00" * 32}]))


@pytest.mark.parametrize("values", [{"hardware": []}, {"licence": ""}, {"budget": {"latency_ms": 0}}, {"gpu": True}])
def test_what_is_wrong_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(SignedFileError):
        parse_release(changed(**values))


def test_a_later_one_is_refused_with_what_to_do() -> None:
    with pytest.raises(SignedFileError, match="update the agent first") as refusal:
        parse_release(changed(schema_version=9))
    assert refusal.value.newer


def test_hardware_is_named_or_any() -> None:
    assert hardware_fits(RELEASE, "aarch64")
    assert not hardware_fits(RELEASE, "x86_64")
    assert hardware_fits(parse_release(changed(hardware=["any"])), "riscv64")


@pytest.mark.parametrize(
    ("installed", "fits"),
    [("1.1.9", False), ("1.2", True), ("1.2.0rc1", True), ("2.3.7", True), ("2.4", False), ("10.0", False)],
)
def test_versions_are_numbers_and_both_ends_belong(installed: str, fits: bool) -> None:
    assert version_fits(RuntimeRange(min="1.2", max="2.3"), installed) is fits


def test_without_ends_every_version_fits() -> None:
    assert version_fits(RuntimeRange(), "0")
