"""Scenes rendered to training pictures with exact labels."""
