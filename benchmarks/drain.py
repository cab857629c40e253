"""A month without a broker: how soon 10,000 alerts and the telemetry beside them are receipted.

The outbox is filled with sealed messages as a home makes them; then the line
comes, to a real broker and a listener in another process that receipts each.
While it drains, a help button is pressed again and again, from the radio's
callback to the listener, beside the same presses of an idle gateway.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.machine import broker, percentile
from benchmarks.rig import BUTTON, InjectedRadio, gateway_of, listener, press, settings
from edge.app.house import House
from edge.app.keeper import Make
from edge.app.opening import open_house
from edge.clock import RandomIds, SystemClock
from edge.domain import Alert, AlertState, Instant, OutboxEntry, Priority
from edge.kinds import observation
from edge.locale import titles
from edge.uplink import envelope
from edge.uplink.envelope import Sharing

ALERTS = 10_000
# A month of one message a minute.
TELEMETRY = 43_200
ROWS_A_MESSAGE = 6
MONTH_MS = 30 * 86_400_000
PRESSES = 200
GAP_S = 0.05
OWED_AT_ONCE = 500

NEWEST_S_MAX = 3.0
ALERTS_S_MAX = 60.0
ALL_S_MAX = 300.0
P99_ABOVE_IDLE_MS_MAX = 50.0

SHARE = '[[share]]\npurpose = "the measurement"\nkinds = ["temperature"]\n'


class Receipts:
    """When each message was settled, in seconds of the monotonic clock."""

    def __init__(self, house: House) -> None:
        self.at: dict[str, float] = {}
        self._settle = house.store.mark_received
        house.store.mark_received = self._settled  # type: ignore[method-assign]

    async def _settled(self, ids: Sequence[str], at: Instant) -> list[str]:
        done = await self._settle(ids, at)
        now = time.monotonic()
        for ident in done:
            self.at[ident] = now
        return done


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name, broker() as port:
        folder = Path(name)
        idle = asyncio.run(_idle(folder / "idle", port))
        found = asyncio.run(_drained(folder / "drain", port))
    return _rows(idle, *found)


async def _idle(folder: Path, port: int) -> list[float]:
    folder.mkdir()
    radio = InjectedRadio()
    config = settings(folder, port)
    async with (
        listener(port, "kotivahti/v1/gw-bench/up/+") as heard,
        open_house(config, SystemClock("UTC", trusted=True), RandomIds()) as house,
        gateway_of(house, radio),
    ):
        return await _presses(radio, heard, house)


async def _drained(folder: Path, port: int) -> tuple[Any, ...]:
    folder.mkdir()
    config, radio = settings(folder, port, SHARE), InjectedRadio()
    topic = "kotivahti/v1/gw-bench/up/+"
    async with open_house(config, SystemClock("UTC", trusted=True), RandomIds()) as house:
        alerts, telemetry = await _fill(house)
        newest = [entry for entry in alerts if entry.priority is Priority.CRITICAL][-1]
        receipts = Receipts(house)
        async with listener(port, topic) as heard, gateway_of(house, radio):
            began = time.monotonic()
            took = await _presses(radio, heard, house)
            pressed_s = time.monotonic() - began
            reading = asyncio.create_task(_read_away(heard))
            owed = {entry.id for entry in (*alerts, *telemetry)}
            while not owed <= receipts.at.keys() and time.monotonic() - began < 2 * ALL_S_MAX:
                await asyncio.sleep(0.1)
            reading.cancel()
        late = [e for e in alerts if e.created_ms < house.clock.now().wall_ms - 86_400_000]
        seconds = {
            "newest": receipts.at[newest.id] - began,
            "alerts": max(receipts.at[e.id] for e in alerts) - began,
            "all": max(receipts.at[i] for i in owed) - began,
            "pressed": pressed_s,
        }
        return took, seconds, len(late), len(telemetry)


async def _fill(house: House) -> tuple[list[OutboxEntry], list[OutboxEntry]]:
    """Alerts and telemetry of thirty days, oldest first, as commits of the gateway make them."""
    now = house.clock.now()
    made: list[OutboxEntry] = []
    house.after_commit.append(lambda batch: made.extend(batch.messages))
    every = TELEMETRY // ALERTS
    makes: list[Make] = []
    for n in range(TELEMETRY):
        ago_ms = MONTH_MS * (TELEMETRY - n) // TELEMETRY
        at = msgspec.structs.replace(now, wall_ms=now.wall_ms - ago_ms)
        makes.append(partial(_observations, house, at))
        if n % every == 0 and n // every < ALERTS:
            makes.append(partial(_alert, house, _raised(house, n // every, at), at))
        if len(makes) >= OWED_AT_ONCE:
            house.keeper.owe(*makes)
            await house.commit()
            makes = []
    house.keeper.owe(*makes)
    await house.commit()
    alerts = [e for e in made if e.priority is not None]
    return alerts, [e for e in made if e.priority is None]


def _raised(house: House, number: int, at: Instant) -> Alert:
    """One critical in ten, three high."""
    tenth = number % 10
    priority = Priority.CRITICAL if tenth == 0 else Priority.HIGH if tenth < 4 else Priority.NORMAL
    return Alert(
        id=house.ids.uuid7(at),
        rev=1,
        code="battery_low",
        subject=f"device-{number}",
        priority=priority,
        state=AlertState.RAISED,
        raised=at,
        changed=at,
        params={"device": "climate-1", "label": "", "percent": 9},
    )


def _alert(
    house: House,
    alert: Alert,
    made: Instant,
    *,
    id: str,  # noqa: A002 (Make's own word)
    sequence: int,
    at: Instant,  # noqa: ARG001 (as old as the queue is)
) -> OutboxEntry:
    words = titles(alert.code, alert.params | {"room": None})
    return envelope.alert(house.origin, alert, words, id=id, sequence=sequence, at=made)


def _observations(
    house: House,
    made: Instant,
    *,
    id: str,  # noqa: A002 (Make's own word)
    sequence: int,
    at: Instant,  # noqa: ARG001 (as old as the queue is)
) -> OutboxEntry:
    rows = [observation("climate-1", "temperature", 20.0 + n, made) for n in range(ROWS_A_MESSAGE)]
    sharing = Sharing.of([("the measurement", ("temperature",))])
    first = 1 + sequence * ROWS_A_MESSAGE
    entry = envelope.observations(
        house.origin, rows, sharing, first_seq=first, id=id, sequence=sequence, at=made
    )
    assert entry is not None
    return entry


async def _presses(radio: InjectedRadio, heard: asyncio.StreamReader, house: House) -> list[float]:
    """Each press from the radio's callback to the other process, in ms."""
    took, rev = [], 0
    for number in range(PRESSES):
        began = time.monotonic_ns()
        radio.say(BUTTON, press(number))
        while True:
            heard_ns, alert, told_rev, _ = (await asyncio.wait_for(heard.readline(), 30)).split()
            ours = house.keeper.home.alerts.get("help_button/button")
            if ours is not None and alert.decode() == ours.id and int(told_rev) > rev:
                break
        rev = int(told_rev)
        took.append((int(heard_ns) - began) / 1e6)
        await asyncio.sleep(GAP_S)
    return took


