"""Satellites: second receivers that publish what they hear to the home's own broker.

The contract is docs/satellites.md. A record is as good as the account that may
publish it, and no better than the same advertisement heard by our own radio:
what authenticates a device is in its bytes, and the drivers look at those.
A stranger's record costs the reading of its address and one lookup; nothing of
it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated

import msgspec

from edge.domain import Instant, Record
from edge.drivers.base import Advert
from edge.events import Fault, FaultKind
from edge.transports.lanes import Heard, LaneQueue
from edge.transports.local.pace import Pace
from edge.transports.trouble import Trouble

BASE = "kotivahti/v1/satellite/"
TOPICS = (f"{BASE}+/adv", f"{BASE}+/hb")

# One record with 255 bytes of an extended advertisement in hexadecimal, its name and its keys.
RECORD_BYTES_MAX = 1_024
# Four times what 40 advertisements a second (a block of flats) come to when half of them repeat.
RECORDS_PER_S = 80
RECORDS_BURST = 400
# A satellite says every 30 s that it is there; three may be lost.
SILENT_AFTER_MS = 120_000
# Whether what it does not hear means anything: one of its words may be late, or lost.
UP_MS = 45_000
# Its radio hears nobody, neighbours included. Longer than our own scanner's minute: a satellite
# may stand in a cellar or a sauna.
DEAF_AFTER_MS = 600_000
# A reading that was longer on its way than this is not one of now. Alarms are never too late.
LATE_MS = 10_000
# The shortest way seen in the last two of these is "no delay": a satellite's clock may run
# 100 ppm wrong, which is 60 ms in ten minutes.
DELAY_WINDOW_MS = 600_000

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SHORT_UUID = re.compile(r"[0-9a-f]{4}")
_UUID_TAIL = "-0000-1000-8000-00805f9b34fb"  # Bluetooth Base UUID, Core Vol 3 Part B 2.5.1


class Wanted(Record, frozen=True):
    """An enrolled device, and whether its frames go to the alarm lane."""

    device: str
    alarm: bool = False


class _Said(msgspec.Struct, frozen=True):
    """What every message of a satellite begins with."""

    boot: int
    seq: int
    t: int  # ms since its start


class _Beat(_Said, frozen=True):
    heard: int | None = None  # advertisements of anybody since its start


class _Adv(_Said, frozen=True):
    """One record. The payload is read only when the address is enrolled."""

    address: str
    rssi: Annotated[int, msgspec.Meta(ge=-128, le=127)] = 0  # dBm; 127: not available
    name: str | None = None
    manufacturer: msgspec.Raw = msgspec.Raw(b"{}")
    service: msgspec.Raw = msgspec.Raw(b"{}")


_read_beat = msgspec.json.Decoder(_Beat).decode
_read_adv = msgspec.json.Decoder(_Adv).decode
_read_parts = msgspec.json.Decoder(dict[str, str]).decode
_UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)


class SatelliteCounts(msgspec.Struct):
    """What came of one satellite, and what did not."""

    records: int = 0
    strangers: int = 0
    malformed: int = 0
    over_pace: int = 0
    late: int = 0
    repeated: int = 0
    lost: int = 0  # by the numbers that are missing
    starts: int = 0


class _Delay:
    """How much longer than usual a message was on its way, by the satellite's own clock."""

    def __init__(self) -> None:
        self._least: list[int] = []
        self._until_ms = 0

    def of(self, t: int, now_ms: int) -> int:
        apart = now_ms - t
        if now_ms >= self._until_ms or not self._least:
            self._least = [*self._least[-1:], apart]
            self._until_ms = now_ms + DELAY_WINDOW_MS
        self._least[-1] = min(self._least[-1], apart)
        return apart - min(self._least)


class _Satellite:
    def __init__(self, name: str, on_fault: Callable[[Fault], None]) -> None:
        self.counts = SatelliteCounts()
        self.pace = Pace(RECORDS_PER_S, RECORDS_BURST)
        self.trouble = Trouble(FaultKind.LINE, f"satellite:{name}", on_fault)
        self.alive_ms = 0
        self.spoke = False  # since its deadline began, so it is known to be there
        self.hears_ms = 0  # when its radio was last known to hear somebody
        self.deaf = False
        self.delay = _Delay()
        self._boot: int | None = None
        self._seq = 0
        self._heard: int | None = None

    def follow(self, said: _Said) -> bool:
        """Note boot and number; False for a message delivered twice."""
        if said.boot != self._boot:
            self._boot, self._seq, self._heard = said.boot, said.seq, None
            self.delay = _Delay()
            self.counts.starts += 1
            return True
        if said.seq == self._seq:
            self.counts.repeated += 1
            return False
        # A number that goes back is a sender's fault, and no reason to hear less of it.
        self.counts.lost += max(0, said.seq - self._seq - 1)
        self._seq = said.seq
        return True

    def alive(self, now_ms: int) -> None:
        self.alive_ms, self.spoke = now_ms, True

    def beat(self, heard: int | None, now_ms: int) -> None:
        self.alive(now_ms)
        if heard is None or heard != self._heard:
            self.hears_ms, self.deaf = now_ms, False
        self._heard = heard

    def listen_from(self, now_ms: int) -> None:
        self.alive_ms = self.hears_ms = now_ms
        self.spoke = False

    def look(self, now_ms: int) -> None:
        if now_ms - self.alive_ms >= SILENT_AFTER_MS:
            self.spoke = False
            self.trouble.gone(f"it has said nothing for {SILENT_AFTER_MS // 1000} s")
        elif now_ms - self.hears_ms >= DEAF_AFTER_MS:
            self.deaf = True
            self.trouble.gone(f"its radio has heard nobody for {DEAF_AFTER_MS // 1000} s")
        elif self.spoke and not self.deaf:
            self.trouble.back()


