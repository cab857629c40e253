"""Every kind of device, whole: from its bytes to the gateway's store and the desk's own process.

One world for the file; the tests run in any order and leave alone what others look at.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from tests.e2e.every_device import STRANGERS, WITHIN_S, EveryDevice
from tests.e2e.world import NURSE, eventually
from tests.support.mosquitto import mosquitto

pytestmark = pytest.mark.timeout(600)

# What the meter has measured before anybody looks, in mmol/L.
BEFORE = (5.1, 6.2, 7.3)
AFTER = 8.4
# Six seconds of a meter's transfer: time enough to be killed in.
LONG_MEMORY = 120
# A device counts as switched off when it was not heard for five seconds.
OFF_S = (6, 12, 24)
# Readings that the settings give a purpose to leave the home.
SHARED = {"battery", "battery_low"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EveryDevice]:
    folder = tmp_path_factory.mktemp("every")
    with mosquitto(folder) as broker:
        one = EveryDevice(folder, broker)
        try:
            one.start_desk()
            one.start_home()
            one.start_gateway()
            yield one
        finally:
            one.stop()


ALARMS = (
    ("co", "co-1", "CO alarm", "carbon_monoxide", "critical", "hallway"),
    ("heat", "heat-1", "Heat alarm", "heat", "critical", "kitchen"),
    ("gas", "gas-1", "Gas alarm", "gas", "critical", "kitchen"),
    ("water", "water-1", "Water alarm", "water_leak", "high", "bathroom"),
)


def test_each_alarm_reaches_a_named_person_and_is_closed(home: EveryDevice):
    """Carbon monoxide, heat, gas and water; the end of an alarm is noted and closes nothing."""
    for verb, device, *_ in ALARMS:
        home.happen(verb, device, "on")
    raised = {}
    for *_, label, code, priority, room in ALARMS:
        alert = raised[code] = home.at_desk(code, label, "raised")
        assert (alert["priority"], alert["room"], alert["flags"]) == (priority, room, [])
        assert alert["title"]["en"].startswith("Call 112") == (priority == "critical")
    for verb, device, label, code, *_ in ALARMS:
        home.happen(verb, device, "off")
        assert home.flagged(code, label, "alarm_quiet")["state"] == "raised"
        home.decide("accept", raised[code]["id"], "--eta", "10")
    for *_, label, code, _, _ in ALARMS:
        home.at_desk(code, label, "acknowledged")
        home.decide("close", raised[code]["id"], "--outcome", "helped")
    for *_, label, code, _, _ in ALARMS:
        closed = home.at_desk(code, label, "closed")
        assert (closed["outcome"], closed["id"]) == ("helped", raised[code]["id"])
        decisions = [(one["kind"], one["account"]) for one in closed["decisions"]]
        assert decisions == [("accepted", NURSE), ("closed", NURSE)]


def test_smoke_on_a_wire_and_on_the_wi_fi(home: EveryDevice):
    """The relay on a Modbus input and an alarm on the home's broker: each its own alert."""
    home.happen("input", "module-1", "0", "on")
    home.happen("smoke", "wifi-smoke", "on")
    for label, room in (("Smoke relay", "hallway"), ("Smoke alarm on the Wi-Fi", "lounge")):
        alert = home.at_desk("smoke", label, "raised")
        assert (alert["priority"], alert["room"], alert["flags"]) == ("critical", room, [])
    home.happen("input", "module-1", "0", "off")
    home.happen("smoke", "wifi-smoke", "off")
    assert home.flagged("smoke", "Smoke relay", "alarm_quiet")["state"] == "raised"
    # The broker of this home asks nobody for an account: its all-clear is stored, and says nothing.
    said = home.reads("wifi-smoke", "smoke", value=False)["readings"]["smoke"]
    assert said["quality"] == "unauthenticated"
    assert home.at_desk("smoke", "Smoke alarm on the Wi-Fi", "raised")["flags"] == []


