"""Whose box this is: what an installer says, what a desk answers, and what stays of it."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.app.house import House
from edge.app.provisioning.addresses import same_address
from edge.app.provisioning.homelink import ClaimStateError, HomeLink
from edge.domain import OutboxClass
from edge.errors import ControlError
from edge.uplink import envelope
from edge.uplink.envelope import (
    PART_BYTES_MAX,
    PROFILE_BYTES_MAX,
    ClaimedData,
    ClaimRefusal,
    MessageError,
    RestoreData,
)
from tests.app.homes import PEER, house_in
from tests.store.samples import AT
from tests.support.clock import FakeClock
from tests.uplink.samples import CODE

ADDRESS = "Mallikatu 5 A 12, 02100 Espoo"
BY = {"by": "Matti"}


async def claim(link: HomeLink, **more: Any) -> str:
    made = await link.claim_make({"code": CODE, "kind": "new", **BY, **more}, PEER)
    assert made["state"] == "waiting"
    return str(made["id"])


def confirmed(request: str, **changes: Any) -> ClaimedData:
    facts: dict[str, Any] = {
        "gateway": "urn:kotivahti:gateway:gw-1",
        "request": request,
        "state": "confirmed",
        "customer": "c",
        "name": "Aino Mallikas",
        "address": ADDRESS,
    }
    return ClaimedData(**(facts | changes))


def refused(request: str, reason: ClaimRefusal) -> ClaimedData:
    return confirmed(
        request, state="refused", customer=None, name=None, address=None, reason=reason
    )


async def state(link: HomeLink) -> dict[str, Any]:
    return await link.claim_state({}, PEER)


async def steps(house: House) -> list[str]:
    """What is owed of claims, in the order in which it was said."""
    owed = [one for one in await house.store.owed(99) if one.cls is OutboxClass.CLAIM]
    return [json.loads(one.body)["data"]["step"] for one in owed]


async def test_a_claim_is_answered_read_back_and_confirmed(tmp_path: Path, clock: FakeClock):
    """Every step is owed upstream with the row that it tells of, and a restart knows it."""
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        assert (await state(link))["state"] == "none"
        request = await claim(link, code="0123-4567-89p")
        await link.take(confirmed(request))
        found = await state(link)
        assert (found["state"], found["name"], found["id"]) == (
            "answered",
            "Aino Mallikas",
            request,
        )
        assert await link.where() is None
        await link.take(confirmed(request, name="Somebody else"))  # a second delivery
        told = await link.claim_confirm({"yes": True, "by": "Liisa"}, PEER)
        assert told["state"] == "confirmed"
        assert await steps(house) == ["asked", "seen", "confirmed"]
        owed = b"".join(one.body for one in await house.store.owed(99))
        assert b"Aino" not in owed
        assert b"Mallikatu" not in owed
    async with house_in(tmp_path, clock) as house:
        where = await HomeLink(house).where()
        assert where is not None
        assert (where.customer, where.name, where.address) == ("c", "Aino Mallikas", ADDRESS)


async def test_an_address_that_was_typed_decides_by_itself(tmp_path: Path, clock: FakeClock):
    """The same home in other letters is confirmed; another one is a mismatch and leaves nothing."""
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        await link.take(confirmed(await claim(link, address="MALLIKATU 5 a 12 / 02100 espoo")))
        assert (await state(link))["state"] == "confirmed"
        await link.take(confirmed(await claim(link, address="Mallikatu 5 A 1, 02100 Espoo")))
        found = await state(link)
        assert (found["state"], found["name"], found["address"]) == ("mismatch", "", "")
        assert await steps(house) == ["asked", "confirmed", "asked", "mismatch"]
        where = await link.where()
        assert where is not None  # what was confirmed before is still so


async def test_a_person_who_says_no_ends_it(tmp_path: Path, clock: FakeClock):
    """The resident has another name: nothing of the other customer stays."""
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        await link.take(confirmed(await claim(link)))
        assert (await link.claim_confirm({"yes": False, **BY}, PEER))["state"] == "mismatch"
        assert (await state(link))["name"] == ""
        assert await link.where() is None


@pytest.mark.parametrize("reason", ClaimRefusal)
async def test_a_refusal_says_why(tmp_path: Path, clock: FakeClock, reason: ClaimRefusal):
    """And the next claim may be made at once."""
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        await link.take(refused(await claim(link), reason))
        found = await state(link)
        assert (found["state"], found["reason"]) == ("refused", reason.value)
        await claim(link)


async def test_letters_that_nobody_asked_for_are_refused(tmp_path: Path, clock: FakeClock):
    """A request id that this home never made; a profile for a claim that wants none."""
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        request = await claim(link)
        with pytest.raises(MessageError) as caught:
            await link.take(confirmed(request[:-4] + "ffff"))
        assert caught.value.reason == "request"
        with pytest.raises(MessageError):
            await link.take(part_of(request, b"sealed"))
        assert (await state(link))["state"] == "waiting"
        await link.take(refused(request, ClaimRefusal.USED))
        await link.take(confirmed(request))
        assert (await state(link))["state"] == "refused"


async def test_one_claim_at_a_time(tmp_path: Path, clock: FakeClock):
    """A second one is refused until the first is given up, which the desk is told."""
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        first = await claim(link)
        with pytest.raises(ClaimStateError, match="under way"):
            await claim(link)
        second = await claim(link, again=True)
        assert await steps(house) == ["asked", "withdrawn", "asked"]
        await link.take(confirmed(first))  # too late
        assert (await state(link))["state"] == "waiting"
        await link.take(confirmed(second))
        assert (await state(link))["state"] == "answered"


async def test_another_code_takes_the_place_of_one_that_waits(tmp_path: Path, clock: FakeClock):
    """Mistyped without a line: its late answer claims nothing, whatever it says."""
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        first = await claim(link, address=ADDRESS)
        second = await claim(link, address=ADDRESS, instead=first)
        assert await steps(house) == ["asked", "withdrawn", "asked"]
        await link.take(confirmed(first))
        assert (await state(link))["state"] == "waiting"
        assert await link.where() is None
        await link.take(confirmed(second))
        assert (await state(link))["state"] == "confirmed"
        assert await steps(house) == ["asked", "withdrawn", "asked", "confirmed"]


@pytest.mark.parametrize("address", [ADDRESS, None])
async def test_an_answer_while_another_code_is_typed_is_looked_at_first(
    tmp_path: Path, clock: FakeClock, address: str | None
):
    """Whoever types another knows nothing of it: nothing is given up or claimed beside it."""
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        first = await claim(link, address=address)
        await link.take(confirmed(first))
        before = await state(link)
        assert before["state"] == ("confirmed" if address else "answered")
        for instead in (first, "01a200f6-8b2d-7aaa-8bbb-0123456789ab"):
            with pytest.raises(ClaimStateError, match="look at it first"):
                await claim(link, instead=instead)
        assert await state(link) == before


@pytest.mark.parametrize(
    "wrong, says",
    [
        ({"code": "0123456789A"}, "add up"),
        ({"code": None}, "characters"),
        ({"kind": "rent"}, "new, replace"),
        ({"by": " "}, "by is missing"),
        ({"by": "a\tb"}, "control character"),
        ({"by": "x" * 61}, "longer than 60"),
        ({"address": "x" * 201}, "longer than 200"),
        ({"replaces": "gw-2"}, "belongs to kind"),
        ({"replaces": "GW 2", "kind": "replace"}, "not a gateway's id"),
        ({"replaces": "gw-1", "kind": "replace"}, "this gateway itself"),
    ],
)
async def test_what_is_typed_wrong_costs_no_attempt(
    tmp_path: Path, clock: FakeClock, wrong: dict[str, Any], says: str
):
    """Refused before anything is owed, without repeating a code."""
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        with pytest.raises(ControlError, match=says) as caught:
            await link.claim_make({"code": CODE, "kind": "new", **BY} | wrong, PEER)
        assert "0123456789A" not in str(caught.value)
        assert await steps(house) == []
        with pytest.raises(ControlError):
            await link.claim_confirm(BY, PEER)
        with pytest.raises(ClaimStateError, match="never made"):
            await link.claim_confirm({"yes": True, **BY}, PEER)


@given(text=st.text(max_size=40))
def test_an_address_is_itself_in_any_case(text: str):
    """Capitals, commas and spaces are how people write, not where they live."""
    assert same_address(text, f"  {text}, ")
    assert same_address(text.upper().lower(), text.upper().lower().replace(" ", " , "))


def test_two_flats_are_two_addresses():
    """A gap stays a gap: nobody's stairs and door numbers run together."""
    assert not same_address("Katu 11 2", "Katu 1 12")
    assert not same_address("Katu 1", "Katu 10")
    assert same_address("Hämeenkatu 1", "Ha\u0308meenkatu  1")


