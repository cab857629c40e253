"""From what a device sends to the alert: each rule of the devices, fed by its driver's own word."""

from __future__ import annotations

import msgspec
import pytest

from edge.domain import Device, Priority, Role, Secret
from edge.drivers import DRIVERS
from edge.drivers.advert.bthome import SERVICE
from edge.drivers.base import Advert, ContactFrame, Frame, MessageFrame, RegisterFrame, SerialFrame
from edge.events import ConfigLoaded, Enrolled
from tests.drivers.tools import KEY, MAC, SERIAL, line, sealed
from tests.support.living import HOUR, MINUTE, SECOND, Living


class Real(Living):
    """A home whose devices speak frames; driver states are kept as the gateway keeps them."""

    def __init__(self, *, settings: ConfigLoaded | None = None) -> None:
        super().__init__(settings=settings)
        self.real: dict[str, Device] = {}
        self.states: dict[str, bytes] = {}
        self.counter = 5_000

    def add(self, name: str, driver: str, role: Role, **more: object) -> None:
        """Refused as the settings would refuse it: a role that the driver cannot be."""
        assert role in DRIVERS[driver].roles
        device = Device(id=name, driver=driver, role=role, address=MAC)
        device = msgspec.structs.replace(device, **more)
        self.real[name] = device
        self.tell(Enrolled(device=device))

    def frame(self, name: str, frame: Frame) -> None:
        device = self.real[name]
        state = self.states.get(name, b"")
        decoded = DRIVERS[device.driver].decode(device, state, frame, self.now)
        if decoded.state is not None:
            self.states[name] = decoded.state
        for seen in decoded.observations:
            self.tell(seen)

    def bthome(self, name: str, objects: str) -> None:
        """An encrypted frame, as the device's firmware seals it."""
        self.counter += 1
        data = sealed(bytes.fromhex(objects), self.counter)
        self.frame(name, Advert(address=MAC, service={SERVICE: data}))

    def contact(self, name: str, **what: bool) -> None:
        self.frame(name, ContactFrame(**{"active": False, **what}))

    def appliance(self, name: str, body: str) -> None:
        self.frame(name, SerialFrame(data=line(body)))


@pytest.fixture
def home() -> Real:
    return Real()


@pytest.mark.parametrize(
    "role, code, priority",
    [
        (Role.STOVE_GUARD, "stove_cut", Priority.HIGH),
        (Role.FALL_DETECTOR, "possible_fall", Priority.HIGH),
        (Role.HELP_BUTTON, "help_button", Priority.CRITICAL),
        (Role.SMOKE_ALARM, "smoke", Priority.CRITICAL),
        (Role.CO_ALARM, "carbon_monoxide", Priority.CRITICAL),
        (Role.HEAT_ALARM, "heat", Priority.CRITICAL),
        (Role.GAS_ALARM, "gas", Priority.CRITICAL),
        (Role.WATER_ALARM, "water_leak", Priority.HIGH),
    ],
)
def test_a_pulse_of_a_contact(home: Real, role: Role, code: str, priority: Priority) -> None:
    """A second of a closed relay, told after it is over; the next pulse is a new one."""
    home.add("relay", "contact", role, wired=True)
    home.contact("relay", first=True)
    home.contact("relay", pulsed=True)
    alert = home.open(code, "relay")
    assert alert.priority is priority
    home.close(alert)
    home.wait(HOUR)
    home.contact("relay", pulsed=True)
    assert home.open(code, "relay").id != alert.id


@pytest.mark.parametrize(
    "role, priority", [(Role.SMOKE_ALARM, Priority.HIGH), (Role.DOOR, Priority.NORMAL)]
)
def test_a_wire(home: Real, role: Role, priority: Priority) -> None:
    """About us, and for today where an alarm hangs on it."""
    home.add("relay", "contact", role, wired=True)
    home.contact("relay", first=True)
    home.contact("relay", wire_fault=True)
    assert home.open("wire_fault", "relay").priority is priority
    assert home.codes() == ["wire_fault"]
    home.contact("relay")
    assert home.open("wire_fault").flags == ("wire_whole",)


def test_a_press_on_a_worn_tag(home: Real) -> None:
    """A button that is enrolled as what somebody wears."""
    home.add("tag", "bthome", Role.TAG, person="resident", key=Secret(KEY))
    home.bthome("tag", "3a01")
    assert home.open("help_button", "tag").person == "resident"


def test_a_tag_that_nobody_wears(home: Real) -> None:
    """It is heard and never moves, while somebody walks about."""
    home.add("tag", "bthome", Role.TAG, person="resident", key=Secret(KEY))
    home.add("hall", "bthome", Role.MOTION, key=Secret(KEY), address="A4:C1:38:56:53:85")
    for _ in range(40):
        home.wait(6 * MINUTE)
        home.bthome("hall", "2101")
        home.bthome("tag", "2200")  # not moving
        home.bthome("hall", "2100")
    home.bthome("tag", "2200")
    assert home.is_open("tag_not_worn") is False
    for _ in range(3):
        home.wait(6 * MINUTE)
        home.bthome("hall", "2101")
        home.bthome("tag", "2200")
    assert home.open("tag_not_worn", "tag").priority is Priority.NORMAL
    home.bthome("tag", "2201")
    assert home.open("tag_not_worn").flags == ("moves_again",)


