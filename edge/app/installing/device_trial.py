"""What is done standing beside a device: watch it live, test it, pair it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any

from edge.app.imports import MAC
from edge.app.installing.device_proof import is_self_test, proof_of
from edge.app.installing.devices import RAISES, Devices
from edge.app.installing.listening import TELL_EVERY_S, Window, seconds
from edge.app.timeline import Timeline
from edge.app.view import alert_row, observation_row
from edge.control.protocol import Peer
from edge.domain import Alert, Device, Instant, Observation, OutboxClass
from edge.errors import ControlError, EdgeError
from edge.home.hearing import DOUBTED
from edge.locale.refusing import given, worded
from edge.ports import Batch

# Words of one device that wait for a terminal which reads slowly; the oldest go.
WAITING_MAX = 500
# How often `live` looks for refused frames, and `test` for a receipt.
LOOK_EVERY_S = 0.1
# An alert comes with the observation that causes it, in one step; this is for a loaded machine.
ALERT_WITHIN_S = 5.0
# From the commit to the desk's receipt: a reconnect takes up to a minute, a live line a second.
RECEIPT_WITHIN_S = 60.0
# Messages owed that are looked through for the alert's own. Where there are more, its absence
# proves no receipt.
OWED_MAX = 1_000
# Bluetooth's numbers for people (Core Specification, Vol 3 Part H 2.3.5.2).
PASSKEY_DIGITS = 6


class Ears:
    """Everything that one device says and causes, from now on."""

    def __init__(self, devices: Devices, device: str) -> None:
        self.heard: asyncio.Queue[Observation] = asyncio.Queue(WAITING_MAX)
        self.alert: Alert | None = None  # the newest revision of what it caused
        self.envelopes: set[str] = set()  # what was sealed of it
        self.stored: Instant | None = None  # the first of that
        self.proven: Observation | None = None  # what it was to say, when it has said it
        self.published: Instant | None = None
        self._house = devices.house
        self._device = device
        self._arrived = asyncio.Event()

    @contextmanager
    def open(self) -> Iterator[Ears]:
        house = self._house
        house.when_heard.append(self._hear)
        house.after_commit.append(self._commit)
        house.after_publish.append(self._publish)
        try:
            yield self
        finally:
            house.when_heard.remove(self._hear)
            house.after_commit.remove(self._commit)
            house.after_publish.remove(self._publish)

    async def caused(self, within_s: float) -> Alert | None:
        """The alert that this device caused since the ears are open."""
        try:
            async with asyncio.timeout(within_s):
                await self._arrived.wait()
        except TimeoutError:
            return None
        return self.alert

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
                self.alert = alert
                self.envelopes.add(entry)
                self.stored = self.stored or self._house.clock.now()
                self._arrived.set()

    def _publish(self, entry: str) -> None:
        if entry in self.envelopes and self.published is None:
            self.published = self._house.clock.now()


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
        with Ears(self._devices, device.id).open() as ears:
            async for row in self.follow(device, ears, window_s):
                yield row

    async def follow(
        self,
        device: Device,
        ears: Ears,
        window_s: float,
        receipt_within_s: float | None = None,
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The self-test of a device whose `ears` are open: for whoever asks them afterwards."""
        before = self._devices.refused(device.id)
        alarm = device.role in RAISES
        yield {
            "step": "ask",
            "device": device.id,
            "role": device.role,
            "alarm": alarm,
            "seconds": window_s,
        }
        proof = proof_of(device.role)
        why = "not_heard"
        async for left_s in Window(window_s, every_s=0):
            seen = await ears.next(min(TELL_EVERY_S, left_s))
            if seen is not None and (proof(seen) or (alarm and is_self_test(seen))):
                if seen.quality not in DOUBTED:
                    ears.proven = seen
                    break
                # It raises an alert, once in a while; whose word it is, nobody knows.
                why = "doubted"
            if left_s <= 0:
                break
            if seen is None:
                yield {"step": "wait", "left_s": round(left_s, 1)}
        proven = ears.proven
        if proven is None:
            refused = _more(before, self._devices.refused(device.id))
            yield {"step": "result", "ok": False, "why": why, "refused": refused}
            return
        yield {"step": "heard", "observation": observation_row(proven)}
        if alarm and not is_self_test(proven):
            within_s = RECEIPT_WITHIN_S if receipt_within_s is None else receipt_within_s
            async for row in self._alarm(device, proven, ears, within_s):
                yield row
            return
        # Telemetry would wait for its lane; whoever tests wants to see it on the disk.
        await self._house.commit()
        yield {"step": "stored", "ms": _ms(proven.at, self._house.clock.now())}
        if alarm:
            yield {"step": "self_test"}
        yield {"step": "result", "ok": True, "why": ""}

    async def _alarm(
        self, device: Device, seen: Observation, ears: Ears, receipt_within_s: float
    ) -> AsyncGenerator[dict[str, Any], None]:
        alert = await ears.caused(ALERT_WITHIN_S)
        if alert is not None:
            self._house.expect_durable()
        if alert is None or ears.stored is None:
            open_now = [a for a in self._house.keeper.home.alerts.values() if _is_of(a, device)]
            if not open_now:
                yield {"step": "result", "ok": False, "why": "no_alert"}
                return
            # It says nothing new: the alert of an earlier test is still open.
            yield {"step": "alert", "alert": self._row(open_now[0]), "already": True}
            yield {"step": "result", "ok": False, "why": "close_first"}
            return
        yield {"step": "stored", "ms": _ms(seen.at, ears.stored)}
        yield {"step": "alert", "alert": self._row(alert), "already": alert.rev > 1}
        told = False
        async for left_s in Window(receipt_within_s, LOOK_EVERY_S):
            owed = [entry.id for entry in await self._house.store.owed(OWED_MAX)]
            if ears.published is not None and not told:
                told = True
                yield {"step": "published", "ms": _ms(seen.at, ears.published)}
            if len(owed) < OWED_MAX and ears.envelopes.isdisjoint(owed):
                # The first receipt is timed when it comes, a later one when we look.
                exact = self._timeline.of(alert.id).get("received") if alert.rev == 1 else None
                ms = _ms(seen.at, self._house.clock.now()) if exact is None else exact
                yield {"step": "received", "ms": ms}
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
            raise worded(ControlError, "no_pairing_radio")
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
            yield {"step": "failed", "params": {"text": str(error)}, "words": error.words}
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
            raise worded(ControlError, "passkey_digits", count=PASSKEY_DIGITS)
        if self._passkey is None or self._passkey.done():
            raise worded(ControlError, "no_passkey_asked")
        self._passkey.set_result(int(typed))
        return {}

    def _row(self, alert: Alert) -> dict[str, Any]:
        return alert_row(alert, self._timeline.of(alert.id), self._house.times)


def _ms(start: Instant, end: Instant) -> int:
    return end.boottime_ms - start.boottime_ms


def _is_of(alert: Alert, device: Device) -> bool:
    return alert.subject == device.id


def _more(before: dict[str, int], now: dict[str, int]) -> dict[str, int]:
    """Frames refused since, by reason."""
    return {
        reason: n - before.get(reason, 0) for reason, n in now.items() if n > before.get(reason, 0)
    }


def _address(target: object) -> str:
    text = target.upper().replace("-", ":") if isinstance(target, str) else ""
    if MAC.fullmatch(text) is None:
        raise worded(ControlError, "no_device_or_address", name=given(target))
    return text
