"""What is done standing beside a device: watch it live, test it, pair it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from edge.app.devices import Devices
from edge.app.imports import MAC
from edge.app.listening import TELL_EVERY_S, Window, seconds
from edge.app.timeline import Timeline
from edge.app.view import alert_row, observation_row
from edge.control.protocol import Peer
from edge.domain import ALARM_ROLES, Alert, Device, Instant, Observation, OutboxClass, Role
from edge.errors import ControlError, EdgeError
from edge.home.hearing import is_press
from edge.ports import Batch

# Words of one device that wait for a terminal which reads slowly; the oldest go.
WAITING_MAX = 500
# How often `live` looks for refused frames, and `test` for a receipt.
LOOK_EVERY_S = 0.1
# An alert comes with the observation that causes it, in one step; this is for a loaded machine.
ALERT_WITHIN_S = 5.0
# From the commit to the desk's receipt: a reconnect takes up to a minute, a live line a second.
RECEIPT_WITHIN_S = 60.0
# Messages owed that are looked through for the alert's own.
OWED_MAX = 1_000
# Bluetooth's numbers for people (Core Specification, Vol 3 Part H 2.3.5.2).
PASSKEY_DIGITS = 6

Proof = Callable[[Observation], bool]


def _true(*kinds: str) -> Proof:
    return lambda seen: seen.kind in kinds and seen.value is True


def _said(*kinds: str) -> Proof:
    return lambda seen: seen.kind in kinds and seen.value is not None


def _anything(seen: Observation) -> bool:
    return seen.value is not None


# What a device of each role must say, that it does not say by itself; for those that only
# report, any report will do.
PROOF: dict[Role, Proof] = {
    Role.HELP_BUTTON: is_press,
    Role.SMOKE_ALARM: _true("smoke"),
    Role.CO_ALARM: _true("carbon_monoxide"),
    Role.HEAT_ALARM: _true("heat"),
    Role.GAS_ALARM: _true("gas"),
    Role.WATER_ALARM: _true("moisture"),
    Role.STOVE_GUARD: _true("stove_cut"),
    Role.FALL_DETECTOR: lambda seen: is_press(seen) or (seen.kind == "fall" and seen.value is True),
    Role.MOTION: _true("motion", "occupancy", "presence", "moving"),
    Role.DOOR: _said("door", "window", "opening"),
}


class Ears:
    """Everything that one device says and causes, from now on."""

    def __init__(self, devices: Devices, device: str) -> None:
        self.heard: asyncio.Queue[Observation] = asyncio.Queue(WAITING_MAX)
        self.alerts: dict[str, tuple[Alert, list[str]]] = {}  # id -> newest, its envelopes
        self._house = devices.house
        self._device = device
        self._arrived = asyncio.Event()

    @contextmanager
    def open(self) -> Iterator[Ears]:
        self._house.when_heard.append(self._hear)
        self._house.after_commit.append(self._commit)
        try:
            yield self
        finally:
            self._house.when_heard.remove(self._hear)
            self._house.after_commit.remove(self._commit)

    async def alert(self, within_s: float) -> tuple[Alert, list[str]] | None:
        """The alert that this device caused since the ears are open."""
        try:
            async with asyncio.timeout(within_s):
                await self._arrived.wait()
        except TimeoutError:
            return None
        return next(iter(self.alerts.values()))

    async def next(self, within_s: float) -> Observation | None:
        try:
            async with asyncio.timeout(within_s):
                return await self.heard.get()
        except TimeoutError:
            return None

    def _hear(self, seen: Observation) -> None:
        if seen.device == self._device:
            if self.heard.full():
                self.heard.get_nowait()
            self.heard.put_nowait(seen)

    def _commit(self, batch: Batch) -> None:
        # The keeper seals the alerts of a batch first, in their order.
        sealed = [m.id for m in batch.messages if m.cls is OutboxClass.ALERT]
        for alert, entry in zip(batch.alerts, sealed, strict=False):
            if alert.subject == self._device:
                known = self.alerts.get(alert.id, (alert, []))[1]
                self.alerts[alert.id] = (alert, [*known, entry])
                self._arrived.set()


class DeviceTrial:
    """Streams for one device at a time."""

    def __init__(self, devices: Devices, timeline: Timeline) -> None:
        self._devices = devices
        self._house = devices.house
        self._timeline = timeline
        self._passkey: asyncio.Future[int] | None = None

    async def live(self, args: dict[str, Any], _: Peer) -> AsyncGenerator[dict[str, Any], None]:
        """Its observations as they are heard, and its refused frames, until nobody looks."""
        device = self._devices.named(args)
        refused = self._devices.refused(device.id)
        with Ears(self._devices, device.id).open() as ears:
            while True:
                seen = await ears.next(LOOK_EVERY_S)
                if seen is not None:
                    yield observation_row(seen)
                now = self._devices.refused(device.id)
                if now != refused:
                    yield {"refused": _more(refused, now)}
                refused = now

    async def test(self, args: dict[str, Any], _: Peer) -> AsyncGenerator[dict[str, Any], None]:
        """Each step of a self-test as it happens; the last one says whether it passed."""
        device = self._devices.named(args)
        window_s = seconds(args, default_s=60.0)
        before = self._devices.refused(device.id)
        with Ears(self._devices, device.id).open() as ears:
            alarm = device.role in ALARM_ROLES
            yield {"step": "ask", "role": device.role, "alarm": alarm, "seconds": window_s}
            proof = PROOF.get(device.role, _anything)
            seen: Observation | None = None
            async for left_s in Window(window_s, every_s=0):
                seen = await ears.next(min(TELL_EVERY_S, left_s))
                if (seen is not None and proof(seen)) or left_s <= 0:
                    break
                if seen is None:
                    yield {"step": "wait", "left_s": round(left_s, 1)}
            if seen is None or not proof(seen):
                refused = _more(before, self._devices.refused(device.id))
                yield {"step": "result", "ok": False, "why": "not_heard", "refused": refused}
                return
            yield {"step": "heard", "observation": observation_row(seen)}
            if alarm:
                async for row in self._alarm(device, seen, ears):
                    yield row
                return
            # Telemetry would wait for its lane; whoever tests wants to see it on the disk.
            await self._house.commit()
            yield {"step": "stored", "ms": self._since(seen.at)}
            yield {"step": "result", "ok": True, "why": ""}

    async def _alarm(
        self, device: Device, seen: Observation, ears: Ears
    ) -> AsyncGenerator[dict[str, Any], None]:
        found = await ears.alert(ALERT_WITHIN_S)
        if found is None:
            open_now = [a for a in self._house.keeper.home.alerts.values() if _is_of(a, device)]
            if not open_now:
                yield {"step": "result", "ok": False, "why": "no_alert"}
                return
            # It says nothing new: the alert of an earlier test is still open.
            yield {"step": "alert", "alert": self._row(open_now[0]), "already": True}
            yield {"step": "result", "ok": False, "why": "close_first"}
            return
        alert, entries = found
        stored = self._timeline.of(alert.id).get("stored") if alert.rev == 1 else None
        yield {"step": "stored", "ms": self._since(seen.at) if stored is None else stored}
        yield {"step": "alert", "alert": self._row(alert), "already": alert.rev > 1}
        published = False
        async for left_s in Window(RECEIPT_WITHIN_S, LOOK_EVERY_S):
            steps = self._timeline.of(alert.id)
            if not published and "sent" in steps and alert.rev == 1:
                published = True
                yield {"step": "published", "ms": steps["sent"]}
            owed = {entry.id for entry in await self._house.store.owed(OWED_MAX)}
            if not owed.intersection(entries):
                ms = steps.get("received") if alert.rev == 1 else None
                yield {"step": "received", "ms": self._since(seen.at) if ms is None else ms}
                yield {"step": "result", "ok": True, "why": ""}
                return
            if left_s <= 0:
                break
        yield {"step": "result", "ok": False, "why": "no_receipt"}

    async def pair(self, args: dict[str, Any], _: Peer) -> AsyncGenerator[dict[str, Any], None]:
        """Guided bonding: each step as the radio tells it, then "done" or "failed" with the mend.

        Whoever stops reading cancels it: the radio gives the scanner back by itself.
        """
        ident = args.get("device")
        device = self._house.devices.get(ident) if isinstance(ident, str) else None
        address = device.address if device is not None else _address(ident)
        pair = getattr(self._devices.ble, "pair", None)
        if not callable(pair):
            raise ControlError('this gateway has no radio that pairs ([ble] backend = "bluez")')
        steps: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue(WAITING_MAX)

        def tell(step: str, **params: str) -> None:
            if steps.qsize() < WAITING_MAX - 1:  # the end always has room
                steps.put_nowait({"step": step, "params": params})

        async def run() -> None:
            try:
                await pair(address, tell, passkey=self._asked)
            finally:
                steps.put_nowait(None)

        task = asyncio.create_task(run(), name="device-pair")
        try:
            while (row := await steps.get()) is not None:
                yield row
            await task
            yield {"step": "done", "params": {}}
        except EdgeError as error:
            yield {"step": "failed", "params": {"text": str(error)}}
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _asked(self) -> int:
        """The number that the person reads off the device; `passkey` brings it."""
        self._passkey = asyncio.get_running_loop().create_future()
        return await self._passkey

    async def passkey(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """What the device shows, typed in by who is pairing it."""
        typed = args.get("passkey")
        if not isinstance(typed, str) or len(typed) != PASSKEY_DIGITS or not typed.isdecimal():
            raise ControlError(f"a passkey has {PASSKEY_DIGITS} digits")
        if self._passkey is None or self._passkey.done():
            raise ControlError("nobody asks for a passkey now; begin with 'kotivahti device pair'")
        self._passkey.set_result(int(typed))
        return {}

    def _row(self, alert: Alert) -> dict[str, Any]:
        return alert_row(alert, self._timeline.of(alert.id))

    def _since(self, at: Instant) -> int:
        return self._house.clock.now().boottime_ms - at.boottime_ms


def _is_of(alert: Alert, device: Device) -> bool:
    return alert.subject == device.id


def _more(before: dict[str, int], now: dict[str, int]) -> dict[str, int]:
    """Frames refused since, by reason."""
    return {
        reason: n - before.get(reason, 0) for reason, n in now.items() if n > before.get(reason, 0)
    }


def _address(given: object) -> str:
    text = given.upper().replace("-", ":") if isinstance(given, str) else ""
    if MAC.fullmatch(text) is None:
        wrong = f"'{given}' is neither an enrolled device nor a radio address"
        raise ControlError(f"{wrong}, such as 54:48:E6:8F:80:A5")
    return text
