"""Tracks in, postures (angles, heights, speeds) out."""
