"""The home's own broker: satellites and devices that publish."""
