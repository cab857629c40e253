"""The home's profile: what is in it, who can open it, and when it is sent."""

from __future__ import annotations

import asyncio
import base64
import sqlite3
from pathlib import Path

import msgspec
import pytest

from edge.app.house import House
from edge.app.profile import APART_MS, COUNTERS_EVERY_MS, DAY_MS, HomeProfile
from edge.domain import Person, PersonKind, Stay, StayKind
from edge.errors import ControlError
from edge.events import Answered, Enrolled
from edge.profile import decode, header_of, open_sealed, private_of, public_of, read_code
from edge.store import profiles
from tests.app.homes import PEER, house_in
from tests.store.samples import BUTTON, answer
from tests.support.clock import FakeClock

MINUTE_MS = 60_000


class Line:
    """Takes profiles as the line upstream does."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    async def profile_send(self, sealed: bytes) -> int:
        self.sent.append(sealed)
        return len(self.sent)


async def furnish(house: House) -> None:
    house.tell(Person(id="resident-1", kind=PersonKind.RESIDENT, label="Alma", by="anna"))
    house.tell(Enrolled(device=BUTTON))
    house.tell(Stay(kind=StayKind.HOME, by="anna", from_ms=1))
    house.tell(Answered(answers=(answer(),)))
    house.driver_states[BUTTON.id] = b"counter 7"
    house.keeper.remember(BUTTON.id, b"counter 7")
    await house.commit()


async def test_a_code_opens_what_the_gateway_sealed(tmp_path: Path, clock: FakeClock):
    """Devices with keys and counters, people and answers; the settings without the box's own."""
    more = '[rules]\nmeal_by_min = 780\n[ble]\nbackend = "off"\n'
    async with house_in(tmp_path, clock, more) as house:
        await furnish(house)
        home = HomeProfile(house)
        made = await home.key_make({"by": "anna"}, PEER)
        sealed = base64.b64decode((await home.sealed({}, PEER))["sealed"])
        header, text = open_sealed(sealed, private_of(read_code(made["code"])))
        profile = decode(text)
        assert header == header_of(sealed)
        assert header.message == profile.message == house.keeper.last_message
        assert [one.device() for one in profile.devices] == [BUTTON]
        assert profile.states == {BUTTON.id: b"counter 7"}
        assert [person.label for person in profile.persons] == ["Alma"]
        assert [one.item for one in profile.answers] == ["FS-02"]
        assert profile.settings == {
            "gateway": {"site": "s", "customer": "c"}, "rules": {"meal_by_min": 780},
        }  # fmt: skip
        assert profile.recipient == public_of(read_code(made["code"]))


async def test_the_code_is_told_once_and_stands_nowhere(tmp_path: Path, clock: FakeClock):
    """Not in the database, in no row of it, and the private key neither."""
    async with house_in(tmp_path, clock) as house:
        code = (await HomeProfile(house).key_make({"by": "anna"}, PEER))["code"]
    entropy = read_code(code)
    whole = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    for secret in (code.encode(), code.replace("-", "").encode(), entropy, private_of(entropy)):
        assert secret not in whole
        assert secret.hex().encode() not in whole
    assert public_of(entropy) in whole


async def test_a_second_code_is_made_only_when_asked_for(tmp_path: Path, clock: FakeClock):
    """Or the paper in the drawer would silently stop opening anything."""
    async with house_in(tmp_path, clock) as house:
        home = HomeProfile(house)
        first = await home.key_make({"by": "anna"}, PEER)
        with pytest.raises(ControlError, match=r"anna.*renew"):
            await home.key_make({"by": "berit"}, PEER)
        second = await home.key_make({"by": "berit", "renew": True}, PEER)
        assert (first["renewed"], second["renewed"]) == (False, True)
        sealed = base64.b64decode((await home.sealed({}, PEER))["sealed"])
        assert open_sealed(sealed, private_of(read_code(second["code"])))
        with pytest.raises(ControlError, match="by is missing"):
            await home.key_make({}, PEER)


async def test_without_a_code_nothing_is_sealed_or_sent(tmp_path: Path, clock: FakeClock):
    """The refusal names the command that makes one."""
    async with house_in(tmp_path, clock) as house:
        home = HomeProfile(house)
        home.line = Line()
        with pytest.raises(ControlError, match="profile key"):
            await home.sealed({}, PEER)
        with pytest.raises(ControlError, match="profile key"):
            await home.send_now({}, PEER)


async def test_the_pace_of_profiles(tmp_path: Path, clock: FakeClock):
    """The first at once, changes ten minutes apart, counters once a day, silence once a week."""
    async with house_in(tmp_path, clock) as house:
        home, line = HomeProfile(house), Line()
        home.line = line
        loop = asyncio.create_task(home.run(lambda: None))
        try:
            await furnish(house)
            await _until(clock, line, 0, MINUTE_MS)
            assert line.sent == [], "nobody could open it"
            await home.key_make({"by": "anna"}, PEER)
            await _until(clock, line, 1, 2 * MINUTE_MS)
            house.tell(Person(id="r-2", kind=PersonKind.RELATIVE, by="anna"))
            await house.commit()
            await _until(clock, line, 1, APART_MS - 3 * MINUTE_MS)
            await _until(clock, line, 2, 4 * MINUTE_MS)
            house.driver_states[BUTTON.id] = b"counter 8"
            await _until(clock, line, 2, COUNTERS_EVERY_MS - 2 * MINUTE_MS, step_ms=APART_MS)
            await _until(clock, line, 3, 20 * MINUTE_MS)
            await _until(clock, line, 3, 2 * DAY_MS, step_ms=60 * MINUTE_MS)
            assert [header_of(one).number for one in line.sent] == [1, 2, 3]
            known = await house.store.look(profiles.recipient)
            assert known is not None
            assert known.sent_number == 3
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)


async def _until(
    clock: FakeClock, line: Line, sent: int, ms: int, *, step_ms: int = 10_000
) -> None:
    """Let `ms` pass, with real time for the store's thread; then so many were sent."""
    for _ in range(max(1, ms // step_ms)):
        await clock.advance(step_ms)
        for _ in range(20):
            await asyncio.sleep(0.0005)
            if clock.sleepers:
                break
    assert len(line.sent) == sent


async def test_who_steals_card_and_profile_without_the_paper_reads_no_profile(
    tmp_path: Path, clock: FakeClock
):
    """Every blob and text of the database is tried as the key; none opens it."""
    async with house_in(tmp_path, clock) as house:
        await furnish(house)
        home = HomeProfile(house)
        await home.key_make({"by": "anna"}, PEER)
        sealed = base64.b64decode((await home.sealed({}, PEER))["sealed"])
    with sqlite3.connect(tmp_path / "home.db") as database:
        (key,) = database.execute("SELECT recipient FROM profile").fetchone()
    with pytest.raises(msgspec.MsgspecError):
        msgspec.json.decode(sealed[200:])
    for guess in (key, bytes(32), sealed[-32:]):
        with pytest.raises(Exception, match=r"another profile|changed"):
            open_sealed(sealed, guess)
