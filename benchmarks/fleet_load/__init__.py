"""The parts of `benchmarks/fleet.py`: simulated devices, what listens to them, and the broker between."""
