"""What an observation means besides that its device was heard; in one order, for `advance`."""

from __future__ import annotations

from edge.domain import Observation
from edge.home.appliances import APPLIANCE_KINDS, fold_appliance
from edge.home.doses import fold_dose
from edge.home.state import Home
from edge.home.vitals import fold_vitals
from edge.home.watching import BEGINS, fold_watch, is_waiting


def fold_kinds(before: Home, home: Home, seen: Observation) -> Home:
    """The home after `seen`, which `hear` has folded already (`before`: without it)."""
    if seen.kind == "dose":
        home = fold_dose(home, seen)
    if seen.kind in APPLIANCE_KINDS:
        home = fold_appliance(home, seen)
    if home.vitals.limits:
        home = fold_vitals(home, seen)
    if seen.kind in BEGINS or is_waiting(before.watch):
        home = fold_watch(before, home, seen)
    return home
