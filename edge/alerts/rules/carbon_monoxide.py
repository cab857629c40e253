"""A carbon monoxide alarm sounds: nobody smells the gas, and it makes people drowsy first."""

from __future__ import annotations

from edge.alerts.rules.sensed import check_of

CODE = "carbon_monoxide"

check = check_of(CODE, "carbon_monoxide")
