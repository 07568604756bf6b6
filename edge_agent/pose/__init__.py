"""Frame in, poses out: letterbox, int8 interpreter, decoding, NMS."""
