"""One opened serial port: nothing flushed, bytes in, frames out, bounded writes.

Who it belongs to and what is done when it ends is the line's business
(`edge.transports.lines.serial`), or the finder's (`edge.transports.lines.handshake`).
"""

from __future__ import annotations

import asyncio
import termios
from collections.abc import Callable

import serial  # type: ignore[import-untyped]
import serial_asyncio_fast

from edge.drivers.base import Framer, LineSettings

# Replies that wait for a device which does not read. An appliance repeats what was not
# acknowledged, so beyond this they are dropped and counted.
REPLIES_WAITING_MAX_BYTES = 64 * 1024
# Closing runs in a thread and waits for the driver in the kernel.
CLOSE_MAX_S = 5.0

# What opening a port raises; ValueError is a speed that the adapter cannot do.
OPEN_ERRORS = (serial.SerialException, OSError, termios.error, ValueError)


class KeepingSerial(serial.Serial):  # type: ignore[misc]  # pyserial has no types
    """pyserial's port, without the flush: `open()` throws away what the device said before.

    An appliance that was plugged in while the gateway started has said hello by then.
    """

    def _reset_input_buffer(self) -> None:
        """Keep what is waiting (called by `open()` alone; the public method is unchanged)."""


class RestingTransport(serial_asyncio_fast.SerialTransport):
    """The library's transport, which stops asking for room once it has nothing more to write.

    Without this, one full output buffer leaves the port registered as wanting to
    write for ever, and every turn of the loop fails on its empty buffer (0.16).
    """

    def _write_ready(self) -> None:
        if self._write_buffer:
            super()._write_ready()
        if not self._write_buffer:
            self._remove_writer()


class Link(asyncio.Protocol):
    """One opened port: bytes in, frames out. `lost` is done when the port has ended."""

    def __init__(self, framer: Framer, heard: Callable[[Link, list[bytes]], None]) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._framer = framer
        self._dropped_before = 0  # by framers that were renewed
        self._heard = heard
        self._transport: serial_asyncio_fast.SerialTransport | None = None

    @property
    def dropped_bytes(self) -> int:
        """Bytes that belonged to no frame."""
        return self._dropped_before + self._framer.dropped_bytes

    def renew(self, framer: Framer) -> None:
        """Begin to cut anew: what the last framer holds of a frame is lost."""
        self._dropped_before += self._framer.dropped_bytes
        self._framer = framer

    async def attach(self, port: serial.Serial) -> None:
        """Read from an open port from now on; what it holds already is read first."""
        self._transport = RestingTransport(asyncio.get_running_loop(), self, port)

    def data_received(self, data: bytes) -> None:
        self._heard(self, self._framer.feed(data))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 (asyncio's signature)
        if not self.lost.done():
            self.lost.set_result(None)

    def write(self, data: bytes) -> bool:
        """Whether the bytes were taken; a line that has ended or is full takes none."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() + len(data) > REPLIES_WAITING_MAX_BYTES:
            return False
        transport.write(data)
        return True

    def hold(self) -> None:
        """Leave further bytes in the kernel: the lane is crowded."""
        if self._transport is not None:
            self._transport.pause_reading()

    def go_on(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    async def close(self) -> None:
        """End the port without waiting for bytes that the device may never take."""
        transport = self._transport
        if transport is None:
            return
        await asyncio.sleep(0)  # an ending that has begun empties its buffer in its first turn
        if not transport.is_closing() or transport.get_write_buffer_size():
            transport.abort()
        await asyncio.wait([self.lost], timeout=CLOSE_MAX_S)


async def open_link(
    name: str,
    line: LineSettings,
    framer: Framer,
    heard: Callable[[Link, list[bytes]], None],
) -> Link:
    """Open the port for us alone; raises one of `OPEN_ERRORS`."""
    port = KeepingSerial(
        baudrate=line.baud, parity=line.parity, stopbits=line.stop_bits, exclusive=True
    )
    port.port = name
    await asyncio.to_thread(port.open)  # an adapter's driver talks to it in there
    link = Link(framer, heard)
    await link.attach(port)
    return link
