"""A device with models in its store, for tests of what opens them."""

from __future__ import annotations

import shutil
from pathlib import Path

from edge_agent.app.model_keeper import Home, ModelKeeper
from edge_agent.app.open_detector import OpenDetector, Runtime
from edge_agent.clock import SystemClock
from edge_agent.update.model_slots import Slot, Slots, write_slots
from edge_agent.update.store import Store
from edge_agent.update.tree_digest import tree_digest
from edge_agent.update.trial_mark import MARK_FILE, TrialMark, read_mark

MODEL = Path(__file__).resolve().parents[2] / "models" / "edge-pose-n"


class Device:
    def __init__(self, state: Path) -> None:
        self.state = state
        state.mkdir()
        self.store = Store(state)
        self.changes: list[OpenDetector] = []

    def keeper(self, boot: str = "boot-1") -> ModelKeeper:
        home = Home(state_dir=self.state, use=None, how=Runtime(score=0.1), person_score=0.4, boot_id=boot)
        return ModelKeeper(home, SystemClock(), self.changes.append)

    def add(self, name: str) -> Slot:
        directory = self.store.models / name
        shutil.copytree(MODEL, directory)
        text = (directory / "model.yaml").read_text().replace("name: edge-pose-n", f"name: {name}")
        (directory / "model.yaml").write_text(text)
        return Slot(directory=name, digest=tree_digest(directory))

    def slots(self, **slots: object) -> None:
        write_slots(self.store.models, Slots(**slots))  # type: ignore[arg-type]

    @property
    def mark(self) -> TrialMark | None:
        return read_mark(self.store.models / MARK_FILE)


def damage(device: Device, slot: Slot) -> None:
    with (device.store.models / slot.directory / "model.tflite").open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff\x00\xff")
