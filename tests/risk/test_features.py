"""What the fire checklist says in the model's terms."""

from __future__ import annotations

import pytest

from edge.domain import AnswerState
from edge.risk.features import _FIRE_ITEMS, FIRE, feature_hash, fire
from tests.risk.homes import ITEMS, answer, home


def test_every_answer_of_the_list_has_a_level() -> None:
    """An answer code added to the list must be added to the extractor, or it would be unknown."""
    for items in _FIRE_ITEMS.values():
        for item, codes in items.items():
            assert set(codes) == {a.code for a in ITEMS[item].answers}


def test_levels_rise_with_points() -> None:
    """A worse answer never means a lower level of the feature."""
    for items in _FIRE_ITEMS.values():
        for item, codes in items.items():
            levels = [codes[a.code] for a in ITEMS[item].answers]
            assert levels == sorted(levels)


def test_a_home_in_order_and_the_worst_home() -> None:
    """Best and worst answers give the lowest and highest levels."""
    assert set(fire(home()).values()) == {0.0}
    worst = home(FS_05="bed", FS_07="daily", FS_01="none", FS_22="no", FS_24="alone")
    assert fire(worst) == {f.name: float(f.worst) for f in FIRE}


def test_nothing_asked_is_nothing_known() -> None:
    """No answers: every feature is None, never 0."""
    assert fire({}) == dict.fromkeys((f.name for f in FIRE), None)


@pytest.mark.parametrize(
    "count,works,level",
    [
        ("ok", "ok", 0.0),
        ("short", "ok", 1.0),
        ("ok", "dead", 2.0),
        ("none", "unknown", 2.0),
        ("ok", "unknown", None),
        ("short", "unknown", None),
    ],
)
def test_an_alarm_is_as_good_as_its_worse_half(count: str, works: str, level: float | None) -> None:
    """Number and function together: the worse decides, unless the unknown could be worse."""
    assert fire(home(FS_01=count, FS_02=works))["smoke_alarm"] == level


def test_a_mended_alarm_is_doubtful() -> None:
    """A dead alarm that was mended on the visit counts as one level better, not as good."""
    mended = home() | {"FS-02": answer("FS-02", "dead", AnswerState.FIXED_ON_VISIT)}
    assert fire(mended)["smoke_alarm"] == 1.0


def test_an_old_answer_in_order_is_not_known_and_an_old_hazard_stays() -> None:
    """Age turns "in order" into None, and leaves a hazard what it was."""
    answers = {
        "FS-05": answer("FS-05", "bed", valid_until_ms=1_000),
        "FS-07": answer("FS-07", "no", valid_until_ms=1_000),
    }
    assert fire(answers, 999)["alcohol"] == 0.0
    found = fire(answers, 1_000)
    assert (found["smoking"], found["alcohol"]) == (3.0, None)


def test_an_answer_that_contradicts_itself_is_not_known() -> None:
    """A hazard said of an answer in order is no answer."""
    said = {"FS-05": answer("FS-05", "no", AnswerState.HAZARD)}
    assert fire(said)["smoking"] is None


def test_the_hash_is_of_this_extractor() -> None:
    """64 hex digits; none for a model that has no extractor here."""
    assert len(feature_hash()) == 64
    assert feature_hash("other") == ""
