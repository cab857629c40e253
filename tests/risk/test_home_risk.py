"""What the answers of a home say in the model's terms; laws are searched for a counter-example."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from edge.domain import AnswerState, Hazard
from edge.risk.features import FEATURES, INDICES, feature_hash, index_names
from edge.risk.home_risk import ITEMS as FULL_ITEMS
from edge.risk.home_risk import SHORT_ITEMS, ranking
from tests.risk.homes import DAY_MS
from tests.risk.lists import ITEMS, LISTS, Answers, differs, features, given, in_order
from tests.risk.test_lists_laws import GAP, HAZARD, ITEM, MOMENTS, NOW, homes
from tests.support.clock import instant

WORST = {feature.name: float(feature.worst) for feature in FEATURES}
FIRE, FALL = Hazard.FIRE, Hazard.FALL
# Most items are habits, which no visit mends.
FIXABLE = st.sampled_from(
    sorted(name for name, (_, one) in ITEMS.items() if any(a.fixable_on_visit for a in one.answers))
)

# In January the yard is asked about, in July it is not.
JANUARY, JULY = instant(300 * DAY_MS), instant(120 * DAY_MS)


def test_every_answer_of_the_full_lists_has_a_level() -> None:
    """An answer code added to a list must be added to the extractor, or it would be unknown."""
    for name, items in FULL_ITEMS.items():
        for item, codes in items.items():
            assert set(codes) == {a.code for a in ITEMS[item][1].answers}, (name, item)
    for name, items in SHORT_ITEMS.items():
        assert len(items) == 1, name  # the extractor reads one
        for item, codes in items.items():
            assert set(codes) <= {a.code for a in ITEMS[item][1].answers}, (name, item)


def test_every_feature_is_read_from_items_and_within_its_levels() -> None:
    """No feature without an item, no level that the model does not have."""
    assert list(FULL_ITEMS) == [feature.name for feature in FEATURES]
    for feature in FEATURES:
        for items in (FULL_ITEMS, SHORT_ITEMS):
            levels = [
                level for codes in items.get(feature.name, {}).values() for level in codes.values()
            ]
            assert all(0 <= level <= feature.worst for level in levels)
        worst = [max(codes.values()) for codes in FULL_ITEMS[feature.name].values()]
        assert max(worst) == feature.worst


def test_levels_rise_with_points() -> None:
    """A worse answer never means a lower level of the feature."""
    for items in (FULL_ITEMS, SHORT_ITEMS):
        for by_item in items.values():
            for item, codes in by_item.items():
                answers = sorted(ITEMS[item][1].answers, key=lambda a: a.points)
                levels = [codes[a.code] for a in answers if a.code in codes]
                assert levels == sorted(levels), item


def test_a_home_in_order_and_the_worst_home() -> None:
    """All lists in order: 0 everywhere; every item at its worst: the worst level everywhere."""
    worst = {item: asked.answers[-1].code for item, (_, asked) in ITEMS.items()}
    worst |= {"FS-15": "lacking", "FA-22": "fault"}
    answers = {item: given(item, code) for item, code in worst.items()}
    for hazard, names in INDICES.items():
        mine = {f.name for f in FEATURES if set(f.indices) & set(names)}
        assert features(hazard, in_order(*LISTS)) == dict.fromkeys(mine, 0.0)
        assert features(hazard, answers, JANUARY) == {name: WORST[name] for name in mine}


def test_each_hazard_is_told_its_own_features_in_the_models_order() -> None:
    """Fire hears nothing of medicines; memory is asked once and bears on both."""
    fire, fall = features(FIRE, {}), features(FALL, {})
    assert set(fire) & set(fall) == {"memory"}
    assert set(fire) | set(fall) == {feature.name for feature in FEATURES}
    order = [feature.name for feature in FEATURES]
    assert list(fire) == [name for name in order if name in fire]


def test_nothing_asked_is_nothing_known() -> None:
    """No answers: every feature is None, never 0, and not even out of season in order."""
    assert set(features(FIRE, {}).values()) == {None}
    assert set(features(FALL, {}, JULY).values()) == {None}


def test_what_is_out_of_season_is_in_order() -> None:
    """Ice in July is no unknown."""
    answers = in_order("fall", at=JULY)
    del answers["FA-24"]
    assert features(FALL, answers, JULY)["yard"] == 0.0
    assert features(FALL, in_order("fall", at=JANUARY) | {}, JANUARY)["yard"] == 0.0
    answers = in_order("fall", at=JANUARY)
    del answers["FA-24"]
    assert features(FALL, answers, JANUARY)["yard"] is None


@pytest.mark.parametrize(
    "count,works,heard,level",
    [
        ("ok", "ok", "yes", 0.0),
        ("short", "ok", "yes", 1.0),
        ("ok", "dead", "yes", 2.0),
        ("ok", "ok", "no", 2.0),
        ("none", "unknown", "unknown", 2.0),
        ("ok", "unknown", "yes", None),
        ("short", "unknown", "yes", None),
        ("ok", "dead:fixed", "yes", 1.0),
    ],
)
def test_an_alarm_is_as_good_as_its_worst_part(
    count: str, works: str, heard: str, level: float | None
) -> None:
    """Number, function, hearing: the worst decides, unless the unknown could be worse still."""
    answers = differs(in_order("fire"), FS_01=count, FS_02=works, FS_03=heard)
    assert features(FIRE, answers)["smoke_alarm"] == level


@pytest.mark.parametrize("code,level", [("yes", 0.0), ("maybe", 1.0), ("no", 2.0)])
def test_escape_capacity_from_either_list(code: str, level: float) -> None:
    """The class out alone in 2-3 minutes: by the full list, by the ten, or not assessed."""
    assert features(FIRE, differs(in_order("fire"), FS_22=code))["escape"] == level
    assert features(FIRE, {"TE-07": given("TE-07", code)})["escape"] == level
    assert features(FIRE, differs(in_order("fire"), FS_22="unknown"))["escape"] is None


def test_memory_is_one_answer_for_fire_and_falls() -> None:
    """Asked with the falls, it bears on the cooker too."""
    answers = {"FA-11": given("FA-11", "marked")}
    assert features(FIRE, answers)["memory"] == features(FALL, answers)["memory"] == 2.0
    assert features(FIRE, {"TE-09": given("TE-09", "mild")})["memory"] == 1.0


def test_what_a_device_filled_in_counts() -> None:
    """A device's answer is an answer, for as long as it holds."""
    by_device = given("FS-02", "old_or_untested", source="device")
    answers = in_order("fire") | {"FS-02": by_device}
    assert features(FIRE, answers)["smoke_alarm"] == 1.0


