"""Camera in, stamped frames out."""
