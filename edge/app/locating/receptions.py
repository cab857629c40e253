"""Collects how the receivers hear each placed device, and tells the rules once in a window.

Only of enrolled devices, only their last ten minutes, and of each only numbers: what is learnt
from them is in the state of the home (`edge.home.identity_place`).
"""

from __future__ import annotations

from collections import defaultdict
from statistics import median_low

from edge.app.house import House
from edge.domain import Device, Instant
from edge.drivers.base import Advert
from edge.events import Surveyed
from edge.home.identity_place import is_placed

# Long enough for some packets of a sensor that sends every minute; three make half an hour.
WINDOW_MS = 600_000
# One packet in so long of a device at a receiver: a sensor that sends ten times a second has
# no more to say of its place than one that sends now and then.
SAMPLE_GAP_MS = 5_000
SAMPLES_MAX = WINDOW_MS // SAMPLE_GAP_MS
# What a receiver can report: 127 means "not known", and some say 0.
_WEAKEST_DBM, _LOUDEST_DBM = -127, -1


class Receptions:
    """Told of every reception (`Ingest.when_received`). Not thread-safe: one event loop."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._since: tuple[str, int] | None = None  # boot, boottime_ms
        self._heard: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._last_ms: dict[tuple[str, str], int] = {}

    def received(self, device: Device, advert: Advert, at: Instant) -> None:
        """One advertisement at one receiver."""
        key, now_ms = (device.id, advert.source), at.boottime_ms
        if self._since is None or self._since[0] != at.boot:
            self._start(at)
        elif now_ms - self._since[1] >= WINDOW_MS:
            self._tell()
            self._start(at)
        if not _WEAKEST_DBM <= advert.rssi_dbm <= _LOUDEST_DBM:
            return
        last_ms = self._last_ms.get(key)
        if last_ms is not None and now_ms - last_ms < SAMPLE_GAP_MS:
            return
        state = self._house.keeper.home.devices.get(device.id)
        if state is None or not is_placed(state) or len(self._heard[key]) >= SAMPLES_MAX:
            return
        self._last_ms[key] = now_ms
        self._heard[key].append(advert.rssi_dbm)

    def forget(self, device: str) -> None:
        """It is enrolled anew, or gone: what waits was of the former."""
        for key in [key for key in self._heard if key[0] == device]:
            del self._heard[key]

    def _start(self, at: Instant) -> None:
        self._since = (at.boot, at.boottime_ms)
        self._heard.clear()
        self._last_ms.clear()

    def _tell(self) -> None:
        heard: dict[str, dict[str, int]] = defaultdict(dict)
        for (device, receiver), samples in self._heard.items():
            if samples:
                heard[device][receiver] = median_low(samples)
        if heard:
            self._house.tell(Surveyed(heard=dict(heard)))
