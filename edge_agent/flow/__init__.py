"""Frame in, Farneback optical flow out."""
