"""Each type of source has a class, and a missing package is named."""

from __future__ import annotations

import sys
import typing
from pathlib import Path

import pytest

from edge_agent.capture.source_settings import ClipSettings, CsiSettings, SourceSettings, StreamSettings, V4l2Settings
from edge_agent.capture.source_table import SOURCES, source_for
from edge_agent.errors import CaptureError

EXAMPLES: list[SourceSettings] = [
    V4l2Settings(type="v4l2", device="/dev/video0"),
    CsiSettings(type="csi"),
    StreamSettings(type="stream", url="rtsp://camera/1"),
    ClipSettings(type="clip", path=Path("a.mp4")),
]


def test_every_type_of_settings_is_in_the_table() -> None:
    types = {typing.get_args(typing.get_type_hints(kind)["type"])[0] for kind in typing.get_args(SourceSettings)}
    assert types == set(SOURCES) == {settings.type for settings in EXAMPLES}


@pytest.mark.parametrize("settings", EXAMPLES, ids=lambda settings: settings.type)
def test_a_source_is_made_without_touching_its_device(settings: SourceSettings) -> None:
    source = source_for(settings)
    assert f"{type(source).__module__}:{type(source).__name__}" == SOURCES[settings.type]
    source.close()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("edge_agent.capture.")]:
        if name.rpartition(".")[2] in ("v4l2", "opencv_capture"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(CaptureError, match=r"v4l2 source needs the Python package cv2"):
        source_for(EXAMPLES[0])
