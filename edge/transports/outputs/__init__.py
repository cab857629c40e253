"""Outputs: what the gateway itself can switch. Nothing here dispenses, heats or unlocks."""
