"""A heat alarm sounds, where smoke would be ordinary: in a kitchen, a sauna's dressing room."""

from __future__ import annotations

from edge.alerts.rules.sensed import check_of

CODE = "heat"

check = check_of(CODE, "heat")
