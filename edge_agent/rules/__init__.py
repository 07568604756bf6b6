"""Postures in, safety events out."""
