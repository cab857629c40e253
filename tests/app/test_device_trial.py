"""Standing beside a device: live, tested, paired; every stream ends cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from edge.app.house import House
from edge.app.installing.device_trial import DeviceTrial
from edge.app.installing.devices import Devices
from edge.app.timeline import Timeline
from edge.domain import ALARM_ROLES as ALARMS
from edge.domain import Role
from edge.errors import ControlError, TransportError
from edge.home.hearing import DOUBTED
from edge.kinds import observation
from edge.locale import LANGUAGES, catalogue
from tests.app.homes import PEER, house_in
from tests.support.clock import FakeClock

STEPS = (
    "looking", "found", "connecting", "pairing", "bonded", "reading", "power_cycle",
    "reconnecting", "verified",
)  # fmt: skip

Stream = AsyncGenerator[dict[str, Any], None]


class FakeBle:
    """Pairs as it is told to: each step, a passkey on the way, and a refusal at the end."""

    def __init__(self, *, asks: bool = False, refusal: str = "", hangs: bool = False) -> None:
        self.asks = asks
        self.refusal = refusal
        self.hangs = hangs
        self.address = ""
        self.typed: int | None = None
        self.cancelled = False

    async def pair(
        self,
        address: str,
        tell: Callable[..., None],
        passkey: Callable[[], Awaitable[int]] | None = None,
    ) -> None:
        self.address = address
        try:
            tell("looking")
            if self.hangs:
                await asyncio.Event().wait()
            if self.asks and passkey is not None:
                tell("passkey")
                self.typed = await passkey()
            if self.refusal:
                raise TransportError(self.refusal)
            for step in STEPS[1:]:
                tell(step)
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            self.cancelled = True
            raise


def trial_of(house: House, ble: FakeBle | None = None) -> DeviceTrial:
    devices = Devices(house)
    devices.ble = ble  # type: ignore[assignment]  # only its pairing is asked for
    timeline = Timeline()
    house.after_commit.append(lambda batch: timeline.committed(batch, house.clock.now()))
    return DeviceTrial(devices, timeline)


async def enrol(house: House, role: str = "help_button", driver: str = "bthome") -> None:
    row = {"id": "thing", "driver": driver, "role": role, "address": "54:48:E6:8F:80:A5"}
    found = await Devices(house).enrol({"devices": [{"row": row}]}, PEER)
    assert found["faults"] == []


async def until(stream: Stream, step: str) -> list[dict[str, Any]]:
    """The rows up to the first of that step."""
    rows = []
    async for row in stream:
        rows.append(row)
        if row["step"] == step:
            break
    return rows


async def test_each_step_of_pairing_is_told_to_the_end(tmp_path: Path, clock: FakeClock):
    """By the name of an enrolled device; the words are the radio's steps and nothing else."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "vitals", "blood_pressure")
        ble = FakeBle()
        rows = [row async for row in trial_of(house, ble).pair({"device": "thing"}, PEER)]
        assert [row["step"] for row in rows] == [*STEPS, "done"]
        assert ble.address == "54:48:E6:8F:80:A5"


async def test_a_passkey_is_asked_for_and_brought(tmp_path: Path, clock: FakeClock):
    """The device shows it, the person types it: six digits, and only while somebody asks."""
    async with house_in(tmp_path, clock) as house:
        ble = FakeBle(asks=True)
        trial = trial_of(house, ble)
        with pytest.raises(ControlError, match="nobody asks"):
            await trial.passkey({"passkey": "123456"}, PEER)
        stream = trial.pair({"device": "54-48-e6-8f-80-a5"}, PEER)
        await until(stream, "passkey")
        with pytest.raises(ControlError, match="6 digits"):
            await trial.passkey({"passkey": "12345"}, PEER)
        await trial.passkey({"passkey": "001234"}, PEER)
        assert (await until(stream, "done"))[-1]["step"] == "done"
        assert ble.typed == 1234


