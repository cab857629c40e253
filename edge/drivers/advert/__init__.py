"""Drivers of what only broadcasts."""
