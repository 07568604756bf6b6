"""Who may tell this device what: signed bytes in, an accepted command or a reason out."""