async def test_a_refusal_comes_with_its_mend(tmp_path: Path, clock: FakeClock):
    """What the radio says is told to the person; nothing is raised past them."""
    async with house_in(tmp_path, clock) as house:
        ble = FakeBle(refusal="it refused the bond; clear its pairings and begin again")
        stream = trial_of(house, ble).pair({"device": "54:48:E6:8F:80:A5"}, PEER)
        last = [row async for row in stream][-1]
        assert last["step"] == "failed"
        assert "begin again" in last["params"]["text"]


async def test_whoever_stops_looking_cancels_the_pairing(tmp_path: Path, clock: FakeClock):
    """Ctrl-C closes the line: the radio's work ends before anything else is done."""
    async with house_in(tmp_path, clock) as house:
        ble = FakeBle(hangs=True)
        stream = trial_of(house, ble).pair({"device": "54:48:E6:8F:80:A5"}, PEER)
        await until(stream, "looking")
        await stream.aclose()
        assert ble.cancelled


async def test_without_a_radio_nothing_is_paired(tmp_path: Path, clock: FakeClock):
    """Told before anything is tried; and a name that is neither is told as such."""
    async with house_in(tmp_path, clock) as house:
        with pytest.raises(ControlError, match="no radio"):
            await anext(trial_of(house).pair({"device": "54:48:E6:8F:80:A5"}, PEER))
        with pytest.raises(ControlError, match="neither an enrolled device nor"):
            await anext(trial_of(house, FakeBle()).pair({"device": "bp-1"}, PEER))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_step_and_every_role_has_words(lang: str):
    """What a person is asked to do is said in their language."""
    words = catalogue(lang)
    asked = [f"device.pair.{step}" for step in (*STEPS, "passkey", "passkey_show", "failed")]
    asked += [f"device.do.{role}" for role in Role]
    assert [key for key in asked if not words.get(key, "").strip()] == []


async def test_a_button_that_only_beacons_has_not_been_tested(tmp_path: Path, clock: FakeClock):
    """Its battery report is no press; the press is, and its alert is told."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house)
        stream = trial_of(house).test({"device": "thing", "seconds": 8}, PEER)
        assert (await anext(stream))["alarm"] is True
        house.hear(observation("thing", "battery", 90, clock.now()))
        house.hear(observation("thing", "button", "press", clock.now()))
        rows = await until(stream, "heard")
        assert rows[-1]["observation"]["kind"] == "button"
        await house.commit()
        rows = await until(stream, "alert")
        assert rows[0] == {"step": "stored", "ms": 0}
        assert rows[-1]["alert"]["code"] == "help_button"
        owed = [entry.id for entry in await house.store.owed(100)]
        await house.store.mark_received(owed, clock.now())
        assert (await until(stream, "result"))[-1]["ok"] is True


async def test_telemetry_is_stored_before_it_counts(tmp_path: Path, clock: FakeClock):
    """A reading does not wait for its lane while somebody tests; the disk has it."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "climate")
        stream = trial_of(house).test({"device": "thing", "seconds": 8}, PEER)
        assert (await anext(stream))["alarm"] is (Role.CLIMATE in ALARMS)
        house.hear(observation("thing", "temperature", 21.5, clock.now()))
        rows = await until(stream, "result")
        assert rows[-1]["ok"] is True
        assert [o.value for _, o in await house.store.latest_observations()] == [21.5]


