"""Worked homes: what level each has, and why."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain import AnswerState, Level
from edge.events import Assessed
from edge.risk.levels import score, with_model
from tests.risk.homes import DAY_MS, FIRE, answer, assess, home
from tests.support.clock import instant

G, Y, O, R, GREY = Level.GREEN, Level.YELLOW, Level.ORANGE, Level.RED, Level.GREY  # noqa: E741

HOMES = {
    # Everything asked, everything in order.
    "the well-kept flat": (home(), G, {"D": 0, "E": 0, "I": 0, "R": 0}),
    # A house in the country: old alarm (D 2, grade 1), wood stove not swept (I 2), alone at
    # night and perhaps out in time (E 4, grade 1), number not lit. Two grades: a fix list.
    "the house in the country": (
        home(
            FS_02="old_or_untested", FS_15="lacking", FS_24="alone", FS_22="maybe", FS_25="lacking"
        ),
        Y,
        {"D": 2, "E": 4, "I": 2, "R": 1},
    ),
    # Smokes inside, never in bed; moves well, wakes, has alarms. One grade: green, with the
    # reason told. Green is no word of safety, and the list says what to do.
    "the careful smoker": (home(FS_05="inside"), G, {"I": 3}),
    # Home care visits; smokes dozing in the chair, scorched quilt, cannot get out alone. Alarm
    # works, and would have saved one in seven of such people (Runefors 2016): red.
    "the smoker with home care": (
        home(FS_05="bed", FS_06="new", FS_22="no", FS_24="alone", FS_04="no"),
        R,
        {"D": 2, "E": 6, "I": 8},
    ),
    # Memory disease: the pot has burnt twice, no cooker guard, still walks out and has alarms.
    # One open critical in ignition, nobody trapped or unwarned: orange.
    "the dementia stove": (
        home(FS_09="repeated", FS_10="missing", FS_23="partly"),
        O,
        {"E": 1, "I": 6},
    ),
    # The same pot, and the alarm hangs dead in the hall: detection grade 2 makes it red.
    "the dementia stove and a dead alarm": (home(FS_09="repeated", FS_02="dead"), R, {"D": 4}),
    # Paths under 80 cm: the goods burn and stand in the way out, so one finding is an open
    # critical in ignition and in escape. The rescue service names it as an example: red.
    "the hoarded flat": (home(FS_18="blocked"), R, {"E": 4, "I": 4}),
    # No alarm at all, all else in order: the legal minimum is missing: orange until it hangs.
    "no alarm": (home(FS_01="none"), O, {"D": 4}),
    # Fitted on the visit: 1 point is left, since nobody had looked after it.
    "no alarm, loan alarm fitted": (
        home() | {"FS-01": answer("FS-01", "none", AnswerState.FIXED_ON_VISIT)},
        G,
        {"D": 1},
    ),
    # No critical anywhere, but every gate is weak: sum of grades 5.
    "weak everywhere": (
        home(FS_03="no", FS_04="no", FS_24="alone", FS_05="inside", FS_07="daily", FS_22="no"),
        O,
        {"D": 5, "E": 9, "I": 6},
    ),
    # He cannot get out, she can and sleeps beside him: one grade.
    "the couple where one is able": (home(FS_22="no"), G, {"E": 4}),
    # Nothing asked: nothing known.
    "the home nobody asked": ({}, GREY, {"D": 0, "E": 0, "I": 0, "R": 0}),
    # One observation made in passing is enough to act on.
    "one finding": ({"FS-05": answer("FS-05", "bed")}, O, {"I": 4}),
}


@pytest.mark.parametrize("name", HOMES)
def test_worked_home(name: str) -> None:
    """Each home has the level, and the points, that its comment argues."""
    answers, level, points = HOMES[name]
    found = assess(answers)
    assert found.level == level
    assert {gate: found.points[gate] for gate in points} == points


def test_reasons_are_codes_heaviest_first() -> None:
    """Reasons are item and answer, by weight, then by id; the open critical is named."""
    found = assess(home(FS_05="bed", FS_22="no", FS_07="weekly"))
    assert [(r.code, r.weight) for r in found.reasons] == [
        ("FS-05:bed", 4.0),
        ("FS-22:no", 4.0),
        ("FS-07:weekly", 1.0),
    ]
    assert {r.source for r in found.reasons} == {"checklist:fire/2026.1"}
    assert found.open_critical == ("FS-05",)
    assert (found.checklist, found.share_unknown, found.id) == ("fire/2026.1", 0.0, "id-1")


def test_an_alarm_that_reaches_nobody_weighs_more_when_alone() -> None:
    """FS-04 "no" is 1 point, 2 when FS-24 says alone at night."""
    assert assess(home(FS_04="no")).points["D"] == 1
    assert assess(home(FS_04="no", FS_24="other_frail")).points["D"] == 1
    assert assess(home(FS_04="no", FS_24="alone")).points["D"] == 2


@pytest.mark.parametrize("state", ["unknown", "declined"])
def test_one_unknown_that_could_be_critical_is_not_green(state: str) -> None:
    """Nobody looked for burn marks: grey, and the assessment says which item is missing."""
    found = assess(home() | {"FS-06": answer("FS-06", "", AnswerState(state))})
    assert found.level == GREY
    assert [(r.code, r.weight) for r in found.reasons] == [(f"FS-06:{state}", 0.0)]


def test_an_unknown_that_could_only_be_a_yellow_is_yellow() -> None:
    """Two weak gates at worst: yellow, since no answer could make it orange."""
    answers = home(FS_22="no", FS_05="outside") | {"FS-03": answer("FS-03", "unknown")}
    assert assess(answers).level == Y


def test_an_unknown_that_changes_nothing_leaves_green() -> None:
    """Whether a fire blanket hangs there has no grade: green stays green."""
    assert assess(home() | {"FS-26": answer("FS-26", "unknown")}).level == G


def test_too_much_unknown_is_grey_unless_what_is_known_asks_for_action() -> None:
    """Six of 26 unknown: grey; with a dead alarm among the known: orange."""
    gaps = {f"FS-{n}": answer(f"FS-{n}", "unknown") for n in (12, 16, 19, 23, 25, 26)}
    assert assess(home(FS_15="lacking") | gaps).level == GREY
    assert assess(home(FS_02="dead") | gaps).level == O


def test_time_turns_an_answer_in_order_into_an_unknown() -> None:
    """After half a year habits are not known any more: grey, never still green."""
    later = instant(183 * DAY_MS)
    found = assess(home(), later)
    assert found.level == GREY
    assert {r.code.partition(":")[2] for r in found.reasons} == {"expired"}


def test_time_does_not_mend_a_hazard() -> None:
    """A hazard that nobody has looked at since stays one, and counts as not known besides."""
    found = assess(home(FS_05="bed"), instant(400 * DAY_MS))
    assert found.level == O
    assert {"FS-05:bed", "FS-05:expired"} <= {r.code for r in found.reasons}
    assert found.share_unknown == 1.0


def test_what_a_device_says_holds_for_a_week() -> None:
    """A device's answer is a state of that moment, whatever date it claims for itself."""
    alarm = answer("FS-02", "ok", source="device", valid_until_ms=instant(90 * DAY_MS).wall_ms)
    assert assess(home() | {"FS-02": alarm}, instant(6 * DAY_MS)).level == G
    assert assess(home() | {"FS-02": alarm}, instant(7 * DAY_MS)).level == GREY


