"""What the rules saw, as numbers on the device's own disk, so that another threshold can be tried on it later."""