async def test_a_word_that_anybody_could_have_sent_passes_no_test(tmp_path: Path, clock: FakeClock):
    """A press without the key of a keyed button: later ones are rate-capped and prove no life."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house)
        stream = trial_of(house).test({"device": "thing", "seconds": 0.3}, PEER)
        await anext(stream)
        for quality in DOUBTED:
            house.hear(observation("thing", "button", "press", clock.now(), quality))
        rows = [row async for row in stream]
        assert (rows[-1]["ok"], rows[-1]["why"]) == (False, "doubted")


async def test_a_water_alarm_is_tested_to_the_desk(tmp_path: Path, clock: FakeClock):
    """It raises a real alert: whoever tests is told before, and the receipt is waited for."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "water_alarm")
        assert (await Devices(house).show({"device": "thing"}, PEER))["raises"] is True
        stream = trial_of(house).test({"device": "thing", "seconds": 8}, PEER)
        assert (await anext(stream))["alarm"] is True
        house.hear(observation("thing", "moisture", value=True, at=clock.now()))
        await house.commit()
        rows = await until(stream, "alert")
        assert rows[-1]["alert"]["code"] == "water_leak"
        await house.store.mark_received(
            [entry.id for entry in await house.store.owed(100)], clock.now()
        )
        assert (await until(stream, "result"))[-1]["ok"] is True


async def test_an_alarms_own_test_is_told_as_such(tmp_path: Path, clock: FakeClock):
    """A Wi-Fi alarm tells its test apart from smoke: it is heard, and no alert is claimed."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "smoke_alarm")
        stream = trial_of(house).test({"device": "thing", "seconds": 8}, PEER)
        await anext(stream)
        house.hear(observation("thing", "alarm_test", value=True, at=clock.now()))
        rows = await until(stream, "result")
        assert [row["step"] for row in rows] == ["heard", "stored", "self_test", "result"]
        assert rows[-1]["ok"] is True


async def test_a_full_outbox_proves_no_receipt(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
):
    """More is owed than is looked through: that our message is not among it says nothing."""
    monkeypatch.setattr("edge.app.installing.device_trial.OWED_MAX", 2)
    monkeypatch.setattr("edge.app.installing.device_trial.RECEIPT_WITHIN_S", 0.3)
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "stove_guard", "contact")
        row = {"id": "guard", "driver": "contact", "role": "smoke_alarm", "address": "c2"}
        assert (await Devices(house).enrol({"devices": [{"row": row}]}, PEER))["faults"] == []
        for value in (True, False, True):
            house.hear(observation("guard", "smoke", value, clock.now()))
        await house.commit()
        stream = trial_of(house).test({"device": "thing", "seconds": 8}, PEER)
        await anext(stream)
        house.hear(observation("thing", "stove_cut", value=True, at=clock.now()))
        await house.commit()
        rows = await until(stream, "result")
        assert (rows[-1]["ok"], rows[-1]["why"]) == (False, "no_receipt")


async def test_a_silent_device_fails_and_says_why(tmp_path: Path, clock: FakeClock):
    """The window ends: not heard."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "door")
        stream = trial_of(house).test({"device": "thing", "seconds": 0.05}, PEER)
        rows = [row async for row in stream]
        assert (rows[-1]["ok"], rows[-1]["why"]) == (False, "not_heard")
        assert house.when_heard == []  # nobody listens on


async def test_live_shows_one_device_and_lets_go(tmp_path: Path, clock: FakeClock):
    """Another device's words are not shown; the end takes the ears away."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house, "climate")
        stream = trial_of(house).live({"device": "thing"}, PEER)
        first = asyncio.create_task(anext(stream))
        await asyncio.sleep(0)
        house.hear(observation("thing", "temperature", 20.0, clock.now()))
        assert (await first)["value"] == 20.0
        await stream.aclose()
        assert house.when_heard == []


@pytest.mark.parametrize("seconds", [0, -1, "10", True, 1e9, float("nan")])
async def test_a_window_that_cannot_be_is_refused(tmp_path: Path, clock: FakeClock, seconds):
    """No stream is held open for nothing, or for ever."""
    async with house_in(tmp_path, clock) as house:
        await enrol(house)
        with pytest.raises(ControlError, match="seconds"):
            await anext(trial_of(house).test({"device": "thing", "seconds": seconds}, PEER))
