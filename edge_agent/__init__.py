"""A safety-posture edge agent: camera frames in, minimised pose events out over MQTT."""

__version__ = "0.1.0"
