"""Devices that stand elsewhere, were mixed up, or were replaced: what goes along, what stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.domain import Instant
from edge.errors import ControlError, NotNowError
from edge.store import household
from tests.app.homes import house_in
from tests.app.test_household import ROOMS, Told
from tests.support.clock import FakeClock
from tests.support.living import DAY

KEY = "231d39c1d7cc1ab1aee224cd096db932"


async def fit(tell: Told, at: Instant) -> None:
    """A fit of the room locator, as its table has it."""
    await tell.house.store.change(
        lambda connection, names: connection.execute(
            "INSERT INTO locator_fit (windows, told_by, fitted_boot, fitted_boottime_ms, "
            "fitted_wall_ms, fitted_offset_min, fitted_sync, body) VALUES (9,'i',?,?,?,?,?,x'00')",
            names.moment(at),
        )
    )


async def test_a_device_moves_to_a_room_of_the_plan(tmp_path: Path, clock: FakeClock) -> None:
    """What the driver remembers stays; a room that is not told is refused with those there are."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        await tell.enrol("motion", "motion", room="attic")
        house.driver_states["motion"] = b"counter"
        moved = await tell("device_move", device="motion", room="cellar")
        assert (moved["from"], moved["room"]) == ("attic", "cellar")  # no plan is told yet
        await tell("room_import", rooms=ROOMS)
        with pytest.raises(ControlError, match="there are: hallway, kitchen, bedroom"):
            await tell("device_move", device="motion", room="cellar")
        await tell("device_move", device="motion", room="kitchen")
        assert (await house.store.devices())[0].room == "kitchen"
        assert house.driver_states["motion"] == b"counter"


async def test_a_fit_of_the_locator_is_of_the_places_it_was_made_with(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Moved since: walk again; moved back: not; a move of the home ends the fit."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        await tell("room_import", rooms=ROOMS)
        await tell.enrol("motion", "motion", room="kitchen")
        await tell.enrol("door", "door", room="hallway")
        clock.pass_time(DAY)
        await fit(tell, clock.now())
        clock.pass_time(DAY)
        moved = await tell("device_move", device="motion", room="bedroom")
        assert (moved["fitted"], moved["walk_again"]) == (True, ["motion"])
        assert (await tell("device_move", device="motion", room="kitchen"))["walk_again"] == []
        assert (await tell("home_move"))["locator_fits"] == 1
        assert await house.store.look(household.fit_in_force) is None


async def test_two_that_were_mixed_up_change_places_and_keep_their_past(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Room, person and label go to the other; address, key, counters and history stay."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        await tell.enrol("tag-1", "help_button", room="bedroom", person="r-1", label="Left")
        await tell.enrol("tag-2", "help_button")
        await tell.enrol("door", "door")
        addresses = [house.devices[name].address for name in ("tag-1", "tag-2")]
        house.driver_states["tag-1"] = b"counter"
        await tell("device_swap", device="tag-1", other="tag-2")
        one, two = house.devices["tag-1"], house.devices["tag-2"]
        assert (one.room, one.person, one.label) == (None, None, "")
        assert (two.room, two.person, two.label) == ("bedroom", "r-1", "Left")
        assert [one.address, two.address] == addresses
        assert house.driver_states["tag-1"] == b"counter"
        for other, said in (("door", "of one role"), ("tag-1", "'tag-1' twice")):
            with pytest.raises(ControlError, match=said):
                await tell("device_swap", device="tag-1", other=other)


async def test_a_successor_takes_the_place_and_begins_anew(
    tmp_path: Path, clock: FakeClock
) -> None:
    """Its counters are its own; encryption never goes by an omission."""
    async with house_in(tmp_path, clock) as house:
        tell = Told(house)
        await tell.enrol("button", "help_button", room="bedroom", person="r-1", label="Wrist")
        row = {"id": "button"}
        await tell("device_enrol", devices=[{"row": row, "key": KEY}], merge=True)
        house.driver_states["button"] = b"counter"
        new = "54:48:E6:8F:90:01"
        with pytest.raises(NotNowError, match="--key-file"):
            await tell("device_replace", device="button", address=new)
        with pytest.raises(NotNowError, match="already"):
            await tell("device_replace", device="button", address=house.devices["button"].address)
        found = await tell("device_replace", device="button", address=new, key=KEY[::-1])
        assert found["devices"][0]["change"] == "replaced"
        button = house.devices["button"]
        assert (button.address, button.room, button.person, button.label) == (
            new, "bedroom", "r-1", "Wrist",
        )  # fmt: skip
        assert "button" not in house.driver_states
        plain = await tell(
            "device_replace", device="button", address="54:48:E6:8F:90:02", plain=True
        )
        assert not plain["devices"][0]["keyed"]
        faults = await tell("device_replace", device="button", address="nowhere")
        assert [fault["key"] for fault in faults["faults"]] == ["device[0].address"]
