"""Ten observations: what they set at once, what they ask for, and what they never do."""

from __future__ import annotations

import tomllib

import msgspec
import pytest

from edge.domain import Hazard, Level
from edge.risk.checklist import parse
from edge.risk.together import opened, shared_copies, views
from tests.risk.homes import DAY_MS
from tests.risk.lists import FOLDER, LISTS, Answers, assess, differs, given, in_order
from tests.support.clock import instant

LATER = instant(DAY_MS)


def still_open(answers: Answers) -> dict[str, tuple[str, ...]]:
    held: dict[str, dict[str, object]] = {}
    for one in answers.values():
        held.setdefault(one.checklist, {})[one.item] = one
    return opened(LISTS["ten"], LISTS, held, LATER.wall_ms)  # type: ignore[arg-type]


def test_ten_in_order_alone_are_grey() -> None:
    """They never make anything green: without a full list the level is not known."""
    for hazard in (Hazard.FIRE, Hazard.FALL):
        assert assess(in_order("ten"), hazard).level is Level.GREY


def test_ten_in_order_confirm_a_full_list() -> None:
    """A green full list stays green, and the assessment says that the ten confirm it."""
    found = assess(in_order("fire") | in_order("ten", at=LATER), at=LATER)
    assert found.level is Level.GREEN
    assert [r.code for r in found.reasons] == ["confirmed"]


def test_half_asked_ten_confirm_nothing() -> None:
    """Their own completeness counts: three of nine not known are no confirmation."""
    ten = differs(in_order("ten"), TE_01="unknown", TE_02="unknown", TE_03="declined")
    found = assess(in_order("fire") | ten)
    assert found.level is Level.GREEN
    assert [r.code for r in found.reasons] == []


def test_an_expired_full_list_is_not_confirmed() -> None:
    """Half a year later the full list is not known, whatever ten observations say."""
    later = instant(200 * DAY_MS)
    found = assess(in_order("fire") | in_order("ten", at=later), at=later)
    assert found.level is Level.GREY


@pytest.mark.parametrize(
    "codes,level",
    [
        ({"TE_01": "dead"}, Level.ORANGE),
        ({"TE_02": "open"}, Level.ORANGE),
        ({"TE_02": "open", "TE_07": "no"}, Level.RED),
        ({"TE_03": "marks", "TE_01": "dead"}, Level.RED),
        ({"TE_05": "blocked"}, Level.RED),
        ({"TE_02": "once"}, Level.GREY),
        ({"TE_07": "no"}, Level.GREY),
        ({"TE_01": "dead:fixed"}, Level.GREEN),
    ],
)
def test_what_ten_observations_set(codes: dict[str, str], level: Level) -> None:
    """Beside a green full list of yesterday: criticals act at once, a finding asks for more."""
    ten = differs(in_order("ten", at=LATER), LATER, **codes)
    assert assess(in_order("fire") | ten, at=LATER).level is level


def test_repeated_falls_are_orange_for_falls_alone() -> None:
    """A critical of one hazard says nothing of the other."""
    ten = differs(in_order("ten", at=LATER), LATER, TE_10="grave")
    answers = in_order("fire", "fall") | ten
    assert assess(answers, Hazard.FALL, LATER).level is Level.ORANGE
    assert assess(answers, Hazard.FIRE, LATER).level is Level.GREEN


def test_goods_in_the_way_are_no_red_of_falls() -> None:
    """What a flight from fire fails at says little of falls (1.016 a point): it asks for more."""
    answers = in_order("ten", "fall") | differs(in_order("ten"), LATER, TE_05="blocked")
    assert assess(answers, Hazard.FIRE, LATER).level is Level.RED
    found = assess(answers, Hazard.FALL, LATER)
    assert (found.level, found.open_critical) == (Level.GREY, ())
    assert "TE-05:blocked" in {reason.code for reason in found.reasons}
    assert set(found.points) == {"F"}
    answers = differs(answers, instant(2 * DAY_MS), FA_19="remains", FS_18="blocked", FS_19="no")
    assert assess(answers, Hazard.FALL, instant(2 * DAY_MS)).level is Level.GREEN


def test_a_list_that_says_of_no_gate_what_it_is_about_is_read_as_before() -> None:
    """A site's own copy of the former ten: a gate counts for all that its items bear on."""
    text = (FOLDER / "ten.toml").read_text(encoding="utf-8").replace('hazard = "fall"\n', "")
    former = parse(tomllib.loads(text), "ten.toml")
    assert not former.gate_hazards
    fall = {item.id: item for item in views(former)[Hazard.FALL].items}
    assert fall["TE-10"].gates == ("F",)
    assert fall["TE-05"].gates == ("I", "E")
    assert any(answer.critical for answer in fall["TE-05"].answers)


def test_goods_found_again_are_red_for_fire_alone() -> None:
    """Repetition repeats what the finding said, and of falls it said nothing critical."""
    answers = differs(in_order("ten"), LATER, TE_05="blocked")
    fire = assess(answers, Hazard.FIRE, LATER, repeated=("TE-05",))
    assert "TE-05:repeated" in {reason.code for reason in fire.reasons}
    fall = assess(answers, Hazard.FALL, LATER, repeated=("TE-05",))
    assert (fall.level, fall.reasons[0].code) == (Level.GREY, "TE-05:blocked")


def test_a_finding_opens_its_section_until_it_is_answered() -> None:
    """Answers of before the finding do not count; a person's later ones do, a shrug does not."""
    answers = in_order("fire") | {"TE-02": given("TE-02", "once", LATER)}
    assert still_open(answers) == {"TE-02": ("FS-08", "FS-09", "FS-10")}
    answers = differs(answers, LATER, FS_08="no", FS_09="unknown", FS_10="ok")
    answers["FS-10"] = msgspec.structs.replace(answers["FS-10"], source="device")
    assert still_open(answers) == {"TE-02": ("FS-09", "FS-10")}
    assert assess(answers, at=LATER).level is Level.GREY
    answers = differs(answers, LATER, FS_09="once", FS_10="ok")
    assert still_open(answers) == {}
    found = assess(answers, at=LATER)
    assert (found.level, found.checklist) == (Level.GREEN, "fire/2026.1")


def test_an_answer_is_the_answer_in_every_list() -> None:
    """Goods, alcohol, memory and escape are asked once, and a list keeps its own answer."""
    first = given("TE-05", "blocked")
    copies = shared_copies(LISTS, [first])
    assert [(a.checklist, a.item, a.code, a.at) for a in copies] == [
        ("ten", "TE-05", "blocked", first.at),
        ("fire", "FS-18", "blocked", first.at),
    ]
    both = shared_copies(LISTS, [first, given("FS-18", "clear")])
    assert [a.code for a in both if a.item == "FS-18"] == ["clear"]
    assert shared_copies(LISTS, [given("FS-01", "ok")]) == (given("FS-01", "ok"),)
