"""A random scene to a labelled picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from edge_agent.models.training.render.camera import Camera, lens_map
from edge_agent.models.training.render.factory_props import FACTORY_PROPS
from edge_agent.models.training.render.lamp import Lighting
from edge_agent.models.training.render.office_props import OFFICE_PROPS
from edge_agent.models.training.render.paint import Paint, Painted
from edge_agent.models.training.render.people import PersonSource
from edge_agent.models.training.render.photo_background import draw_background
from edge_agent.models.training.render.prop import Prop, placed
from edge_agent.models.training.render.rasteriser import join_meshes, rasterise
from edge_agent.models.training.render.room import KeepOut, furnished_room, occluder
from edge_agent.models.training.render.scene_light import photograph_light, room_light
from edge_agent.models.training.render.sensor import draw_sensor, light_to_picture, well_exposed_gain
from edge_agent.models.training.render.signs import wall_pictures
from edge_agent.models.training.render.surfaces_to_label import SceneLabels, label_persons
from edge_agent.models.training.render.surfaces_to_light import Shading, shade
from edge_agent.models.training.render.view import ANY_VIEW, View, ViewOdds, draw_view, footprints
from edge_agent.models.training.scene.mesh import PosedPerson

Rng = np.random.Generator
Light = npt.NDArray[np.float32]

PHOTOGRAPH_SHARE = 0.55
PERSON_COUNT_ODDS = (0.05, 0.37, 0.24, 0.15, 0.1, 0.05, 0.04)
"""How often 0 to 6 persons are drawn. Pictures with none teach what is no person."""

CEILING_OVER_CAMERA_M = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Studio:
    """What all pictures of a data set share.

    Attributes:
        people: where the persons come from.
        photographs: uint8 RGB pictures without persons; none: rooms only.
        size_px: width and height of the pictures.
        oversampling: rendered pixels a picture's pixel and side, against jagged edges.
        views: which views.
    """

    people: PersonSource
    photographs: Sequence[npt.NDArray[np.uint8]]
    size_px: tuple[int, int]
    oversampling: float = 1.5
    views: ViewOdds = ANY_VIEW


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPicture:
    """One picture with its labels.

    Attributes:
        picture: uint8 `(H, W, 3)`, RGB.
        labels: of the persons in it.
        jpeg_quality: with which to store it.
    """

    picture: npt.NDArray[np.uint8]
    labels: SceneLabels
    jpeg_quality: int


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A scene ready to be rendered.

    Attributes:
        camera: with its lens.
        persons: number i owns the meshes with `person` i.
        props: all else.
        lighting: the light.
        pictures: for the walls.
        background: linear RGB of the picture's size times the oversampling, behind everything; none in a room.
    """

    camera: Camera
    persons: tuple[PosedPerson, ...]
    props: Prop
    lighting: Lighting
    pictures: Light
    background: Light | None = None


def draw_picture(rng: Rng, studio: Studio) -> LabelledPicture:
    """Draws a scene, renders and labels it."""
    count = int(rng.choice(len(PERSON_COUNT_ODDS), p=PERSON_COUNT_ODDS))
    view = draw_view(rng, [studio.people.draw(rng, index) for index in range(count)], studio.size_px, studio.views)
    persons = tuple(_numbered(person, index) for index, person in enumerate(view.persons))
    view = View(view.camera, persons)
    outside = len(studio.photographs) > 0 and rng.random() < PHOTOGRAPH_SHARE
    stage = _photograph_stage(rng, studio, view) if outside else _room_stage(rng, studio, view)
    light, labels = render(stage, studio.oversampling)
    gain = well_exposed_gain(light) if stage.background is None else float(np.exp(rng.normal(0.05, 0.15)))
    sensor = draw_sensor(rng, gain)
    return LabelledPicture(light_to_picture(rng, light, sensor), labels, sensor.jpeg_quality)


