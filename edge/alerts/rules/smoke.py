"""A smoke alarm says that it sees smoke."""

from __future__ import annotations

from edge.alerts.rules.sensed import check_of

CODE = "smoke"

check = check_of(CODE, "smoke")
