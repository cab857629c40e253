"""Drivers of devices that publish to the home's own broker."""