def part_of(request: str, sealed: bytes, part: int = 1, **changes: Any) -> RestoreData:
    one = envelope.cut(sealed, number=1)[part - 1]
    facts: dict[str, Any] = {
        "gateway": "urn:kotivahti:gateway:gw-1",
        "request": request,
        "replaces": "gw-0",
        "number": 1,
        "digest": one.digest,
        "size": one.size,
        "part": one.part,
        "parts": one.parts,
        "body": one.body,
    }
    return RestoreData(**(facts | changes))


async def test_a_profile_comes_in_parts_and_waits_until_it_is_taken(
    tmp_path: Path, clock: FakeClock
):
    """On the disk before it is said to be here, over a restart, and gone when it was taken."""
    sealed = random.Random(1).randbytes(2 * PART_BYTES_MAX + 5)
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        request = await claim(link, kind="replace", replaces="gw-0")
        with pytest.raises(ClaimStateError, match="no profile came"):
            await link.profile_wait(request, within_s=0.05)
        for part in (3, 1, 1, 2, 2):
            await link.take(part_of(request, sealed, part))
        assert await steps(house) == ["asked", "restored"]
        assert (await link.profile_wait(request)).sealed == sealed
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        assert (await link.profile_wait(request)).replaces == "gw-0"
        await link.profile_drop()
        with pytest.raises(ClaimStateError):
            await link.profile_wait(request, within_s=0.05)