def test_an_earlier_end_of_validity_is_kept() -> None:
    """An answer given until tomorrow is not known the day after."""
    short = answer("FS-06", "none", valid_until_ms=instant(DAY_MS).wall_ms)
    assert assess(home() | {"FS-06": short}, instant(DAY_MS - 1)).level == G
    assert assess(home() | {"FS-06": short}, instant(DAY_MS)).level == GREY


@pytest.mark.parametrize(
    "item,code,state",
    [
        ("FS-06", "none", AnswerState.HAZARD),
        ("FS-06", "purple", AnswerState.OK),
        ("FS-06", "", AnswerState.OK),
        ("FS-06", "none", AnswerState.NOT_APPLICABLE),
        ("FS-06", "", AnswerState.NOT_APPLICABLE),
        ("FS-06", "none", AnswerState.FIXED_ON_VISIT),
    ],
)
def test_an_answer_that_contradicts_itself_is_not_known(
    item: str, code: str, state: AnswerState
) -> None:
    """State and code that do not make one answer are an unknown, not a guess."""
    assert assess(home() | {item: answer(item, code, state)}).level == GREY


def test_a_habit_is_not_fixed_on_a_visit() -> None:
    """Smoking in bed said to be fixed on the visit stays open: nothing was taken away."""
    found = assess(home() | {"FS-05": answer("FS-05", "bed", AnswerState.FIXED_ON_VISIT)})
    assert (found.level, found.open_critical) == (O, ("FS-05",))


def test_answers_to_another_list_do_not_count() -> None:
    """An answer that belongs to another checklist leaves the item unanswered."""
    found = assess(home() | {"FS-06": answer("FS-06", "none", checklist="fall")})
    assert [r.code for r in found.reasons] == ["FS-06:unanswered"]


def test_a_list_without_rules_for_levels_sets_none() -> None:
    """A plain record of questions cannot make anything green."""
    plain = msgspec.structs.replace(FIRE, levels=None)
    assert score(plain, home(), instant(), "id").level == GREY


def test_the_model_adds_and_never_sets() -> None:
    """A model's word adds index and reasons; the level is the checklist's."""
    before = assess(home())
    said = Assessed(
        hazard=before.hazard, index=99.0, reasons=(), model="home-risk/2.0.0", manifest="0" * 12
    )
    after = with_model(before, said)
    assert (after.level, after.index, after.model) == (G, 99.0, "home-risk/2.0.0")
