"""From the settings to where models are, and how they are run."""

from __future__ import annotations

from edge_agent.app.model_keeper import Home
from edge_agent.app.open_detector import Runtime
from edge_agent.pipeline import DETECTOR_SCORE
from edge_agent.settings.settings import Settings


def settings_to_home(settings: Settings, boot_id: str) -> Home:
    """For the keeper of the models.

    Args:
        settings: The agent's.
        boot_id: Of this boot.
    """
    model = settings.model
    return Home(
        state_dir=settings.state_dir,
        use=model.use,
        how=Runtime(runtime=model.runtime, threads=model.threads, score=DETECTOR_SCORE),
        person_score=model.score,
        boot_id=boot_id,
        tells=settings.update is not None,
    )
