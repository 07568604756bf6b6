"""The known public models: ``catalog.yaml``, shipped with the agent."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import ConfigDict, Field, TypeAdapter

from edge_agent.update.names import NAME_PATTERN


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueEntry:
    """One model that can be fetched by its name.

    Attributes:
        name: As `edge-agent model add` takes it.
        version: Of the network's family.
        url: Where it is, pinned to a commit.
        sha256: Of the file.
        size_bytes: Of the file.
        licence: SPDX identifier.
        input_width_px: Width of the network's input.
        input_height_px: Height of the network's input.
        oks_ap: Measured; ``catalog.yaml`` says on what.
        oks_ap50: Measured likewise.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=NAME_PATTERN)]
    version: str
    url: Annotated[str, Field(pattern=r"^https://")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(gt=0)]
    licence: str
    input_width_px: int
    input_height_px: int
    oks_ap: float
    oks_ap50: float


def read_catalogue() -> tuple[CatalogueEntry, ...]:
    """The catalogue that was installed with the agent."""
    document = yaml.safe_load(files("edge_agent.models").joinpath("catalog.yaml").read_text("utf-8"))
    return TypeAdapter(tuple[CatalogueEntry, ...]).validate_python(document["models"])
