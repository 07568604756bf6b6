"""The model store and the catalogue that it is filled from."""
