"""How a device comes to its certificate: it makes its key, asks an EST server (RFC 7030), and renews in time."""
