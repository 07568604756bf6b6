"""Builds the parts from the settings and wires their threads."""
