from __future__ import annotations

import pytest

from edge.domain import AlertState, Priority, Role, Stay, StayKind
from edge.events import Fault, FaultKind, Removed
from tests.support.living import DAY, HOUR, MINUTE, SECOND, Living


@pytest.fixture
def home() -> Living:
    return Living()


def radio(*, gone: bool) -> Fault:
    return Fault(kind=FaultKind.RADIO, subject="hci0", gone=gone, detail="mute")


# -- one device silent ---------------------------------------------------------


def test_a_device_past_its_deadline_is_told_once(home: Living) -> None:
    """Normal, about the device, with the moment it was last heard."""
    home.enrol("climate", Role.CLIMATE)
    home.observe("climate", "temperature", 21.0)
    home.wait(HOUR - 1)
    assert home.codes() == []
    home.wait(30 * DAY)
    assert home.codes() == ["device_silent"]
    alert = home.open("device_silent", "climate")
    assert alert.priority is Priority.NORMAL
    assert alert.params["last"] == "2026-03-02 14:00"
    assert alert.params["after_min"] == 60
    assert alert.rev == 1


def test_the_installers_deadline_wins(home: Living) -> None:
    """`silent_after_s` of the device replaces the role's own."""
    home.enrol("climate", Role.CLIMATE, silent_after_s=60)
    home.wait(MINUTE)
    assert home.is_open("device_silent")


@pytest.mark.parametrize("role", [Role.HELP_BUTTON, Role.SMOKE_ALARM])
def test_a_silent_alarm_device_is_high(home: Living, role: Role) -> None:
    """A dead help button looks like safety."""
    home.enrol("alarm", role)
    home.wait(DAY)
    assert home.open("device_silent").priority is Priority.HIGH


def test_a_fall_detector_that_went_out_with_its_wearer_is_for_the_next_visit(home: Living) -> None:
    """A stay in hospital explains its silence; a button at home is high all the same."""
    home.enrol("wrist", Role.FALL_DETECTOR)
    home.enrol("button", Role.HELP_BUTTON)
    home.tell(Stay(kind=StayKind.HOSPITAL, by="nurse.one", from_ms=0))
    home.enrol("climate", Role.CLIMATE)
    for _ in range(25):
        home.observe("climate", "temperature", 21.0)
        home.wait(HOUR - 1)
    assert home.open("device_silent", "wrist").priority is Priority.NORMAL
    assert home.open("device_silent", "button").priority is Priority.HIGH


def test_heard_again_is_a_note_and_silent_again_a_repeat(home: Living) -> None:
    """A plain frame never closes an alert; the same device going silent again is the same alert."""
    home.enrol("climate", Role.CLIMATE)
    home.wait(2 * HOUR)
    home.observe("climate", "temperature", 21.0)
    assert home.open("device_silent").flags == ("heard_again",)
    home.wait(2 * HOUR)
    alert = home.open("device_silent")
    assert (alert.flags, alert.repeats) == ((), 1)


def test_a_device_that_stays_silent_is_named_again_after_a_week(home: Living) -> None:
    """Closed without being mended, a visit later it is told anew; mended, never."""
    home.enrol("climate", Role.CLIMATE)
    home.wait(HOUR)
    home.close(home.open("device_silent"), "other")
    home.wait(6 * DAY)
    assert not home.is_open("device_silent")
    home.wait(DAY)
    home.close(home.open("device_silent"), "other")
    home.observe("climate", "temperature", 21.0)
    home.beacon("climate", "temperature", 21.0, every=30 * MINUTE, until=8 * DAY)
    assert len(home.raised()) == 2


def test_a_device_that_returns_has_a_deadline_again(home: Living) -> None:
    """Its alert closed, heard once more and gone again, it is told on time and not in a week."""
    home.enrol("climate", Role.CLIMATE)
    home.wait(HOUR)
    home.close(home.open("device_silent"), "other")
    home.observe("climate", "temperature", 21.0)
    home.wait(HOUR)
    assert len(home.raised()) == 2


def test_a_removed_device_falls_silent_without_an_alert(home: Living) -> None:
    """Its open alert stays, flagged, until a person closes it."""
    home.enrol("climate", Role.CLIMATE)
    home.wait(HOUR)
    home.tell(Removed(device="climate"))
    assert home.open("device_silent").flags == ("device_removed",)
    home.wait(30 * DAY)
    assert len(home.raised()) == 1


