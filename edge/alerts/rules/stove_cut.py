"""A stove guard has cut the cooker's power: the danger is averted, and somebody was not there."""

from __future__ import annotations

from edge.alerts.rules.sensed import check_of
from edge.home.contradictions import Fact

CODE = "stove_cut"

check = check_of(CODE, "stove_cut", fact=Fact.STOVE_CUT)
