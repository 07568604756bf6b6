"""The published contract, made from the classes that serialise."""
