"""Pairing over BlueZ: our agent, its answers, and the bonds it leaves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from edge.errors import TransportError
from edge.transports.ble.radio import Prompts
from tests.transports.virtual import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

from tests.transports.bluez_box import CUFF, LIMITS, MEASUREMENT, Box, box


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Box]:
    async with box(tmp_path, monkeypatch) as one:
        await until(lambda: one.bluez.discovering)
        yield one


async def _pair(here: Box, passkey: int | None = None) -> None:
    """The cuff advertises but for the time when its batteries are out."""

    async def read() -> int:
        assert passkey is not None
        return passkey

    async def hands() -> None:
        async with here.advertising(here.cuff):
            await until(lambda: "power_cycle" in here.told)
        await asyncio.sleep(LIMITS.off_s * 2)
        async with here.advertising(here.cuff):
            await asyncio.Event().wait()

    busy = asyncio.create_task(hands())
    try:
        await here.ble.pair(CUFF, here.tell, None if passkey is None else read)
    finally:
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)


async def test_pairing_has_an_agent_of_its_own_for_its_time_only(here: Box) -> None:
    """Registered, made the default, used for the one pairing, gone before the power cycle."""
    for characteristic in here.cuff.characteristics:
        characteristic.bonded = True
    assert not await here.radio.is_bonded(CUFF)
    await _pair(here)
    assert here.told[-2:] == ["reconnecting", "verified"]
    assert here.bluez.pairs == ["NoInputNoOutput"]
    assert here.bluez.calls["RequestDefaultAgent"] == 1
    assert here.bluez.agent is None
    assert here.cuff.paired
    assert await here.radio.is_bonded(CUFF)


async def test_the_agent_hands_the_passkey_over(here: Box) -> None:
    """The device shows six digits; the agent has a keyboard then, and asks the person."""
    here.cuff.passkey = 42
    await _pair(here, 42)
    assert here.bluez.pairs == ["KeyboardDisplay"]
    assert here.told[3:6] == ["pairing", "passkey", "bonded"]


async def test_a_passkey_that_is_asked_for_while_connecting_has_a_persons_time(
    here: Box,
) -> None:
    """So bluetoothd 5.66 does it: the bound of a connection is no bound for who reads and types.

    The home is heard meanwhile, and the step is told before the question.
    """
    here.cuff.passkey = 42
    here.cuff.wants_bond = True
    limits = msgspec.structs.replace(LIMITS, connect_s=0.3)
    here.ble._context = msgspec.structs.replace(here.ble._context, limits=limits)
    discovering: list[bool] = []

    async def read() -> int:
        await asyncio.sleep(limits.connect_s + 0.2)
        discovering.append(here.bluez.discovering)
        return 42

    async def hands() -> None:
        async with here.advertising(here.cuff):
            await until(lambda: "power_cycle" in here.told)
        await asyncio.sleep(LIMITS.off_s * 2)
        async with here.advertising(here.cuff):
            await asyncio.Event().wait()

    busy = asyncio.create_task(hands())
    try:
        await here.ble.pair(CUFF, here.tell, read)
    finally:
        busy.cancel()
        await asyncio.gather(busy, return_exceptions=True)
    assert here.told[3:6] == ["pairing", "passkey", "bonded"]
    assert discovering == [True]


async def test_a_wrong_passkey_while_connecting_is_not_asked_for_again(here: Box) -> None:
    """One look at the display, one number: a second question would be about a new one."""
    here.cuff.passkey = 42
    here.cuff.wants_bond = True
    asked: list[int] = []

    async def read() -> int:
        asked.append(43)
        return 43

    async with here.advertising(here.cuff):
        with pytest.raises(TransportError, match="pairing failed"):
            await here.ble.pair(CUFF, here.tell, read)
    assert asked == [43]
    assert not await here.radio.is_bonded(CUFF)


REJECTED = "org.bluez.Error.Rejected"
PATH = "/org/bluez/hci0/dev_C4_00_00_00_00_32"
OTHER = "/org/bluez/hci0/dev_C4_00_00_00_00_31"


@pytest.mark.parametrize(
    "member, signature, body, error",
    [
        ("RequestPasskey", "o", [PATH], None),
        ("RequestPasskey", "o", [OTHER], REJECTED),
        ("RequestConfirmation", "ou", [PATH, 42], None),
        ("RequestConfirmation", "ou", [PATH, 43], REJECTED),
        ("DisplayPasskey", "ouq", [PATH, 7, 0], None),
        ("DisplayPasskey", "ouq", [PATH, 7, 1], None),
        ("DisplayPasskey", "ouq", [OTHER, 7, 0], REJECTED),
        ("RequestAuthorization", "o", [PATH], None),
        ("RequestAuthorization", "o", [OTHER], REJECTED),
        ("AuthorizeService", "os", [PATH, MEASUREMENT], None),
        ("AuthorizeService", "os", [OTHER, MEASUREMENT], REJECTED),
        ("RequestPinCode", "o", [PATH], REJECTED),
        ("Cancel", "", [], None),
        ("Release", "", [], None),
    ],
)
async def test_the_agent_answers_for_its_device_and_for_no_other(
    here: Box, member: str, signature: str, body: list[Any], error: str | None
) -> None:
    """Every question that BlueZ has; a number is shown once, however often it is said."""
    shown: list[int] = []

    async def ask() -> int:
        return 42

    async with here.radio.agent(CUFF, Prompts(ask, shown.append)):
        reply = await here.bluez.ask_agent(member, signature, body)
        assert reply is not None
        assert reply.error_name == error
        assert shown == ([7] if (member, error, body[-1:]) == ("DisplayPasskey", None, [0]) else [])
        if member == "RequestPasskey" and error is None:
            assert reply.body == [42]
    assert here.bluez.agent is None


async def test_without_a_person_the_agent_has_no_number_to_give(here: Box) -> None:
    """NoInputNoOutput: just works is all there is, for this device."""
    async with here.radio.agent(CUFF, None):
        for member in ("RequestPasskey", "RequestAuthorization"):
            reply = await here.bluez.ask_agent(member, "o", [PATH])
            assert reply is not None
            assert reply.error_name == (REJECTED if member == "RequestPasskey" else None)


async def test_a_number_that_is_no_passkey_is_not_handed_on(here: Box) -> None:
    """Seven digits: refused by us, not by the device."""

    async def ask() -> int:
        return 1_000_000

    async with here.radio.agent(CUFF, Prompts(ask, lambda _: None)):
        reply = await here.bluez.ask_agent("RequestPasskey", "o", [PATH])
        assert reply is not None
        assert reply.error_name == REJECTED


async def test_a_refused_agent_is_an_error_that_names_the_call(here: Box) -> None:
    """Another agent of ours is still there, or the bus's policy says no."""
    here.bluez.refuse("RegisterAgent", "AlreadyExists")
    with pytest.raises(TransportError, match="RegisterAgent"):
        async with here.radio.agent(CUFF, None):
            raise AssertionError("not reached")


async def test_a_wrong_passkey_leaves_nothing_behind(here: Box) -> None:
    """`AuthenticationFailed`: told with the mend; no bond and no agent stay."""
    here.cuff.passkey = 42
    with pytest.raises(TransportError, match="AuthenticationFailed"):
        await _pair(here, 43)
    assert not here.cuff.paired
    assert here.bluez.agent is None


async def test_a_stale_bond_is_removed_before_a_new_one_is_made(here: Box) -> None:
    """A device that is paired is not paired again; this one has forgotten, so the keys go first."""
    here.cuff.paired = True
    here.bluez.say(here.cuff)
    await _pair(here)
    assert here.bluez.calls["RemoveDevice"] == 1
    assert here.bluez.pairs == ["NoInputNoOutput"]


async def test_unpairing_is_harmless_for_a_device_that_is_not_known(here: Box) -> None:
    """Nothing to forget is no error; a bond that is there goes."""
    await here.ble.unpair(CUFF)
    assert here.bluez.calls["RemoveDevice"] == 0
    here.cuff.paired = True
    here.bluez.say(here.cuff)
    await here.ble.unpair(CUFF)
    assert not here.cuff.paired
