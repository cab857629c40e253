"""What a store has numbered, told once a day: stretch after stretch, and anew when it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from edge.app.house import House
from edge.app.proving import digester as closing
from edge.app.proving.digester import Digester
from edge.domain import SERVICE, OutboxClass, Sent, Switch, Sync
from edge.kinds import observation
from edge.store import digests
from edge.uplink.envelope import DigestData, digest_of, parse_digest
from tests.app.homes import house_in
from tests.support.clock import FakeClock

HOUR = 3_600_000
DAY = 24 * HOUR
MORE = (
    '[[device]]\nid = "tag"\ndriver = "bthome"\nrole = "climate"\naddress = "54:48:E6:8F:80:A5"\n'
    '[[share]]\npurpose = "upkeep of the devices"\nkinds = ["battery"]\n'
)


async def readings(house: House, count: int = 1) -> list[str]:
    """So many messages of telemetry; the ids of all that are owed."""
    for _ in range(count):
        house.hear(observation("tag", "battery", 80.0, house.clock.now()))
        await house.commit()
    return [one.id for one in await house.store.owed(999)]


async def told(house: House) -> list[DigestData]:
    rows = [one for one in await house.store.owed(999) if one.cls is OutboxClass.DIGEST]
    rows.sort(key=lambda one: one.sequence)
    return [parse_digest(one.body, "gw-1").data for one in rows]


async def numbered(house: House) -> dict[int, str]:
    return {one.sequence: one.id for one in await house.store.owed(999)}


async def test_a_day_is_one_stretch_with_the_digest_of_its_messages(
    tmp_path: Path, clock: FakeClock
):
    """From the first number to the last one before it; its own message is in the next."""
    async with house_in(tmp_path, clock, MORE) as house:
        one = Digester(house)
        await one.load()
        await readings(house, 3)
        await one.turn()
        assert await told(house) == []
        ids = await numbered(house)
        last = max(ids)
        clock.pass_time(DAY)
        await one.turn()
        (data,) = await told(house)
        assert (data.first, data.last, data.rev, data.day) == (1, last, 1, "2026-03-02")
        found = digest_of(1, last, ids)
        assert (data.count, data.sha256, data.blocks) == (last, found.sha256, found.blocks)
        assert data.left_out == ()
        clock.pass_time(DAY)
        await one.turn()
        _, second = await told(house)
        assert (second.first, second.last, second.day) == (last + 1, last + 1, "2026-03-03")


async def test_it_goes_on_where_it_was_after_a_restart(tmp_path: Path, clock: FakeClock):
    """Also on the next day, with the box off at midnight."""
    async with house_in(tmp_path, clock, MORE) as house:
        one = Digester(house)
        await one.load()
        await readings(house)
        assert await one.close()
        (before,) = await told(house)
    clock.pass_time(DAY)
    async with house_in(tmp_path, clock, MORE) as house:
        one = Digester(house)
        await one.load()
        await one.turn()
        *_, after = await told(house)
        assert (after.first, after.day) == (before.last + 1, "2026-03-02")


async def test_what_is_parked_or_taken_back_is_named(tmp_path: Path, clock: FakeClock):
    """At once, and anew when it happens after the digest was told; sent again, it is in it."""
    async with house_in(tmp_path, clock, MORE) as house:
        one = Digester(house)
        one.is_up = lambda: True
        await one.load()
        ids = await readings(house, 4)
        numbers = {ident: number for number, ident in (await numbered(house)).items()}
        for _ in range(5):
            await house.store.refuse(ids[-1], "no")
        await one.close()
        (first,) = await told(house)
        parked = numbers[ids[-1]]
        assert [(p.first, p.last, p.why) for p in first.left_out] == [(parked, parked, "parked")]
        await house.store.mark_received([ids[-2]], clock.now())
        await one.revise()
        assert len(await told(house)) == 1  # a receipt is no news
        await house.store.switch(
            Switch(recipient=SERVICE, cls=Sent.READINGS, allowed=False, by="x", told=clock.now()),
            owed=True,
        )
        await one.revise()
        second = (await told(house))[-1]
        assert (second.first, second.last, second.rev) == (first.first, first.last, 2)
        assert {p.why for p in second.left_out} == {"withdrawn"}
        assert second.count == first.count - 2
        await one.revise()
        assert len(await told(house)) == 2


async def test_a_parked_message_that_is_sent_again_comes_into_it(tmp_path: Path, clock: FakeClock):
    async with house_in(tmp_path, clock, MORE) as house:
        one = Digester(house)
        await one.load()
        ids = await readings(house, 2)
        for _ in range(5):
            await house.store.refuse(ids[-1], "no")
        await one.close()
        await house.store.retry(None)
        await one.revise()
        data = (await told(house))[-1]
        known = {n: i for n, i in (await numbered(house)).items() if n <= data.last}
        assert (data.rev, data.left_out) == (2, ())
        assert data.sha256 == digest_of(data.first, data.last, known).sha256


async def test_what_is_all_received_needs_no_ids_any_more(tmp_path: Path, clock: FakeClock):
    async with house_in(tmp_path, clock, MORE) as house:
        one = Digester(house)
        await one.load()
        ids = await readings(house, 2)
        await one.close()
        assert len(await house.store.look(digests.unsettled)) == 1
        await house.store.mark_received(ids, clock.now())
        await readings(house)  # a receipt of readings is in the commit of the next ones
        await one.revise()
        assert await house.store.look(digests.unsettled) == []


async def test_without_a_time_of_day_a_day_of_the_boot_counts(tmp_path: Path, clock: FakeClock):
    """And a clock that is set later does not close a stretch by itself."""
    clock.sync = Sync.NONE
    async with house_in(tmp_path, clock, MORE) as house:
        one = Digester(house)
        await one.load()
        await readings(house)
        clock.pass_time(DAY - 1)
        await one.turn()
        assert await told(house) == []
        clock.pass_time(60_000)
        await one.turn()
        (data,) = await told(house)
        assert data.day is None
        clock.sync = Sync.NTP
        clock.pass_time(60_000)
        await one.turn()
        assert len(await told(house)) == 1


async def test_more_than_fits_is_told_in_pieces(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(closing, "DIGEST_NUMBERS_MAX", 3)
    async with house_in(tmp_path, clock, MORE) as house:
        one = Digester(house)
        await one.load()
        await readings(house, 7)
        head, _ = await house.store.look(digests.head)
        await one.close()
        found = [(data.first, data.last) for data in await told(house)]
        assert found[0][0] == 1
        assert found[-1][1] == head
        assert [a for a, _ in found[1:]] == [b + 1 for _, b in found[:-1]]


async def test_a_revision_waits_for_somebody_who_listens(tmp_path: Path, clock: FakeClock):
    """A month without a line does not fill the outbox with what nobody reads."""
    async with house_in(tmp_path, clock, MORE) as house:
        one = Digester(house)
        await one.load()
        ids = await readings(house, 2)
        await one.close()
        for _ in range(5):
            await house.store.refuse(ids[-1], "no")
        clock.pass_time(HOUR)
        await one.turn()
        assert len(await told(house)) == 1
        one.is_up = lambda: True
        clock.pass_time(HOUR)
        await one.turn()
        assert len(await told(house)) == 2
