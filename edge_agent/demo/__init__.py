"""Data of `edge-agent demo`: the clip, its ground truth, the configuration, and what must happen in it."""
