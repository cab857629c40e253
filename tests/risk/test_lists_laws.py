"""Laws of the level over all three lists together, searched for a counter-example.

The order used: green, yellow, grey, orange, red. Answers stand at different moments, some before
and some after a finding or an event, so that what settles what is searched through too.
"""

from __future__ import annotations

import msgspec
from hypothesis import given as examples
from hypothesis import strategies as st

from edge.domain import Answer, AnswerState, Hazard
from edge.events import Answered, Trigger
from edge.home.reassess import Anew
from edge.home.state import decode, encode
from tests.risk.homes import DAY_MS
from tests.risk.lists import ITEMS, LISTS, SETTINGS, Answers, assess, given
from tests.support.clock import instant
from tests.support.living import Living

RANK = {level: i for i, level in enumerate(["green", "yellow", "grey", "orange", "red"])}
MOMENTS = [instant(day * DAY_MS) for day in (0, 1, 2)]
NOW = instant(3 * DAY_MS)

ITEM = st.sampled_from(sorted(ITEMS))
HAZARD = st.sampled_from([Hazard.FIRE, Hazard.FALL])
GAP = st.sampled_from([None, "unknown", "declined"])


@st.composite
def homes(draw: st.DrawFn) -> Answers:
    """All lists answered at some moment, mostly in order, with some hazards and some gaps."""
    when = {name: draw(st.sampled_from(MOMENTS)) for name in LISTS}
    answers = {
        item: given(item, asked.answers[0].code, when[name])
        for item, (name, asked) in ITEMS.items()
    }
    for item in draw(st.lists(ITEM, unique=True, max_size=6)):
        code = draw(st.sampled_from([a.code for a in ITEMS[item][1].answers]))
        answers[item] = given(item, code, draw(st.sampled_from(MOMENTS)))
        if answers[item].state is AnswerState.HAZARD and draw(st.booleans()):
            fixed = AnswerState.FIXED_ON_VISIT
            answers[item] = msgspec.structs.replace(answers[item], state=fixed)
    for item in draw(st.lists(ITEM, unique=True, max_size=4)):
        gap = draw(GAP)
        if gap is None:
            del answers[item]
        else:
            answers[item] = given(item, gap, draw(st.sampled_from(MOMENTS)))
    return answers


@st.composite
def events(draw: st.DrawFn) -> dict[str, Anew]:
    """What has happened to the home, and when."""
    told = draw(st.lists(st.sampled_from(list(Trigger)), unique=True, max_size=2))
    return {t.value: Anew(trigger=t, at=draw(st.sampled_from(MOMENTS))) for t in told}


def rank(answers: Answers, hazard: Hazard, anew: dict[str, Anew]) -> int:
    return RANK[assess(answers, hazard, NOW, anew).level]


@examples(answers=homes(), hazard=HAZARD, anew=events(), item=ITEM, data=st.data())
def test_one_more_hazard_never_lowers(
    answers: Answers, hazard: Hazard, anew: dict[str, Anew], item: str, data: st.DataObject
) -> None:
    """A worse answer to any one item of any list, given at the same moment, never lowers."""
    at = data.draw(st.sampled_from(MOMENTS))
    codes = [a.code for a in ITEMS[item][1].answers]
    better = data.draw(st.integers(0, len(codes) - 1))
    worse = data.draw(st.integers(better, len(codes) - 1))
    before = answers | {item: given(item, codes[better], at)}
    after = answers | {item: given(item, codes[worse], at)}
    assert rank(after, hazard, anew) >= rank(before, hazard, anew)


@examples(answers=homes(), hazard=HAZARD, anew=events(), item=ITEM, gap=GAP)
def test_an_unknown_never_helps(
    answers: Answers, hazard: Hazard, anew: dict[str, Anew], item: str, gap: str | None
) -> None:
    """Not knowing in place of an answer in order never lowers, in the short list and the full."""
    at = answers[item].at if item in answers else MOMENTS[0]
    before = answers | {item: given(item, ITEMS[item][1].answers[0].code, at)}
    after = {k: v for k, v in answers.items() if k != item}
    if gap is not None:
        after[item] = given(item, gap, at)
    assert rank(after, hazard, anew) >= rank(before, hazard, anew)


@examples(answers=homes(), hazard=HAZARD, anew=events(), item=ITEM, data=st.data())
def test_a_fixed_item_never_hurts(
    answers: Answers, hazard: Hazard, anew: dict[str, Anew], item: str, data: st.DataObject
) -> None:
    """Mending a hazard on the visit never raises the level of any hazard."""
    code = data.draw(st.sampled_from([a.code for a in ITEMS[item][1].answers if a.points]))
    one = given(item, code, data.draw(st.sampled_from(MOMENTS)))
    before = answers | {item: msgspec.structs.replace(one, state=AnswerState.HAZARD)}
    after = answers | {item: msgspec.structs.replace(one, state=AnswerState.FIXED_ON_VISIT)}
    assert rank(after, hazard, anew) <= rank(before, hazard, anew)


@examples(answers=homes(), hazard=HAZARD, anew=events(), trigger=st.sampled_from(list(Trigger)))
def test_an_event_never_calms(
    answers: Answers, hazard: Hazard, anew: dict[str, Anew], trigger: Trigger
) -> None:
    """A fall, a fire, a discharge or a move more never lowers a level."""
    more = anew | {"more": Anew(trigger=trigger, at=NOW)}
    assert rank(answers, hazard, more) >= rank(answers, hazard, anew)


@examples(answers=homes(), hazard=HAZARD, order=st.randoms(), offset=st.integers(-720, 840))
def test_order_and_time_zone_change_nothing(
    answers: Answers, hazard: Hazard, order: object, offset: int
) -> None:
    """The same answers in another order, given and looked at under another offset from UTC."""
    items = list(answers.items())
    order.shuffle(items)  # type: ignore[attr-defined]
    zoned = {item: _zoned(one, offset) for item, one in items}
    now = msgspec.structs.replace(NOW, offset_min=offset)
    elsewhere = assess(zoned, hazard, now)
    assert msgspec.structs.replace(elsewhere, at=NOW) == assess(answers, hazard, NOW)


@examples(answers=homes(), order=st.randoms())
def test_a_restart_changes_nothing(answers: Answers, order: object) -> None:
    """A home that was stored and read back has the same levels, reasons and moments to look."""
    home = Living(settings=SETTINGS)
    told = list(answers.values())
    order.shuffle(told)  # type: ignore[attr-defined]
    home.tell(Answered(answers=tuple(told)))
    before = home.home
    assert decode(encode(before)).assessments == before.assessments
    home.restart()
    assert home.home.assessments == before.assessments
    assert home.home.assess_by == before.assess_by


def _zoned(one: Answer, offset: int) -> Answer:
    return msgspec.structs.replace(one, at=msgspec.structs.replace(one.at, offset_min=offset))
