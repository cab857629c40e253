"""A dwelling with walls: who hears what, and how strongly, over HCI and at satellites."""

from __future__ import annotations

import asyncio
import time

import pytest

from edge.drivers.base import Advert
from edge.errors import ControlError
from edge.sim.dwelling_radio import OWN, DwellingRadio
from edge.sim.script import Dwelling, load_dwelling
from edge.sim.tags import IbeaconTag
from edge.sim.verbs import Verbs
from edge.transports.ble.scanner import Listed
from tests.transports.virtual import Receiver, air_with_radio, collect

TAG = "C4:4B:56:48:02:11"


@pytest.mark.timeout(30)
async def test_the_gateway_hears_each_packet_at_its_own_strength() -> None:
    """What the radio map says is what comes out of the gateway's scanner; None is not heard."""
    levels: list[int | None] = [-48, -71, None, -90]
    async with air_with_radio() as (air, backend):
        tag = IbeaconTag(air, TAG, 1.0)
        receiver = Receiver(backend, {TAG: Listed("tag-1")})
        async with receiver.running():
            while not receiver.scanner.adverts:  # until it scans
                air.say(TAG, tag.idle_frame())
                await asyncio.sleep(0.05)
            await collect(receiver.queue, lambda got: len(got) > 0)
            air.levels = lambda _: {OWN: levels.pop(0)}
            while levels:
                air.say(TAG, tag.idle_frame())
            got = await collect(
                receiver.queue,
                lambda got: any(
                    isinstance(h.frame, Advert) and h.frame.rssi_dbm == -90 for h in got
                ),
            )
    heard = [h.frame.rssi_dbm for h in got if isinstance(h.frame, Advert)]
    assert [level for level in dict.fromkeys(heard) if level != -50] == [-48, -71, -90]


def test_near_is_stronger_than_behind_two_walls(monkeypatch: pytest.MonkeyPatch) -> None:
    """On average over three minutes: a body that stands with its back to it hides it meanwhile."""
    now_s = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    radio = DwellingRadio(load_dwelling("rooms"), 1)
    radio.stand("bedroom")
    assert radio.where() == "bedroom"
    means = {}
    for room in ("bedroom", "living"):
        radio.stand(room)
        heard = []
        for _ in range(360):
            now_s += 0.5
            heard.append(radio.levels(TAG))
        means[room] = {
            name: sum(one[name] or -100 for one in heard) / len(heard) for name in heard[0]
        }
    assert set(means["bedroom"]) == {OWN, "sat-bedroom", "sat-living"}
    assert means["living"]["sat-living"] > means["bedroom"]["sat-living"] + 6


async def test_the_wearer_walks_through_the_rooms_between(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the kitchen to the bedroom: through hallway and living room, in seconds, and stays."""
    now_s = 1_000.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    dwelling = load_dwelling("rooms")
    radio = DwellingRadio(dwelling, 1)
    verbs = Verbs({}, air=None, speed=1.0, radio=radio)  # type: ignore[arg-type]
    assert await verbs.do("stand kitchen") == "is in kitchen now"
    await verbs.do("walk bedroom")
    seen = []
    for _ in range(240):
        now_s += 0.5
        seen.append(await verbs.do("where"))
    assert list(dict.fromkeys(seen)) == ["kitchen", "hallway", "living", "bedroom"]
    assert seen[-100:] == ["bedroom"] * 100
    with pytest.raises(ControlError, match="no room 'attic'"):
        await verbs.do("walk attic")
    with pytest.raises(ControlError, match="no floor plan"):
        await Verbs({}, air=None, speed=1.0).do("walk kitchen")  # type: ignore[arg-type]


def test_a_plan_that_is_not_there_is_named() -> None:
    """With those that are."""
    with pytest.raises(ControlError, match="there are: flat, house"):
        DwellingRadio(Dwelling(device=(), plan="castle"), 1)