def test_one_press_heard_by_radio_and_satellite_is_one_revision(home: EveryDevice):
    """The echo is counted and dropped; where our own radio is deaf, the satellite's is the word."""

    def ingest(name: str) -> int:
        found = home.gateway("status")["ingest"]
        records: int = (
            found["satellites"]["sat-bedroom"][name] if name == "records" else found[name]
        )
        return records

    eventually("the satellite is heard", lambda: ingest("records"), WITHIN_S)
    echoes = ingest("echoes")
    home.happen("press", "help-button")
    first = home.at_desk("help_button", "Help button", "raised")
    eventually("both have heard the press", lambda: ingest("echoes") > echoes, WITHIN_S)
    home.settle()
    alert = home.alert("help_button", "help-button")
    assert (alert["id"], alert["rev"], alert["repeats"]) == (first["id"], 1, 0)
    home.happen("mute")
    try:
        home.happen("press", "help-button")
        eventually("revised", lambda: home.alert("help_button", "help-button")["rev"] > 1, WITHIN_S)
    finally:
        home.happen("unmute")
    home.settle()
    again = home.alert("help_button", "help-button")
    assert (again["id"], again["rev"], again["flags"]) == (first["id"], 2, [])


def test_readings_of_instruments_are_seen_at_home_and_nowhere_else(home: EveryDevice):
    """An oximeter on a cable and a scale: `device show` has them, the desk never gets them."""
    home.happen("oximeter", "nonin-1", "93", "71")
    home.happen("measure", "scale-1", "71.4")
    scale = home.reads("scale-1", "body_weight", 71.4)
    assert scale["readings"]["body_weight"]["unit"] == "kg"
    oximeter = home.reads("nonin-1", "oxygen_saturation", 93)
    assert oximeter["readings"]["pulse_rate"]["value"] == 71
    home.all_delivered()
    assert home.kinds_at_desk() <= SHARED
    kinds = (b"oxygen_saturation", b"pulse_rate", b"body_weight")
    assert not [kind for kind in kinds if kind in home.desk_bytes()]


def test_a_glucose_meter_gives_each_record_once_and_keeps_them_all(home: EveryDevice):
    """Two sessions, a restart between them: the second one asks for what is new, by its number."""
    home.fill("glucose-1", BEFORE)
    home.reads("glucose-1", "glucose", BEFORE[-1])
    home.answers("glucose-1", 1)
    assert home.kept_and_sent("glucose-1") == (len(BEFORE), len(BEFORE))
    home.kill("gateway", signal.SIGTERM)
    assert home.stored("glucose-1", "glucose") == list(enumerate(BEFORE))
    home.start_gateway()
    home.happen("measure", "glucose-1", str(AFTER))
    home.reads("glucose-1", "glucose", AFTER)
    home.answers("glucose-1", 2)
    assert home.kept_and_sent("glucose-1") == (len(BEFORE) + 1, len(BEFORE) + 1)
    home.all_delivered()
    assert home.kinds_at_desk() <= SHARED
    home.kill("gateway", signal.SIGTERM)
    assert home.stored("glucose-1", "glucose") == list(enumerate((*BEFORE, AFTER)))
    home.start_gateway()


def test_a_gateway_killed_in_a_transfer_loses_and_doubles_nothing(home: EveryDevice):
    """SIGKILL with a part of the records stored: the next session brings exactly the rest."""
    values = [round(4 + number / 10, 1) for number in range(LONG_MEMORY)]
    home.fill("glucose-2", values)
    eventually("it sends", lambda: home.kept_and_sent("glucose-2")[1] > 10, WITHIN_S)
    home.settle()  # a commit in the middle
    home.kill("gateway", signal.SIGKILL)
    part = home.stored("glucose-2", "glucose")
    assert 0 < len(part) < LONG_MEMORY
    home.start_gateway()
    home.reads("glucose-2", "glucose", values[-1])
    home.answers("glucose-2", 1)
    home.kill("gateway", signal.SIGKILL)
    found = home.stored("glucose-2", "glucose")
    home.start_gateway()
    assert found[: len(part)] == part
    assert found == list(enumerate(values))
    assert home.kept_and_sent("glucose-2")[0] == LONG_MEMORY


