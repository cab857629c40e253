"""When persons last went through a list: what makes an assessment, and what does not."""

from __future__ import annotations

import msgspec

from edge.domain import Hazard, Instant
from edge.home.state import Home
from edge.risk.profile import last_assessed
from tests.risk.homes import DAY_MS
from tests.risk.lists import SETTINGS, Answers, differs, given, in_order
from tests.support.clock import instant

VISIT = instant(DAY_MS)


def assessed(answers: Answers, at: Instant) -> dict[Hazard, Instant]:
    held: dict[str, dict[str, object]] = {}
    for one in answers.values():
        held.setdefault(one.checklist, {})[one.item] = one
    home = msgspec.structs.replace(Home.new(), settings=SETTINGS, answers=held)
    return last_assessed(home, at.wall_ms)


def test_a_whole_list_of_one_visit_is_an_assessment() -> None:
    assert assessed(in_order("fire", at=VISIT), VISIT) == {Hazard.FIRE: VISIT}
    both = assessed(in_order("ten", at=VISIT), VISIT)
    assert both == {Hazard.FIRE: VISIT, Hazard.FALL: VISIT}


def test_a_single_answer_later_is_none() -> None:
    """A task that is done is answered anew; nobody went through the list for it."""
    later = instant(5 * DAY_MS)
    answers = differs(in_order("fire", at=VISIT), later, FS_02="ok")
    assert assessed(answers, later) == {Hazard.FIRE: VISIT}


def test_half_a_list_is_none_and_a_device_is_nobody() -> None:
    whole = in_order("fire", at=VISIT)
    half = dict(list(whole.items())[:13])
    assert assessed(half, VISIT) == {}
    said = {
        item: msgspec.structs.replace(answer, source="device") for item, answer in whole.items()
    }
    assert assessed(said, VISIT) == {}
    shrugged = {item: given(item, "unknown", VISIT) for item in whole}
    assert assessed(shrugged, VISIT) == {}
