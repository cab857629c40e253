"""Modbus RTU modules on one bus, read in turn through pymodbus; nothing is ever written.

Source: Modbus Application Protocol Specification V1.1b3, functions 02 and 04. What the library
would send passes a guard that knows the four reading functions alone, so a mistake of
ours or of a later release cannot switch anything in the home.
"""

from __future__ import annotations

import asyncio
import logging
import termios
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from edge.domain import Record
from edge.drivers.base import RegisterFrame, RegisterMeaning
from edge.drivers.inputs.modbus_inputs import REGISTERS_EVERY_S, REPORT_EVERY_S
from edge.errors import TransportError
from edge.events import Fault, FaultKind
from edge.kinds import URGENT_KINDS
from edge.ports import Clock
from edge.transports.lanes import Heard, LaneQueue
from edge.transports.reopening import Reopening
from edge.transports.trouble import Trouble

if TYPE_CHECKING:
    from pymodbus.client import AsyncModbusSerialClient
    from pymodbus.pdu import ModbusPDU

# Read coils, discrete inputs, holding registers, input registers.
READ_FUNCTIONS = frozenset({1, 2, 3, 4})
# A module answers within some 20 ms and needs 40 ms for the longest answer at 9600 baud; past half
# a second nothing comes any more, and the next module of the bus has its turn.
ANSWER_MAX_S = 0.5
# One lost answer is a disturbance on the cable. Three in a row are a module that is gone.
LOST_MAX = 3
# A module that is gone is asked again after 1, 2, 4 ... s, so that it does not slow the others.
ABSENT_MAX_MS = 30_000

OPEN_ERRORS = (OSError, ValueError, termios.error, TransportError)


class ModuleSettings(Record, frozen=True, kw_only=True):
    """One `[[modbus]]` of the site's configuration."""

    device: str
    unit: int
    inputs: tuple[str | None, ...] = ()  # the kind of each discrete input from 0 on
    opens: tuple[bool, ...] = ()  # inputs that are active when they do not conduct
    meanings: tuple[RegisterMeaning | None, ...] = ()  # of each input register from 0 on
    poll_ms: int = 1_000
    alarm: bool = False  # whatever changes goes to the alarm lane


class BusSettings(Record, frozen=True, kw_only=True):
    """The line that modules share."""

    port: str
    baud: int = 9_600
    parity: str = "N"
    stop_bits: int = 1


class BusCounts(msgspec.Struct):
    """What passed, and what did not."""

    opened: int = 0
    lost: int = 0
    polls: int = 0
    silent: int = 0  # no byte came
    garbled: int = 0  # bytes came that were no answer: CRC, length, another address
    refused: int = 0  # the module answered with an exception
    frames: int = 0


class _RefusedError(Exception):
    """The module will not: it lives, and its settings are wrong."""


class ModbusBus:
    """Polls the modules of one port until cancelled."""

    def __init__(
        self,
        settings: BusSettings,
        modules: Sequence[ModuleSettings],
        queue: LaneQueue,
        clock: Clock,
        *,
        on_fault: Callable[[Fault], None],
        beat: Callable[[str], None],
    ) -> None:
        self.counts = BusCounts()
        self._settings = settings
        self._queue = queue
        self._clock = clock
        self._beat = partial(beat, f"modbus:{settings.port}")
        self._reopening = Reopening(settings.port, clock, self._beat)
        self._modules = [_Module(m, on_fault) for m in modules]
        self._received = 0  # bytes since the last request

    async def run(self) -> None:
        """Open, poll, and open again. No failure of the bus ends it."""
        while True:
            client = await self._reopening.open(self._open, OPEN_ERRORS, self._all_gone, str)
            self.counts.opened += 1
            try:
                await self._serve(client)
            finally:
                client.close()
            self.counts.lost += 1
            self._all_gone("the port is gone")

    async def _open(self) -> AsyncModbusSerialClient:
        # A home without Modbus does not load it.
        from pymodbus.client import AsyncModbusSerialClient  # noqa: PLC0415

        # It would write every answer that goes wrong into the log, readings and all.
        logging.getLogger("pymodbus.logging").disabled = True
        client = AsyncModbusSerialClient(
            self._settings.port,
            baudrate=self._settings.baud,
            parity=self._settings.parity,
            stopbits=self._settings.stop_bits,
            reconnect_delay=0,  # we know when the port is back
            timeout=ANSWER_MAX_S,
            retries=0,
            trace_packet=self._passes,
        )
        if not await client.connect():
            raise TransportError("it is busy, or is no serial port")
        return client

    def _passes(self, sending: bool, data: bytes) -> bytes:
        """The guard over every byte: refuses to send what does not read, counts what comes."""
        if sending:
            self._received = 0
            if data[1] not in READ_FUNCTIONS:
                raise TransportError(f"function {data[1]} would write to the module")
        else:
            self._received = len(data)
        return data

    async def _serve(self, client: AsyncModbusSerialClient) -> None:
        """Return when the port has ended, or its name has come to mean another one."""
        for module in self._modules:
            module.begin(self._clock.now().boottime_ms)
        while client.connected and self._reopening.is_same():
            self._beat()
            module = min(self._modules, key=lambda m: m.due_ms)
            now_ms = self._clock.now().boottime_ms
            if module.due_ms > now_ms:
                await self._clock.sleep_until(module.due_ms)
                continue
            await self._poll(client, module, now_ms)

    async def _poll(self, client: AsyncModbusSerialClient, module: _Module, now_ms: int) -> None:
        self.counts.polls += 1
        with_registers = module.wants_registers(now_ms)
        try:
            inputs = await self._inputs(client, module)
            registers = await self._registers(client, module) if with_registers else ()
        except _RefusedError as error:
            self.counts.refused += 1
            module.failed(now_ms, str(error))
        except TransportError:
            garbled = self._received > 0
            self.counts.garbled += garbled
            self.counts.silent += not garbled
            module.failed(now_ms, "its answers are garbled" if garbled else "it does not answer")
        else:
            self._heard(module, module.answered(now_ms, inputs, registers))

    async def _inputs(self, client: AsyncModbusSerialClient, module: _Module) -> tuple[bool, ...]:
        count, unit = len(module.of.inputs), module.of.unit
        if not count:
            return ()
        answer = await self._ask(client.read_discrete_inputs(0, count=count, device_id=unit), 2)
        if len(answer.bits) < count:
            raise TransportError("the answer is too short")
        return tuple(bool(bit) for bit in answer.bits[:count])

    async def _registers(self, client: AsyncModbusSerialClient, module: _Module) -> tuple[int, ...]:
        count, unit = len(module.of.meanings), module.of.unit
        answer = await self._ask(client.read_input_registers(0, count=count, device_id=unit), 4)
        if len(answer.registers) != count:
            raise TransportError("the answer is too short")
        return tuple(answer.registers)

    async def _ask(self, request: object, function: int) -> ModbusPDU:
        """The answer to one request; TransportError when there is none, or not to this one."""
        from pymodbus.exceptions import ModbusException  # noqa: PLC0415

        try:
            answer: ModbusPDU = await request  # type: ignore[misc]
        except ModbusException as error:
            raise TransportError("no answer") from error
        finally:
            _heed_cancelling()
        if answer.isError():
            code = getattr(answer, "exception_code", 0)
            raise _RefusedError(f"it refuses function {function} with exception {code}")
        if answer.function_code != function:
            raise TransportError("an answer to another question")
        return answer

    def _heard(self, module: _Module, frame: RegisterFrame | None) -> None:
        if frame is None:
            return
        self.counts.frames += 1
        heard = Heard(module.of.device, frame, self._clock.now())
        self._queue.put_nowait(heard, alarm=module.urgent)

    def _all_gone(self, detail: str) -> None:
        for module in self._modules:
            module.trouble.gone(detail)


