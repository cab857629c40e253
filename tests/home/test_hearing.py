from __future__ import annotations

from edge.domain import Quality, Role
from edge.home.coverage import shares
from tests.support.living import HOUR, MINUTE, Living


def test_a_gap_beyond_the_deadline_covers_nothing() -> None:
    """Nobody knows when in it the device went quiet."""
    home = Living()
    home.enrol("climate", Role.CLIMATE, silent_after_s=3600)
    home.observe("climate", "temperature", 21.0)
    home.wait(HOUR)
    home.observe("climate", "temperature", 21.0)
    home.wait(HOUR + 1)
    home.observe("climate", "temperature", 21.0)
    assert home.home.coverage.devices == {"climate": HOUR}


def test_only_devices_that_see_movement_cover_the_question() -> None:
    """A thermometer is heard and sees nobody."""
    home = Living()
    home.enrol("climate", Role.CLIMATE)
    home.enrol("motion", Role.MOTION)
    home.beacon("climate", "temperature", 21.0, every=10 * MINUTE, until=HOUR)
    assert shares(home.home.coverage)[0].activity == 0
    home.beacon("motion", "battery", 90, every=10 * MINUTE, until=HOUR)
    assert home.home.coverage.activity_ms == 50 * MINUTE


def test_a_doubtful_frame_covers_nothing() -> None:
    """Neither heard nor covered, and no observation of the day."""
    home = Living()
    home.enrol("climate", Role.CLIMATE)
    home.observe("climate", "temperature", 21.0, Quality.UNAUTHENTICATED)
    assert home.home.devices["climate"].last_heard is None
    assert home.home.coverage.observations == 0


def test_what_a_device_last_said_is_kept_for_people() -> None:
    """Battery and the moment it was last heard, also after a power cut."""
    home = Living()
    home.enrol("climate", Role.CLIMATE)
    home.observe("climate", "battery", 71)
    heard = home.now
    home.reboot(HOUR)
    assert home.home.devices["climate"].battery == 71
    assert home.home.devices["climate"].last_heard == heard


def test_a_cooker_that_is_on_is_one_movement() -> None:
    """A hand turned it on; its repeated word, a timer and a guard are no hands."""
    home = Living()
    home.enrol("stove", Role.STOVE_GUARD)
    home.observe("stove", "stove_on", value=False)
    home.wait(MINUTE)
    home.observe("stove", "stove_on", value=True)
    turned_on = home.now
    assert home.home.still.since == turned_on
    home.wait(MINUTE)
    home.observe("stove", "stove_on", value=True)
    home.observe("stove", "stove_on", value=False)
    assert home.home.still.since == turned_on
