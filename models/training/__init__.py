"""Makes the default model: renders people, labels real pictures, trains, exports, measures."""
