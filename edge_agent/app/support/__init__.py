"""What `edge-agent support-bundle` gathers, and how it is kept free of secrets and pictures."""
