"""What must hold for every home: laws of the level, searched for a counter-example.

The order used: green, yellow, grey, orange, red. Grey stands above yellow, since
it says that an orange may be hidden there, and below orange, which is known.
"""

from __future__ import annotations

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from edge.domain import Answer, AnswerState, Level
from tests.risk.homes import DAY_MS, FIRE, ITEMS, answer, assess
from tests.support.clock import instant

RANK = {level: i for i, level in enumerate(["green", "yellow", "grey", "orange", "red"])}
ACT = {Level.ORANGE, Level.RED}
CALM = {Level.GREEN, Level.YELLOW}

GAPS = st.sampled_from([None, "unknown", "declined"])


@st.composite
def homes(
    draw: st.DrawFn, hazards: int = 6, gaps: int = 7, gap_items: tuple[str, ...] = tuple(ITEMS)
) -> dict[str, Answer]:
    """Mostly in order, with some hazards, some of them mended, and some gaps."""
    answers = {item.id: answer(item.id, item.answers[0].code) for item in FIRE.items}
    for item in draw(st.lists(st.sampled_from(sorted(ITEMS)), unique=True, max_size=hazards)):
        code = draw(st.sampled_from([a.code for a in ITEMS[item].answers]))
        answers[item] = answer(item, code)
        if draw(st.booleans()) and answers[item].state == AnswerState.HAZARD:
            fixed = msgspec.structs.replace(answers[item], state=AnswerState.FIXED_ON_VISIT)
            answers[item] = fixed
    for item in draw(st.lists(st.sampled_from(gap_items), unique=True, max_size=gaps)):
        gap = draw(GAPS)
        if gap is None:
            del answers[item]
        else:
            answers[item] = answer(item, gap)
    return answers


# Items that have an answer which makes a home at least orange by itself.
CRITICAL = [item.id for item in FIRE.items if item.answers[-1].critical]

# Items whose worst answer can leave a home green, so that green with gaps is found at all.
HARMLESS = ("FS-03", "FS-04", "FS-07", "FS-12", "FS-19", "FS-23", "FS-25", "FS-26")

ITEM = st.sampled_from(sorted(ITEMS))


def rank(answers: dict[str, Answer]) -> int:
    return RANK[assess(answers).level]


@given(answers=homes(), item=ITEM, data=st.data())
def test_one_more_hazard_never_lowers(
    answers: dict[str, Answer], item: str, data: st.DataObject
) -> None:
    """A worse answer to any one item never lowers the level."""
    codes = [a.code for a in ITEMS[item].answers]
    better = data.draw(st.integers(0, len(codes) - 1))
    worse = data.draw(st.integers(better, len(codes) - 1))
    before = answers | {item: answer(item, codes[better])}
    after = answers | {item: answer(item, codes[worse])}
    assert rank(after) >= rank(before)


@given(answers=homes(), item=ITEM, gap=GAPS)
def test_not_knowing_is_never_better_than_in_order(
    answers: dict[str, Answer], item: str, gap: str | None
) -> None:
    """An unknown in place of an answer in order never lowers the level."""
    before = answers | {item: answer(item, ITEMS[item].answers[0].code)}
    after = {k: v for k, v in answers.items() if k != item}
    if gap is not None:
        after[item] = answer(item, gap)
    assert rank(after) >= rank(before)


@given(answers=homes(), critical=st.sampled_from(CRITICAL), item=ITEM, gap=GAPS)
def test_nobody_leaves_orange_or_red_for_green_or_yellow_by_not_answering(
    answers: dict[str, Answer], critical: str, item: str, gap: str | None
) -> None:
    """Withholding any one answer, the critical one too, may make a home grey, and never calm."""
    answers[critical] = answer(critical, ITEMS[critical].answers[-1].code)
    assert assess(answers).level in ACT
    after = {k: v for k, v in answers.items() if k != item}
    if gap is not None:
        after[item] = answer(item, gap)
    assert assess(after).level not in CALM


@given(answers=homes(hazards=1, gaps=5, gap_items=HARMLESS))
def test_green_needs_every_answer_that_could_deny_it(answers: dict[str, Answer]) -> None:
    """A green home stays green when every unknown turns out as bad as it can."""
    assume(assess(answers).level == Level.GREEN)
    for item in FIRE.items:
        given_answer = answers.get(item.id)
        if given_answer is None or given_answer.state in {"unknown", "declined"}:
            answers[item.id] = answer(item.id, item.answers[-1].code)
    assert assess(answers).level == Level.GREEN


@given(answers=homes(), item=ITEM, data=st.data())
def test_a_fixed_item_never_hurts(
    answers: dict[str, Answer], item: str, data: st.DataObject
) -> None:
    """Mending a hazard on the visit never raises the level, and closes its critical."""
    hazards = [a for a in ITEMS[item].answers if a.points]
    code = data.draw(st.sampled_from(hazards)).code
    before = answers | {item: answer(item, code, AnswerState.HAZARD)}
    after = answers | {item: answer(item, code, AnswerState.FIXED_ON_VISIT)}
    assert rank(after) <= rank(before)


@given(answers=homes(), order=st.randoms(use_true_random=False))
def test_the_order_of_answers_changes_nothing(answers: dict[str, Answer], order: object) -> None:
    """The same answers in another order: the same assessment, reason by reason."""
    items = list(answers.items())
    order.shuffle(items)  # type: ignore[attr-defined]
    assert assess(dict(items)) == assess(answers)


@given(answers=homes(), days=st.integers(0, 800), more=st.integers(0, 800))
def test_time_alone_never_calms(answers: dict[str, Answer], days: int, more: int) -> None:
    """Without a new answer a home never becomes calmer, however long one waits."""
    sooner = assess(answers, instant(days * DAY_MS)).level
    later = assess(answers, instant((days + more) * DAY_MS)).level
    assert RANK[later] >= RANK[sooner]


@given(answers=homes())
def test_what_is_told_adds_up(answers: dict[str, Answer]) -> None:
    """Points per gate are the sum of the reasons' weights; unknown share is theirs too."""
    found = assess(answers)
    for gate, points in found.points.items():
        weights = [r.weight for r in found.reasons if gate in ITEMS[r.code[:5]].gates]
        assert points == sum(weights)
    in_doubt = [r for r in found.reasons if not r.weight]
    assert found.share_unknown == len(in_doubt) / len(FIRE.items)