def render(stage: Stage, oversampling: float) -> tuple[Light, SceneLabels]:
    """Renders and labels a scene.

    Returns:
        Linear RGB, float32 `(H, W, 3)`, of the camera's size; and the labels.
    """
    painted = [
        Painted(mesh, Paint(gloss=mesh.gloss, stains=0.0)) for person in stage.persons for mesh in person.meshes
    ] + stage.props
    geometry = join_meshes([item.mesh for item in painted])
    big = stage.camera.scaled(oversampling)
    surfaces = rasterise(geometry, big.without_lens())
    focus, radius = _focus(stage)
    shading = Shading(tuple(item.paint for item in painted), stage.lighting, stage.pictures, focus, radius)
    light, floor = shade(geometry, surfaces, big.without_lens(), shading)
    if stage.background is not None:
        empty = surfaces.triangle < 0
        light[empty] = stage.background[empty] * floor[empty][:, None]
    if stage.camera.distortion:
        across, down = lens_map(big)
        light = np.asarray(
            cv2.remap(light, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
        )
    labels = label_persons(stage.persons, geometry, surfaces, stage.camera, oversampling)
    size = (stage.camera.width_px, stage.camera.height_px)
    return np.asarray(cv2.resize(light, size, interpolation=cv2.INTER_AREA), np.float32), labels


def _numbered(person: PosedPerson, index: int) -> PosedPerson:
    """The person with its meshes marked with a new index: some that were drawn found no room."""
    return replace(person, meshes=tuple(replace(mesh, person=index) for mesh in person.meshes))


def _focus(stage: Stage) -> tuple[npt.NDArray[np.float64], float]:
    """The ball in which shadows are cast: around the persons, or in front of the camera."""
    if not stage.persons:
        ahead = stage.camera.position_m + 4.0 * stage.camera.rotation[2]
        return np.array([ahead[0], ahead[1], 0.8]), 4.0
    points = np.concatenate([person.keypoints_m for person in stage.persons]).astype(np.float64)
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    return centre, float(np.linalg.norm(points - centre, axis=1).max()) + 0.9


def _keep_out(persons: Sequence[PosedPerson]) -> KeepOut:
    return KeepOut(*footprints(persons))


def _occluders(rng: Rng, view: View, odds: float) -> Prop:
    """Props that hide a part of some persons."""
    props: Prop = []
    for person in view.persons:
        middle = person.keypoints_m.mean(axis=0).astype(np.float64)
        far = float(np.linalg.norm(middle[:2] - view.camera.position_m[:2])) > 2.0
        if far and rng.random() < odds:
            props += occluder(rng, middle[:2], view.camera.position_m, float(1.2 * middle[2]))
    return props


def _room_stage(rng: Rng, studio: Studio, view: View) -> Stage:
    ceiling = float(view.camera.position_m[2]) + CEILING_OVER_CAMERA_M
    props = furnished_room(rng, _keep_out(view.persons), view.camera.position_m, ceiling)
    top = max(float(item.mesh.vertices_m[:, 2].max()) for item in props)
    props += _occluders(rng, view, 0.15)
    focus = _keep_out(view.persons).centres_m
    middle = np.append(focus.mean(axis=0), 1.0) if len(focus) else np.array([4.0, 0.0, 1.0])
    return Stage(view.camera, view.persons, props, room_light(rng, middle, top), wall_pictures(rng, studio.photographs))


def _photograph_stage(rng: Rng, studio: Studio, view: View) -> Stage:
    big = view.camera.scaled(studio.oversampling)
    background = draw_background(rng, studio.photographs, (big.width_px, big.height_px))
    props = _occluders(rng, view, 0.12) + (_free_props(rng, view) if rng.random() < 0.3 else [])
    return Stage(
        view.camera,
        view.persons,
        props,
        photograph_light(rng, background),
        wall_pictures(rng, studio.photographs),
        background,
    )


def _free_props(rng: Rng, view: View) -> Prop:
    """One or two things of a room that stand before the photograph, beside the persons."""
    keep_out = _keep_out(view.persons)
    props: Prop = []
    kinds = FACTORY_PROPS + OFFICE_PROPS
    for _ in range(int(rng.integers(1, 3))):
        reach = float(rng.uniform(3, 8))
        spot = np.array([reach, rng.uniform(-0.6, 0.6) * reach])
        if all(
            np.linalg.norm(spot - centre) > radius + 1.3
            for centre, radius in zip(keep_out.centres_m, keep_out.radii_m, strict=True)
        ):
            maker = kinds[int(rng.integers(len(kinds)))][0]
            props += placed(maker(rng), (float(spot[0]), float(spot[1]), 0.0), float(rng.uniform(0, 360)))
    return props
