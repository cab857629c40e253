"""Kotivahti's gateway: one process that watches over one home."""

__version__ = "0.1.0"
# Moved with the version: it is never earlier than this, whatever a clock says.
__released__ = "2026-11-22"