async def _read_away(heard: asyncio.StreamReader) -> None:
    with contextlib.suppress(asyncio.CancelledError):
        while await heard.readline():
            pass


def _rows(
    idle: list[float], took: list[float], seconds: dict[str, float], late: int, telemetry: int
) -> list[dict[str, Any]]:
    above = percentile(took, 0.99) - percentile(idle, 0.99)
    said = f"{ALERTS} alerts and {telemetry} telemetry messages of a month"
    return [
        {"measure": f"{said}: older than a day", "value": f"{late} alerts"},
        _limit("newest critical receipted after the connection", seconds["newest"], NEWEST_S_MAX),
        _limit("all alerts receipted", seconds["alerts"], ALERTS_S_MAX),
        _limit("everything receipted", seconds["all"], ALL_S_MAX),
        {
            "measure": f"{PRESSES} presses in the first {seconds['pressed']:.0f} s of it, p99",
            "value": f"{percentile(took, 0.99):.2f} ms = {above:+.2f} ms above idle",
            "limit": f"+{P99_ABOVE_IDLE_MS_MAX:.0f} ms",
            "ok": above <= P99_ABOVE_IDLE_MS_MAX,
        },
        {"measure": "the same, p50", "value": f"{percentile(took, 0.5):.2f} ms"},
        {"measure": "idle, p50", "value": f"{percentile(idle, 0.5):.2f} ms"},
    ]


def _limit(measure: str, value: float, most: float) -> dict[str, Any]:
    return {
        "measure": measure,
        "value": f"{value:.2f} s",
        "limit": f"{most:.0f} s",
        "ok": value <= most,
    }
