"""How well a model found a golden input; apart from the pictures, so that who only reads a verdict needs no OpenCV."""

from __future__ import annotations

from dataclasses import dataclass

# Six sound public exports reach 0.88 and 0.67 or more on the shipped inputs in either runtime; a broken one rarely
# both on one of them (tests/pose/test_judge.py).
MIN_SCORE = 0.5
MIN_OKS = 0.5


@dataclass(frozen=True, slots=True)
class GoldenScore:
    """How well a model found the person of one golden input.

    Attributes:
        name: File name of the picture.
        score: Score of the best person found; 0 where there is none.
        oks: Object keypoint similarity of that person with the truth, 0..1.
    """

    name: str
    score: float
    oks: float

    @property
    def passed(self) -> bool:
        """Whether the model found the person, surely and where it is."""
        return self.score >= MIN_SCORE and self.oks >= MIN_OKS
