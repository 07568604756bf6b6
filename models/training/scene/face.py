"""Paint naked skin: face, lips, eyes, brows, beard; the colours that make a head a face at 30 pixels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.body_regions import BodyRegions
from edge_agent.models.training.scene.cloth_pattern import draw_waves
from edge_agent.models.training.scene.palette import Floats, linear


def beard_mask(regions: BodyRegions) -> npt.NDArray[np.bool_]:
    """Chin, jaw and upper lip, bool `(V,)`."""
    x, y, z = regions.face_m.T
    lips = _lips(regions)
    jaw = (z < -0.062) & (x > -0.075) & (z > -0.15)
    moustache = (np.abs(y) < 0.03) & (z < -0.046) & (z > -0.062) & (x > 0.0)
    return np.asarray(regions.is_head & ~regions.is_ear & ~lips & (jaw | moustache))


def scalp_mask(regions: BodyRegions) -> npt.NDArray[np.bool_]:
    """Where hair grows on the head, bool `(V,)`."""
    x, _, z = regions.face_m.T
    # The hairline comes down from the forehead to the ears and on to the nape.
    line = np.interp(x, [-0.20, -0.125, -0.085, -0.06, -0.02, 0.03], [-0.075, -0.065, 0.0, 0.025, 0.055, 0.062])
    return np.asarray(regions.is_head & ~regions.is_ear & ~regions.is_eye & (z > line))


def _lips(regions: BodyRegions) -> npt.NDArray[np.bool_]:
    x, y, z = regions.face_m.T
    return np.asarray(regions.is_head & (x > -0.005) & ((y / 0.027) ** 2 + ((z + 0.070) / 0.0095) ** 2 < 1.0))


def paint_skin(rng: np.random.Generator, regions: BodyRegions, skin: Floats, hair: Floats, *, female: bool) -> Floats:
    """Colours of the whole naked body.

    Args:
        rng: the source of chance.
        regions: where the vertices lie.
        skin: linear RGB `(3,)`.
        hair: linear RGB `(3,)`, for the brows.
        female: lips are redder then.

    Returns:
        float64 `(V, 3)`, linear RGB.
    """
    x, y, z = regions.face_m.T
    mottle = draw_waves(rng, 0.05, 0.3).at(regions.neutral_m)
    colours = skin * (1.0 + 0.05 * mottle)[:, None]
    redness = np.array([1.06, 0.86, 0.86])
    colours[regions.is_hand | regions.is_ear] *= redness
    head = regions.is_head
    side = regions.eye_side_m
    from_eye = np.minimum(np.hypot((y - side) / 1.3, z), np.hypot((y + side) / 1.3, z))
    facing = head & (x > -0.03)
    cheek = facing & (np.hypot(np.abs(y) - side, z + 0.04) < 0.022)
    colours[cheek] *= np.array([1.05, 0.9, 0.9])
    socket = facing & ~regions.is_eye & (from_eye < 0.017)
    colours[socket] *= rng.uniform(0.55, 0.8)
    lips = _lips(regions)
    lip = skin * (np.array([0.95, 0.5, 0.52]) if female else np.array([0.85, 0.6, 0.6])) * rng.uniform(0.7, 1.0)
    colours[lips] = lip
    colours[lips & (np.abs(z + 0.070) < 0.003)] *= 0.35
    colours[facing & (np.abs(y) < 0.013) & (np.abs(z + 0.043) < 0.005) & (x > 0.0)] *= 0.5
    brow_z = 0.021 - 0.10 * (np.abs(y) - side) ** 2 / side
    brow = facing & (np.abs(np.abs(y) - side) < 0.021) & (np.abs(z - brow_z) < rng.uniform(0.004, 0.0065))
    colours[brow] = 0.25 * colours[brow] + 0.75 * hair
    return _eyes(rng, regions, colours)


def _eyes(rng: np.random.Generator, regions: BodyRegions, colours: Floats) -> Floats:
    """White eyeballs with a dark iris in the middle."""
    x, y, z = regions.face_m.T
    eye = regions.is_eye
    off = np.hypot(np.abs(y) - regions.eye_side_m, z)
    colours[eye] = linear((200, 196, 190)) * 0.8
    front = eye & (off < 0.0075) & (x > 0.0)
    colours[front] = linear(rng.choice(np.array([(38, 24, 16), (60, 44, 30), (70, 84, 96)]), p=[0.7, 0.15, 0.15])) * 0.7
    return colours
