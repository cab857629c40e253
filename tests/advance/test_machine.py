"""Random homes: what must hold whatever happens, in whatever order, however often time is told."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge.alerts.merge import EVIDENCE_MAX
from edge.domain import (
    Alert,
    AlertState,
    Hazard,
    PersonKind,
    PersonLeft,
    Priority,
    Quality,
    Question,
    Role,
    Scalar,
    Secret,
    Stay,
    StayKind,
    Visit,
    VisitKind,
    Withdrawn,
)
from edge.events import (
    Acknowledgement,
    Answered,
    Assessed,
    ConfigLoaded,
    Counted,
    Escalated,
    Event,
    Fault,
    FaultKind,
    NightDoor,
    Raise,
    Removed,
    Tick,
)
from edge.home.localday import iso_date
from edge.home.state import decode, encode
from edge.kinds import observation
from tests.risk import homes
from tests.support.living import DAY, HOUR, MINUTE, NURSE, SECOND, Living, decision

SETTINGS = ConfigLoaded(
    no_activity_after_s=2 * 3600,
    stove_unattended_after_s=15 * 60,
    meal_by_min=15 * 60,
    tag_unworn_after_s=3600,
    checklists={"fire": homes.FIRE},
    # The lives begin on 2 March 2026, at two in the afternoon: the night is just after it.
    night_door=NightDoor(
        devices=("door",),
        from_min=14 * 60 + 30,
    ),
)
DEVICES: dict[str, tuple[Role, int, dict[str, object]]] = {
    "button": (Role.HELP_BUTTON, 86_400, {"person": "resident"}),
    "smoke": (Role.SMOKE_ALARM, 7_200, {}),
    "robot": (Role.MEDICATION_ROBOT, 600, {}),
    "motion": (Role.MOTION, 3_600, {}),
    "kitchen": (Role.MOTION, 86_400, {"room": "kitchen"}),
    "bedroom": (Role.MOTION, 86_400, {"room": "bedroom"}),
    "fine": (Role.OK_BUTTON, 86_400, {"key": Secret(bytes(16))}),
    "door": (Role.DOOR, 86_400, {}),
    "climate": (Role.CLIMATE, 900, {}),
    "stove": (Role.STOVE_GUARD, 86_400, {"room": "kitchen"}),
    "meals": (Role.MEAL_DISPENSER, 86_400, {}),
    "tag": (Role.TAG, 7_200, {"person": "resident"}),
    "band": (Role.FALL_DETECTOR, 86_400, {"person": "resident"}),
}
WORDS: list[tuple[str, str, Scalar]] = [
    ("button", "button", "press"),
    ("button", "battery", 10),
    ("button", "battery", 90),
    ("smoke", "smoke", True),
    ("smoke", "smoke", False),
    ("smoke", "smoke", None),
    ("robot", "dose", "due"),
    ("robot", "dose", "taken"),
    ("robot", "dose", "missed"),
    ("robot", "dose", "retrieved_late"),
    ("robot", "heartbeat", True),
    ("motion", "motion", True),
    ("motion", "motion", False),
    ("door", "door", True),
    ("door", "door", False),
    ("climate", "temperature", 21.0),
    ("smoke", "carbon_monoxide", True),
    ("smoke", "heat", True),
    ("smoke", "heat", False),
    ("climate", "moisture", True),
    ("climate", "moisture", False),
    ("kitchen", "motion", True),
    ("bedroom", "motion", True),
    ("bedroom", "motion", False),
    ("fine", "button", "press"),
    ("stove", "stove_on", True),
    ("stove", "stove_on", False),
    ("stove", "stove_cut", True),
    ("stove", "wire_fault", True),
    ("stove", "wire_fault", False),
    ("robot", "jam", True),
    ("robot", "mains", False),
    ("robot", "mains", True),
    ("robot", "faults", 4),
    ("robot", "appliance_door", True),
    ("robot", "appliance_door", False),
    ("robot", "refill_low", True),
    ("meals", "meal", "selected"),
    ("meals", "meal", "heat_done"),
    ("meals", "meal", "taken"),
    ("meals", "over_temperature", True),
    ("tag", "button", "press"),
    ("tag", "movement_counter", 1),
    ("tag", "movement_counter", 2),
    ("band", "fall", True),
    ("band", "fall", False),
    ("band", "button", "press"),
    ("band", "moving", True),
    ("band", "moving", False),
    ("stranger", "button", "press"),
]
# Less than lies between any two things of this home that the clock alone brings.
LATE_MS = 2
ORDER = (Priority.NORMAL, Priority.HIGH, Priority.CRITICAL)
OVER = (AlertState.CLOSED, AlertState.CANCELLED)


class Lives(RuleBasedStateMachine):
    """One home told five ways: plainly, with extra ticks, through snapshots, through restarts, and
    by a clock that ticks late.
    """

    @initialize()
    def begin(self) -> None:
        self.plain = Living(settings=SETTINGS)
        self.ticked = Living(settings=SETTINGS)
        self.frozen = Living(settings=SETTINGS)
        self.restarted = Living(settings=SETTINGS)
        self.late = Living(settings=SETTINGS, late_ms=LATE_MS)
        self.lives = (self.plain, self.ticked, self.frozen, self.restarted, self.late)
        self.known: dict[str, Alert] = {}
        self.read = 0
        for name in DEVICES:
            self.enrol(name)
        self.decide(Question.NIGHT_DOORS, 2)

    def tell(self, event: Event) -> None:
        for life in self.lives:
            life.tell(event)
            life.wait(0)

    @rule(name=st.sampled_from(sorted(DEVICES)))
    def enrol(self, name: str) -> None:
        role, after_s, more = DEVICES[name]
        for life in self.lives:
            life.enrol(name, role, silent_after_s=after_s, **more)
            life.wait(0)

    @rule(
        word=st.sampled_from(WORDS),
        quality=st.sampled_from([Quality.OK] * 4 + [Quality.POSSIBLE_REPLAY, Quality.QUESTIONABLE]),
    )
    def observe(self, word: tuple[str, str, Scalar], quality: Quality) -> None:
        device, kind, value = word
        self.tell(observation(device, kind, value, self.plain.now, quality))

    @rule(word=st.sampled_from(WORDS), every=st.integers(1, 90), count=st.integers(1, 12))
    def beacon(self, word: tuple[str, str, Scalar], every: int, count: int) -> None:
        for _ in range(count):
            self.wait(every * MINUTE, 7)
            self.observe(word, Quality.OK)

    @rule(away=st.booleans(), minutes=st.integers(1, 40))
    def cook(self, minutes: int, *, away: bool) -> None:
        """Chance alone rarely turns a cooker on and walks away from it."""
        self.observe(("kitchen", "motion", True), Quality.OK)
        self.observe(("stove", "stove_on", True), Quality.OK)
        self.wait(MINUTE, 1)
        self.observe(("motion" if away else "kitchen", "motion", True), Quality.OK)
        self.wait(minutes * MINUTE, 3)

    @rule(minutes=st.integers(0, 12), stirs=st.booleans())
    def stumble(self, minutes: int, *, stirs: bool) -> None:
        self.observe(("band", "fall", True), Quality.OK)
        self.wait(minutes * MINUTE, 3)
        self.observe(("band", "moving", stirs), Quality.OK)

    @rule(
        rooms=st.lists(st.sampled_from(["motion", "kitchen", "bedroom"]), max_size=4),
        every=st.integers(20, 200),
        fine=st.booleans(),
    )
    def knock(self, rooms: list[str], every: int, *, fine: bool) -> None:
        """Where one lives alone a flag waits for a walk, or for a word."""
        self.person("resident", PersonKind.RESIDENT)
        for room in ("motion", "kitchen", "bedroom"):
            self.observe((room, "motion", False), Quality.OK)
        self.observe(("band", "fall", True), Quality.OK)
        for room in rooms:
            self.wait(every * SECOND, 2)
            self.observe((room, "motion", True), Quality.OK)
        if fine:
            self.observe(("fine", "button", "press"), Quality.OK)
        self.wait(11 * MINUTE, 3)

    @rule(hours=st.integers(1, 5))
    def leave_the_tag(self, hours: int) -> None:
        for _ in range(2 * hours):
            self.observe(("motion", "motion", True), Quality.OK)
            self.observe(("tag", "movement_counter", 1), Quality.OK)
            self.wait(HOUR // 2, 1)

    @rule(
        ms=st.sampled_from([1, SECOND, MINUTE, 11 * MINUTE, HOUR, 5 * HOUR, DAY, 9 * DAY]),
        parts=st.integers(1, 9),
    )
    def wait(self, ms: int, parts: int) -> None:
        for life in self.lives:
            life.wait(ms, tick_ms=max(1, ms // parts) if life is self.ticked else None)
            assert life is self.late or life.wake is None or life.wake > life.ms
        self.frozen.home = decode(encode(self.frozen.home))
        self.frozen.home = msgspec.structs.replace(self.frozen.home, settings=SETTINGS)

    @rule()
    def restart(self) -> None:
        faults = list(self.restarted.home.faults.values())
        self.restarted.restart()
        for fault in faults:
            self.restarted.tell(fault)

    @rule(
        kind=st.sampled_from(StayKind),
        person=st.sampled_from([None, "resident", "second"]),
        begins=st.integers(-48, 48),
        hours=st.integers(0, 96),
    )
    def stay(self, kind: StayKind, person: str | None, begins: int, hours: int) -> None:
        start = self.plain.now.wall_ms + begins * HOUR
        until = start + hours * HOUR if hours else None
        told = Stay(kind=kind, by="nurse.one", from_ms=start, until_ms=until, person=person)
        self.tell(told)

    @rule(
        name=st.sampled_from(["resident", "second", "cat"]),
        kind=st.sampled_from([PersonKind.RESIDENT, PersonKind.RESIDENT, PersonKind.PET]),
    )
    def person(self, name: str, kind: PersonKind) -> None:
        for life in self.lives:
            life.person(name, kind)
            life.wait(0)

    @rule(name=st.sampled_from(["resident", "second", "cat"]))
    def person_left(self, name: str) -> None:
        self.tell(PersonLeft(person=name, by="installer.one"))

    @rule(question=st.sampled_from(Question), days=st.integers(-1, 33))
    def decide(self, question: Question, days: int) -> None:
        day = (self.plain.now.wall_ms + days * DAY) // DAY
        self.tell(decision(question, iso_date(day)))

    @rule(question=st.sampled_from(Question))
    def withdraw(self, question: Question) -> None:
        self.tell(Withdrawn(question=question, by="coordinator.one"))

    @rule(kind=st.sampled_from(VisitKind), begins=st.integers(-3, 30), hours=st.integers(1, 5))
    def visit(self, kind: VisitKind, begins: int, hours: int) -> None:
        start = self.plain.now.wall_ms + begins * HOUR
        visit = Visit(kind=kind, role="nurse", from_ms=start, until_ms=start + hours * HOUR)
        self.tell(visit)

    @rule(
        kind=st.sampled_from([FaultKind.LINE, FaultKind.PATH, FaultKind.MODEL]),
        gone=st.booleans(),
    )
    def fault(self, kind: FaultKind, *, gone: bool) -> None:
        self.tell(Fault(kind=kind, subject="x", gone=gone))

    @rule(differs=st.sampled_from([{}, {"FS_05": "bed"}, {"FS_05": "bed", "FS_22": "no"}]))
    def answer(self, differs: dict[str, str]) -> None:
        at = self.plain.now
        given = (msgspec.structs.replace(a, at=at) for a in homes.home(**differs).values())
        self.tell(Answered(answers=tuple(given)))

    @rule(index=st.floats(0, 100) | st.none())
    def assessed(self, index: float | None) -> None:
        why = None if index is not None else "crashed"
        self.tell(
            Assessed(
                hazard=Hazard.FIRE,
                index=index,
                reasons=(),
                model="home-risk/2.0.0",
                manifest="abc",
                abstained=why,
            )
        )

    @precondition(lambda self: self.plain.home.alerts)
    @rule(
        pick=st.integers(0, 99),
        kind=st.sampled_from(["accepted", "accepted", "declined", "closed"]),
        eta_s=st.sampled_from([None, 60, 900, 7200]),
        message=st.sampled_from(["", "m1", "m2"]),
    )
    def acknowledge(self, pick: int, kind: str, eta_s: int | None, message: str) -> None:
        alerts = sorted(self.plain.home.alerts)
        key = alerts[pick % len(alerts)]
        for life in self.lives:
            if key in life.home.alerts:
                ack = Acknowledgement(
                    alert=life.home.alerts[key].id,
                    kind=kind,
                    actor=NURSE,
                    eta_s=eta_s,
                    outcome="helped",
                    message=message,
                )
                life.tell(ack)
                life.wait(0)

    @precondition(lambda self: self.plain.home.alerts)
    @rule(pick=st.integers(0, 99), level=st.integers(0, 4))
    def escalate(self, pick: int, level: int) -> None:
        alerts = sorted(self.plain.home.alerts)
        key = alerts[pick % len(alerts)]
        for life in self.lives:
            if key in life.home.alerts:
                life.tell(Escalated(alert=life.home.alerts[key].id, level=level))
                life.wait(0)

    @rule(name=st.sampled_from(sorted(DEVICES)))
    def remove(self, name: str) -> None:
        self.tell(Removed(device=name))

    @rule(name=st.sampled_from(sorted(DEVICES)))
    def refuse(self, name: str) -> None:
        self.tell(Counted(device=name, reason="crc"))

    @invariant()
    def every_revision_follows_the_last(self) -> None:
        """Revisions are complete, states are lawful, and nothing is ever lowered or lost."""
        for effect in self.plain.effects[self.read :]:
            alert = getattr(effect, "alert", None)
            if alert is None:
                continue
            old = self.known.get(alert.id)
            assert isinstance(effect, Raise) is (old is None)
            assert alert.rev == (1 if old is None else old.rev + 1)
            if old is not None:
                assert old.state not in OVER
                assert ORDER.index(alert.priority) >= ORDER.index(old.priority)
                assert (alert.code, alert.subject) == (old.code, old.subject)
                assert alert.repeats >= old.repeats
                assert alert.escalation >= old.escalation
            lawful(alert)
            self.known[alert.id] = alert
        self.read = len(self.plain.effects)
        still_open = {a.id: a for a in self.known.values() if a.state not in OVER}
        assert {a.id: a for a in self.plain.home.alerts.values()} == still_open
        assert len({(a.code, a.subject) for a in still_open.values()}) == len(still_open)

    @invariant()
    def telling_time_more_often_changes_nothing(self) -> None:
        """Extra ticks, and a snapshot at any step, lead to the very same revisions."""
        assert self.ticked.alerts() == self.plain.alerts()
        assert self.frozen.alerts() == self.plain.alerts()

    @invariant()
    def a_clock_that_ticks_late_is_told_of_everything(self) -> None:
        """Every loop wakes late; what is over by then is said all the same, if later."""
        self.late.tell(Tick())  # it knows of this moment what the others do
        assert causes(self.late) == causes(self.plain)

    @invariant()
    def a_restart_changes_nothing_but_faults_told_anew(self) -> None:
        """What stands after a restart is what stood; a fault found again may say so."""
        assert words(self.restarted) == words(self.plain)


def lawful(alert: Alert) -> None:
    """What each state must carry."""
    assert len(alert.evidence) <= EVIDENCE_MAX
    assert len(set(alert.flags)) == len(alert.flags)
    if alert.state is AlertState.RAISED:
        assert alert.actor is None
        assert alert.next_by is None
    if alert.state is AlertState.ACKNOWLEDGED:
        assert alert.actor is not None
        assert alert.next_by is not None
    if alert.state is AlertState.CLOSED:
        assert alert.actor is not None
        assert alert.outcome is not None
    if alert.state is AlertState.CANCELLED:
        assert alert.code in ("gateway_fault", "decision_expired", "decision_review")


def causes(life: Living) -> set[tuple[str, str]]:
    return {(alert.code, alert.subject) for alert in life.raised()}


def words(life: Living) -> list[tuple[object, ...]]:
    """Every revision of every alert but our own faults', without its id."""
    return [
        (a.code, a.subject, a.rev, a.state, a.priority, a.flags, a.repeats, a.params.get("to"))
        for a in life.alerts()
        if a.code != "gateway_fault"
    ]


Lives.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLives = pytest.mark.timeout(60)(Lives.TestCase)
