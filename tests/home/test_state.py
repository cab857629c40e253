from __future__ import annotations

import msgspec
import pytest

from edge.domain import Role, Visit, VisitKind
from edge.errors import StoreError
from edge.events import ConfigLoaded, Counted, Fault, FaultKind
from edge.home.silence import SILENT_AFTER_MS
from edge.home.state import (
    DEVICES_MAX,
    FAULTS_MAX,
    VISITS_MAX,
    Home,
    SnapshotError,
    decode,
    encode,
)
from tests.support.living import DAY, HOUR, Living


def full() -> Living:
    living = Living(settings=ConfigLoaded(dose_grace_s=60))
    for role in Role:
        living.enrol(role.value, role, label=f"the {role.value}", person="resident")
    living.observe("motion", "motion", value=True)
    living.observe("door", "door", value=True)
    living.observe("medication_robot", "dose", "due")
    living.observe("help_button", "button", "press")
    living.accept(living.open("help_button"), message="m1")
    living.tell(Fault(kind=FaultKind.RADIO, subject="hci0", gone=True))
    living.wait(2 * DAY)
    return living


def test_a_snapshot_brings_the_home_back() -> None:
    """Everything but the settings, which are told anew at every start."""
    home = full().home
    again = decode(encode(home))
    assert again == msgspec.structs.replace(home, settings=ConfigLoaded())
    assert encode(again) == encode(home)


def test_a_newer_snapshot_is_read_as_far_as_it_is_known() -> None:
    """Unknown fields are skipped, missing ones take their defaults."""
    raw = msgspec.msgpack.decode(encode(full().home))
    raw["from_the_future"] = {"a": 1}
    raw["devices"]["motion"]["new"] = [1, 2]
    del raw["coverage"], raw["still"]
    home = decode(msgspec.msgpack.encode(raw))
    assert home.coverage == Home.new().coverage
    assert home.devices["motion"].label == "the motion"


@pytest.mark.parametrize("bad", [b"", b"\xc1", b"garbage", b"\x81\xa7devices\x01", b"\x81\xa1"])
def test_what_is_no_snapshot_is_refused(bad: bytes) -> None:
    """One class of error, which is both a store's and a value's."""
    with pytest.raises(SnapshotError, match="the home starts from its tables") as caught:
        decode(bad)
    assert isinstance(caught.value, StoreError)


def test_every_truncation_of_a_snapshot_is_refused() -> None:
    """A torn snapshot is never half a home."""
    snapshot = encode(full().home)
    for end in range(0, len(snapshot), 7):
        with pytest.raises(SnapshotError):
            decode(snapshot[:end])


def test_every_role_has_a_deadline() -> None:
    """A device without one would never be missed."""
    assert set(SILENT_AFTER_MS) == set(Role)


def test_devices_are_bounded_aloud() -> None:
    """One device too many is refused, and the ones that are there go on."""
    living = Living()
    for n in range(DEVICES_MAX + 1):
        living.enrol(f"d{n}", Role.DOOR)
    assert "too_many_devices" in living.refused
    assert len(living.home.devices) == DEVICES_MAX
    living.enrol("d0", Role.DOOR, label="renamed")
    assert not living.refused
    assert living.home.devices["d0"].label == "renamed"


def test_visits_are_bounded_and_forgotten_when_over() -> None:
    """The next ones are kept; what is past goes with the next plan."""
    living = Living()
    start = living.now.wall_ms
    for n in range(VISITS_MAX + 5):
        at = start + n * HOUR
        living.tell(Visit(kind=VisitKind.PHYSICAL, role="nurse", from_ms=at, until_ms=at + HOUR))
    assert len(living.home.visits) == VISITS_MAX
    living.wait(30 * DAY)
    at = living.now.wall_ms
    living.tell(Visit(kind=VisitKind.REMOTE, role="nurse", from_ms=at, until_ms=at + HOUR))
    assert len(living.home.visits) == 1


def test_faults_are_bounded_and_all_of_them_are_told() -> None:
    """More faults than are remembered raise alerts all the same, and end them."""
    living = Living()
    for n in range(FAULTS_MAX + 3):
        living.tell(Fault(kind=FaultKind.LINE, subject=f"tty{n}", gone=True))
    assert len(living.home.faults) == FAULTS_MAX
    assert len(living.raised()) == FAULTS_MAX + 3
    for n in range(FAULTS_MAX + 3):
        living.tell(Fault(kind=FaultKind.LINE, subject=f"tty{n}", gone=False))
    assert living.home.alerts == {}


def test_refused_frames_are_counted_and_prove_nothing() -> None:
    """A device of which only garbage is heard goes silent like any other."""
    living = Living()
    living.enrol("climate", Role.CLIMATE)
    for _ in range(8):
        living.wait(HOUR // 4)
        living.tell(Counted(device="climate", reason="crc"))
    living.tell(Counted(device="stranger", reason="crc"))
    assert living.home.devices["climate"].refused == 8
    assert living.is_open("device_silent")