async def test_a_desk_without_a_profile_says_so(tmp_path: Path, clock: FakeClock):
    """Number 0: whoever waits is not left waiting."""
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        request = await claim(link, kind="replace")
        none = part_of(request, b"", number=0, part=1)
        await link.take(none)
        found = await link.profile_wait(request)
        assert (found.number, found.sealed) == (0, b"")


async def test_a_full_disk_lets_the_profile_come_again(tmp_path: Path, clock: FakeClock):
    """What could not be kept is not said to be here; with room again it is."""
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        request = await claim(link, kind="replace")
        blocked = tmp_path / "home.db.restored.new"
        blocked.mkdir()  # as good as full: nothing can be written there
        await link.take(part_of(request, b"sealed"))
        assert await steps(house) == ["asked"]
        blocked.rmdir()
        await link.take(part_of(request, b"sealed"))
        assert await steps(house) == ["asked", "restored"]


async def recovery_code(house: House) -> None:
    """As the command of the profile does it."""
    await house.store.change(
        lambda c, names: c.execute(
            "INSERT INTO profile (key, recipient, told_by, told_boot, told_boottime_ms, "
            "told_wall_ms, told_offset_min, told_sync) VALUES (1, x'00', 'Matti', ?, ?, ?, ?, ?)",
            names.moment(AT),
        )
    )


async def owed_parts(house: House) -> list[Any]:
    """The parts that wait, by their numbers; every number stands in its own bytes."""
    owed = [one for one in await house.store.owed(99) if one.cls is OutboxClass.PROFILE]
    assert [one.sequence for one in owed] == list(range(1, len(owed) + 1))
    assert [int(json.loads(one.body)["sequence"]) for one in owed] == [o.sequence for o in owed]
    assert [json.loads(one.body)["id"] for one in owed] == [one.id for one in owed]
    return [envelope.parse_profile(one.body, "gw-1").data for one in owed]


async def test_two_months_without_a_line_hold_one_profile(tmp_path: Path, clock: FakeClock):
    """One a day and of any size: what waits is bounded by the largest, and the newest is whole."""
    draw = random.Random(2)
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        await recovery_code(house)
        most, number, sealed = 1, 0, b""
        for number in range(1, 61):
            sealed = draw.randbytes(draw.choice((900, 40_000, 90_000)))
            most = max(most, len(envelope.cut(sealed, number=number)))
            assert await link.profile_send(sealed) == number
        parts = await owed_parts(house)
        assert len(parts) == house.keeper.last_message == most == 3
        newest = sorted((d for d in parts if d.number == number), key=lambda d: d.part)
        assert b"".join(d.body for d in newest) == sealed
        assert all(d.superseded for d in parts if d.number != number)


async def test_a_newer_profile_supersedes_what_was_not_received(tmp_path: Path, clock: FakeClock):
    """The line is not held up by bytes that nobody needs, and no number goes missing."""
    async with house_in(tmp_path, clock) as house:
        link = HomeLink(house)
        with pytest.raises(ClaimStateError, match="no recovery code"):
            await link.profile_send(b"sealed")
        await recovery_code(house)
        assert await link.profile_send(random.Random(1).randbytes(300_000)) == 1
        assert await link.profile_send(b"newer") == 2
        assert [(d.number, d.superseded, d.body) for d in await owed_parts(house)] == [
            (2, False, b"newer"),
            *[(1, True, b"")] * 8,
        ]
        with pytest.raises(ClaimStateError, match="at most"):
            await link.profile_send(bytes(PROFILE_BYTES_MAX + 1))
