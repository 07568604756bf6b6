"""Simple solids, of which rooms and machines are built.

All are returned in the world frame with outward normals; colours are albedo in linear RGB.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.mesh import Mesh

Array = npt.NDArray[np.float64]
Colour = tuple[float, float, float]

_BOX_CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
_BOX_FACES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def turn_z(angle_deg: float) -> Array:
    """float64 `(3, 3)`, the rotation about the world's z axis, anticlockwise seen from above."""
    cosine, sine = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])


def moved(mesh: Mesh, offset_m: Array, rotation: Array | None = None) -> Mesh:
    """The mesh turned about the world's origin and then shifted."""
    turn = np.eye(3) if rotation is None else rotation
    return replace(
        mesh,
        vertices_m=(mesh.vertices_m @ turn.T + offset_m).astype(np.float32),
        normals=(mesh.normals @ turn.T).astype(np.float32),
    )


def polygon_mesh(corners_m: Array, colour: Colour) -> Mesh:
    """A flat convex polygon, float64 `(N, 3)`, anticlockwise seen from its front."""
    (ux, uy, uz), (vx, vy, vz) = corners_m[1] - corners_m[0], corners_m[2] - corners_m[0]
    normal = np.array([uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx])
    normal /= max(float(np.sqrt(normal @ normal)), 1e-12)
    count = len(corners_m)
    return Mesh(
        vertices_m=corners_m.astype(np.float32),
        normals=np.full((count, 3), normal, np.float32),
        colours=np.full((count, 3), colour, np.float32),
        triangles=np.array([[0, i, i + 1] for i in range(1, count - 1)], np.int32),
    )


def box(size_m: Colour, colour: Colour) -> Mesh:
    """A box that stands on the floor, its footprint centred on the origin."""
    corners = (_BOX_CORNERS + np.array([0.0, 0.0, 0.5])) * np.array(size_m)
    return merged([polygon_mesh(corners[list(face)], colour) for face in _BOX_FACES])


def cylinder(radius_m: float, height_m: float, colour: Colour, top_ratio: float = 1.0) -> Mesh:
    """An upright cylinder (or cone's stump) of 16 sides that stands on the floor."""
    sides = 16
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    ring = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(sides)])
    bottom, top = ring * radius_m, ring * radius_m * top_ratio + [0.0, 0.0, height_m]
    slope = np.array([0.0, 0.0, radius_m * (1 - top_ratio) / max(height_m, 1e-6)])
    normals = ring + slope
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    after = np.roll(np.arange(sides), -1)
    here = np.arange(sides)
    mantle = Mesh(
        vertices_m=np.concatenate([bottom, top]).astype(np.float32),
        normals=np.concatenate([normals, normals]).astype(np.float32),
        colours=np.tile(np.array(colour), (2 * sides, 1)).astype(np.float32),
        triangles=np.concatenate(
            [np.column_stack([here, after, after + sides]), np.column_stack([here, after + sides, here + sides])]
        ).astype(np.int32),
    )
    return merged([mantle, polygon_mesh(top, colour), polygon_mesh(bottom[::-1], colour)])


def tube(start_m: Array, end_m: Array, radius_m: float, colour: Colour) -> Mesh:
    """A straight round bar or pipe between two points."""
    axis = end_m - start_m
    length = float(np.linalg.norm(axis))
    up = axis / max(length, 1e-9)
    side = np.cross(up, [0.0, 0.0, 1.0] if abs(up[2]) < 0.9 else [1.0, 0.0, 0.0])
    side /= np.linalg.norm(side)
    return moved(cylinder(radius_m, length, colour), start_m, np.column_stack([side, np.cross(up, side), up]))


def ball(radius_m: float, colour: Colour) -> Mesh:
    """A ball around the origin, 12 by 8 facets."""
    across, down = 12, 8
    polar = np.linspace(0, np.pi, down + 1)
    angle = np.linspace(0, 2 * np.pi, across + 1)
    normals = np.array([[np.sin(p) * np.cos(a), np.sin(p) * np.sin(a), np.cos(p)] for p in polar for a in angle])
    first = np.array([r * (across + 1) + c for r in range(down) for c in range(across)])
    below = first + across + 1
    return Mesh(
        vertices_m=(normals * radius_m).astype(np.float32),
        normals=normals.astype(np.float32),
        colours=np.tile(np.array(colour), (len(normals), 1)).astype(np.float32),
        triangles=np.concatenate(
            [np.column_stack([first, below, below + 1]), np.column_stack([first, below + 1, first + 1])]
        ).astype(np.int32),
    )


def merged(meshes: list[Mesh]) -> Mesh:
    """One mesh of several; person and gloss are the first one's."""
    starts = np.cumsum([0, *(len(mesh.vertices_m) for mesh in meshes)])[:-1]
    return replace(
        meshes[0],
        vertices_m=np.concatenate([mesh.vertices_m for mesh in meshes]),
        normals=np.concatenate([mesh.normals for mesh in meshes]),
        colours=np.concatenate([mesh.colours for mesh in meshes]),
        triangles=np.concatenate([m.triangles + np.int32(s) for m, s in zip(meshes, starts, strict=True)]),
    )
