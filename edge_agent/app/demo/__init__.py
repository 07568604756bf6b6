"""`edge-agent demo`: a clip played through the real daemon and a real broker, and judged by what arrives."""
