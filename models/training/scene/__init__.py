"""A synthetic factory with people in it: bodies, their motion, and pictures of them with exact labels."""
