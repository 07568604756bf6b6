"""A room, a camera in it that may roll, and where its points show: the projection that the stage turns round.

Room: x right, y ahead, z up, in metres; the camera hangs over the origin and looks ahead and down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from hypothesis import strategies as st

from edge_agent.data.calibration import Calibration, FloorPoint
from edge_agent.posture.camera_pose import CameraPose, calibration_to_pose
from edge_agent.posture.camera_view import CameraView
from edge_agent.posture.skeleton import Joint

WIDTH_PX, HEIGHT_PX = 640, 480
Room = tuple[float, float, float]


@dataclass(frozen=True)
class RoomCamera:
    """A pinhole camera; the roll turns its picture about the middle."""

    tilt_deg: float
    fov_deg: float
    height_m: float
    roll_deg: float = 0.0

    @property
    def focal_px(self) -> float:
        """Focal length."""
        return WIDTH_PX / 2 / math.tan(math.radians(self.fov_deg) / 2)

    @property
    def view(self) -> CameraView:
        """What the stage makes of it, told everything."""
        tilt, roll = math.radians(self.tilt_deg), math.radians(self.roll_deg)
        up = (math.cos(tilt) * math.sin(roll), -math.cos(tilt) * math.cos(roll), -math.sin(tilt))
        return CameraView(CameraPose(self.focal_px, WIDTH_PX / 2, HEIGHT_PX / 2, *up, self.height_m))

    def depth_m(self, at_m: Room) -> float:
        """How far before the camera's lens a point is."""
        tilt = math.radians(self.tilt_deg)
        return at_m[1] * math.cos(tilt) - (at_m[2] - self.height_m) * math.sin(tilt)

    def seen(self, at_m: Room) -> Joint:
        """Where a point shows."""
        tilt, roll = math.radians(self.tilt_deg), math.radians(self.roll_deg)
        down = -at_m[1] * math.sin(tilt) - (at_m[2] - self.height_m) * math.cos(tilt)
        u, v = at_m[0] / self.depth_m(at_m), down / self.depth_m(at_m)
        u, v = u * math.cos(roll) - v * math.sin(roll), u * math.sin(roll) + v * math.cos(roll)
        return Joint(WIDTH_PX / 2 + self.focal_px * u, HEIGHT_PX / 2 + self.focal_px * v, 0.0, 0.0, 1.0)

    def shows(self, at_m: Room) -> bool:
        """Whether a point is in the picture."""
        if self.depth_m(at_m) < 0.5:
            return False
        shown = self.seen(at_m)
        return 0.0 <= shown.x_px <= WIDTH_PX and 0.0 <= shown.y_px <= HEIGHT_PX


def rooms(max_roll_deg: float = 15.0) -> st.SearchStrategy[RoomCamera]:
    """Cameras as they hang in a hall."""
    return st.builds(
        RoomCamera,
        tilt_deg=st.floats(5.0, 50.0),
        fov_deg=st.floats(40.0, 90.0),
        height_m=st.floats(2.0, 6.0),
        roll_deg=st.floats(-max_roll_deg, max_roll_deg),
    )


def view_of(*, tilt_deg: float, fov_deg: float) -> CameraView:
    """Of a level camera whose height nobody told."""
    return CameraView(calibration_to_pose(Calibration(tilt_deg=tilt_deg, fov_deg=fov_deg), WIDTH_PX, HEIGHT_PX))


def marked(camera: RoomCamera, marks_m: list[tuple[float, float]], *, mirrored: bool = False) -> tuple[FloorPoint, ...]:
    """Marks on the floor as an installer writes them down, with the axes turned by 30 deg and begun elsewhere."""
    turn = math.radians(30.0)
    points = []
    for x, y in marks_m:
        shown = camera.seen((x, y, 0.0))
        along = x * math.cos(turn) - y * math.sin(turn) + 2.0
        points.append(
            FloorPoint(
                at=(shown.x_px / WIDTH_PX, shown.y_px / HEIGHT_PX),
                x_m=-along if mirrored else along,
                y_m=x * math.sin(turn) + y * math.cos(turn) - 1.0,
            )
        )
    return tuple(points)