def test_an_old_answer_in_order_is_not_known_and_an_old_hazard_stays() -> None:
    """Age turns "in order" into None, and leaves a hazard what it was."""
    answers = differs(in_order("fire"), FS_05="bed")
    found = features(FIRE, answers, instant(400 * DAY_MS))
    assert (found["smoking"], found["burn_marks"], found["alarm_link"]) == (3.0, None, None)


def test_an_answer_that_contradicts_itself_is_not_known() -> None:
    """A hazard said of an answer in order is no answer."""
    said = given("FS-05", "no", state=AnswerState.HAZARD)
    assert features(FIRE, in_order("fire") | {"FS-05": said})["smoking"] is None


def test_the_ten_fill_in_what_nobody_was_asked() -> None:
    """Only the ten: what they say, the worse of two where they leave it open."""
    found = features(FIRE, differs(in_order("ten"), TE_02="open", TE_03="some"))
    assert (found["cooking"], found["cooker_goods"]) == (2.0, 2.0)
    assert (found["smoking"], found["open_flame"]) == (2.0, 1.0)
    # Not asked by any of the ten: no word of it.
    assert (found["care_supplies"], found["night"]) == (None, None)
    # "Nobody smokes indoors" leaves the balcony open.
    assert features(FIRE, in_order("ten"))["smoking"] == 1.0
    assert features(FALL, differs(in_order("ten"), TE_10="yes"))["falls"] is None


def test_the_ten_do_not_stand_in_for_what_was_refused_or_has_run_out() -> None:
    """TE-01 in order; then the full list was asked, and nobody knew, or it is too long ago."""
    ten = {"TE-01": given("TE-01", "ok", instant(400 * DAY_MS))}
    declined = differs(in_order("fire"), FS_02="declined") | ten
    assert features(FIRE, declined)["smoke_alarm"] is None
    assert features(FIRE, in_order("fire") | ten, instant(401 * DAY_MS))["smoke_alarm"] is None


def test_a_finding_of_the_ten_counts_until_the_full_list_has_gone_into_it() -> None:
    """The alarm was dead at the visit, whatever the list of last spring says."""
    spring, visit, after = (instant(day * DAY_MS) for day in (0, 10, 11))
    dead = {"TE-01": given("TE-01", "dead", visit)}
    assert features(FIRE, in_order("fire", at=spring) | dead, after)["smoke_alarm"] == 2.0
    assert features(FIRE, in_order("fire", at=after) | dead, after)["smoke_alarm"] == 0.0


