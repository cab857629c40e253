"""An assessment finds its answers again, and comes out the same from them: bit for bit."""

from __future__ import annotations

import hashlib

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.domain import Answer, AnswerState, Grounds, Hazard, RiskAssessment, Sync
from edge.events import Answered, ConfigLoaded, KeepAssessment, Reassess, Tick, Trigger
from edge.risk.again import score_again
from edge.risk.grounds import RULES, answers_hash, answers_then, list_hash
from tests.risk import homes, lists
from tests.support.clock import instant
from tests.support.living import DAY, HOUR, Living

# (item, place of its answer, hours until the next word)
WORDS = st.lists(
    st.tuples(
        st.sampled_from(sorted(lists.ITEMS)),
        st.integers(0, 5),
        st.sampled_from([0, 1, 30, 24 * 40, 24 * 200]),
    ),
    min_size=1,
    max_size=25,
)


def spoken(home: Living, item: str, place: int) -> Answer:
    _, asked = lists.ITEMS[item]
    codes = [*(a.code for a in asked.answers), "unknown", "declined"]
    return lists.given(item, codes[place % len(codes)], home.now)


def kept(home: Living) -> list[RiskAssessment]:
    return [e.assessment for e in home.effects if isinstance(e, KeepAssessment)]


@settings(max_examples=40, deadline=None)
@given(WORDS)
def test_every_assessment_of_a_life_is_made_again_from_what_is_stored(
    words: list[tuple[str, int, int]],
) -> None:
    """Answers, restarts, another time zone, months: level, points and reasons are the same."""
    home = Living(settings=lists.SETTINGS)
    stored: list[Answer] = []
    for number, (item, place, hours) in enumerate(words):
        said = spoken(home, item, place)
        stored.append(said)
        home.tell(Answered(answers=(said,)))
        if number % 4 == 1:
            home.offset_min += 60
            home.restart(off_ms=HOUR)
        if number % 5 == 2:
            home.tell(Reassess(trigger=Trigger.FALL, by="anna"))
        home.wait(hours * HOUR)
    found = kept(home)
    assert found
    for one in found:
        assert one.grounds is not None
        again = score_again(one, stored, lists.LISTS)
        assert again.missing == ()
        assert again.assessment is not None
        assert msgspec.structs.replace(again.assessment, id=one.id) == one


def test_a_list_that_was_changed_since_is_named() -> None:
    """Other words, another hash: nothing is scored by a list that nobody answered."""
    home = Living(settings=ConfigLoaded(checklists={"fire": homes.FIRE}))
    stored = [msgspec.structs.replace(a, at=home.now) for a in homes.home().values()]
    home.tell(Answered(answers=tuple(stored)))
    (one,) = kept(home)
    other = msgspec.structs.replace(homes.FIRE, unknown_share_max=0.9)
    again = score_again(one, stored, {"fire": other})
    assert again.assessment is None
    assert again.missing == ("list fire/2026.1",)
    assert list_hash(other) != list_hash(homes.FIRE)


def test_answers_that_were_erased_are_named() -> None:
    home = Living(settings=ConfigLoaded(checklists={"fire": homes.FIRE}))
    stored = [msgspec.structs.replace(a, at=home.now) for a in homes.home().values()]
    home.tell(Answered(answers=tuple(stored)))
    (one,) = kept(home)
    assert score_again(one, stored[1:], {"fire": homes.FIRE}).missing == ("answers",)


def test_an_answer_of_an_unset_clock_counts_from_when_it_was_dated() -> None:
    """Stored as told; the assessment remembers as of when it counted."""
    home = Living(settings=ConfigLoaded(checklists={"fire": homes.FIRE}))
    home.reboot(DAY, sync=Sync.NONE)
    stored = [msgspec.structs.replace(a, at=home.now) for a in homes.home(FS_05="bed").values()]
    home.tell(Answered(answers=tuple(stored)))
    home.wait(HOUR)
    home.sync, home.drift_ms = Sync.NTP, 1_772_452_800_000
    home.tell(Tick())
    home.wait(400 * DAY)  # every answer runs out once it is dated
    found = [one for one in kept(home) if one.hazard is Hazard.FIRE]
    assert len(found) > 1
    for one in found:
        again = score_again(one, stored, {"fire": homes.FIRE})
        assert again.assessment is not None, again.missing
        assert msgspec.structs.replace(again.assessment, id=one.id) == one


def test_answers_of_a_moment_are_found_in_any_clock() -> None:
    """The hash holds boot and boottime: a clock that is set later changes nothing."""
    one = homes.answer("FS-05", "bed")
    undated = msgspec.structs.replace(one, at=instant(sync=Sync.NONE))
    assert answers_hash({"fire": {"FS-05": one}}) == answers_hash({"fire": {"FS-05": undated}})
    shrug = msgspec.structs.replace(one, code="", state=AnswerState.UNKNOWN)
    assert answers_hash({"fire": {"FS-05": one}}) != answers_hash({"fire": {"FS-05": shrug}})
    assert answers_then([], kept_grounds()) is None


def kept_grounds() -> Grounds:
    home = Living(settings=ConfigLoaded(checklists={"fire": homes.FIRE}))
    home.tell(Answered(answers=(homes.answer("FS-05", "bed", at=home.now),)))
    (one,) = kept(home)
    assert one.grounds is not None
    return one.grounds


# What the rules of this version make of every answer of the shipped lists, one at a time.
SAME_AS_BEFORE = {"levels/2": "6c4e51ea2481b2b45e10a8d089d43d4e5fb02fdfea1954d51c606f3f31f3bcac"}


def test_rules_that_judge_otherwise_have_another_name() -> None:
    """A change of scoring that keeps the name would be taken for a fault of the store."""
    told = []
    for item in sorted(lists.ITEMS):
        for place in range(6):
            home = Living(settings=lists.SETTINGS)
            home.tell(Answered(answers=(spoken(home, item, place),)))
            told += [(o.level, sorted(o.points.items()), o.reasons) for o in kept(home)]
    found = hashlib.sha256(msgspec.json.encode(told)).hexdigest()
    assert {RULES: found} == SAME_AS_BEFORE, (
        "other rules: name them anew; other lists: put the hash here"
    )
