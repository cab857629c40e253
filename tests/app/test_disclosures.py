"""Who got what, and the customer's switches: in the commit, at the send, after a restart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.app.customer.disclosures import Disclosures
from edge.app.customer.switches import NEVER_OFF, Switches, can_switch
from edge.app.house import House
from edge.clock import RandomIds
from edge.domain import SERVICE, OutboxClass, Scalar, Sent, Switch
from edge.errors import ControlError, NotNowError
from edge.kinds import observation
from edge.store.disclosing import class_of
from tests.app import homes
from tests.app.homes import PEER, house_in
from tests.support.clock import FakeClock, instant

SHARE = '[[share]]\npurpose = "upkeep of the devices"\nkinds = ["battery", "temperature"]\n'
DEVICE = (
    '[[device]]\nid = "tag"\ndriver = "bthome"\nrole = "climate"\naddress = "54:48:E6:8F:80:A5"\n'
)


def hear(house: House, kind: str = "battery", value: Scalar = 80.0) -> None:
    house.hear(observation("tag", kind, value, house.clock.now()))


async def lines(house: House, **args: Any) -> list[dict[str, Any]]:
    found = await Disclosures(house).listed(args, PEER)
    rows: list[dict[str, Any]] = found["disclosures"]
    return rows


async def switch(house: House, cls: str, *, allowed: bool, recipient: str = "service") -> Any:
    args = {"recipient": recipient, "class": cls, "allowed": allowed, "by": "relative.one"}
    return await Disclosures(house).switch(args, PEER)


async def owed(house: House, cls: OutboxClass) -> list[str]:
    return [one.id for one in await house.store.owed(99) if one.cls is cls]


async def test_what_is_owed_is_logged_and_a_receipt_is_counted(tmp_path: Path, clock: FakeClock):
    """Readings of a day are one line with their kinds and purpose, and never with a value."""
    async with house_in(tmp_path, clock, DEVICE + SHARE) as house:
        for kind in ("battery", "temperature"):
            hear(house, kind, 63.25)
            await house.commit()
        (line,) = [one for one in await lines(house) if one["class"] == "readings"]
        assert line["what"] == ["battery", "temperature"]
        assert (line["recipient"], line["purpose"]) == (SERVICE, "upkeep of the devices")
        assert (line["messages"], line["received"], line["basis"]) == (2, 0, "purpose")
        assert "63.25" not in str(line)
        first, _ = await owed(house, OutboxClass.OBSERVATIONS)
        for _ in range(2):  # a second receipt counts nothing
            await house.store.mark_received([first], house.clock.now())
        hear(house)  # a receipt of readings is in the commit of the next ones
        await house.commit()
        (line,) = [one for one in await lines(house) if one["class"] == "readings"]
        assert (line["messages"], line["received"]) == (3, 1)
        clock.pass_time(86_400_000)
        hear(house)
        await house.commit()
        days = [one["ref"] for one in await lines(house) if one["class"] == "readings"]
        assert len(set(days)) == 2
        assert await lines(house, recipient="relative-1") == []


async def test_readings_switched_off_stay_in_the_home(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
):
    """From now on, those that wait already, and after a restart; the service is told of it."""
    monkeypatch.setattr(homes, "SeqIds", RandomIds)  # two openings of one database
    async with house_in(tmp_path, clock, DEVICE + SHARE) as house:
        hear(house)
        await house.commit()
        waiting = await house.store.owed(99)
        gone: list[str] = []
        house.when_withdrawn.append(gone.extend)
        told = await switch(house, "readings", allowed=False)
        assert (told["allowed"], told["taken_back"], told["by"]) == (
            False,
            1,
            "relative.one (uid 1000)",
        )
        assert gone == [one.id for one in waiting if one.cls is OutboxClass.OBSERVATIONS]
        assert [one.reason for one in await house.store.shed()] == ["switched_off"]
        (entry,) = [one for one in waiting if one.cls is OutboxClass.OBSERVATIONS]
        assert not house.sending.allows(SERVICE, class_of(entry))  # asked again at the send
        assert len(await owed(house, OutboxClass.REQUEST)) == 1
    async with house_in(tmp_path, clock, DEVICE + SHARE) as house:
        hear(house, value=79.0)
        await house.commit()
        assert await owed(house, OutboxClass.OBSERVATIONS) == []
        await switch(house, "readings", allowed=True)
        hear(house, value=78.0)
        await house.commit()
        assert len(await owed(house, OutboxClass.OBSERVATIONS)) == 1


@pytest.mark.parametrize("cls", [one for one in Sent if not can_switch(SERVICE, one)])
async def test_what_the_service_needs_is_refused_with_its_reason(
    tmp_path: Path, clock: FakeClock, cls: Sent
):
    """Each class that is not the customer's to switch says why, and nothing changes."""
    async with house_in(tmp_path, clock) as house:
        with pytest.raises(NotNowError, match=r"cannot be switched: \w{2}"):
            await switch(house, cls.value, allowed=False)
        assert house.sending.allows(SERVICE, cls)
        assert house.sending.known() == []


