"""What passes between the stages: frozen dataclasses and the geometry on them."""
