"""Folds and stains on persons, so that cloth and skin are not as smooth as a mesh.

The noise belongs to the vertices: it stays in its place on the body when the body moves.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from edge_agent.models.training.scene.mesh import Mesh


def wrinkle_noise(mesh: Mesh, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Noise of two sizes on the mesh's vertices, float32 `(V, 4)`: three parts for the normals, one for the colour."""
    fine = _smoothed(rng.standard_normal((len(mesh.vertices_m), 4)).astype(np.float32), mesh.triangles, 1)
    coarse = _smoothed(fine, mesh.triangles, 4)
    return np.asarray(0.6 * _unit(fine) + _unit(coarse), np.float32)


def wrinkled(mesh: Mesh, noise: npt.NDArray[np.float32], strength: float = 1.0) -> Mesh:
    """Bends the normals and varies the colours of a cloth-like mesh; glossy meshes get a quarter of it."""
    amount = strength * (1.0 if mesh.gloss < 0.2 else 0.25)
    normals = mesh.normals + np.float32(0.14 * amount) * noise[:, :3]
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    colours = np.clip(mesh.colours * (1 + np.float32(0.035 * amount) * noise[:, 3:]), 0.005, 0.95)
    return replace(mesh, normals=normals.astype(np.float32), colours=colours.astype(np.float32))


def _unit(noise: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    return np.asarray(noise / max(float(noise.std()), 1e-6), np.float32)


def _smoothed(noise: npt.NDArray[np.float32], triangles: npt.NDArray[np.int32], rounds: int) -> npt.NDArray[np.float32]:
    """Each vertex takes the mean of its triangles, so many times."""
    corner = triangles.ravel()
    share = np.maximum(np.bincount(corner, minlength=len(noise)), 1)[:, None]
    for _ in range(rounds):
        means = np.repeat(noise[triangles].mean(axis=1), 3, axis=0)
        summed = [np.bincount(corner, weights=means[:, axis], minlength=len(noise)) for axis in range(noise.shape[1])]
        noise = np.asarray(np.column_stack(summed) / share, np.float32)
    return noise
