"""Devices of more shapes: the device's own clock, and which are wired."""

from __future__ import annotations

STATEMENTS = (
    "ALTER TABLE observation ADD COLUMN device_offset_s INTEGER",
    "ALTER TABLE enrolment ADD COLUMN wired INTEGER NOT NULL DEFAULT 0",
)
