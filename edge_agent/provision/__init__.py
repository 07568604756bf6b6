"""Takes over a provisioning file: from the boot partition or a USB stick into place, checked, whole, and once."""