class Satellites:
    """Reads what the named satellites publish. Others are counted and not read."""

    def __init__(
        self, names: Iterable[str], queue: LaneQueue, on_fault: Callable[[Fault], None]
    ) -> None:
        self.unknown = 0
        self._known = {name: _Satellite(name, on_fault) for name in names}
        self._queue = queue
        self._table: dict[str, Wanted] = {}

    @property
    def counts(self) -> dict[str, SatelliteCounts]:
        return {name: one.counts for name, one in self._known.items()}

    def enrol(self, table: Mapping[str, Wanted]) -> None:
        """Replace the table of radio addresses ("AA:BB:CC:DD:EE:FF") in one step."""
        self._table = {address.upper(): wanted for address, wanted in table.items()}

    def listen_from(self, now_ms: int) -> None:
        """The line to the broker stands: deadlines begin anew."""
        for one in self._known.values():
            one.listen_from(now_ms)

    def look(self, now_ms: int) -> None:
        """Who is silent; only while the line to the broker stands."""
        for one in self._known.values():
            one.look(now_ms)

    def up(self, now_ms: int) -> frozenset[str]:
        """Those that spoke just now and whose radio hears somebody."""
        return frozenset(
            name
            for name, one in self._known.items()
            if one.spoke and not one.deaf and now_ms - one.alive_ms < UP_MS
        )

    def heard(self, topic: str, body: bytes, at: Instant) -> None:
        """One message below BASE."""
        name, _, what = topic.removeprefix(BASE).partition("/")
        one = self._known.get(name)
        if one is None:
            self.unknown += 1
            return
        try:
            if len(body) > RECORD_BYTES_MAX:
                raise ValueError("longer than a record")
            if what == "hb":
                self._beat(one, _read_beat(body), at.boottime_ms)
            elif what == "adv":
                self._record(name, one, _read_adv(body), at)
        except _UNREADABLE:
            one.counts.malformed += 1

    def _beat(self, one: _Satellite, said: _Beat, now_ms: int) -> None:
        if one.follow(said):
            one.beat(said.heard, now_ms)

    def _record(self, name: str, one: _Satellite, said: _Adv, at: Instant) -> None:
        if not one.follow(said):
            return
        one.counts.records += 1
        now_ms = at.boottime_ms
        one.alive(now_ms)
        one.hears_ms, one.deaf = now_ms, False
        address = said.address.upper()
        wanted = self._table.get(address)
        delay_ms = one.delay.of(said.t, now_ms)
        if wanted is None:
            one.counts.strangers += 1
            return
        if not wanted.alarm:
            if not one.pace.allows(now_ms):
                one.counts.over_pace += 1
                return
            if delay_ms > LATE_MS:
                one.counts.late += 1
                return
        self._queue.put_nowait(
            Heard(wanted.device, _advert(name, address, said, delay_ms), at), alarm=wanted.alarm
        )


def _advert(name: str, address: str, said: _Adv, late_ms: int) -> Advert:
    """The record as our own radio would have given it; ValueError for what it would not give."""
    return Advert(
        address=address,
        name=said.name,
        manufacturer={
            _company(key): bytes.fromhex(data)
            for key, data in _read_parts(said.manufacturer).items()
        },
        service={
            _uuid(key): bytes.fromhex(data) for key, data in _read_parts(said.service).items()
        },
        rssi_dbm=said.rssi,
        source=name,
        late_ms=late_ms,
    )


def _company(text: str) -> int:
    """A company id in hexadecimal, four digits."""
    if _SHORT_UUID.fullmatch(text) is None:
        raise ValueError("a company id is four hexadecimal digits in lower case")
    return int(text, 16)


def _uuid(text: str) -> str:
    """A UUID of 16 bits by its four digits, or a whole one."""
    if _SHORT_UUID.fullmatch(text):
        return f"0000{text}{_UUID_TAIL}"
    if _UUID.fullmatch(text) is None:
        raise ValueError("a service is a UUID of 16 or 128 bits in lower case")
    return text
