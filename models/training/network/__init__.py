"""The network: picture in, one score, box and skeleton an anchor out."""
