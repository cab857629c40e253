"""Drivers of the Bluetooth health profiles."""