def _heed_cancelling() -> None:
    """End here when somebody has asked for it meanwhile.

    `asyncio.wait_for`, which the library waits with, forgets in Python 3.11 that it was cancelled
    when the answer comes in the same turn; the bus would be polled for ever.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


class _Module:
    """What is known of one module between two polls."""

    def __init__(self, settings: ModuleSettings, on_fault: Callable[[Fault], None]) -> None:
        self.of = settings
        self.due_ms = 0
        self.urgent = False  # the last frame says something that cannot wait
        self.trouble = Trouble(FaultKind.LINE, settings.device, on_fault)
        self._lost = 0
        self._inputs: tuple[bool, ...] | None = None
        self._reported_ms: int | None = None
        self._measured_ms: int | None = None

    def begin(self, now_ms: int) -> None:
        """The port has been opened: everything is told anew."""
        self.due_ms = now_ms
        self._reported_ms = self._measured_ms = None

    def wants_registers(self, now_ms: int) -> bool:
        if not self.of.meanings:
            return False
        return not self.of.inputs or self._is_due(self._measured_ms, REGISTERS_EVERY_S, now_ms)

    def failed(self, now_ms: int, detail: str) -> None:
        self._lost += 1
        wait_ms = self.of.poll_ms
        if self._lost >= LOST_MAX:
            self.trouble.gone(detail)
            wait_ms = min(ABSENT_MAX_MS, wait_ms << min(self._lost - LOST_MAX, 10))
        self.due_ms = now_ms + wait_ms

    def answered(
        self, now_ms: int, raw: tuple[bool, ...], registers: tuple[int, ...]
    ) -> RegisterFrame | None:
        """What is to be told of this poll, if anything."""
        self._lost = 0
        self.trouble.back()
        self.due_ms = now_ms + self.of.poll_ms
        inputs = tuple(
            on is not opens
            for on, opens in zip(raw, self.of.opens or (False,) * len(raw), strict=True)
        )
        before, self._inputs = self._inputs, inputs
        report = self._is_due(self._reported_ms, REPORT_EVERY_S, now_ms)
        measures = bool(registers) and self._is_due(self._measured_ms, REGISTERS_EVERY_S, now_ms)
        if inputs == before and not report and not measures:
            return None
        if report:
            self._reported_ms = now_ms
        if measures:
            self._measured_ms = now_ms
        self.urgent = self.of.alarm or self._tells_urgent(before)
        return RegisterFrame(
            inputs=inputs,
            registers=registers if measures else (),
            input_kinds=self.of.inputs,
            meanings=self.of.meanings,
            report=report,
            opens=self.of.opens,
        )

    def _tells_urgent(self, before: tuple[bool, ...] | None) -> bool:
        """Whether an input that asks for help has become active, or was found so."""
        now = self._inputs or ()
        was = before or (False,) * len(now)
        return any(
            on and not old and kind in URGENT_KINDS
            for on, old, kind in zip(now, was, self.of.inputs, strict=True)
        )

    @staticmethod
    def _is_due(last_ms: int | None, every_s: int, now_ms: int) -> bool:
        return last_ms is None or now_ms - last_ms >= every_s * 1000
