from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("numba", reason="rendering is compiled with numba, which is not installed")

from render_figures import figure, level_camera

from edge_agent.models.training.render.lamp import Ambient, Lamp, Lighting, sun
from edge_agent.models.training.render.paint import Paint
from edge_agent.models.training.render.photo_background import read_photographs
from edge_agent.models.training.render.picture import Studio, draw_picture
from edge_agent.models.training.render.rasteriser import join_meshes, rasterise
from edge_agent.models.training.render.sensor import Sensor, light_to_picture, to_linear, to_srgb, well_exposed_gain
from edge_agent.models.training.render.solids import box, moved, polygon_mesh
from edge_agent.models.training.render.surfaces_to_light import Shading, shade

FLOOR = polygon_mesh(np.array([[-20, -20, 0], [20, -20, 0], [20, 20, 0], [-20, 20, 0.0]]), (0.5, 0.5, 0.5))
DARK = Ambient(np.zeros((4, 3), np.float32))


class Figures:
    """Standing figures that look anywhere."""

    def draw(self, rng, person):
        return figure(person, yaw_deg=float(rng.uniform(0, 360)))


def _lit(meshes, lighting):
    camera = level_camera(pitch_deg=20.0)
    geometry = join_meshes(meshes)
    paints = tuple(Paint(stains=0.0) for _ in meshes)
    shading = Shading(paints, lighting, np.zeros((1, 2, 2, 3), np.float32), np.zeros(3), 3.0)
    light, floor = shade(geometry, rasterise(geometry, camera), camera, shading)
    return camera, light, floor


def _at(camera, image, point):
    x, y, _ = camera.project(np.array([point]))[0]
    return image[int(y), int(x)]


def test_a_white_sun_overhead_lights_a_grey_floor_with_its_albedo():
    camera, light, _ = _lit([FLOOR], Lighting(DARK, (sun(0, 89.9, (1, 1, 1), softness_deg=0.3),)))
    assert _at(camera, light, (0.0, 0.0, 0.0)) == pytest.approx([0.5] * 3, rel=0.1)


def test_a_box_casts_a_shadow_away_from_the_sun():
    prop = moved(box((0.5, 0.5, 1.0), (0.5, 0.5, 0.5)), np.zeros(3))
    camera, light, _ = _lit([FLOOR, prop], Lighting(DARK, (sun(90, 45, (1, 1, 1), softness_deg=0.3),)))
    assert _at(camera, light, (0.0, -0.8, 0.0)).max() < 0.05
    assert _at(camera, light, (0.0, 0.8, 0.0)).min() > 0.2


def test_the_shadow_is_known_where_the_floor_is_a_photograph():
    prop = moved(box((0.5, 0.5, 1.0), (0.5, 0.5, 0.5)), np.zeros(3))
    camera, _, floor = _lit([prop], Lighting(DARK, (sun(90, 45, (1, 1, 1), softness_deg=0.3),)))
    assert _at(camera, floor, (0.0, -0.8, 0.0)) < 0.1
    assert _at(camera, floor, (0.0, 0.8, 0.0)) == pytest.approx(1.0)


def test_a_lamp_is_weaker_from_afar():
    lamp = Lamp(np.array([0.0, 0.0, 2.0]), (1, 1, 1), 0.1, 2.0)
    camera, light, _ = _lit([FLOOR], Lighting(DARK, (lamp,)))
    assert _at(camera, light, (0.0, 0.0, 0.0))[1] > 3 * _at(camera, light, (4.0, 0.0, 0.0))[1]


def test_srgb_there_and_back():
    picture = np.arange(0, 190, dtype=np.uint8).reshape(1, -1, 1).repeat(3, axis=2)
    assert to_srgb(to_linear(picture)) * 255 == pytest.approx(picture.astype(np.float32), abs=0.6)


def test_a_well_exposed_grey_wall_is_middle_grey():
    light = np.full((20, 30, 3), 7.0, np.float32)
    picture = light_to_picture(np.random.default_rng(0), light, Sensor(gain=well_exposed_gain(light)))
    assert picture.mean() == pytest.approx(112, abs=4)


def test_noise_grows_with_the_sensors_fault():
    light = np.full((50, 50, 3), 0.2, np.float32)
    clean, noisy = (light_to_picture(np.random.default_rng(0), light, Sensor(shot_noise=n)) for n in (0.0, 0.05))
    assert clean.std() == 0
    assert noisy.std() > 2


@pytest.mark.parametrize("seed", range(6))
def test_labels_lie_in_the_picture(seed):
    photographs = [np.random.default_rng(1).integers(0, 256, (90, 120, 3), np.uint8)]
    done = draw_picture(np.random.default_rng(seed), Studio(Figures(), photographs, (96, 72)))
    assert done.picture.shape == (72, 96, 3)
    for person in done.labels.persons:
        x0, y0, x1, y1 = person.box_px
        assert 0 <= x0 < x1 <= 96
        assert 0 <= y0 < y1 <= 72
        assert all(0 <= x <= 96 and 0 <= y <= 72 for x, y, _ in person.keypoints)


def test_the_same_seed_draws_the_same_picture():
    first, second = (draw_picture(np.random.default_rng(3), Studio(Figures(), (), (96, 72))) for _ in range(2))
    assert (first.picture == second.picture).all()
    assert first.labels.persons == second.labels.persons


def test_a_folder_without_photographs_says_what_to_give(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="photographs without persons"):
        read_photographs(tmp_path)


def test_a_broken_photograph_is_named(tmp_path: Path):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"broken\.jpg"):
        read_photographs(tmp_path)
