"""Which receivers the home has, and which of them would hear a tag now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.app.house import House

if TYPE_CHECKING:
    from edge.app.ble import Ble
    from edge.app.local import Local

OWN = ""
"""The gateway's own radio."""


class Receivers:
    """The gateway's radio and the satellites of the settings."""

    def __init__(self, house: House, ble: Ble | None = None, local: Local | None = None) -> None:
        self._house = house
        self._ble = ble
        self._local = local

    def rooms(self) -> dict[str, str]:
        """Every receiver of the settings, with the room it stands in ("" when nobody said)."""
        config = self._house.config
        found = {} if config.ble.backend == "off" and self._ble is None else {OWN: ""}
        if config.ingest is not None:
            found |= {one.id: one.room or "" for one in config.ingest.satellite}
        return found

    def up(self) -> frozenset[str]:
        """Those that would hear it; a receiver that is down is missing, not far away."""
        now_ms = self._house.clock.now().boottime_ms
        found = set()
        if self._ble is not None and self._ble.scanner.hears(now_ms):
            found.add(OWN)
        if self._local is not None and self._local.broker.up:
            found |= self._local.broker.satellites.up(now_ms)
        return frozenset(found)
