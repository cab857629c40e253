"""A box that was replaced: its card says what it numbered last, and what of it nobody will get."""

from __future__ import annotations

import base64
from pathlib import Path

from desk.completeness import judge
from edge.app.proving.digester import Digester
from edge.app.proving.last_words import last_words
from edge.domain import Device, OutboxClass, OutboxEntry, Role
from edge.events import Enrolled
from edge.kinds import observation
from edge.store import oldcard
from edge.uplink.envelope import DigestData, Origin, parse_digest
from tests.app.homes import PEER, house_in
from tests.app.spares import given, spare_in, taking_of
from tests.support.clock import FakeClock

BUTTON = Device(id="button", driver="bthome", role=Role.HELP_BUTTON, address="54:48:E6:8F:80:A5")
MORE = '[[share]]\npurpose = "upkeep of the devices"\nkinds = ["battery"]\n'


async def box(folder: Path, clock: FakeClock) -> tuple[Origin, dict[int, OutboxEntry]]:
    """A home with a digest told, then a press and readings; of each kind something is not received.

    Its origin, and every message that it ever made.
    """
    async with house_in(folder, clock, MORE) as house:
        made: dict[int, OutboxEntry] = {}
        house.after_commit.append(
            lambda batch: made.update((m.sequence, m) for m in batch.messages)
        )
        house.tell(Enrolled(device=BUTTON))
        digester = Digester(house)
        await digester.load()

        async def hears(kind: str, value: float | str) -> None:
            clock.pass_time(60_000)
            house.hear(observation(BUTTON.id, kind, value, house.clock.now()))
            await house.commit()

        for _ in range(3):
            await hears("battery", 80.0)
        await digester.close()
        await house.store.mark_received([made[n].id for n in (1, 2)], clock.now())
        await hears("button", "press")
        await hears("battery", 79.0)
        return house.origin, made


def told(entries: list[OutboxEntry]) -> list[DigestData]:
    return [parse_digest(one.body, "gw-1").data for one in entries]


async def test_the_card_ends_what_the_box_numbered(tmp_path: Path, clock: FakeClock):
    """With what came before and the alerts that are carried, the desk has all that it can have."""
    origin, made = await box(tmp_path, clock)
    (tmp_path / "scratch").mkdir()
    with oldcard.opened(tmp_path / "home.db", tmp_path / "scratch") as card:
        entries = list(last_words(card, origin, clock.now()))
        again = list(last_words(card, origin, clock.now()))
        carried = card.owed_alerts()
    assert [one.id for one in entries] == [one.id for one in again]
    came = {n: [made[n].id] for n in (1, 2)}
    came |= {one.sequence: [one.id] for one in (*carried, *entries)}
    newest = {data.first: data for data in sorted(told(entries), key=lambda data: data.rev)}
    assert [data.rev for data in told(entries)] == [1, 2, 1]  # owed, told anew, the end
    assert max(data.last for data in newest.values()) == max(made)
    for data in newest.values():
        assert judge(data, came).state in ("complete", "counted")
        assert {one.why for one in data.left_out} == {"withdrawn"}
    lost = carried[0].sequence
    del came[lost]
    found = [judge(data, came).missing for data in newest.values()]
    assert [(lost, lost)] in found


async def test_the_spare_sends_them_on_and_counts_alerts_alone(tmp_path: Path, clock: FakeClock):
    """Once, however often the card is read; under the old box's name."""
    origin, _ = await box(tmp_path, clock)
    (tmp_path / "scratch").mkdir()
    with oldcard.opened(tmp_path / "home.db", tmp_path / "scratch") as card:
        entries = list(last_words(card, origin, clock.now()))
    rows = [
        {
            "id": one.id,
            "sequence": one.sequence,
            "created_ms": one.created_ms,
            "body": base64.b64encode(one.body).decode("ascii"),
        }
        for one in entries
    ]
    async with spare_in(tmp_path, clock) as house:
        taking = taking_of(house)
        await taking.take(given(gateway="gw-1", store_id=origin.store_id), PEER)
        args = {"store_id": origin.store_id, "entries": rows}
        for _ in range(2):
            done = await taking.carry(args, PEER)
            assert (done["carried"], done["refused"]) == (0, 0)
        owed = [one for one in await house.store.owed(99) if one.cls is OutboxClass.DIGEST]
        assert sorted(one.id for one in owed) == sorted(one.id for one in entries)
        assert all(one.sequence < 0 for one in owed)