def poll(guard: Real, *, cut: bool = False, on: bool = False) -> None:
    guard.frame(
        "guard", RegisterFrame(inputs=(cut, on), input_kinds=("stove_cut", "stove_on"), report=True)
    )


def test_a_cooker_that_is_left(home: Real) -> None:
    """A stove guard on a module: its relay, and a current relay that closes while the cooker is on.

    The kitchen is empty, and somebody is in the bedroom.
    """
    home.add("guard", "modbus_inputs", Role.STOVE_GUARD, room="kitchen", wired=True)
    home.add("kitchen", "bthome", Role.MOTION, room="kitchen", key=Secret(KEY))
    home.add("bedroom", "bthome", Role.MOTION, room="bedroom", key=Secret(KEY))
    poll(home)
    home.bthome("kitchen", "2101")
    home.bthome("kitchen", "2100")
    poll(home, on=True)
    home.wait(20 * MINUTE)
    poll(home, on=True)
    home.bthome("bedroom", "2101")
    home.wait(10 * MINUTE)
    alert = home.open("stove_unattended", "guard")
    assert alert.params["minutes"] == 30
    poll(home, cut=True)
    assert home.open("stove_cut", "guard").priority is Priority.HIGH
    assert home.open("stove_unattended").flags == ("stove_off",)


def test_a_fall_on_a_modules_input(home: Real) -> None:
    """The receiver of a fall detector, wired to a module."""
    home.add("band", "modbus_inputs", Role.FALL_DETECTOR, wired=True)
    for fell in (False, True):
        home.frame("band", RegisterFrame(inputs=(fell,), input_kinds=("fall",)))
    assert home.open("possible_fall", "band").priority is Priority.HIGH


@pytest.mark.parametrize("heard, priority", [("sealed", "normal"), ("plain", "high")])
def test_a_fall_after_which_the_ok_button_is_pressed(home: Real, heard: str, priority: str) -> None:
    """Its frame opens with its key. In plain it may be anybody's, from the street: no use."""
    home.person("anna")
    home.add("band", "contact", Role.FALL_DETECTOR, person="anna", wired=True)
    home.add("fine", "bthome", Role.OK_BUTTON, key=Secret(KEY))
    for room in ("lounge", "hallway", "kitchen"):
        home.add(room, "contact", Role.MOTION, room=room, wired=True)
        home.contact(room, active=True)
    home.bthome("fine", "3a00")
    home.contact("band", pulsed=True)
    home.wait(2 * MINUTE)
    home.contact("hallway", pulsed=True)
    if heard == "sealed":
        home.bthome("fine", "3a01")
    else:
        plain = Advert(address=MAC, service={SERVICE: bytes.fromhex("403a01")})
        home.frame("fine", plain)
    home.wait(9 * MINUTE)
    assert home.open("possible_fall", "band").priority == priority


def test_a_robot_that_jams(home: Real) -> None:
    """Of the appliance link, from its bytes to who gives the dose; and a dose that comes out."""
    home.add("robot", "appliance", Role.MEDICATION_ROBOT, address=SERIAL, wired=True)
    home.appliance("robot", f"{SERIAL},EV,7,1,1000,event=JAM")
    alert = home.open("appliance_fault", "robot")
    assert (alert.priority, alert.params["todo"]) == (Priority.HIGH, "give_dose")
    home.appliance("robot", f"{SERIAL},EV,7,2,2000,event=DOSE_TAKEN,id=17")
    assert home.open("appliance_fault").flags == ("fault_cleared",)


def test_a_meal_that_is_left(home: Real) -> None:
    """Heated and not taken, by the appliance's own line and by its maker's cloud."""
    home.add("meals", "appliance", Role.MEAL_DISPENSER, address=SERIAL, wired=True)
    home.add("cloud", "dispenser_cloud", Role.MEAL_DISPENSER, address="d-1", wired=True)
    home.appliance("meals", f"{SERIAL},EV,7,1,1000,event=MEAL_SELECTED,id=3")
    home.appliance("meals", f"{SERIAL},EV,7,2,61000,event=HEAT_DONE,id=3")
    body = b'{"v": 1, "id": "e1", "event": "MEAL_SELECTED"}'
    topic = "kotivahti/v1/dispenser/d-1"
    home.frame("cloud", MessageFrame(topic=topic, body=body))
    for number in range(12):
        home.wait(5 * MINUTE - SECOND)
        home.appliance("meals", f"{SERIAL},HB,7,2,{90_000 + number},mains=1,faults=0x0")
        home.frame("cloud", MessageFrame(topic=topic, body=b'{"v": 1, "event": "HEARTBEAT"}'))
    home.wait(MINUTE)
    for name in ("meals", "cloud"):
        assert home.open("missed_meal", name).params["why"] == "left"


@pytest.mark.parametrize("driver", ["bthome", "ibeacon", "eddystone", "ruuvitag"])
def test_what_no_radio_driver_can_say_is_not_offered(driver: str) -> None:
    """A role without a word that reaches its rule would look like a guard and be none."""
    assert not DRIVERS[driver].roles & {Role.STOVE_GUARD, Role.FALL_DETECTOR}