def test_a_cuff_that_wants_a_bond_is_paired_and_measures(home: EveryDevice):
    """The installer's command, with the device's button and batteries; then a reading is stored."""
    address = "C4:4B:56:48:03:0A"
    home.device(
        "add", "cuff-1", "--address", address, "--driver", "blood_pressure", "--role", "vitals"
    )
    with home.pairing("cuff-1") as pairing:
        assert pairing.reaches("looking")
        home.happen("pairing", "cuff-1")
        assert pairing.reaches("power_cycle"), pairing.steps
        for seconds in OFF_S:
            home.happen("power", "cuff-1", "off")
            assert not pairing.reaches("failed", seconds)
            home.happen("power", "cuff-1", "on")
            if pairing.reaches("reconnecting", 30):
                break
        assert pairing.reaches("done"), pairing.steps
        assert pairing.exit_code() == 0
    home.happen("measure", "cuff-1", "128", "79", "61")
    found = home.reads("cuff-1", "blood_pressure_systolic", 128)
    assert found["readings"]["blood_pressure_diastolic"]["value"] == 79
    home.all_delivered()
    assert home.kinds_at_desk() <= SHARED
    assert b"blood_pressure_systolic" not in home.desk_bytes()


def test_a_robots_fault_is_a_care_task_and_its_cable_our_own_fault(home: EveryDevice):
    """A jam and the lost mains are one task, "who gives the dose now?"; the cable is another."""
    home.happen("event", "robot-1", "jam", "1")
    alert = home.at_desk("appliance_fault", "Medication robot", "raised")
    assert (alert["priority"], alert["params"]["todo"]) == ("high", "give_dose")
    assert (alert["params"]["what"], alert["flags"]) == ("jam", [])
    home.happen("event", "robot-1", "mains-lost", "2")
    eventually(
        "the mains are told in the same alert",
        lambda: (
            home.at_desk("appliance_fault", "Medication robot")["params"]["what"] == "mains_lost"
        ),
        WITHIN_S,
    )
    home.happen("unplug", "robot-2")
    cable = home.at_desk("gateway_fault", "robot-2", "raised")
    assert (cable["priority"], cable["params"]["fault"]) == ("normal", "line")
    home.happen("plug", "robot-2")
    assert home.at_desk("gateway_fault", "robot-2", "cancelled")["id"] == cable["id"]
    home.happen("event", "robot-1", "mains-back", "2")
    task = home.flagged("appliance_fault", "Medication robot", "mains_back")
    assert (task["id"], task["state"]) == (alert["id"], "raised")


def test_a_button_is_added_and_removed_while_the_gateway_runs(home: EveryDevice):
    """Enrolled, its press calls. Removed, it is a stranger; its history stays over a restart."""
    key = home.folder / "home" / "keys" / "spare-button.key"
    home.device(
        "add", "spare-button", "--address", "C4:4B:56:48:03:02", "--driver", "bthome",
        "--role", "help_button", "--room", "bathroom", "--label", "Spare button",
        "--key-file", str(key),
    )  # fmt: skip
    home.happen("press", "spare-button")
    alert = home.at_desk("help_button", "Spare button", "raised")
    assert (alert["priority"], alert["room"], alert["flags"]) == ("critical", "bathroom", [])
    assert home.device("remove", "spare-button", "--yes")["settings"] == []
    before = home.alert("help_button", "spare-button")
    strangers = home.gateway("status")["radio"]["strangers"]
    home.happen("press", "spare-button")
    eventually(
        "its presses are heard",
        lambda: home.gateway("status")["radio"]["strangers"] > strangers,
        WITHIN_S,
    )
    home.settle()
    assert home.alert("help_button", "spare-button")["rev"] == before["rev"]
    assert home.kill("gateway", signal.SIGTERM) == 0
    home.start_gateway()
    assert home.alert("help_button", "spare-button")["id"] == alert["id"]
    assert "spare-button" not in home.enrolled()


def test_what_is_left_of_a_removed_device_in_the_settings_stops_no_start(home: EveryDevice):
    """With both of its rows, and with its line's alone: passed over aloud, the rest is heard."""
    home.happen("event", "robot-3", "jam", "1")
    alert = home.at_desk("appliance_fault", "Robot that moves out", "raised")
    removed = home.device("remove", "robot-3", "--yes")
    assert removed["settings"] == ["device", "serial"]
    for rows in ((), ("robot-3",)):
        assert home.kill("gateway", signal.SIGTERM) == 0
        home.write_settings(without=(*STRANGERS, *rows))
        home.start_gateway()
        assert "robot-3" not in home.enrolled()
        home.happen("event", "robot-3", "tamper", "2")
        home.settle()
        assert ", 0 unack" not in home.state("robot-3")  # nobody listens to it any more
        assert home.alert("appliance_fault", "robot-3")["id"] == alert["id"]
    assert "device_row_passed_over" in home.log("gateway")