# Items of which something can be mended on the visit.


def _at_least(one: dict[str, float | None], other: dict[str, float | None]) -> bool:
    """Whether no feature of `one` ranks lower; what is not known ranks as the worst."""
    return all(
        (WORST[name] if value is None else value)
        >= (WORST[name] if other[name] is None else float(other[name] or 0.0))
        for name, value in one.items()
    )


@examples(answers=homes(), item=ITEM, hazard=HAZARD, data=st.data())
def test_a_hazard_more_never_ranks_a_home_lower(
    answers: Answers, item: str, hazard: Hazard, data: st.DataObject
) -> None:
    """An answer becomes a worse one of the same item, told at the same moment."""
    asked = ITEMS[item][1]
    points = {a.code: a.points for a in asked.answers}
    old, new = sorted(
        data.draw(st.lists(st.sampled_from(asked.answers), min_size=2, max_size=2)),
        key=lambda a: points[a.code],
    )
    moment = data.draw(st.sampled_from(MOMENTS))
    before = answers | {item: given(item, old.code, moment)}
    after = answers | {item: given(item, new.code, moment)}
    assert _at_least(features(hazard, after, NOW), features(hazard, before, NOW))


@examples(answers=homes(), item=ITEM, hazard=HAZARD, gap=GAP.filter(bool), data=st.data())
def test_not_knowing_never_ranks_a_home_lower(
    answers: Answers, item: str, hazard: Hazard, gap: str, data: st.DataObject
) -> None:
    """Of the full lists any answer, also a hazard; of the ten an answer in order."""
    asked = ITEMS[item][1]
    full = ITEMS[item][0] != "ten"
    codes = [a.code for a in asked.answers if full or not a.points]
    moment = data.draw(st.sampled_from(MOMENTS))
    before = answers | {item: given(item, data.draw(st.sampled_from(codes)), moment)}
    after = answers | {item: given(item, gap, moment)}
    assert _at_least(features(hazard, after, NOW), features(hazard, before, NOW))


@examples(answers=homes(), item=FIXABLE, hazard=HAZARD, data=st.data())
def test_what_was_mended_never_ranks_a_home_higher(
    answers: Answers, item: str, hazard: Hazard, data: st.DataObject
) -> None:
    """The same hazard, told as mended on the visit, where it can be: a habit cannot."""
    hazards = [a.code for a in ITEMS[item][1].answers if a.fixable_on_visit]
    moment = data.draw(st.sampled_from(MOMENTS))
    found = given(item, data.draw(st.sampled_from(hazards)), moment)
    mended = msgspec.structs.replace(found, state=AnswerState.FIXED_ON_VISIT)
    before = features(hazard, answers | {item: found}, NOW)
    assert _at_least(before, features(hazard, answers | {item: mended}, NOW))


@examples(answers=homes(), hazard=HAZARD, seed=st.randoms(use_true_random=False))
def test_the_order_in_which_answers_are_held_changes_nothing(
    answers: Answers, hazard: Hazard, seed: object
) -> None:
    """Answers in any order, in any time zone: the same features."""
    shuffled = list(answers.items())
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    elsewhere = msgspec.structs.replace(NOW, offset_min=NOW.offset_min + 720)
    assert features(hazard, dict(shuffled), elsewhere) == features(hazard, answers, NOW)


@examples(answers=homes(), hazard=HAZARD, days=st.integers(0, 800))
def test_features_are_levels_in_the_model_s_order(
    answers: Answers, hazard: Hazard, days: int
) -> None:
    """Every feature a whole level within its range, or not known; and age never helps."""
    found = features(hazard, answers, instant(days * DAY_MS))
    for name, value in found.items():
        assert value is None or value in range(int(WORST[name]) + 1)


def test_the_hash_is_of_this_extractor() -> None:
    """64 hex digits; none for a model that has no extractor here."""
    assert len(feature_hash()) == 64
    assert feature_hash("other") == ""


def test_homes_are_ranked_by_harm_and_not_by_the_start_of_a_fire() -> None:
    """Older people have fewer fires and die in them more often."""
    assert [ranking(hazard) for hazard in INDICES] == ["fire_harm", "fall"]
    assert index_names("home-risk") == ("fire_start", "fire_harm", "fall")
    assert index_names("daily-change") == ()
