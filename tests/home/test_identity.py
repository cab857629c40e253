"""What a device says of itself, and what a doubt does to its words."""

from __future__ import annotations

import pytest

from edge.domain import Quality, Role
from edge.events import Confirmed, Doubted
from edge.home.identity import WORD_MAX_CHARS, marked
from edge.home.likeness import TOLD_MAX
from edge.kinds import observation
from tests.support.living import HOUR, Living


def home_of(role: Role = Role.MOTION) -> Living:
    home = Living()
    home.enrol("one", role, room="kitchen")
    return home


def reasons(home: Living) -> tuple[str, ...]:
    return home.home.devices["one"].identity


def test_another_model_under_the_same_address() -> None:
    """Told until the first one speaks again; the other kinds of word take nothing back."""
    home = home_of()
    home.observe("one", "device_type", 12)
    home.observe("one", "model", "SBMO-003Z")
    assert reasons(home) == ()
    home.observe("one", "device_type", 7)
    home.observe("one", "model", "SBMO-003Z")
    assert reasons(home) == ("another_device",)
    home.observe("one", "device_type", 12)
    assert reasons(home) == ()
    assert not home.is_open("identity_doubtful")


def test_new_firmware_is_the_same_device() -> None:
    home = home_of()
    for version in ("1.0", "1.1"):
        home.observe("one", "firmware", version)
    assert reasons(home) == ()


def test_a_forged_word_makes_nobody_doubtful() -> None:
    home = home_of()
    home.observe("one", "serial_number", "A1")
    home.observe("one", "serial_number", "B2", Quality.UNAUTHENTICATED)
    home.observe("one", "serial_number", "B2", Quality.POSSIBLE_REPLAY)
    assert reasons(home) == ()


def test_what_is_kept_of_its_words_has_a_bound() -> None:
    home = home_of()
    for kind in ("device_type", "model", "serial_number", "manufacturer") * 2:
        home.observe("one", kind, "x" * 1_000 + str(home.ms))
        home.wait(HOUR)
    words = home.home.likeness.told["one"]
    assert len(words) <= TOLD_MAX
    assert {len(word) for word in words.values()} == {WORD_MAX_CHARS}


@pytest.mark.parametrize("quality", [Quality.CLOCK_DOUBTFUL, Quality.POSSIBLE_REPLAY])
def test_another_doubt_stays_and_the_word_still_lowers_nothing(quality: Quality) -> None:
    """The device is in doubt, whatever else its frame says of itself."""
    home = home_of(Role.MEDICATION_ROBOT)
    home.tell(Doubted(device="one", reason="another_device"))
    seen = observation("one", "dose", "taken", home.now, quality)
    assert marked(home.home, seen) is seen
    home.observe("one", "dose", "due")
    home.wait(2 * HOUR)
    assert home.is_open("missed_dose")
    home.observe("one", "dose", "taken", quality)
    assert "dose_taken" not in home.open("missed_dose").flags
    assert "identity_doubtful" in home.open("missed_dose").flags


def test_it_is_over_by_itself_also_when_somebody_has_taken_it() -> None:
    """Taken, it is theirs to close, and they are told."""
    home = home_of()
    home.tell(Doubted(device="one", reason="moved"))
    home.tell(Doubted(device="one", reason="impossible_room"))
    alert = home.open("identity_doubtful")
    assert (alert.params["reason"], alert.repeats) == ("impossible_room", 1)
    home.accept(alert)
    home.tell(Doubted(device="one", reason="moved", gone=True))
    assert home.open("identity_doubtful").flags == ()
    home.tell(Confirmed(device="one", by="nurse.one"))
    alert = home.open("identity_doubtful")
    assert (alert.state, alert.flags) == ("acknowledged", ("as_enrolled",))


def test_enrolled_anew_it_is_what_it_is() -> None:
    home = home_of()
    home.tell(Doubted(device="one", reason="moved"))
    home.enrol("one", Role.MOTION, room="bedroom")
    assert reasons(home) == ()
    assert not home.is_open("identity_doubtful")


def test_closed_and_not_seen_to_it_is_told_again_after_a_week() -> None:
    home = home_of()
    home.tell(Doubted(device="one", reason="moved"))
    home.close(home.open("identity_doubtful"))
    home.wait(6 * 24 * HOUR)
    assert not home.is_open("identity_doubtful")
    home.wait(25 * HOUR)
    assert home.is_open("identity_doubtful")