async def test_words_that_are_no_switch_are_refused(tmp_path: Path, clock: FakeClock):
    async with house_in(tmp_path, clock) as house:
        with pytest.raises(ControlError, match="class: 'vitals'; known: alert"):
            await switch(house, "vitals", allowed=False)
        with pytest.raises(ControlError, match="recipient"):
            await switch(house, "message", allowed=False, recipient="Aunt Anna")
        with pytest.raises(NotNowError, match="a person gets text messages"):
            await switch(house, "alert", allowed=False, recipient="relative-1")


def test_for_whom_it_burns_is_always_told():
    """A relative who wants no messages gets those about smoke, carbon monoxide, heat and gas."""
    switches = Switches()
    switches.load(
        [Switch(recipient="r-2", cls=Sent.MESSAGE, allowed=False, by="x", told=instant())]
    )
    assert not switches.allows("r-2", Sent.MESSAGE, "help_button")
    assert all(switches.allows("r-2", Sent.MESSAGE, code) for code in NEVER_OFF)
    assert switches.allows("r-3", Sent.MESSAGE, "help_button")


async def test_a_switch_that_could_not_be_stored_is_not_in_force(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
):
    async with house_in(tmp_path, clock) as house:

        async def full(*_: Any, **__: Any) -> list[str]:
            raise OSError("disk full")

        monkeypatch.setattr(house.store, "switch", full)
        with pytest.raises(OSError, match="full"):
            await switch(house, "readings", allowed=False)
        assert house.sending.allows(SERVICE, Sent.READINGS)


async def test_signs_of_life_are_one_line_a_day(tmp_path: Path, clock: FakeClock):
    """The first of a day at once, then hourly: no commit a minute for the sake of a count."""
    async with house_in(tmp_path, clock) as house:
        log = Disclosures(house)
        await log.keep()
        assert await lines(house) == []
        for _ in range(3):
            log.beaten()
            await log.keep()
            clock.pass_time(60_000)
        assert [one["messages"] for one in await lines(house)] == [1]
        clock.pass_time(3_600_000)
        await log.keep()
        assert [(one["class"], one["messages"]) for one in await lines(house)] == [("heartbeat", 3)]


async def test_readings_alone_are_erased_and_the_home_goes_on(tmp_path: Path, clock: FakeClock):
    """What is stored, owed and made of it, in bounded pieces; alerts stay, no byte of it does."""
    async with house_in(tmp_path, clock, DEVICE + SHARE) as house:
        for n in range(4_500):  # more than one piece
            hear(house, "text", f"canary-{n}")
            if n % 500 == 499:
                hear(house)
                await house.commit()
        alerts = await house.store.alerts()
        kept = house.keeper.home
        gone: list[str] = []
        house.when_withdrawn.append(gone.extend)
        found = await Disclosures(house).erase_readings({"by": "relative.one"}, PEER)
        assert found["rows"] >= 4_500
        assert len(gone) == 9
        assert await owed(house, OutboxClass.OBSERVATIONS) == []
        assert await house.store.observations(0, 10) == []
        assert await house.store.latest_observations() == []
        assert await house.store.alerts() == alerts
        assert house.keeper.home == kept
        assert {one.reason for one in await house.store.shed()} == {"erased"}
        hear(house, value=55.0)
        await house.commit()
        assert len(await house.store.observations(0, 10)) == 1
        for file in tmp_path.glob("home.db*"):
            assert b"canary-" not in file.read_bytes(), file.name
