"""Meters that keep their records and hand them out on request: glucose meter and CGM sensor."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from bumble.att import ATT_Error, ErrorCode
from bumble.device import Connection

from edge.sim import encode_health, racp
from edge.sim.air import Air
from edge.sim.peripheral import BETWEEN_S, INDICATE, NOTIFY, READ, WRITE, Peripheral, Say, Value

# The oldest records make room, in real meters too; nothing else ever removes one.
RECORDS_MAX = 500

RACP = 0x2A52
# GATT common profile error codes (Core Specification Supplement, Part B).
NOT_SUBSCRIBED = 0xFD
BUSY = 0xFE


class Recorder(Peripheral):
    """Answers Record Access Control Point requests; never deletes, whoever asks."""

    measurement: ClassVar[int]
    between_s = BETWEEN_S

    def __init__(self, air: Air, address: str, name: str, say: Say) -> None:
        super().__init__(air, address, name, say)
        self.records: list[racp.Record] = []
        self.requests: list[bytes] = []
        self._fresh = False  # something was measured since the last transfer
        self._request: bytes | None = None
        self._transferring = False
        self._aborted = False
        self._measurement = self.sender(self.measurement, NOTIFY)
        self._control = self.writable(RACP, WRITE | INDICATE, self._asked_for)

    @property
    def eager(self) -> bool:
        return self._fresh

    @property
    def stored(self) -> int:
        return len(self.records)

    def characteristics(self) -> list[Value]:
        return [self._measurement, self._control]

    def keep(self, number: int, value: bytes) -> None:
        self.records = [*self.records, racp.Record(number, value)][-RECORDS_MAX:]
        self._fresh = True
        self.stir()

    async def serve(self, link: Connection) -> None:
        request, self._request = self._request, None
        if request is None:
            return
        self._transferring, self._aborted = True, False
        try:
            reply = await self._carry_out(link, request)
        finally:
            self._transferring = False
        if reply is not None and await self.send(link, self._control, reply, indicate=True):
            self._fresh = self._fresh and request[0] != racp.REPORT
            self._say(f"answered {reply.hex()}")

    def _asked_for(self, request: bytes) -> None:
        """A write to the control point; the answer is indicated later."""
        if not self.is_asked(RACP):
            raise ATT_Error(ErrorCode(NOT_SUBSCRIBED))
        self.requests.append(request)
        if request[:1] == bytes((racp.ABORT,)):
            self._aborted = True
        elif self._transferring or self._request is not None:
            raise ATT_Error(ErrorCode(BUSY))
        self._request = request
        self.stir()

    async def _carry_out(self, link: Connection, request: bytes) -> bytes | None:
        """Send what is meant; returns the answer, None when the link is gone."""
        if request[:1] == bytes((racp.ABORT,)):
            return racp.answer(request, racp.SUCCESS)
        try:
            records = racp.chosen(request, self.records)
        except racp.Refused as refused:
            return racp.answer(request, refused.code)
        if request[0] == racp.COUNT:
            return racp.counted(len(records))
        for record in records:
            if self._aborted:
                return None  # the abort has an answer of its own
            if not await self.send(link, self._measurement, record.value, indicate=False):
                return None
            self.sent += 1
            await asyncio.sleep(self.between_s)
        return racp.answer(request, racp.SUCCESS)


class GlucoseMeter(Recorder):
    """Glucose Profile."""

    service = 0x1808
    model = "Virtual glucose meter"
    measurement = 0x2A18

    def measure(self, mmol_per_litre: float) -> None:
        number = self.records[-1].number + 1 if self.records else 0
        self.keep(number, encode_health.glucose(number, mmol_per_litre, self.clock.now()))

    def characteristics(self) -> list[Value]:
        no_options = bytes(2)
        return [*super().characteristics(), self.readable(0x2A51, no_options)]


class CgmSensor(Recorder):
    """Continuous Glucose Monitoring Profile; every value ends in its E2E-CRC."""

    service = 0x181F
    model = "Virtual glucose sensor"
    measurement = 0x2AA7
    every_min = 5

    def __init__(self, air: Air, address: str, name: str, say: Say) -> None:
        super().__init__(air, address, name, say)
        self._began = self.clock.now()

    def measure(self, mg_per_decilitre: int) -> None:
        """One value; each lies `every_min` minutes of the sensor's session after the one before."""
        minute = len(self.records) * self.every_min
        self.keep(minute, encode_health.cgm(mg_per_decilitre, minute))

    def characteristics(self) -> list[Value]:
        fourteen_days = encode_health.checked((14 * 24).to_bytes(2, "little"))
        return [
            *super().characteristics(),
            self.readable(0x2AA8, encode_health.cgm_feature()),
            self.readable(0x2AA9, self._status),
            self.writable(0x2AAA, READ | WRITE, self._set_start, self._start_time),
            self.readable(0x2AAB, fourteen_days),
        ]

    def _status(self) -> bytes:
        return encode_health.cgm_status(self.records[-1].number if self.records else 0)

    def _start_time(self) -> bytes:
        return encode_health.cgm_session_start(self._began)

    def _set_start(self, _: bytes) -> None:
        raise ATT_Error(ErrorCode.WRITE_NOT_PERMITTED)  # the session has begun
