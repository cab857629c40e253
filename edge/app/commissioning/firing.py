"""Every device once in its room: fired by a person, or heard where nobody can make it speak."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from msgspec.structs import replace

from edge.app.installing.device_proof import proof_of
from edge.app.installing.device_trial import DeviceTrial, Ears
from edge.app.installing.devices import RAISES, Devices
from edge.app.installing.listening import TELL_EVERY_S, Window
from edge.commissioning.record import Check, Measure, Verdict
from edge.domain import Device, Instant, Observation, Quality, Role

# They speak by their own rhythm; no hand makes them.
HEARD_ONLY = frozenset({Role.CLIMATE, Role.MEDICATION_ROBOT, Role.MEAL_DISPENSER})
# Heard so lately that it is there now: the slowest of them speaks every few seconds, and an
# appliance beats every 30 s.
LATELY_MS = 60_000

CHECK = "device"
CALL = "alarm"
Row = dict[str, Any]


class Firing:
    """Streams one device's trial, and remembers who fired by themselves meanwhile."""

    def __init__(self, devices: Devices, trial: DeviceTrial) -> None:
        self._devices = devices
        self._house = devices.house
        self._trial = trial
        self._fired: dict[str, Observation] = {}  # the newest proof of each device of now
        devices.house.when_heard.append(self._hear)

    def _hear(self, seen: Observation) -> None:
        device = self._house.devices.get(seen.device)
        # An alarm's way to the desk is a part of its trial, so one must be tried.
        if device is None or device.role in RAISES or device.role in HEARD_ONLY:
            return
        if seen.quality is Quality.OK and proof_of(device.role)(seen):
            self._fired[device.id] = seen

    def how(self, device: Device, since: Instant) -> str:
        """What it takes: "heard" nothing of a person, "fired" no more, "ask" a person."""
        if device.role in HEARD_ONLY:
            return "heard"
        seen = self._fired.get(device.id)
        if seen is None or seen.at.boot != since.boot:
            return "ask"
        return "fired" if seen.at.boottime_ms >= since.boottime_ms else "ask"

    async def stream(
        self, device: Device, since: Instant, window_s: float, receipt_s: float
    ) -> AsyncGenerator[Row | Check, None]:
        """The rows of its trial, then its check; a receipt is waited for so long here."""
        match self.how(device, since):
            case "fired":
                yield self._check(device, Verdict.PASSED)
            case "heard":
                async for left_s in Window(window_s, TELL_EVERY_S):
                    if self._is_heard(device) or left_s <= 0:
                        break
                    yield {"step": "listen", "left_s": round(left_s, 1)}
                heard = self._is_heard(device)
                yield self._check(
                    device,
                    Verdict.PASSED if heard else Verdict.FAILED,
                    why="heard_only" if heard else "not_heard",
                )
            case _:
                async for row in self._tried(device, window_s, receipt_s):
                    yield row

    async def _tried(
        self, device: Device, window_s: float, receipt_s: float
    ) -> AsyncGenerator[Row | Check, None]:
        times: dict[str, int] = {}
        result: Row = {}
        with Ears(self._devices, device.id).open() as ears:
            async for row in self._trial.follow(device, ears, window_s, receipt_s):
                if "ms" in row:
                    times[row["step"]] = row["ms"]
                if row["step"] == "result":
                    result = row
                else:
                    yield row
            verdict, why = _verdict(result)
            yield self._check(device, verdict, why=why, times=times, ears=ears)

    async def press(
        self, device: Device, window_s: float, receipt_s: float, earlier: Check | None
    ) -> AsyncGenerator[Row | Check, None]:
        """A call for help, for the way there and back. Where the call of its trial is still open
        it says nothing new, so that call (`earlier`) is the one that is followed.
        """
        async for row in self._tried(device, window_s, receipt_s):
            if not isinstance(row, Check):
                yield row
            elif row.why == "close_first" and earlier is not None and earlier.alert:
                yield replace(earlier, name=CALL, verdict=Verdict.OPEN, why="no_receipt")
            else:
                yield replace(row, name=CALL)

    def _check(
        self,
        device: Device,
        verdict: Verdict,
        *,
        why: str = "",
        times: dict[str, int] | None = None,
        ears: Ears | None = None,
    ) -> Check:
        proven = None if ears is None else ears.proven
        measures = [
            Measure(name=f"{step}_ms", value=ms, unit="ms") for step, ms in (times or {}).items()
        ]
        return Check(
            name=CHECK,
            subject=device.id,
            verdict=verdict,
            why=why,
            measures=(*self._reception(device), *measures),
            alert="" if ears is None or ears.alert is None else ears.alert.id,
            messages=() if ears is None else tuple(sorted(ears.envelopes)),
            heard=None if proven is None else proven.at,
        )

    def _reception(self, device: Device) -> list[Measure]:
        ingest = self._devices.ingest
        received = None if ingest is None else ingest.reception.get(device.id)
        found = []
        if received is not None:
            found.append(Measure(name="packets", value=received.frames))
            found += [
                Measure(name=f"rssi:{source or 'gateway'}", value=dbm, unit="dB[mW]")
                for source, dbm in sorted(received.by.items())
            ]
        state = self._house.keeper.home.devices.get(device.id)
        if state is not None and state.battery is not None:
            found.append(Measure(name="battery", value=state.battery, unit="%"))
        return found

    def _is_heard(self, device: Device) -> bool:
        state = self._house.keeper.home.devices.get(device.id)
        if state is None or state.last_heard is None or state.silent:
            return False
        now = self._house.clock.now()
        last = state.last_heard
        return last.boot == now.boot and now.boottime_ms - last.boottime_ms <= LATELY_MS


def _verdict(result: Row) -> tuple[Verdict, str]:
    if not result:
        return Verdict.OPEN, "stopped"
    if result["ok"]:
        return Verdict.PASSED, ""
    why = str(result["why"])
    return (Verdict.OPEN if why == "no_receipt" else Verdict.FAILED), why
