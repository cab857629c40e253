"""Kotivahti's gateway: one process that watches over one home."""

__version__ = "0.1.0"
