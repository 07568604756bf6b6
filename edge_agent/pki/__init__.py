"""Certificates (X.509) as our authorities sign them, for trials and for a fleet."""
