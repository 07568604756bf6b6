"""Colours of skin, hair and cloth, in linear RGB."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# From pale to very dark, sRGB 0 to 255; chosen to span the six Fitzpatrick types (Arch. Dermatol. 1988;124:869).
_SKIN_SRGB = np.array(
    [
        (247, 218, 196),
        (236, 196, 168),
        (222, 172, 140),
        (200, 145, 108),
        (164, 110, 76),
        (116, 76, 52),
        (74, 48, 36),
        (52, 34, 28),
    ]
)
_HAIR_SRGB = np.array(
    [
        (22, 18, 17),
        (38, 28, 22),
        (58, 40, 28),
        (86, 58, 36),
        (124, 86, 50),
        (176, 136, 84),
        (110, 52, 28),
        (130, 128, 126),
        (206, 204, 200),
    ]
)
_HAIR_SHARE = np.array([0.33, 0.22, 0.14, 0.09, 0.06, 0.06, 0.02, 0.05, 0.03])
_CLOTH_SRGB = np.array(
    [
        (20, 20, 22), (45, 46, 50), (88, 90, 94), (140, 142, 146), (196, 196, 196), (238, 238, 236),
        (24, 32, 62), (36, 58, 110),
        (60, 96, 160), (128, 168, 208), (40, 110, 160), (120, 24, 28), (186, 36, 40), (214, 90, 80),
        (226, 112, 40), (236, 176, 60),
        (244, 222, 90), (36, 70, 44), (62, 104, 62), (120, 150, 84), (96, 100, 62), (150, 130, 92),
        (204, 184, 150), (92, 64, 44),
        (58, 40, 32), (104, 60, 116), (214, 140, 170), (232, 196, 200), (24, 108, 108), (90, 178, 170),
    ]
)  # fmt: skip
_TROUSER_SRGB = np.array(
    [(20, 20, 22), (36, 38, 44), (66, 68, 72), (110, 112, 116), (24, 32, 58), (40, 58, 92), (60, 84, 124),
        (104, 130, 164), (28, 36, 52),
     (130, 112, 82), (176, 158, 124), (84, 84, 60), (72, 54, 40), (220, 218, 212), (46, 62, 50)]
)  # fmt: skip
WORKWEAR_SRGB = np.array(
    [(28, 40, 84), (36, 64, 130), (60, 100, 170), (24, 28, 40), (70, 74, 80), (120, 124, 130),
        (204, 92, 30), (232, 120, 30),
     (40, 86, 60), (160, 140, 104), (210, 206, 196), (30, 30, 32), (150, 30, 32), (214, 220, 40), (96, 84, 66)]
)  # fmt: skip
HI_VIS_SRGB = np.array([(216, 240, 40), (226, 246, 70), (250, 112, 30), (255, 140, 30), (240, 80, 50)])
HELMET_SRGB = np.array(
    [
        (244, 244, 242),
        (248, 206, 30),
        (236, 176, 20),
        (206, 30, 30),
        (30, 80, 170),
        (240, 110, 24),
        (30, 120, 66),
        (70, 72, 76),
    ]
)


def linear(srgb_255: npt.ArrayLike) -> Floats:
    """From sRGB 0 to 255 to linear RGB 0 to 1 (IEC 61966-2-1)."""
    value = np.asarray(srgb_255, np.float64) / 255.0
    return np.asarray(np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4))


def jittered(rng: np.random.Generator, srgb_255: npt.ArrayLike, amount: float = 12.0) -> Floats:
    """A colour near the given one, linear RGB `(3,)`."""
    base = np.asarray(srgb_255, np.float64) * rng.uniform(0.85, 1.1)
    return linear(np.clip(base + rng.normal(0.0, amount, 3), 4.0, 252.0))


def skin_colour(rng: np.random.Generator, african: float, asian: float) -> Floats:
    """A skin colour, linear RGB `(3,)`, that goes with the shape of the face.

    Args:
        rng: the source of chance.
        african: share of African form, 0 to 1.
        asian: share of East Asian form, 0 to 1.
    """
    place = african * 5.8 + asian * 1.9 + (1.0 - african - asian) * 0.9 + rng.normal(0.0, 0.9)
    place = float(np.clip(place, 0.0, len(_SKIN_SRGB) - 1.001))
    low = int(place)
    mixed = (low + 1 - place) * _SKIN_SRGB[low] + (place - low) * _SKIN_SRGB[low + 1]
    return linear(np.clip(mixed * rng.uniform(0.93, 1.05) + rng.normal(0.0, 5.0, 3), 8.0, 252.0))


def hair_colour(rng: np.random.Generator, dark: float) -> Floats:
    """A hair colour, linear RGB `(3,)`; the higher `dark`, 0 to 1, the surer it is black or brown."""
    row = int(rng.integers(0, 2)) if rng.random() < dark else int(rng.choice(len(_HAIR_SRGB), p=_HAIR_SHARE))
    return jittered(rng, _HAIR_SRGB[row], 5.0)


def cloth_colour(rng: np.random.Generator) -> Floats:
    """A colour for a shirt or jacket, linear RGB `(3,)`; now and then any colour at all."""
    if rng.random() < 0.12:
        return linear(rng.uniform(10.0, 250.0, 3))
    return jittered(rng, _CLOTH_SRGB[rng.integers(len(_CLOTH_SRGB))])


def trouser_colour(rng: np.random.Generator) -> Floats:
    """A colour for trousers, linear RGB `(3,)`."""
    return jittered(rng, _TROUSER_SRGB[rng.integers(len(_TROUSER_SRGB))], 8.0)


def one_of(rng: np.random.Generator, table_srgb: npt.NDArray[np.int64], amount: float = 10.0) -> Floats:
    """A colour near one row of a table, linear RGB `(3,)`."""
    return jittered(rng, table_srgb[rng.integers(len(table_srgb))], amount)
