"""What of receptions reaches the rules: one number for each device, receiver and window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from edge.app.locating.receptions import SAMPLE_GAP_MS, SAMPLES_MAX, WINDOW_MS, Receptions
from edge.domain import Device, Role
from edge.drivers.base import Advert
from edge.events import Enrolled, Surveyed
from tests.support.living import Living

if TYPE_CHECKING:
    from edge.app.house import House


class Told:
    """Stands for a house: its home, and what it was told."""

    def __init__(self) -> None:
        self.living = Living()
        self.keeper = self
        self.surveys: list[dict[str, dict[str, int]]] = []
        self.receptions = Receptions(cast("House", self))

    @property
    def home(self) -> Any:
        return self.living.home

    def tell(self, event: Surveyed) -> None:
        self.surveys.append(event.heard)

    def enrol(self, name: str, role: Role) -> Device:
        device = Device(id=name, driver="bthome", role=role, address="A")
        self.living.tell(Enrolled(device=device))
        return device

    def hears(self, device: Device, dbm: int, source: str = "", after_ms: int = 0) -> None:
        self.living.ms += after_ms
        advert = Advert(address="A", rssi_dbm=dbm, source=source)
        self.receptions.received(device, advert, self.living.now)


def test_the_middle_of_a_window_is_told_when_it_is_over() -> None:
    told = Told()
    one, other = told.enrol("one", Role.MOTION), told.enrol("other", Role.DOOR)
    for dbm in (-60, -90, -61, -62, -63):
        told.hears(one, dbm, after_ms=SAMPLE_GAP_MS)
        told.hears(one, dbm - 10, "hall")
    told.hears(other, -70, "hall")
    assert told.surveys == []
    told.hears(one, -40, after_ms=WINDOW_MS)
    assert told.surveys == [{"one": {"": -62, "hall": -72}, "other": {"hall": -70}}]


def test_a_chatterer_is_sampled() -> None:
    """Ten adverts a second weigh no more than one in five seconds, and are not kept."""
    told = Told()
    one = told.enrol("one", Role.MOTION)
    for n in range(2_000):
        told.hears(one, -50 if n % 50 == 0 else -90, after_ms=100)
    assert max(len(kept) for kept in told.receptions._heard.values()) <= SAMPLES_MAX
    told.hears(one, -50, after_ms=WINDOW_MS)
    assert told.surveys == [{"one": {"": -50}}]


def test_what_is_worn_or_has_no_level_is_not_kept() -> None:
    told = Told()
    tag, one = told.enrol("tag", Role.TAG), told.enrol("one", Role.MOTION)
    told.hears(tag, -50)
    for unknown in (0, 127, -128):
        told.hears(one, unknown)
    told.hears(one, -50, after_ms=WINDOW_MS)
    assert told.surveys == []
    told.receptions.forget("one")
    told.hears(one, -60, after_ms=WINDOW_MS)
    assert told.surveys == []
