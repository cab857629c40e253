"""The coverage ledger: what was asked and known in each hour, through everything that time does."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain import Question, Role, Stay, StayKind, Sync
from edge.events import Fault, FaultKind, Located, Tick
from edge.home.asking import Asked, Why
from edge.home.ledger import HOLES_MAX, HOUR_MS, Span, Track, with_hole
from edge.home.ledger_rows import HOURS_MAX, is_due
from tests.support.counted import HOUR_S, Counted
from tests.support.living import DAY, HOUR, MINUTE, SECOND, decision


@pytest.fixture
def home() -> Counted:
    return Counted()


def test_a_device_that_keeps_its_deadline_is_known(home: Counted) -> None:
    """From its first word on; before it nobody knows that it is alive."""
    home.enrol("button", Role.HELP_BUTTON)
    home.wait(30 * MINUTE)
    home.beacon("button", "battery", 90.0, every=HOUR, until=4 * HOUR)
    assert home.of(Asked.ALARM_BUTTON) == [
        (3600, 0, "never_heard"),
        (3600, 1800, "never_heard"),
        (3600, 3600, ""),
        (3600, 3600, ""),
        (1800, 1800, ""),
    ]


def test_past_its_deadline_all_is_taken_back(home: Counted) -> None:
    """Also in hours that were written as known: nobody knows when it went quiet."""
    home.enrol("button", Role.HELP_BUTTON)
    home.observe("button", "battery", 90.0)
    for _ in range(23):
        home.wait(HOUR)
        home.tell(Tick())
        home.commit()
    assert {known for _, known, _ in home.of(Asked.ALARM_BUTTON)} == {3600}
    home.wait(2 * HOUR)
    assert {row[1:] for row in home.of(Asked.ALARM_BUTTON)} == {(0, "device_silent")}
    home.observe("button", "battery", 90.0)
    home.wait(HOUR)
    home.commit()
    assert home.known_s(Asked.ALARM_BUTTON) == HOUR_S


def test_every_device_of_a_kind_has_to_answer(home: Counted) -> None:
    """Two smoke alarms, one lost: the question is not answered for the home."""
    for name in ("hall", "bedroom"):
        home.enrol(name, Role.SMOKE_ALARM, silent_after_s=7200)
        home.observe(name, "battery", 90.0)
    for _ in range(6):
        home.wait(HOUR)
        home.observe("hall", "battery", 90.0)
    assert home.known_s(Asked.FIRE_ALARM) == 0
    assert home.asked_s(Asked.FIRE_ALARM) == 6 * HOUR_S


def test_one_sensor_is_enough_for_movement_and_not_for_the_rooms(home: Counted) -> None:
    """Somebody would have been seen somewhere; not in each room."""
    home.enrol("hall", Role.MOTION, silent_after_s=7200)
    home.enrol("bath", Role.MOTION, silent_after_s=7200)
    for name in ("hall", "bath"):
        home.observe(name, "motion", value=True)
    home.beacon("hall", "motion", value=False, every=30 * MINUTE, until=6 * HOUR)
    assert home.known_s(Asked.MOVEMENT) == 6 * HOUR_S
    assert home.known_s(Asked.ROOMS) == 0


def test_a_stay_elsewhere_asks_nothing_of_the_day(home: Counted) -> None:
    """It pauses what follows a person, and never the button."""
    home.enrol("hall", Role.MOTION)
    home.enrol("button", Role.HELP_BUTTON)
    home.observe("hall", "motion", value=True)
    home.observe("button", "battery", 90.0)
    home.wait(HOUR)
    wall_ms = home.ms + home.drift_ms
    home.tell(Stay(kind=StayKind.HOSPITAL, by="n", from_ms=wall_ms + HOUR, until_ms=wall_ms + DAY))
    home.wait(4 * HOUR)
    assert home.asked_s(Asked.MOVEMENT) == 2 * HOUR_S
    assert home.asked_s(Asked.ALARM_BUTTON) == 5 * HOUR_S


def test_a_radio_fault_is_why(home: Counted) -> None:
    """Found after three minutes of nothing; wired devices go on."""
    home.enrol("button", Role.HELP_BUTTON)
    home.enrol("robot", Role.MEDICATION_ROBOT)
    home.observe("button", "battery", 90.0)
    home.beacon("robot", "mains_lost", value=False, every=MINUTE, until=30 * MINUTE)
    home.tell(Fault(kind=FaultKind.RADIO, subject="hci0", gone=True))
    home.beacon("robot", "mains_lost", value=False, every=MINUTE, until=10 * MINUTE)
    home.tell(Fault(kind=FaultKind.RADIO, subject="hci0", gone=False))
    home.beacon("robot", "mains_lost", value=False, every=MINUTE, until=20 * MINUTE)
    assert home.of(Asked.ALARM_BUTTON)[0] == (3600, 3600 - 13 * 60, "radio_fault")
    assert home.of(Asked.DOSES)[0] == (3600, 3540, "never_heard")


def test_a_home_that_went_quiet_is_not_known_since_its_last_word(home: Counted) -> None:
    """Two devices fell together: the button could not have been heard either."""
    home.enrol("button", Role.HELP_BUTTON)
    for name in ("air-1", "air-2"):
        home.enrol(name, Role.CLIMATE)
        home.observe(name, "temperature", 21.0)
    home.observe("button", "battery", 90.0)
    home.wait(2 * HOUR)
    assert home.of(Asked.ALARM_BUTTON) == [(3600, 0, "home_silent"), (3600, 0, "home_silent")]


def test_a_worn_tag_that_is_put_away_is_taken_back(home: Counted) -> None:
    """Since it stirred last nobody knows that it was worn."""
    home.enrol("tag", Role.TAG, person="maija")
    home.enrol("hall", Role.MOTION)
    home.observe("tag", "moving", value=True)
    for _ in range(6 * 10):
        home.wait(6 * MINUTE)
        home.observe("hall", "motion", value=True)
        home.observe("tag", "moving", value=False)
    assert home.asked_s(Asked.TAG_WORN) == 6 * HOUR_S
    assert home.known_s(Asked.TAG_WORN) == 0
    assert home.of(Asked.TAG_WORN)[3][2] == Why.NOT_WORN


def test_a_place_is_asked_only_where_it_is_decided(home: Counted) -> None:
    """Known while the locator has one; the tag is heard all the time."""
    home.person("maija")
    home.enrol("tag", Role.TAG, person="maija")
    home.beacon("tag", "battery", 90.0, every=MINUTE, until=5 * MINUTE)
    assert home.of(Asked.LOCATION) == []
    home.tell(decision(Question.LOCATION))
    home.tell(Located(device="tag", place="hallway", confidence=0.9))
    home.beacon("tag", "battery", 90.0, every=MINUTE, until=5 * MINUTE)
    home.tell(Located(device="tag", place="unknown", confidence=0.2))
    home.beacon("tag", "battery", 90.0, every=MINUTE, until=5 * MINUTE)
    assert home.of(Asked.LOCATION) == [(600, 300, "place_unknown")]


def test_the_line_is_not_known_before_it_was_up() -> None:
    """After each start, too; the second path only where it is set up."""
    home = Counted(paths=("mqtt",))
    home.wait(10 * MINUTE)
    home.tell(Fault(kind=FaultKind.PATH, subject="mqtt", gone=False))
    home.wait(20 * MINUTE)
    home.restart()
    home.wait(10 * MINUTE)
    home.tell(Fault(kind=FaultKind.PATH, subject="mqtt", gone=False))
    home.wait(20 * MINUTE)
    assert home.of(Asked.UPSTREAM) == [(3600, 2400, "path_down")]
    assert home.of(Asked.SECOND_PATH) == []


def test_a_gateway_that_was_off_knew_nothing(home: Counted) -> None:
    """Asked all the same, by its last settings; nothing else changes."""
    home = Counted(paths=("mqtt", "sms"))
    home.tell(Fault(kind=FaultKind.PATH, subject="mqtt", gone=False))
    home.enrol("button", Role.HELP_BUTTON)
    home.observe("button", "battery", 90.0)
    home.wait(HOUR)
    home.reboot(3 * HOUR - 30 * SECOND)
    home.wait(HOUR)
    for question in (Asked.ALARM_BUTTON, Asked.SECOND_PATH, Asked.GATEWAY):
        found = home.of(question)
        assert [row[:2] for row in found] == [(3600, 3600), *[(3600, 0)] * 3, (3600, 3600)]
        assert {row[2] for row in found[1:4]} == {Why.GATEWAY_OFF}
    assert home.of(Asked.UPSTREAM)[2] == (3600, 0, Why.GATEWAY_OFF)


def test_a_boot_without_a_clock_belongs_to_no_hour_until_it_is_set(home: Counted) -> None:
    """Set in the same boot, all of it goes to its hours."""
    home.enrol("button", Role.HELP_BUTTON)
    home.observe("button", "battery", 90.0)
    home.wait(HOUR)
    off_wall_ms = home.ms + home.drift_ms
    home.reboot(2 * HOUR, sync=Sync.NONE)
    home.wait(3 * HOUR - 30 * SECOND)
    home.observe("button", "battery", 90.0)
    home.commit(running=True)
    assert home.asked_s(Asked.GATEWAY) == HOUR_S
    home.sync = Sync.NTP
    home.drift_ms = off_wall_ms + 2 * HOUR + 3 * HOUR - home.ms
    home.wait(HOUR)
    found = home.of(Asked.ALARM_BUTTON)
    assert [known for _, known, _ in found] == [3600, 0, 0, 3570, 3600, 3600, 3600]
    assert home.of(Asked.CLOCK)[3:6] == [(3600, 0, Why.CLOCK_UNSET)] * 3
    assert home.of(Asked.CLOCK)[6] == (3600, 3600, "")


def test_a_boot_that_never_had_a_clock_stays_unknown(home: Counted) -> None:
    """Nothing of it is counted; the hours until the next clock are asked and not known."""
    home.wait(HOUR)
    wall_ms = home.ms + home.drift_ms
    home.reboot(HOUR, sync=Sync.NONE)
    home.wait(2 * HOUR)
    home.drift_ms = wall_ms + 3 * HOUR - home.ms  # as the world has it, and nobody here knows
    home.reboot(HOUR)
    home.wait(HOUR)
    found = home.of(Asked.GATEWAY)
    assert sum(asked for asked, _, _ in found) == 6 * HOUR_S + 30
    assert home.known_s(Asked.GATEWAY) == 2 * HOUR_S
    assert found[2] == (3600, 0, Why.CLOCK_UNSET)


@pytest.mark.parametrize("step_ms", [-5 * HOUR, -30 * MINUTE, 40 * MINUTE, 3_650 * DAY])
def test_a_clock_that_is_set_doubles_no_hour(home: Counted, step_ms: int) -> None:
    """And leaves none that has not come yet."""
    for _ in range(8):
        home.wait(HOUR)
        home.commit()
    home.drift_ms += step_ms
    home.tell(Tick())
    home.wait(2 * HOUR)
    home.commit()
    rows = home.rows()
    assert all(row.asked_s <= HOUR_S for row in rows.values())
    assert max(hour for hour, _ in rows) <= home.ms + home.drift_ms
    total = sum(row.asked_s for (_, q), row in rows.items() if q == Asked.GATEWAY)
    assert total <= 10 * HOUR_S
    assert total >= 10 * HOUR_S - max(0, -step_ms) // SECOND - HOUR_S
    if step_ms > DAY:  # and it was wrong: the hours of the year to come go
        home.drift_ms -= step_ms
        home.tell(Tick())
        home.wait(HOUR)
        home.commit()
        assert max(hour for hour, _ in home.rows()) <= home.ms + home.drift_ms


@pytest.mark.parametrize("back_ms, twice_h", [(2 * DAY, 6), (3_650 * DAY, 0)])
@pytest.mark.parametrize("boots", [False, True])
def test_a_clock_that_is_wrong_for_a_while_costs_no_hour_that_was_written(
    home: Counted, back_ms: int, twice_h: int, *, boots: bool
) -> None:
    """Years back for three hours, in this boot or in one of its own, then right again.

    Where it counts hours a second time, the newer word on those stands.
    """
    home.enrol("button", Role.HELP_BUTTON)
    home.beacon("button", "battery", 90.0, every=HOUR, until=20 * DAY)
    while is_due(home.home):
        home.commit()
    before = home.rows()
    for step_ms in (-back_ms, back_ms):
        if boots:
            home.reboot(HOUR + step_ms)
        else:
            home.drift_ms += step_ms
        home.tell(Tick())
        home.beacon("button", "battery", 90.0, every=HOUR, until=3 * HOUR)
        home.commit()
    after = home.rows()
    last_ms = max(hour_ms for hour_ms, _ in before)
    other = {k[0] for k, row in before.items() if k[0] < last_ms and after.get(k) != row}
    assert len(other) <= twice_h
    now_ms = home.ms + home.drift_ms
    assert max(hour_ms for hour_ms, _ in after) <= now_ms
    lately = [r for (h, q), r in after.items() if q == Asked.GATEWAY and h > last_ms]
    assert sum(row.known_s for row in lately) <= (now_ms - last_ms) // SECOND


def test_a_first_clock_that_was_ahead_leaves_no_hour_to_come(home: Counted) -> None:
    """Nothing was written before it: what it wrote is of no time."""
    home.wait(5 * HOUR)
    home.commit()
    home.drift_ms -= 3_650 * DAY
    home.tell(Tick())
    home.wait(HOUR)
    home.commit()
    assert max(hour for hour, _ in home.rows()) <= home.ms + home.drift_ms


def test_a_year_without_a_gateway_comes_in_pieces(home: Counted) -> None:
    """No commit holds more than two days of it, and what lies too far back is let go."""
    home.wait(HOUR)
    home.reboot(400 * DAY)
    sizes = []
    while is_due(home.home):
        before = dict(home.written)
        home.commit()
        sizes.append(len(home.written) - len(before))
    assert max(sizes) <= 2 * (HOURS_MAX + 1)
    assert home.asked_s(Asked.GATEWAY) == pytest.approx(100 * DAY // SECOND, abs=2 * HOUR_S)


def test_the_snapshot_stays_small(home: Counted) -> None:
    """A device that is lost at every beat for a week, written hourly."""
    home.enrol("robot", Role.MEDICATION_ROBOT, silent_after_s=60)
    size = 0
    for _ in range(24 * 7):
        home.beacon("robot", "mains_lost", value=False, every=90 * SECOND, until=HOUR)
        home.commit()
        size = max(size, len(msgspec.msgpack.encode(home.home.ledger)))
    assert size < 8_000
    assert {known for _, known, _ in home.of(Asked.DOSES)} == {0}


def test_too_many_holes_count_for_more(home: Counted) -> None:
    """The two that lie closest become one, and never is more known than before."""
    track = Track(since_ms=0, fresh_ms=0, asked=(Span(0, HOUR_MS),))
    for n in range(3 * HOLES_MAX):
        track = with_hole(track, n * 10_000, n * 10_000 + 1_000, "device_silent")
    assert len(track.holes) == HOLES_MAX
    assert sum(h.end_ms - h.start_ms for h in track.holes) >= 3 * HOLES_MAX * 1_000
    assert all(a.end_ms < b.start_ms for a, b in zip(track.holes, track.holes[1:], strict=False))
