from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("numba", reason="rendering is compiled with numba, which is not installed")

from render_figures import level_camera

from edge_agent.models.training.render.rasteriser import join_meshes, rasterise
from edge_agent.models.training.render.solids import ball, box, moved, polygon_mesh, tube

GREY = (0.5, 0.5, 0.5)


def _wall(x, half=0.5, person=-1):
    corners = np.array([[x, half, 1 - half], [x, -half, 1 - half], [x, -half, 1 + half], [x, half, 1 + half]])
    return replace(polygon_mesh(corners, GREY), person=person)


def test_a_square_covers_the_pixels_it_projects_to():
    camera = level_camera()
    buffer = rasterise(join_meshes([_wall(0.0)]), camera)
    side_px = camera.focal_px / 4.0
    assert (buffer.triangle >= 0).sum() == pytest.approx(side_px**2, rel=0.04)
    assert buffer.depth_m[60, 80] == pytest.approx(4.0)
    assert np.isinf(buffer.depth_m[0, 0])


def test_the_nearer_surface_wins_whatever_the_order():
    near, far = _wall(0.0, person=0), _wall(1.0, person=1)
    for meshes in ([near, far], [far, near]):
        geometry = join_meshes(meshes)
        assert rasterise(geometry, level_camera()).person(geometry)[60, 80] == 0


def test_a_hidden_person_is_still_covered():
    buffer = rasterise(join_meshes([_wall(0.0, person=0), _wall(1.0, person=1)]), level_camera())
    assert buffer.covered[60, 80] == 0b11


def test_the_back_of_a_surface_is_not_seen():
    wall = _wall(0.0)
    turned = replace(wall, triangles=wall.triangles[:, ::-1].copy())
    assert (rasterise(join_meshes([turned]), level_camera()).triangle < 0).all()


def test_a_floor_that_reaches_behind_the_camera_fills_the_lower_half():
    floor = polygon_mesh(np.array([[-50, -50, 0], [50, -50, 0], [50, 50, 0], [-50, 50, 0.0]]), GREY)
    buffer = rasterise(join_meshes([floor]), level_camera())
    assert (buffer.triangle[70:] >= 0).all()
    assert (buffer.triangle[:60] < 0).all()
    depth = 1.0 * level_camera().focal_px / (119.5 - 60)
    assert buffer.depth_m[119, 80] == pytest.approx(depth, rel=1e-3)


@pytest.mark.parametrize(
    "mesh", [box((1, 1, 1), GREY), ball(0.5, GREY), tube(np.zeros(3), np.array([0.3, 0.2, 1.0]), 0.2, GREY)]
)
def test_solids_are_closed_and_face_outwards(mesh):
    corners = mesh.vertices_m[mesh.triangles].astype(np.float64)
    volume = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    assert volume > 0.05
    facing = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    smooth = mesh.normals[mesh.triangles].mean(axis=1)
    assert (np.einsum("ij,ij->i", facing, smooth) > -1e-6).all()


def test_neighbouring_triangles_leave_no_gap():
    buffer = rasterise(join_meshes([moved(ball(0.5, GREY), np.array([0.0, 0.0, 1.0]))]), level_camera())
    seen = buffer.triangle >= 0
    for row in seen[seen.any(axis=1)]:
        columns = np.flatnonzero(row)
        assert len(columns) == columns[-1] - columns[0] + 1


def test_no_mesh_at_all_is_an_empty_picture():
    geometry = join_meshes([])
    assert (rasterise(geometry, level_camera()).person(geometry) == -1).all()


def test_too_many_persons_are_refused():
    with pytest.raises(ValueError, match="31 persons"):
        join_meshes([_wall(0.0, person=31)])