# -- the whole home silent -----------------------------------------------------


def quiet_home(home: Living) -> None:
    for name in ("one", "two", "three"):
        home.enrol(name, Role.CLIMATE)
        home.observe(name, "temperature", 21.0)
        home.wait(SECOND)


def test_a_home_that_goes_quiet_is_one_alert(home: Living) -> None:
    """The first device is named; with the second it is the home, and no third follows."""
    home.enrol("button", Role.HELP_BUTTON)
    quiet_home(home)
    home.wait(5 * DAY)
    assert home.codes() == ["device_silent", "home_silent"]
    alert = home.open("home_silent", "home")
    assert alert.priority is Priority.HIGH
    assert alert.params["devices"] == 4


def test_a_quiet_home_without_alarms_is_todays_work_and_ends_by_itself(home: Living) -> None:
    """No call for help went unheard; a box that is plugged in again needs nobody's word."""
    quiet_home(home)
    home.wait(5 * DAY)
    assert home.open("home_silent").priority is Priority.NORMAL
    home.observe("three", "temperature", 21.0)
    assert not home.is_open("home_silent")
    assert home.alerts()[-1].state is AlertState.CANCELLED


def test_one_silent_device_in_a_living_home_is_no_quiet_home(home: Living) -> None:
    """Devices that die one after the other while others speak are themselves."""
    quiet_home(home)
    home.beacon("three", "temperature", 21.0, every=10 * MINUTE, until=3 * HOUR)
    assert home.codes() == ["device_silent", "device_silent"]


def test_appliances_on_lines_are_themselves(home: Living) -> None:
    """Two appliances that go silent say nothing of the radio, and alive they hide nothing of it."""
    home.enrol("robot", Role.MEDICATION_ROBOT)
    home.enrol("meal", Role.MEAL_DISPENSER)
    quiet_home(home)
    home.wait(10 * MINUTE)
    assert home.codes() == ["device_silent", "device_silent"]
    home.beacon("robot", "heartbeat", value=True, every=MINUTE, until=2 * HOUR)
    assert home.codes()[2:] == ["device_silent", "home_silent"]
    assert home.open("home_silent").params["devices"] == 3


def test_a_home_heard_again_gives_every_device_its_deadline(home: Living) -> None:
    """The rest is listened for anew, and whoever stays silent is then named."""
    home.enrol("button", Role.HELP_BUTTON)
    quiet_home(home)
    home.wait(HOUR)
    home.observe("three", "temperature", 21.0)
    assert home.open("home_silent").flags == ("heard_again",)
    home.beacon("three", "temperature", 21.0, every=10 * MINUTE, until=2 * HOUR)
    assert home.codes() == ["device_silent", "home_silent", "device_silent"]
    assert home.open("device_silent", "two").repeats == 0


def test_a_home_heard_again_listens_by_every_devices_own_deadline(home: Living) -> None:
    """Also when nobody has its alert open any more and a slow device is heard first."""
    quiet_home(home)
    home.enrol("slow", Role.MOTION, silent_after_s=86_400)
    home.wait(HOUR)
    home.close(home.open("home_silent"), "other")
    home.observe("slow", "motion", value=True)
    home.wait(HOUR)
    assert home.open("home_silent").rev == 1


def test_a_quiet_home_that_was_closed_is_told_the_next_day(home: Living) -> None:
    """Nobody would hear the button: it does not wait a week."""
    quiet_home(home)
    home.wait(HOUR)
    home.close(home.open("home_silent"), "other")
    home.wait(DAY)
    assert home.is_open("home_silent")


# -- our own faults ------------------------------------------------------------


def test_a_fault_raises_and_its_end_cancels(home: Living) -> None:
    """What we know of ourselves needs no person to end, and is told all the same."""
    home.tell(Fault(kind=FaultKind.PATH, subject="mqtt", gone=True, detail="refused"))
    home.tell(Fault(kind=FaultKind.PATH, subject="mqtt", gone=True, detail="refused"))
    alert = home.open("gateway_fault", "path/mqtt")
    assert (alert.rev, alert.priority) == (1, Priority.NORMAL)
    home.tell(Fault(kind=FaultKind.PATH, subject="mqtt", gone=False))
    assert home.alerts()[-1].state is AlertState.CANCELLED
    assert home.home.alerts == {}
    assert home.home.faults == {}


