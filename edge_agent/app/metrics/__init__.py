"""Numbers for Prometheus; imported only where `metrics.port` is set."""
