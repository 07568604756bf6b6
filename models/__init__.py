"""Data of the models: the catalogue and the golden inputs, installed as ``edge_agent.models``."""
