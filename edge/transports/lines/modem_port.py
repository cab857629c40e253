"""The serial port of a modem: opened by its stable name, and again after a replug."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from edge.drivers.base import Framer, LineSettings
from edge.ports import Clock
from edge.transports.lines.port_names import is_unstable, stable_name
from edge.transports.lines.serial_port import OPEN_ERRORS, Link, open_link
from edge.transports.reopening import Reopening

log = structlog.get_logger()


class ModemPort:
    """One port, whatever it is called today."""

    def __init__(self, port: str, baud: int, clock: Clock, beat: Callable[[], None]) -> None:
        self._port = port
        self._line = LineSettings(baud=baud)
        self._reopening = Reopening(port, clock, beat)
        if is_unstable(port):
            better = f"write {stable_name(port) or 'its name under /dev/serial/by-id'}"
            log.warning("serial_name_not_stable", device="pager", port=port, detail=better)

    async def open(
        self, framer: Framer, heard: Callable[[list[bytes]], None], gone: Callable[[str], None]
    ) -> Link:
        """Wait until it is there and open; `gone` is told what stands in the way."""

        async def opened() -> Link:
            return await open_link(self._port, self._line, framer, lambda _, frames: heard(frames))

        return await self._reopening.open(opened, OPEN_ERRORS, gone)

    def is_same(self) -> bool:
        """Whether the name still means the device that was opened."""
        return self._reopening.is_same()
