"""``edge-agent pose IMAGE...``: what does the model see in these pictures?"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from edge_agent.cli.model_arguments import add_model_arguments, open_named_model
from edge_agent.cli.silent_stderr import silent_stderr
from edge_agent.errors import CaptureError, EdgeAgentError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from edge_agent.data.pose import Poses
    from edge_agent.pose.frame_to_pose import FrameToPose

_EPILOG = """\
With --json, one line an image: image, width, height, and poses with score, box_px [x, y, width, height] and
keypoints_px [[x, y, confidence] x 17, COCO order], in pixels from the top left.
"""
_DECIMALS = 4
_DRAWN_CONFIDENCE = 0.3


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "pose",
        help="find the persons in pictures",
        description="Find the persons in pictures.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("images", nargs="+", metavar="IMAGE", help="a picture: grey, colour, or with an alpha channel")
    add_model_arguments(parser)
    parser.add_argument("--score", type=_fraction, default=0.25, help="least score of a person, 0..1 (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print one line of JSON an image")
    parser.add_argument(
        "--draw",
        type=Path,
        metavar="DIR",
        help="write each picture with its persons drawn on it, as NAME.poses.png",
    )
    parser.set_defaults(handler=pose)


def pose(args: argparse.Namespace) -> int:
    """Open the model, and go through the pictures; 1 where one of them could not be used."""
    detector = open_named_model(args, args.score)
    drawings = drawing_paths(args.draw, args.images) if args.draw else [None] * len(args.images)
    done = [_one(args, detector.detect, *each) for each in zip(args.images, drawings, strict=True)]
    return 0 if all(done) else 1


def _one(args: argparse.Namespace, stage: FrameToPose, name: str, drawing: Path | None) -> bool:
    """Go through one picture; False where it cannot be read."""
    try:
        image = read_image(Path(name))
    except CaptureError as fault:
        print(f"edge-agent: {fault}", file=sys.stderr)
        return False
    poses = stage(image)
    print(_json_line(name, image, poses) if args.json else _table(name, poses))
    if drawing:
        _write(drawing, draw(image, poses))
    return True


def drawing_paths(directory: Path, images: list[str]) -> list[Path]:
    """Where the drawing of each picture goes: ``<stem>.poses.png``, then ``<stem>-2.poses.png``.

    Never two to one file, and never one onto a picture that is given.
    """
    taken = {os.path.realpath(name) for name in images}
    paths = []
    for name in images:
        stem = Path(name).stem
        numbered = (directory / f"{stem}-{number}.poses.png" for number in itertools.count(2))
        candidates = itertools.chain([directory / f"{stem}.poses.png"], numbered)
        paths.append(next(path for path in candidates if os.path.realpath(path) not in taken))
        taken.add(os.path.realpath(paths[-1]))
    return paths


def read_image(path: Path) -> npt.NDArray[np.uint8]:
    """A picture as the model takes it.

    Grey becomes colour, an alpha channel is dropped, and 16 bits become 8.

    Returns:
        ``(H, W, 3)`` uint8, BGR.

    Raises:
        CaptureError: It is no picture, or one of more than 2^30 pixels.
    """
    import cv2
    import numpy as np

    try:
        encoded = np.frombuffer(path.read_bytes(), np.uint8)
        with silent_stderr():
            image = cv2.imdecode(encoded, cv2.IMREAD_COLOR) if encoded.size else None
    except OSError as fault:
        raise CaptureError(f"{path}: {fault.strerror}; give the path of a picture") from fault
    except cv2.error as fault:
        raise CaptureError(f"{path}: cannot be decoded ({fault.err}); use a smaller picture") from fault
    if image is None:
        raise CaptureError(f"{path}: not a picture that can be read; use JPEG, PNG, BMP, TIFF or WebP")
    return np.asarray(image, np.uint8)


def draw(image: npt.NDArray[np.uint8], poses: Poses) -> npt.NDArray[np.uint8]:
    """A copy of the picture with boxes, limbs and joints."""
    import cv2

    from edge_agent.data.keypoints import LIMBS

    canvas: npt.NDArray[np.uint8] = image.copy()
    thickness = max(1, round(max(image.shape[:2]) / 400))
    for box, points, sure in zip(poses.boxes_px, poses.keypoints_px, poses.keypoint_confidences, strict=True):
        x1, y1, x2, y2 = (round(float(side)) for side in box)
        cv2.rectangle(canvas, (x1, y1), (x2, y2), (200, 200, 200), thickness)
        places = [(round(float(x)), round(float(y))) for x, y in points]
        for a, b in LIMBS:
            if min(sure[a], sure[b]) >= _DRAWN_CONFIDENCE:
                cv2.line(canvas, places[a], places[b], (0, 200, 0), thickness, cv2.LINE_AA)
        for place, confidence in zip(places, sure, strict=True):
            if confidence >= _DRAWN_CONFIDENCE:
                cv2.circle(canvas, place, 2 * thickness, (0, 0, 255), cv2.FILLED, cv2.LINE_AA)
    return canvas


def _write(path: Path, image: npt.NDArray[np.uint8]) -> None:
    import cv2

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    except OSError as fault:
        raise EdgeAgentError(f"{path}: {fault.strerror}; --draw needs a directory that can be written") from fault


def _json_line(name: str, image: npt.NDArray[np.uint8], poses: Poses) -> str:
    persons = []
    for i in range(len(poses)):
        x1, y1, x2, y2 = poses.boxes_px[i].tolist()
        joints = zip(poses.keypoints_px[i].tolist(), poses.keypoint_confidences[i].tolist(), strict=True)
        persons.append(
            {
                "score": round(float(poses.scores[i]), _DECIMALS),
                "box_px": [round(side, _DECIMALS) for side in (x1, y1, x2 - x1, y2 - y1)],
                "keypoints_px": [[round(value, _DECIMALS) for value in (*xy, sure)] for xy, sure in joints],
            }
        )
    return json.dumps({"image": name, "width": image.shape[1], "height": image.shape[0], "poses": persons})


def _table(name: str, poses: Poses) -> str:
    lines = [f"{name}: {len(poses)} {'person' if len(poses) == 1 else 'persons'}"]
    for i in range(len(poses)):
        x1, y1, x2, y2 = poses.boxes_px[i].tolist()
        seen = int((poses.keypoint_confidences[i] >= _DRAWN_CONFIDENCE).sum())
        box = f"x {x1:.0f} y {y1:.0f} width {x2 - x1:.0f} height {y2 - y1:.0f}"
        lines.append(f"  {i + 1:>2}  score {float(poses.scores[i]):.2f}  {box}  {seen}/17 joints")
    return "\n".join(lines)


def _fraction(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value
