"""When the model of the home is asked, and what it is told."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain import Hazard, Level
from edge.events import Answered, Assessed, ConfigLoaded, Consult
from tests.risk.lists import LISTS, differs, given, in_order
from tests.support.living import Living

FIRE, FALL = Hazard.FIRE, Hazard.FALL


@pytest.fixture
def home() -> Living:
    """A home without the ten, so that no shared answer carries a word from list to list."""
    lists = {name: LISTS[name] for name in ("fall", "fire")}
    return Living(settings=ConfigLoaded(checklists=lists))


def tell(home: Living, *answers: object) -> dict[Hazard, Consult]:
    """Answers told now; what the model is asked for them, by hazard."""
    told = tuple(msgspec.structs.replace(one, at=home.now) for one in answers)  # type: ignore[type-var]
    del home.effects[:]
    home.tell(Answered(answers=told))  # type: ignore[arg-type]
    return {one.hazard: one for one in home.effects if isinstance(one, Consult)}


def say(home: Living, hazard: Hazard, consult: Consult) -> None:
    """The model's word on what it was told."""
    home.tell(
        Assessed(
            hazard=hazard,
            index=50.0,
            reasons=(),
            model="home-risk/2.0.0",
            manifest="0" * 64,
            features=consult.features,
        )
    )


def test_the_fall_list_asks_for_the_fall_index(home: Living) -> None:
    """Answers about falls: the model is asked with them, and only for the fall."""
    asked = tell(home, *differs(in_order("fall"), FA_01="repeated").values())
    assert set(asked) == {FALL}
    assert asked[FALL].model == "home-risk"
    assert (asked[FALL].features["falls"], asked[FALL].features["gait"]) == (2.0, 0.0)


def test_an_answer_that_bears_on_another_hazard_asks_for_that_too(home: Living) -> None:
    """Memory is asked with the falls; the fire index hears of it, and its level stays."""
    say(home, FIRE, tell(home, *in_order("fire").values())[FIRE])
    assert home.home.assessments[FIRE].features["memory"] is None  # type: ignore[index]
    asked = tell(home, given("FA-11", "marked"))
    assert set(asked) == {FIRE, FALL}
    assert asked[FIRE].features["memory"] == 2.0
    assert home.home.assessments[FIRE].level is Level.GREEN
    say(home, FIRE, asked[FIRE])
    # Told once: another answer about falls is no news to the fire index.
    assert set(tell(home, given("FA-01", "once"))) == {FALL}


def test_an_answer_about_fires_is_no_news_to_the_fall_index(home: Living) -> None:
    """Nothing of the fire list bears on falls."""
    say(home, FALL, tell(home, *in_order("fall").values())[FALL])
    assert set(tell(home, *in_order("fire").values())) == {FIRE}
