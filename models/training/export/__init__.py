"""Weights in, the model that devices run out."""
