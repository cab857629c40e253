"""The home's profile: what is in it, who can open it, and when it is sent."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import random
import sqlite3
from pathlib import Path

import msgspec
import pytest

from edge.app.house import House
from edge.app.provisioning.profile import (
    APART_MS,
    AT_LEAST_EVERY_MS,
    COUNTERS_EVERY_MS,
    HomeProfile,
    is_due,
)
from edge.domain import Instant, Person, PersonKind, Role, Stay, StayKind, Sync
from edge.errors import ControlError
from edge.events import Answered, Enrolled
from edge.profile import (
    SEALED_MAX_BYTES,
    decode,
    header_of,
    open_sealed,
    private_of,
    public_of,
    read_code,
)
from edge.store import profiles
from edge.store.names import Names, instant_columns
from edge.store.profiles import Recipient
from edge.uplink.envelope import MessageError
from tests.app.homes import PEER, house_in
from tests.store.samples import BUTTON, answer
from tests.support.clock import FakeClock, instant


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


async def test_a_profile_goes_out_at_once_and_the_next_one_later(tmp_path: Path, clock: FakeClock):
    """Nothing without a code; the first with the code; a change ten minutes after it."""
    async with house_in(tmp_path, clock) as house:
        home, line = HomeProfile(house), Line()
        home.line = line
        loop = asyncio.create_task(home.run(lambda: None))
        try:
            await furnish(house)
            await _pass(clock, 3)
            assert line.sent == [], "nobody could open it"
            await home.key_make({"by": "anna"}, PEER)
            await _pass(clock, 3)
            assert len(line.sent) == 1
            house.tell(Person(id="r-2", kind=PersonKind.RELATIVE, by="anna"))
            await house.commit()
            await _pass(clock, 3)
            assert len(line.sent) == 1
            clock.pass_time(APART_MS)
            await _pass(clock, 3)
            assert [header_of(one).number for one in line.sent] == [1, 2]
            known = await house.store.look(profiles.recipient)
            assert known is not None
            assert known.sent_number == 2
            assert (await home.status({}, PEER))["sent"]["current"]
        finally:
            loop.cancel()
            await asyncio.gather(loop, return_exceptions=True)


async def _pass(clock: FakeClock, turns: int) -> None:
    """Turns of the loop, each with real time for the store's thread to answer in."""
    for _ in range(turns):
        await clock.advance(6_000)
        for _ in range(200):
            if clock.sleepers:
                break
            await asyncio.sleep(0.005)


SENT = instant()
NEW_BOOT = {"boot": "00000000-0000-4000-8000-000000000002", "boottime_ms": 5_000}


@pytest.mark.parametrize(
    "digest, later_ms, due",
    [
        (("other", "c"), APART_MS - 1, False),
        (("other", "c"), APART_MS, True),
        (("h", "other"), COUNTERS_EVERY_MS - 1, False),
        (("h", "other"), COUNTERS_EVERY_MS, True),
        (("h", "c"), AT_LEAST_EVERY_MS - 1, False),
        (("h", "c"), AT_LEAST_EVERY_MS, True),
    ],
)
def test_the_pace_of_profiles(digest: tuple[str, str], later_ms: int, due: bool) -> None:
    """Changes ten minutes apart, counters once a day, silence once a week; over a boot as well."""
    known = Recipient(key=b"", by="anna", told=SENT, sent_digest="h:c", sent_number=1, sent=SENT)
    now = instant(later_ms)
    assert is_due(known, digest, now) is due
    assert is_due(known, digest, msgspec.structs.replace(now, **NEW_BOOT)) is due
    doubtful = msgspec.structs.replace(now, **NEW_BOOT, sync=Sync.NONE)
    assert is_due(known, digest, doubtful), "nobody knows how long ago"
    for unsent in ({"sent": None}, {"sent_digest": ""}):
        assert is_due(msgspec.structs.replace(known, **unsent), ("h", "c"), now)


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


async def test_a_fit_that_is_too_large_is_left_out_and_the_home_is_not(
    tmp_path: Path, clock: FakeClock
):
    """Rooms can be walked anew; keys and counters cannot be made again."""
    async with house_in(tmp_path, clock) as house:
        await furnish(house)
        home = HomeProfile(house)
        code = (await home.key_make({"by": "anna"}, PEER))["code"]
        big = random.Random(1).randbytes(SEALED_MAX_BYTES)
        at = clock.now()
        await house.store.change(_store_fit, big, at)
        sealed = base64.b64decode((await home.sealed({}, PEER))["sealed"])
        profile = decode(open_sealed(sealed, private_of(read_code(code)))[1])
        assert profile.fit is None
        assert profile.states == {BUTTON.id: b"counter 7"}


def _store_fit(connection: sqlite3.Connection, names: Names, body: bytes, at: Instant) -> None:
    connection.execute(
        f"INSERT INTO locator_fit (windows, told_by, {instant_columns('fitted')}, body) "  # noqa: S608
        "VALUES (1, 'anna', ?, ?, ?, ?, ?, ?)",
        (*names.moment(at), body),
    )


class Radio:
    """Knows one bond, and is asked about nobody else."""

    def __init__(self, *bonded: str) -> None:
        self.bonded = bonded

    async def is_bonded(self, address: str) -> bool:
        return address in self.bonded


async def test_bonds_are_listed_because_they_stay_in_the_radio(tmp_path: Path, clock: FakeClock):
    """Those that the radio keeps, and those without which an instrument says nothing."""
    cuff = msgspec.structs.replace(
        BUTTON, id="cuff", driver="blood_pressure", role=Role.VITALS, address="C4:4B:56:48:01:06"
    )
    pump = msgspec.structs.replace(cuff, id="pump", driver="insulin", address="C4:4B:56:48:01:07")
    scale = msgspec.structs.replace(cuff, id="other", address="C4:4B:56:48:01:08")
    async with house_in(tmp_path, clock, '[drivers]\nenable = ["insulin"]\n') as house:
        for one in (BUTTON, cuff, pump, scale):
            house.tell(Enrolled(device=one))
        await house.commit()
        home = HomeProfile(house)
        assert (await home.gather(bonds=True)).bonded == ("pump",)
        home.ble = Radio(cuff.address)  # type: ignore[assignment]  # the one question asked of it
        assert (await home.gather(bonds=True)).bonded == ("cuff", "pump")
        assert (await home.gather()).bonded == (), "not asked for every minute"


class Refusing(Line):
    """A line that cannot take this profile, for a reason that is no fault of the store."""

    async def profile_send(self, sealed: bytes) -> int:
        self.sent.append(sealed)
        raise MessageError("source", "an older part is of another gateway")


async def test_a_profile_that_cannot_go_ends_no_gateway(tmp_path: Path, clock: FakeClock):
    """The loop turns on, and the status says what stands in the way."""
    async with house_in(tmp_path, clock) as house:
        await furnish(house)
        home = HomeProfile(house)
        home.line = Refusing()
        await home.key_make({"by": "anna"}, PEER)
        beats: list[int] = []
        task = asyncio.create_task(home.run(lambda: beats.append(1)))
        async with asyncio.timeout(5):
            while not (await home.status({}, PEER))["trouble"]:
                await asyncio.sleep(0.01)
        assert not task.done()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
