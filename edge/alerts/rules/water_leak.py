"""A water alarm is wet."""

from __future__ import annotations

from edge.alerts.rules.sensed import check_of

CODE = "water_leak"

check = check_of(CODE, "moisture")
