"""Tasks from open hazards: what begins one, what ends one, what only says so, and what climbs."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from edge.domain import (
    OPEN_TASK,
    Answer,
    Considered,
    Hazard,
    Level,
    Proof,
    ProofKind,
    Sync,
    Task,
    TaskState,
    Tenancy,
    Tenure,
)
from edge.events import Answered, ConfigLoaded, KeepTask, TaskTold, TaskVerb, Tick
from edge.home.budget import Waiting
from edge.home.state import Home, decode, encode, latest_wall_ms
from edge.paper.work import line_text
from edge.risk.findings import open_findings
from edge.risk.tasking import has_climbed, is_overdue, remind_ms, retask
from edge.risk.worklist import work_of
from edge.risk.worklist_asks import CONFLICT_MAX_MS, Conflict
from tests.risk.lists import LISTS, SETTINGS, given
from tests.risk.test_lists_laws import RANK
from tests.support.clock import NOON_WALL_MS
from tests.support.living import DAY, HOUR, Living

FIRE = Hazard.FIRE


def living() -> Living:
    return Living(settings=SETTINGS)


def say(home: Living, **codes: str) -> None:
    """A worker's answers now: `FS_02="dead"`."""
    told = [given(item.replace("_", "-"), code, home.now) for item, code in codes.items()]
    home.tell(Answered(answers=tuple(told)))


def word(home: Living, verb: TaskVerb, task: str = "FS-02", **more: object) -> None:
    told = TaskTold(task=task, verb=verb, by="anna", role="home_care")
    home.tell(msgspec.structs.replace(told, **more))


def task(home: Living, item: str = "FS-02") -> Task:
    return home.home.tasks[item]


def level(home: Living, hazard: Hazard = FIRE) -> Level:
    return home.home.assessments[hazard].level


def test_an_open_hazard_is_a_task_with_a_day_and_somebody_who_answers():
    """By the item's own deadline; by the tenure, and anew when that is told."""
    home = living()
    say(home, FS_02="dead", FS_11="ok", FS_06="unknown")
    found = task(home)
    assert list(home.home.tasks) == ["FS-02"]
    assert (found.state, found.critical, found.times, found.rev) == ("requested", True, 1, 1)
    assert (found.due_ms, found.responsible) == (home.now.wall_ms + 3 * DAY, "relative")
    home.tell(Tenancy(tenure=Tenure.APARTMENT, by="anna"))
    assert (task(home).responsible, task(home).rev) == ("building_owner", 2)
    home.tell(Tenancy(tenure=Tenure.OWN_HOUSE, by="anna"))
    assert task(home).responsible == "owner"
    word(home, TaskVerb.ASSIGN, party="nurse")
    home.tell(Tenancy(tenure=Tenure.RENTED, by="anna"))
    assert task(home).responsible == "nurse", "given to somebody, it stays theirs"


def test_what_has_become_worse_gives_nobody_more_time():
    """Not tested, for 30 days; dead on the 29th: it is due with the first of both days."""
    home = living()
    say(home, FS_02="old_or_untested")
    first_ms = home.now.wall_ms
    home.wait(29 * DAY)
    say(home, FS_02="dead")
    assert task(home).due_ms == first_ms + 30 * DAY
    home = living()
    say(home, FS_02="old_or_untested")
    home.wait(2 * DAY)
    say(home, FS_02="dead")
    assert task(home).due_ms == home.now.wall_ms + 3 * DAY


def test_a_worker_who_looks_ends_a_claim():
    """Said to be done, and found open: nobody has to look any more, and what was given stays so."""
    home = living()
    say(home, FS_02="dead")
    word(home, TaskVerb.CLAIM, role="relative")
    home.wait(HOUR)
    say(home, FS_02="dead")
    assert (task(home).state, task(home).proof) == (TaskState.REQUESTED, None)
    word(home, TaskVerb.ASSIGN, party="nurse")
    word(home, TaskVerb.CLAIM, role="relative")
    home.wait(HOUR)
    home.tell(Answered(answers=(given("FS-02", "dead", home.now, role="relative"),)))
    assert task(home).state is TaskState.IN_PROGRESS, "the relative's word is no look"
    home.wait(HOUR)
    say(home, FS_02="old_or_untested")
    assert (task(home).state, task(home).responsible) == (TaskState.ACCEPTED, "nurse")


