"""Poses in, Kalman-smoothed tracks out."""