def test_a_fault_that_somebody_took_is_theirs_to_close(home: Living) -> None:
    """Its end is noted on what a person has in hand."""
    home.tell(radio(gone=True))
    home.accept(home.open("gateway_fault"))
    home.tell(radio(gone=False))
    alert = home.open("gateway_fault")
    assert alert.state is AlertState.ACKNOWLEDGED
    assert alert.flags == ("heard_again",)


def test_a_flickering_fault_is_one_word_in_ten_minutes(home: Living) -> None:
    """A loose contact does not fill the list; when it stays broken it is told."""
    for _ in range(50):
        home.tell(radio(gone=True))
        home.wait(3 * SECOND)
        home.tell(radio(gone=False))
        home.wait(3 * SECOND)
    assert len(home.raised()) == 1
    home.tell(radio(gone=True))
    home.wait(10 * MINUTE)
    assert len(home.raised()) == 2


def test_a_deaf_radio_is_high_where_an_alarm_hangs_on_it(home: Living) -> None:
    """Normal in a home of air sensors, high in one with a help button."""
    home.tell(radio(gone=True))
    assert home.open("gateway_fault").priority is Priority.NORMAL
    home.tell(radio(gone=False))
    home.wait(HOUR)
    home.enrol("button", Role.HELP_BUTTON)
    home.tell(radio(gone=True))
    assert home.open("gateway_fault").priority is Priority.HIGH


def test_devices_silent_under_a_deaf_radio_are_told_on_its_alert(home: Living) -> None:
    """One cause, one alert; when the radio is back, who stays silent is named."""
    home.enrol("climate", Role.CLIMATE)
    home.enrol("robot", Role.MEDICATION_ROBOT, silent_after_s=86_400)
    home.tell(radio(gone=True))
    home.wait(2 * HOUR)
    assert home.codes() == ["gateway_fault"]
    home.wait(DAY)
    assert home.open("device_silent", "robot").rev == 1
    assert home.open("gateway_fault").flags == ("devices_silent",)
    home.tell(radio(gone=False))
    home.wait(2 * HOUR)
    assert home.open("device_silent", "climate").rev == 1


def test_a_start_forgets_faults_but_not_their_alert(home: Living) -> None:
    """Whoever finds it again adds to the open alert; nothing hides behind an old fault."""
    home.tell(radio(gone=True))
    home.restart()
    assert home.home.faults == {}
    home.tell(radio(gone=True))
    assert home.open("gateway_fault").rev == 1
    home.tell(radio(gone=False))
    assert home.home.alerts == {}


# -- batteries -----------------------------------------------------------------


@pytest.mark.parametrize(
    "kind, low, between, good",
    [
        ("battery", 14, 20, 80),
        ("battery_voltage", 2450, 2600, 2950),
        ("battery_low", True, None, False),
    ],
)
def test_a_low_battery_is_told_once_with_hysteresis(
    home: Living, kind: str, low: float, between: float | None, good: float
) -> None:
    """Swinging around the limit is one alert; a new battery is noted, the next low a repeat."""
    home.enrol("climate", Role.CLIMATE)
    for value in (low, between, low, between, low):
        home.observe("climate", kind, value)
    alert = home.open("battery_low", "climate")
    assert (alert.rev, alert.priority) == (1, Priority.NORMAL)
    home.observe("climate", kind, good)
    assert home.open("battery_low").flags == ("battery_good",)
    home.observe("climate", kind, low)
    assert home.open("battery_low").repeats == 1


def test_two_opinions_about_one_battery_do_not_argue(home: Living) -> None:
    """Only the kind of word that called it low takes that back."""
    home.enrol("climate", Role.CLIMATE)
    for _ in range(5):
        home.observe("climate", "battery", 10)
        home.observe("climate", "battery_low", value=False)
    assert home.open("battery_low").rev == 1


def test_no_value_is_no_opinion(home: Living) -> None:
    """An invalid reading neither raises nor clears."""
    home.enrol("climate", Role.CLIMATE)
    home.observe("climate", "battery", None)
    assert home.codes() == []
    home.observe("climate", "battery", 5)
    home.observe("climate", "battery", None)
    assert home.open("battery_low").flags == ()
