"""The course of a run: whatever order things happen in, nothing finished is lost or made better."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edge.commissioning import course
from edge.commissioning.record import (
    ORDER,
    Build,
    Check,
    Reason,
    Run,
    StepName,
    Verdict,
    decode,
    encode,
)
from tests.commissioning.runs import BUILD, BY, at, begun, done, passed, whole

OPEN = Check(name="desk", verdict=Verdict.OPEN, why="no_receipt_yet")


def test_steps_come_in_their_order_and_end_the_run() -> None:
    """Each that is finished brings the next; the last one ends the run, once."""
    run = begun()
    for n, name in enumerate(ORDER):
        assert course.next_step(run) is name
        assert run.ended is None
        run = done(run, name, passed("one"), second=n)
    assert course.next_step(run) is None
    assert run.ended == at(len(ORDER) - 1 + 10)
    assert course.verdict(run) is Verdict.PASSED


@pytest.mark.parametrize(
    "verdicts, worst",
    [
        ([Verdict.PASSED, Verdict.FAILED, Verdict.OPEN], Verdict.FAILED),
        ([Verdict.PASSED, Verdict.OPEN, Verdict.SKIPPED], Verdict.OPEN),
        ([Verdict.PASSED, Verdict.SKIPPED], Verdict.SKIPPED),
        ([Verdict.PASSED, Verdict.NOT_APPLICABLE], Verdict.PASSED),
        ([Verdict.NOT_APPLICABLE], Verdict.NOT_APPLICABLE),
        ([], Verdict.OPEN),
    ],
)
def test_a_step_is_as_good_as_its_worst_check(verdicts: list[Verdict], worst: Verdict) -> None:
    """And a step in which nothing was looked at is not passed."""
    checks = [Check(name=f"c{n}", verdict=v) for n, v in enumerate(verdicts)]
    run = done(begun(), StepName.BOX, *checks, second=0)
    assert run.step(StepName.BOX).verdict is worst


def test_a_step_left_out_leaves_the_whole_open() -> None:
    """Its reason stays; nobody reads "passed"."""
    run = course.again(whole(), [StepName.MAINS], at=at(200))
    run = course.skip(run, StepName.MAINS, "no battery here", at=at(201), by=BY)
    run = done(run, StepName.CERTIFICATE, passed("certificate"), second=202)
    assert run.step(StepName.MAINS).reason == "no battery here"
    assert course.verdict(run) is Verdict.OPEN


def test_a_check_made_twice_stands_once_and_in_its_place() -> None:
    """The newer word counts."""
    run = course.note(begun(), StepName.BOX, OPEN, at=at(1))
    run = course.note(run, StepName.BOX, passed("radio"), at=at(2))
    run = course.note(run, StepName.BOX, passed("desk"), at=at(3))
    assert [(c.name, c.verdict) for c in run.step(StepName.BOX).checks] == [
        ("desk", Verdict.PASSED),
        ("radio", Verdict.PASSED),
    ]


def test_what_the_gateway_completes_raises_the_revision() -> None:
    """After the end the certificate is another one, and says so; before it, it is not."""
    run = course.again(whole(), [StepName.BOX], at=at(200))
    run = done(run, StepName.BOX, OPEN, second=201)
    before = run.rev
    run = done(run, StepName.CERTIFICATE, passed("certificate"), second=202)
    assert (course.verdict(run), run.rev) == (Verdict.OPEN, before)
    assert course.checks_open(run) == [(StepName.BOX, OPEN)]
    run = course.complete(run, StepName.BOX, passed("desk"), at=at(300))
    assert (course.verdict(run), run.rev) == (Verdict.PASSED, before + 1)
    assert course.checks_open(run) == []


def test_nothing_completes_what_a_person_left_out() -> None:
    """A receipt that comes later makes a skipped step no passed one."""
    run = course.note(begun(), StepName.BOX, OPEN, at=at(1))
    run = course.skip(run, StepName.BOX, "later", at=at(2), by=BY)
    assert course.checks_open(run) == []
    run = course.complete(run, StepName.BOX, passed("desk"), at=at(3))
    assert run.step(StepName.BOX).verdict is Verdict.SKIPPED


def test_again_brings_back_the_step_and_the_certificate_alone() -> None:
    """The rest stands as it was."""
    run = course.again(whole(), [StepName.ALARM], at=at(200))
    left = [name for name in ORDER if run.step(name).verdict is None]
    assert left == [StepName.ALARM, StepName.CERTIFICATE]
    assert run.ended is None
    assert run.rev == whole().rev + 1  # a paper of the first may be signed already
    assert course.again(run, [StepName.BOX], at=at(201)).rev == run.rev


def test_settings_that_change_in_the_middle_cost_only_the_look_at_the_box() -> None:
    """What was proved in the rooms stands."""
    run = done(begun(), StepName.BOX, passed("disk"), second=0)
    run = done(run, StepName.DEVICES, passed("device", "a"), second=10)
    build = Build(release="0.1.0", schema=3, settings="ef" * 32)
    run = course.resettled(run, build, at=at(20))
    assert course.next_step(run) is StepName.BOX
    assert run.step(StepName.DEVICES).verdict is Verdict.PASSED
    assert run.build == build


def test_checks_of_what_is_gone_go_with_it() -> None:
    """A device that was removed in the middle leaves no failure behind."""
    failed = Check(name="device", subject="old", verdict=Verdict.FAILED, why="not_heard")
    run = course.note(begun(), StepName.DEVICES, failed, at=at(1))
    run = course.note(run, StepName.DEVICES, passed("device", "new"), at=at(2))
    run = course.drop(run, StepName.DEVICES, ["new"], at=at(3))
    assert [c.subject for c in run.step(StepName.DEVICES).checks] == ["new"]


def test_a_persons_time_is_bounded_and_never_negative() -> None:
    """A clock that runs back or a terminal left open over night are no hands-on time."""
    run = course.note(begun(), StepName.BOX, OPEN, at=at(1), hands_on_ms=-5)
    assert run.step(StepName.BOX).hands_on_ms == 0
    run = course.note(run, StepName.BOX, OPEN, at=at(2), hands_on_ms=10**12)
    assert run.step(StepName.BOX).hands_on_ms == course.HANDS_ON_MAX_MS


def test_how_long_a_step_took_is_not_known_over_a_restart() -> None:
    """Boottime of two boots cannot be compared."""
    run = course.enter(begun(), StepName.BOX, at=at(1), by=BY)
    run = course.note(run, StepName.BOX, passed("disk"), at=at(2, "b2"))
    assert (
        course.took_ms(course.finish(run, StepName.BOX, at=at(3, "b2")).step(StepName.BOX)) is None
    )
    again = course.enter(run, StepName.BOX, at=at(10, "b2"), by=BY)
    assert (
        course.took_ms(course.finish(again, StepName.BOX, at=at(12, "b2")).step(StepName.BOX))
        == 2000
    )


@pytest.mark.parametrize(
    "build, new, reason",
    [
        (BUILD, True, Reason.AGAIN),
        (BUILD, False, Reason.AGAIN),
        (Build(release="0.2.0", schema=3, settings=BUILD.settings), False, Reason.UPDATE),
        (Build(release="0.2.0", schema=3, settings=BUILD.settings), True, Reason.AGAIN),
    ],
)
def test_why_a_home_is_gone_through_again(build: Build, new: bool, reason: Reason) -> None:
    """An update says so; a person who wants it anyway does not need one."""
    run = course.begin("x", by=BY, at=at(1), build=build, before=whole(), new=new)
    assert run.reason is reason


VERDICTS = st.sampled_from(Verdict)
CHECKS = st.builds(
    Check,
    name=st.sampled_from(["clock", "device", "alarm"]),
    subject=st.sampled_from(["", "a", "b"]),
    verdict=VERDICTS,
    why=st.sampled_from(["", "not_heard"]),
)
NAMES = st.sampled_from(ORDER)
MOVES = st.one_of(
    st.tuples(st.just("enter"), NAMES, st.none()),
    st.tuples(st.just("note"), NAMES, CHECKS),
    st.tuples(st.just("finish"), NAMES, st.none()),
    st.tuples(st.just("skip"), NAMES, st.none()),
    st.tuples(st.just("complete"), NAMES, CHECKS),
    st.tuples(st.just("again"), NAMES, st.none()),
    st.tuples(st.just("drop"), NAMES, st.none()),
)


def moved(run: Run, move: tuple[str, StepName, Check | None], second: int) -> Run:
    what, name, check = move
    now = at(second)
    match what, check:
        case "enter", _:
            return course.enter(run, name, at=now, by=BY)
        case "note", Check():
            return course.note(run, name, check, at=now, hands_on_ms=10)
        case "finish", _:
            return course.finish(run, name, at=now)
        case "skip", _:
            return course.skip(run, name, "why not", at=now, by=BY)
        case "drop", _:
            return course.drop(run, name, ["a"], at=now)
        case "complete", Check():
            return course.complete(run, name, check, at=now)
        case _:
            return course.again(run, [name], at=now)


FINISHED = [("note", StepName.BOX, passed("clock", "b")), ("finish", StepName.BOX, None)]
FAILED_LATER = Check(name="clock", subject="b", verdict=Verdict.FAILED, why="not_heard")

ONE_LEFT_OUT = Check(name="device", subject="b", verdict=Verdict.SKIPPED, why="not_heard")


@example([*FINISHED, ("note", StepName.BOX, FAILED_LATER)])
@example([*FINISHED, ("drop", StepName.BOX, None)])
@example(
    [("note", StepName.BOX, ONE_LEFT_OUT), FINISHED[1], ("drop", StepName.BOX, None)],
)
@given(st.lists(MOVES, max_size=25))
def test_a_cut_after_any_move_changes_nothing(
    moves: list[tuple[str, StepName, Check | None]],
) -> None:
    """Stored and read back after each, a run goes the same way; nothing passes by itself."""
    run = kept = begun()
    for second, move in enumerate(moves):
        run = moved(run, move, second)
        kept = decode(encode(moved(kept, move, second)))
        assert kept == run
        assert (run.ended is not None) <= (course.next_step(run) is None)
        for name in ORDER:
            step = run.step(name)
            if step.verdict is Verdict.PASSED:
                assert not {c.verdict for c in step.checks} & {Verdict.FAILED, Verdict.OPEN}
                assert any(c.verdict is Verdict.PASSED for c in step.checks)
            if step.verdict is Verdict.SKIPPED and not step.checks:
                assert step.reason
        if course.verdict(run) is Verdict.PASSED:
            assert {run.step(n).verdict for n in ORDER} <= {Verdict.PASSED, Verdict.NOT_APPLICABLE}
