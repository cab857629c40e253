from __future__ import annotations

import msgspec
import pytest

from edge.domain import Hazard, Level, Reason
from edge.events import Answered, Assessed, ConfigLoaded, Consult, KeepAssessment, Tick
from tests.risk import homes
from tests.support.living import DAY, HOUR, Living

SETTINGS = ConfigLoaded(checklists={"fire": homes.FIRE})


@pytest.fixture
def home() -> Living:
    return Living(settings=SETTINGS)


def answers(home: Living, **differs: str) -> None:
    given = [msgspec.structs.replace(a, at=home.now) for a in homes.home(**differs).values()]
    home.tell(Answered(answers=tuple(given)))


def of_kind(home: Living, kind: type) -> list:  # type: ignore[type-arg]
    return [effect for effect in home.effects if isinstance(effect, kind)]


def model(index: float | None = 61.0, abstained: str | None = None) -> Assessed:
    reasons = (Reason(code="home-risk:smoking", weight=1.2, source="model:home-risk/2.0.0"),)
    return Assessed(
        hazard=Hazard.FIRE,
        index=index,
        reasons=() if abstained else reasons,
        model=None if abstained else "home-risk/2.0.0",
        manifest=None if abstained else "abcdef012345",
        abstained=abstained,
    )


def test_answers_are_kept_assessed_and_the_model_is_asked(home: Living) -> None:
    """One KeepAssessment and one Consult with the features of the answers."""
    answers(home, FS_05="bed")
    (kept,) = of_kind(home, KeepAssessment)
    assert kept.assessment.level is Level.ORANGE
    (consult,) = of_kind(home, Consult)
    assert (consult.hazard, consult.model) == (Hazard.FIRE, "home-risk")
    assert consult.features["smoking"] == 3.0


def test_a_single_answer_changes_only_itself(home: Living) -> None:
    """The newest answer to an item is in force, the others stay."""
    answers(home, FS_05="bed")
    home.tell(
        Answered(answers=(msgspec.structs.replace(homes.answer("FS-05", "no"), at=home.now),))
    )
    assert home.home.assessments[Hazard.FIRE].level is Level.GREEN
    assert len(home.home.answers["fire"]) == len(homes.FIRE.items)


def test_the_model_adds_and_never_sets_the_level(home: Living) -> None:
    """Index and reasons are merged; the level is the answers'."""
    answers(home)
    before = home.home.assessments[Hazard.FIRE]
    home.tell(model(index=99.0))
    after = home.home.assessments[Hazard.FIRE]
    assert (after.level, after.index, after.model) == (before.level, 99.0, "home-risk/2.0.0")
    assert after.id != before.id
    assert after.reasons[-1].code == "home-risk:smoking"
    home.tell(model())
    assert home.home.assessments[Hazard.FIRE].reasons == after.reasons


def test_an_abstaining_model_takes_its_own_words_back(home: Living) -> None:
    """An index of yesterday's answers is not today's."""
    answers(home)
    home.tell(model())
    home.tell(model(index=None, abstained="wrong_hash"))
    after = home.home.assessments[Hazard.FIRE]
    assert (after.index, after.abstained) == (None, "wrong_hash")
    assert all(r.source.startswith("checklist:") for r in after.reasons)


def test_a_model_without_answers_leaves_the_home_grey(home: Living) -> None:
    """No level comes from a model, and no alert either."""
    home.tell(model(index=100.0))
    assert home.home.assessments[Hazard.FIRE].level is Level.GREY
    assert home.codes() == []


def test_answers_that_run_out_are_seen_by_wake_at(home: Living) -> None:
    """A well-kept home nobody looked at for a year is grey, not green, and that is told."""
    answers(home)
    assert home.home.assessments[Hazard.FIRE].level is Level.GREEN
    home.wait(400 * DAY)
    assert home.home.assessments[Hazard.FIRE].level is Level.GREY
    assert home.open("level_changed").params["to"] == "grey"
    assert home.ticks < 100


def test_a_start_says_nothing_new(home: Living) -> None:
    """The same lists and answers are not assessed aloud again at every start."""
    answers(home)
    home.tell(model())
    count = len(home.effects)
    home.restart(off_ms=HOUR)
    home.reboot(HOUR)
    assert len(home.effects) == count


def test_a_question_to_the_model_that_a_stop_lost_is_asked_again(home: Living) -> None:
    """The level was stored and the gateway stopped before the model spoke: no second level."""
    answers(home)
    kept = len(of_kind(home, KeepAssessment))
    home.restart(off_ms=HOUR)
    first, *again = of_kind(home, Consult)
    assert again
    assert {one.features["smoking"] for one in again} == {first.features["smoking"]}
    assert len(of_kind(home, KeepAssessment)) == kept


def test_a_new_version_of_the_list_is_assessed_anew(home: Living) -> None:
    """What is in force after an update is scored by the list in force."""
    answers(home)
    newer = msgspec.structs.replace(homes.FIRE, version="2099.1")
    home.settings = ConfigLoaded(checklists={"fire": newer})
    home.restart()
    assert home.home.assessments[Hazard.FIRE].checklist == "fire/2099.1"


def test_a_list_that_is_gone_leaves_its_assessment(home: Living) -> None:
    """A broken file must not turn a red home into nothing, nor wake the gateway for ever."""
    answers(home, FS_05="bed", FS_22="no")
    home.settings = ConfigLoaded()
    home.restart()
    home.wait(400 * DAY)
    assert home.home.assessments[Hazard.FIRE].level is Level.RED
    assert home.ticks < 100


def test_a_clock_that_jumps_and_returns_leaves_the_level(home: Living) -> None:
    """Ten years ahead everything has run out; back again it holds again."""
    answers(home)
    home.drift_ms += 3_650 * DAY
    home.tell(Tick())
    assert home.home.assessments[Hazard.FIRE].level is Level.GREY
    home.drift_ms -= 3_650 * DAY
    home.tell(Tick())
    assert home.home.assessments[Hazard.FIRE].level is Level.GREEN
    assert len(home.raised()) == 1
