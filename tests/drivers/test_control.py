"""No driver controls a device: what a session may write, held over the whole table."""

from __future__ import annotations

import pytest
from hypothesis import given

from edge.drivers import DRIVERS
from edge.drivers.base import GattPlan, Shape
from tests.drivers.test_fuzz import states
from tests.support.clock import instant

RECORD_ACCESS = "00002a52-0000-1000-8000-00805f9b34fb"
REPORT = 0x01
# Control points of the assigned numbers: heart rate, oximeter, glucose sensor's operations, insulin
# (status reader, command, record access), user control, and the glucose session's own start.
CONTROL_POINTS = {
    f"0000{number:04x}-0000-1000-8000-00805f9b34fb"
    for number in (0x2A39, 0x2A62, 0x2AAC, 0x2B24, 0x2B25, 0x2B27, 0x2A9F, 0x2A9A)
}
GATT = [name for name, driver in DRIVERS.items() if driver.shape is Shape.GATT]


def plan_of(name: str) -> GattPlan:
    plan = DRIVERS[name].plan
    assert plan is not None
    return plan


ASKING = [name for name in GATT if plan_of(name).begin is not None]


def test_two_instruments_are_asked_for_records() -> None:
    """Nothing is written to the others but, by the session itself, the time."""
    assert len(GATT) >= 8
    assert ASKING == ["glucose", "cgm"]


@pytest.mark.parametrize("name", ASKING)
@given(state=states)
def test_only_reports_of_stored_records_are_asked_for(name: str, state: bytes) -> None:
    """Whatever the state: one request, op code 1, all records or from a number on."""
    begin = plan_of(name).begin
    assert begin is not None
    (write,) = begin(state, instant())
    assert write.characteristic == RECORD_ACCESS
    assert write.value[0] == REPORT
    assert write.value[1:] == b"\x01" or (write.value[1:3] == b"\x03\x01" and len(write.value) == 5)


@pytest.mark.parametrize("name", GATT)
def test_a_plan_names_what_it_touches(name: str) -> None:
    """No control point but record access, and that one only where reports are asked for."""
    plan = plan_of(name)
    touched = {*plan.read, *plan.subscribe, *plan.also}
    assert not touched & CONTROL_POINTS
    assert (RECORD_ACCESS in touched) == (plan.begin is not None)
    assert (plan.begin is None) == (plan.ends is None)
    assert len(touched) == len(plan.read) + len(plan.subscribe) + len(plan.also)
    assert 0 < plan.quiet_s <= plan.longest_s <= 60


def test_an_insulin_pump_is_read_and_nothing_more() -> None:
    """Off until the site says otherwise, bonded, no subscription, no clock, no request."""
    driver, plan = DRIVERS["insulin"], plan_of("insulin")
    assert not driver.default_on
    assert plan.bonded
    assert not plan.write_time
    assert not plan.subscribe
    assert not plan.also
    assert plan.begin is None
    assert all(other.default_on for other in DRIVERS.values() if other is not driver)