def test_a_reminder_gives_a_task_to_nobody():
    """Who answers for it still follows the tenure, which may be told later."""
    home = living()
    say(home, FS_02="dead")
    word(home, TaskVerb.REMIND, until_ms=home.now.wall_ms + DAY)
    home.tell(Tenancy(tenure=Tenure.APARTMENT, by="anna"))
    assert task(home).responsible == "building_owner"


def test_without_a_tenure_it_is_whose_it_is_in_every_one():
    """Smoking in bed is home care's in any dwelling: no relative is given it for want of a word."""
    home = living()
    say(home, FS_05="bed", FS_25="lacking", FA_02="yes")
    assert {name: one.responsible for name, one in home.home.tasks.items()} == {
        "FS-05": "home_care",
        "FS-25": "home_care",  # by the list's fallback: it hangs on the tenure
        "FA-02": "nurse",
    }


@pytest.mark.parametrize("code", ["ok", "dead:fixed"])
def test_an_answer_ends_it_with_its_proof(code: str):
    """Mended on the visit, or found in order: seen by who answered."""
    home = living()
    say(home, FS_02="dead")
    home.wait(HOUR)
    say(home, FS_02=code)
    ended = task(home)
    assert (ended.state, ended.changed, ended.by) == (TaskState.COMPLETED, home.now, "anna")
    assert ended.proof == Proof(kind=ProofKind.SEEN, by="anna", role="home_care", at=home.now)
    kept = [e.task.state for e in home.effects if isinstance(e, KeepTask)]
    assert kept == [TaskState.REQUESTED, TaskState.COMPLETED]


def test_nobodys_word_ends_it_but_an_answer():
    """Given, ordered, reminded of, said to be done: open, and the level stays what it is."""
    home = living()
    say(home, FS_02="dead")
    before = level(home)
    said = Proof(kind=ProofKind.SAID, by="matti", role="relative", at=home.now)
    for verb, state in (
        (TaskVerb.ASSIGN, TaskState.ACCEPTED),
        (TaskVerb.ORDER, TaskState.ACCEPTED),
        (TaskVerb.REMIND, TaskState.ACCEPTED),
        (TaskVerb.CLAIM, TaskState.IN_PROGRESS),
    ):
        word(home, verb, proof=said, until_ms=home.now.wall_ms + DAY)
        assert (task(home).state, level(home)) == (state, before)
    own = given("FS-02", "ok", home.now, role="relative", by="matti")
    home.tell(Answered(answers=(own,)))
    assert task(home).state is TaskState.IN_PROGRESS, "a relative ends nothing of a worker's"
    word(home, TaskVerb.CANCEL)
    assert (home.refused, task(home).state) == (("critical_task",), TaskState.IN_PROGRESS)
    lines = work_of(home.home, home.now).lines
    assert lines[0].code == "verify"


def test_what_the_resident_found_the_resident_ends():
    """And it says so: told, not seen."""
    home = living()
    mine = given("FS-12", "night", home.now, role="self", by="aino")
    home.tell(Answered(answers=(mine,)))
    home.wait(HOUR)
    home.tell(Answered(answers=(given("FS-12", "no", home.now, role="self", by="aino"),)))
    proof = task(home, "FS-12").proof
    assert proof is not None
    assert (task(home, "FS-12").state, proof.kind) == (TaskState.COMPLETED, ProofKind.SAID)


def test_a_critical_found_again_after_it_was_mended_is_red():
    """Repetition is what rescue departments ask for; a slip on one visit is none."""
    home = living()
    say(home, FS_02="dead")
    say(home, FS_02="ok")
    home.wait(HOUR)
    say(home, FS_02="dead")
    assert (task(home).times, level(home)) == (1, Level.ORANGE)
    home.wait(HOUR)
    say(home, FS_02="dead:fixed")
    home.wait(60 * DAY)
    say(home, FS_02="dead")
    assert (task(home).times, task(home).opened, level(home)) == (2, home.now, Level.RED)
    assert home.home.assessments[FIRE].reasons[0].code == "FS-02:repeated"
    say(home, FS_02="ok")
    assert level(home) is not Level.RED
    home.wait(400 * DAY)
    say(home, FS_02="dead")
    assert task(home).times == 1, "after a year it is a new one"


