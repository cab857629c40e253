"""Doses that wait for a hand: what the medication appliance said, folded into the state."""

from __future__ import annotations

import msgspec

from edge.domain import Observation
from edge.home.hearing import is_sure
from edge.home.state import DOSES_MAX, Due, Home
from edge.home.staying import is_elsewhere


def fold_dose(home: Home, seen: Observation) -> Home:
    """The home after a dose event at `home.at_ms`; a doubtful one never ends a wait."""
    dues = home.doses.get(seen.device, ())
    if seen.value == "due":
        if len(dues) >= DOSES_MAX:  # what has been told makes room for what has not
            dues = _without(dues, told=True) if any(due.told for due in dues) else dues[:-1]
        if is_elsewhere(home, home.devices[seen.device].person):
            return home
        due = Due(due_ms=home.at_ms + home.settings.dose_grace_s * 1000, at=seen.at)
        dues = (*dues, due)
    elif not is_sure(home, seen):
        return home
    elif seen.value == "taken":  # said of the dose that waits, if one does
        dues = _without(dues, told=False)
    elif seen.value in ("missed", "retrieved_late"):  # said of the dose that is late
        dues = _without(dues, told=True)
    doses = {key: kept for key, kept in home.doses.items() if key != seen.device}
    if dues:
        doses[seen.device] = dues
    return msgspec.structs.replace(home, doses=doses)


def _without(dues: tuple[Due, ...], *, told: bool) -> tuple[Due, ...]:
    """Without the oldest one that is `told` so, or without the oldest when none is."""
    index = next((i for i, due in enumerate(dues) if due.told is told), 0)
    return dues[:index] + dues[index + 1 :]
