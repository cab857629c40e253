"""One look at a serial port that nobody has enrolled: listens, and writes nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from edge.drivers.base import Framer, LineSettings
from edge.errors import TransportError
from edge.transports.lines.serial_port import OPEN_ERRORS, KeepingSerial

# How often the listener looks whether it may stop.
SLICE_S = 0.2
CHUNK_BYTES = 4096
# Several drivers may cut frames out of the same bytes: more of them show which one reads all.
LINGER_S = 2.0
# Frames that are kept of each driver; a sample needs no more.
FRAMES_MAX = 16


def listen(
    port: str,
    line: LineSettings,
    framers: dict[str, Framer],
    seconds: float,
    enough: Callable[[dict[str, list[bytes]]], bool],
    stop: threading.Event,
) -> tuple[dict[str, list[bytes]], int]:
    """The frames that each framer (by driver) cuts out of what comes, and how many bytes came.

    Blocking: call it in a thread. Ends after `seconds`, `LINGER_S` after `enough` said so, or
    when `stop` is set. Raises TransportError when the port cannot be opened.
    """
    frames: dict[str, list[bytes]] = {driver: [] for driver in framers}
    count = 0
    end = time.monotonic() + seconds
    try:
        opened = KeepingSerial(
            port,
            baudrate=line.baud,
            parity=line.parity,
            stopbits=line.stop_bits,
            timeout=SLICE_S,
            exclusive=True,
        )
    except OPEN_ERRORS as error:
        text = f"{port} cannot be opened ({type(error).__name__}); is it plugged in, and free?"
        raise TransportError(text) from error
    try:
        satisfied = False
        while time.monotonic() < end and not stop.is_set():
            chunk = opened.read(max(1, min(CHUNK_BYTES, opened.in_waiting)))
            count += len(chunk)
            for driver, framer in framers.items():
                kept = frames[driver]
                kept += framer.feed(chunk)[: FRAMES_MAX - len(kept)]
            if not satisfied and enough(frames):
                satisfied = True
                end = min(end, time.monotonic() + LINGER_S)
    except OPEN_ERRORS as error:
        raise TransportError(f"{port} went away while it was listened to") from error
    finally:
        opened.close()
    return frames, count