def test_a_critical_still_open_after_its_day_climbs_when_somebody_finds_it_so():
    """Not by the calendar alone: a level rises on what people found. A new day is given."""
    home = living()
    say(home, FS_02="dead")
    home.wait(2 * DAY)
    say(home, FS_02="dead")
    assert (task(home).times, level(home)) == (1, Level.ORANGE), "its day is not over"
    home.wait(2 * DAY)
    assert is_overdue(task(home), home.now.wall_ms)
    assert level(home) is Level.ORANGE
    assert work_of(home.home, home.now).lines[0].code == "consider"
    word(home, TaskVerb.ORDER, until_ms=home.now.wall_ms + DAY)
    say(home, FS_02="dead")
    climbed = task(home)
    assert (climbed.times, climbed.state, level(home)) == (2, "requested", Level.RED)
    assert climbed.due_ms == home.now.wall_ms + 3 * DAY
    say(home, FS_02="dead")
    assert task(home).times == 2, "one visit counts once"
    considered = Considered(
        item="FS-02", checklist="fire", notify=True, why="x", by="a", role="nurse", at=home.now
    )
    home.wait(3 * DAY)
    assert work_of(home.home, home.now).lines[0].code == "consider"
    home.tell(msgspec.structs.replace(considered, at=home.now))
    assert work_of(home.home, home.now).lines[0].code == "overdue"


def test_what_cannot_be_mended_is_done_and_stays():
    """A fall has happened: after its review the task is done, the points stand, nothing climbs."""
    home = living()
    say(home, FA_02="yes")
    before = level(home, Hazard.FALL)
    seen = Proof(kind=ProofKind.SEEN, by="anna", role="nurse", at=home.now)
    word(home, TaskVerb.DONE, "FA-02", proof=seen)
    assert (task(home, "FA-02").state, level(home, Hazard.FALL)) == ("completed", before)
    home.wait(200 * DAY)
    say(home, FA_02="yes")
    assert (task(home, "FA-02").state, task(home, "FA-02").times) == ("requested", 1)
    assert not has_climbed(task(home, "FA-02"))


def test_a_worse_finding_gives_nobody_more_time():
    """From old to dead: the shorter of both days, and never a later one."""
    home = living()
    say(home, FS_02="old_or_untested")
    assert task(home).due_ms == home.now.wall_ms + 30 * DAY
    home.wait(DAY)
    say(home, FS_02="dead")
    assert (task(home).due_ms, task(home).times) == (home.now.wall_ms + 3 * DAY, 1)


def test_one_question_of_several_lists_is_one_task():
    """Goods are asked in the ten and in the full list: one clearing plan, one task."""
    home = living()
    crowded = given("TE-05", "blocked", home.now)
    twin = given("FS-18", "blocked", home.now)
    home.tell(Answered(answers=(crowded, twin)))
    assert list(home.home.tasks) == ["FS-18"]
    found = {one.item: one.twin for one in open_findings(home.home, home.now.wall_ms)}
    assert found == {"FS-18": "", "TE-05": "FS-18"}


def test_a_list_that_cannot_be_read_ends_nothing():
    """A broken file is no good news."""
    home = living()
    say(home, FS_02="dead")
    home.tell(ConfigLoaded(checklists={k: v for k, v in LISTS.items() if k != "fire"}))
    assert task(home).state is TaskState.REQUESTED
    home.tell(SETTINGS)
    assert (task(home).state, task(home).times) == (TaskState.REQUESTED, 1)


def test_the_reminder_comes_before_the_day():
    """With a third of the time left, at most a week; or on the day that somebody chose."""
    home = living()
    say(home, FS_02="dead", FS_12="night")
    for item, before in (("FS-02", DAY), ("FS-12", None)):
        found = task(home, item)
        assert found.due_ms is not None
        due, remind = found.due_ms, remind_ms(found)
        assert remind is not None
        assert home.now.wall_ms < remind < due
        assert before in (None, due - remind)
        assert due - remind <= 7 * DAY
    word(home, TaskVerb.REMIND, until_ms=home.now.wall_ms + HOUR)
    assert remind_ms(task(home)) == home.now.wall_ms + HOUR
    home.wait(2 * HOUR)
    assert work_of(home.home, home.now).lines[0].code == "soon"


def test_an_unsettled_conflict_is_a_nurses_after_a_week():
    """Until then whoever visits asks."""
    home = living()
    one = Conflict(checklist="fire", item="FS-02", signal="smoke_alarm.silent", since_ms=0)
    for age_ms, code in ((HOUR, "conflict"), (CONFLICT_MAX_MS, "conflict_nurse")):
        since = msgspec.structs.replace(one, since_ms=home.now.wall_ms - age_ms)
        assert work_of(home.home, home.now, (), (since,)).lines[0].code == code


