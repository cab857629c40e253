"""A gas alarm sounds: what it senses burns or explodes."""

from __future__ import annotations

from edge.alerts.rules.sensed import check_of

CODE = "gas"

check = check_of(CODE, "gas")
