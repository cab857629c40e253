"""The two lanes: what waits, what goes at once, how it is numbered."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from edge.app.conditions import Condition
from edge.app.keeper import TELEMETRY_AGE_MAX_MS, TELEMETRY_ROWS_MAX, Keeper
from edge.domain import (
    Alert,
    Device,
    Instant,
    Observation,
    OutboxClass,
    OutboxEntry,
    Person,
    PersonKind,
    Role,
    Stay,
    StayKind,
)
from edge.events import ConfigLoaded, Enrolled, Tick
from edge.home.state import DEVICES_MAX, Home, decode
from edge.kinds import observation
from edge.ports import Heads
from tests.support.clock import instant
from tests.support.ids import SeqIds


class Seal:
    """A sealer whose bytes say what was sealed; shares nothing but batteries."""

    def alert(self, alert: Alert, *, entry_id: str, sequence: int, at: Instant) -> OutboxEntry:
        return self._entry(OutboxClass.ALERT, alert.code, entry_id, sequence, at)

    def observations(
        self, rows: Sequence[Observation], *, first: int, entry_id: str, sequence: int, at: Instant
    ) -> OutboxEntry | None:
        if not any(row.kind == "battery" for row in rows):
            return None
        return self._entry(OutboxClass.OBSERVATIONS, str(first), entry_id, sequence, at)

    def device(
        self,
        condition: Condition,
        home: Home,  # noqa: ARG002 - the protocol's
        *,
        entry_id: str,
        sequence: int,
        at: Instant,
    ) -> OutboxEntry | None:
        body = f"{condition.device} {condition.state}"
        return self._entry(OutboxClass.DEVICE_STATUS, body, entry_id, sequence, at)

    def _entry(
        self, cls: OutboxClass, body: str, entry_id: str, sequence: int, at: Instant
    ) -> OutboxEntry:
        return OutboxEntry(
            sequence=sequence,
            id=entry_id,
            cls=cls,
            priority=None,
            body=body.encode(),
            created_ms=at.wall_ms,
        )


BUTTON = Device(id="button", driver="bthome", role=Role.HELP_BUTTON, address="A")
AIR = Device(id="air", driver="ruuvitag", role=Role.CLIMATE, address="B")


@pytest.fixture
def keeper() -> Keeper:
    """A home of two devices that was stored up to observation 98 and message 5."""
    heads = Heads(store_id="s", observation=98, message=5)
    one = Keeper(home=Home.new(), heads=heads, ids=SeqIds(), seal=Seal())
    for event in (ConfigLoaded(), Enrolled(device=BUTTON), Enrolled(device=AIR)):
        one.tell(event, instant())
    for device, kind, value in (("button", "battery_voltage", 3000), ("air", "humidity", 40)):
        one.tell(observation(device, kind, value, instant()), instant())
    one.batch(instant())
    return one


def _air(keeper: Keeper, n: int) -> None:
    at = instant(n)
    keeper.tell(observation("air", "temperature", 20.0 + n % 5, at), at)


def test_telemetry_waits_for_rows_or_age(keeper):
    """Neither 499 readings nor 59 s make a commit; one more of either does."""
    for n in range(TELEMETRY_ROWS_MAX - 1):
        _air(keeper, n)
        assert not keeper.due(real_ms=0)
    assert keeper.due(real_ms=TELEMETRY_AGE_MAX_MS)
    assert not keeper.due(real_ms=TELEMETRY_AGE_MAX_MS - 1)
    _air(keeper, TELEMETRY_ROWS_MAX)
    assert keeper.due(real_ms=0)
    assert not keeper.urgent


def test_a_press_goes_at_once_and_takes_the_waiting_readings_along(keeper):
    """One commit: earlier readings, the press, the alert, its message, the state with all of it."""
    _air(keeper, 1)
    at = instant(2)
    keeper.tell(observation("button", "button", "press", at), at)
    assert keeper.urgent
    batch = keeper.batch(at)
    assert [o.kind for o in batch.observations] == ["temperature", "button"]
    assert [a.code for a in batch.alerts] == ["help_button"]
    assert [m.cls for m in batch.messages] == [OutboxClass.ALERT]
    assert batch.home is not None
    assert [a.id for a in decode(batch.home).alerts.values()] == [batch.alerts[0].id]
    assert not keeper.urgent
    assert keeper.pending == 0


def test_a_fall_that_waits_goes_at_once_although_it_raises_nothing(keeper):
    """A power cut within the minute of the telemetry lane would cost the call about it."""
    rooms = [
        Device(id=room, driver="bthome", role=Role.MOTION, address=room, room=room)
        for room in ("hall", "lounge", "kitchen")
    ]
    band = Device(id="band", driver="bthome", role=Role.FALL_DETECTOR, address="C", person="anna")
    keeper.tell(Person(id="anna", kind=PersonKind.RESIDENT, by="installer.one"), instant())
    for device in (band, *rooms):
        keeper.tell(Enrolled(device=device), instant())
    for room in rooms:
        keeper.tell(observation(room.id, "motion", value=False, at=instant(1)), instant(1))
    keeper.batch(instant(1))
    assert not keeper.urgent
    keeper.tell(observation("band", "fall", value=True, at=instant(2)), instant(2))
    assert keeper.urgent
    batch = keeper.batch(instant(2))
    assert not batch.alerts
    assert batch.home is not None
    assert decode(batch.home).watch.falls == keeper.home.watch.falls
    # The band goes on saying so: the same fall, and no commit for each word of it.
    keeper.tell(observation("band", "fall", value=True, at=instant(3)), instant(3))
    assert not keeper.urgent


def test_numbers_go_on_from_the_store_without_a_gap(keeper):
    """Observations and messages count on from the heads, batch after batch."""
    first = 101
    message = keeper.last_message
    for round_ in range(3):
        at = instant(round_)
        keeper.tell(observation("air", "battery", 90, at), at)
        keeper.tell(observation("button", "button", "press", at), at)
        batch = keeper.batch(at)
        assert batch.first_observation == first
        assert [m.sequence for m in batch.messages] == [message + 1, message + 2]
        first += 2
        message += 2
    assert (keeper.last_observation, keeper.last_message) == (106, message)


def test_a_batch_that_is_not_shared_takes_no_number(keeper):
    """Readings without a purpose make no message, so the numbering shows no hole."""
    before = keeper.last_message
    _air(keeper, 1)
    assert keeper.batch(instant(1)).messages == []
    assert keeper.last_message == before


def test_a_drivers_state_is_stored_with_what_its_frame_said(keeper):
    """Replay counter and reading are in one commit, or neither is."""
    _air(keeper, 1)
    keeper.remember("air", b"state")
    assert keeper.batch(instant(1)).driver_states == {"air": b"state"}
    assert keeper.batch(instant(2)).driver_states == {}


def test_what_people_say_is_never_left_waiting(keeper):
    """A stay is urgent although it raises nothing."""
    keeper.tell(Stay(kind=StayKind.HOSPITAL, by="anna", from_ms=0), instant())
    assert keeper.urgent
    assert [s.kind for s in keeper.batch(instant()).stays] == [StayKind.HOSPITAL]


def test_what_the_rules_refuse_is_said(keeper):
    """A reading of a device that is not enrolled is refused by name."""
    at = instant()
    smoke = observation("stranger", "smoke", value=True, at=at)
    assert keeper.tell(smoke, at) == ("unknown_device",)
    assert keeper.pending == 0


def test_a_device_that_comes_alive_is_told_once(keeper):
    """Its first word makes a message about it; its second does not, nor does a restart."""
    lamp = Device(id="lamp", driver="bthome", role=Role.MOTION, address="C")
    keeper.tell(Enrolled(device=lamp), instant())
    assert keeper.batch(instant()).messages == []
    at = instant(1)
    keeper.tell(observation("lamp", "motion", value=True, at=at), at)
    told = keeper.batch(at)
    assert [m.body for m in told.messages] == [b"lamp ok"]
    keeper.tell(observation("lamp", "motion", value=False, at=at), at)
    assert keeper.batch(at).messages == []
    heads = Heads(store_id="s", observation=keeper.last_observation, message=keeper.last_message)
    again = Keeper(home=keeper.home, heads=heads, ids=SeqIds(), seal=Seal())
    again.tell(observation("lamp", "motion", value=True, at=at), at)
    assert again.batch(at).messages == []


def test_a_low_battery_and_a_lost_device_are_told_as_such(keeper):
    """What the desk hears of a device is its condition, with the alert beside it."""
    at = instant(1)
    keeper.tell(observation("air", "battery", 5, at), at)
    assert b"air degraded" in [m.body for m in keeper.batch(at).messages]
    late = instant(3 * 86_400_000)
    keeper.tell(Tick(), late)
    assert {b"air lost", b"button lost"} <= {m.body for m in keeper.batch(late).messages}


def test_a_device_too_many_is_neither_enrolled_nor_stored(keeper):
    """The state holds 64: what it refuses does not stand in the store either."""
    refused: tuple[str, ...] = ()
    for n in range(DEVICES_MAX):
        extra = Device(id=f"d{n}", driver="bthome", role=Role.MOTION, address=f"X{n}")
        refused = keeper.tell(Enrolled(device=extra), instant())
    assert refused == ("too_many_devices",)
    assert len(keeper.batch(instant()).enrolled) == DEVICES_MAX - 2


def test_carbon_monoxide_is_stored_at_once_although_no_rule_listens_yet(keeper):
    """What is an alarm by itself never waits a minute for its commit."""
    at = instant(1)
    keeper.tell(observation("air", "carbon_monoxide", value=False, at=at), at)
    assert not keeper.urgent
    keeper.tell(observation("air", "carbon_monoxide", value=True, at=at), at)
    assert keeper.urgent