def test_a_task_of_an_unset_clock_gets_its_day_when_the_clock_is_set():
    """Until then nobody knows the day and nothing is overdue; it is on the list all the same."""
    home = living()
    home.reboot(0, sync=Sync.NONE)
    say(home, FS_02="dead")
    assert (task(home).due_ms, remind_ms(task(home)), level(home)) == (None, None, Level.ORANGE)
    assert not is_overdue(task(home), home.now.wall_ms)
    assert work_of(home.home, home.now).lines[0].code == "task"
    home.wait(HOUR)
    home.sync, home.drift_ms = Sync.NTP, NOON_WALL_MS + 5 * DAY - home.ms
    home.wait(HOUR)
    home.tell(Tick())
    due_ms = task(home).due_ms
    assert due_ms is not None
    assert abs(due_ms - (NOON_WALL_MS + 5 * DAY - HOUR + 3 * DAY)) <= HOUR
    assert (task(home).times, task(home).state) == (1, TaskState.REQUESTED)


def test_a_season_that_ends_ends_its_task_and_the_next_one_begins_it_anew():
    """Nobody sands a yard in May; nobody mended it either, so it is no repetition."""
    home = living()
    say(home, FA_24="lacking")
    assert task(home, "FA-24").state is TaskState.REQUESTED
    home.wait(60 * DAY)
    assert (task(home, "FA-24").state, task(home, "FA-24").note) == ("cancelled", "out_of_season")
    home.wait(190 * DAY)
    home.tell(Tick())
    assert (task(home, "FA-24").state, task(home, "FA-24").times) == ("requested", 1)


def test_a_finding_of_the_ten_is_the_full_lists_task_once_it_was_gone_into():
    """What was found on one screen waits as a task until somebody has asked the rest."""
    home = living()
    say(home, TE_02="open")
    assert "TE-02" in home.home.tasks
    home.wait(HOUR)
    say(home, FS_08="remains", FS_09="none", FS_10="ok")
    open_now = {item for item, one in home.home.tasks.items() if one.state in OPEN_TASK}
    assert open_now == {"FS-08"}
    assert task(home, "TE-02").note == "asked_in_full"


def asked(home: Living) -> dict[tuple[str, str], tuple[str, float]]:
    """By list and why: the items, and the minutes."""
    return {
        (str(one.params["checklist"]), one.code): (str(one.params["items"]), one.minutes or 0.0)
        for one in work_of(home.home, home.now).lines
        if one.group == "ask"
    }


def test_no_question_stands_twice_on_the_list_of_a_visit():
    """What a finding asks for is no longer "not asked yet": a visit has its minutes once."""
    home = living()
    say(home, TE_01="doubt")
    assert asked(home)[("fire", "opened")] == ("FS-01 FS-02 FS-03 FS-04", 2.0)
    say(home, FS_05="no", TE_02="unknown")
    found = asked(home)
    assert found[("fire", "opened")][0] == "FS-01 FS-02 FS-03 FS-04"
    assert found[("fire", "unanswered")][1] == (26 - 5) * 0.5
    assert "FS-01" not in found[("fire", "unanswered")][0]
    assert found[("ten", "unknown")] == ("TE-02", 0.5), "what was not known is asked again"
    home.wait(200 * DAY)
    assert set(asked(home)) == {("fire", "reassess"), ("ten", "unknown")}


# -- laws ------------------------------------------------------------------------------------------

ITEMS = ("FS-02", "FS-05", "FS-11", "FS-18", "FS-26", "FA-02", "FA-19", "TE-05")
CODES = {
    item.id: [a.code for a in item.answers] + [f"{a.code}:fixed" for a in item.answers if a.points]
    for one in LISTS.values()
    for item in one.items
}
STEP = st.one_of(
    st.tuples(
        st.just("say"),
        st.sampled_from(ITEMS),
        st.integers(0, 9),
        st.sampled_from(["home_care", "relative"]),
    ),
    st.tuples(st.just("word"), st.sampled_from(ITEMS), st.sampled_from(list(TaskVerb))),
    st.tuples(st.just("wait"), st.sampled_from([HOUR, 13 * HOUR, 4 * DAY, 40 * DAY])),
    st.tuples(st.just("restart")),
)


