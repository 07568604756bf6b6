"""How good a model is: figures from labelled pictures."""
