"""Learning: labelled pictures in, weights out."""