def answer_of(home: Living, item: str, n: int, role: str) -> Answer:
    codes = CODES[item]
    by = "anna" if role == "home_care" else "matti"
    return given(item, codes[n % len(codes)], home.now, role=role, by=by)


def do(home: Living, step: tuple[object, ...]) -> None:
    match step:
        case ("say", str(item), int(n), str(role)):
            home.tell(Answered(answers=(answer_of(home, item, n, role),)))
        case ("word", str(item), TaskVerb() as verb):
            word(home, verb, item, until_ms=home.now.wall_ms + DAY)
        case ("wait", int(ms)):
            home.wait(ms)
        case _:
            home.restart()


def lived(steps: list[tuple[object, ...]]) -> Living:
    home = living()
    for step in steps:
        do(home, step)
    return home


def open_ids(home: Home) -> set[str]:
    return {k for k, one in home.tasks.items() if one.state in OPEN_TASK}


@examples(steps=st.lists(STEP, max_size=10))
def test_tasks_are_what_the_answers_say(steps: list[tuple[object, ...]]):
    """Every open task has an open hazard; every open hazard a task that is open, or that a person
    ended by a word of their own; doing it twice, and a restart, change nothing.
    """
    home = lived(steps)
    wall_ms = latest_wall_ms(home.home)
    found = {one.item for one in open_findings(home.home, wall_ms) if not one.twin}
    assert open_ids(home.home) <= found
    assert found <= set(home.home.tasks)
    for item in found - open_ids(home.home):
        ended = home.home.tasks[item]
        assert ended.stays or ended.state is TaskState.CANCELLED
        assert ended.by
    assert retask(home.home, home.now) == (home.home, ())
    assert decode(encode(home.home)).tasks == home.home.tasks


@examples(steps=st.lists(STEP, max_size=8), item=st.sampled_from(ITEMS))
def test_a_fixed_item_never_hurts_and_a_task_done_never_raises(
    steps: list[tuple[object, ...]], item: str
):
    """Whatever happened before: mending lowers or leaves each level."""
    home = lived(steps)
    before = {h: RANK[a.level] for h, a in home.home.assessments.items()}
    code = CODES[item][0]
    home.tell(Answered(answers=(given(item, code, home.now),)))
    for hazard, rank in before.items():
        assert RANK[home.home.assessments[hazard].level] <= rank


@examples(steps=st.lists(STEP, max_size=8), verb=st.sampled_from(list(TaskVerb)))
def test_no_word_about_a_task_changes_a_level(steps: list[tuple[object, ...]], verb: TaskVerb):
    """Given, ordered, claimed, cancelled, done: only answers and what is found again do."""
    home = lived(steps)
    for item in sorted(home.home.tasks):
        before = {h: a.level for h, a in home.home.assessments.items()}
        word(home, verb, item, until_ms=home.now.wall_ms + DAY)
        assert {h: a.level for h, a in home.home.assessments.items()} == before


@examples(steps=st.lists(STEP, max_size=8), item=st.sampled_from(ITEMS), data=st.data())
def test_one_more_hazard_never_lowers_whatever_happened(
    steps: list[tuple[object, ...]], item: str, data: st.DataObject
):
    """The same past, and then a worse answer in place of a better one."""
    codes = [code for code in CODES[item] if not code.endswith(":fixed")]
    better = data.draw(st.integers(0, len(codes) - 1))
    worse = data.draw(st.integers(better, len(codes) - 1))
    levels = []
    for n in (better, worse):
        home = lived(steps)
        home.tell(Answered(answers=(given(item, codes[n], home.now),)))
        levels.append({h: RANK[a.level] for h, a in home.home.assessments.items()})
    assert all(levels[1][hazard] >= rank for hazard, rank in levels[0].items())


def test_a_day_that_found_no_room_waits_for_the_visit() -> None:
    """Its day alone: what was unlike in it stays in the home."""
    home = lived([])
    waiting = Waiting(day=20_514, reasons=("routine:night.bathroom day 4 1",))
    behaviour = msgspec.structs.replace(home.home.behaviour, waiting=(waiting,))
    kept = msgspec.structs.replace(home.home, behaviour=behaviour)
    (line,) = [one for one in work_of(kept, home.now).lines if one.code == "unlike_day"]
    assert line.params == {"day": "2026-03-02"}
    row = {"group": "ask", "code": line.code, "params": line.params}
    assert "2026-03-02" in line_text(row, {}, "fi")
