"""Satellites' records: what is read, what is counted, who has fallen silent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.domain import Sync
from edge.drivers.base import Advert
from edge.events import FaultKind
from edge.transports.lanes import LaneQueue
from edge.transports.lines.clock_watch import AGAIN_AFTER_MS, GAP_MS, ClockWatch
from edge.transports.local.echoes import CONTENTS_KEPT, ECHO_MS, Echoes
from edge.transports.local.satellites import (
    DEAF_AFTER_MS,
    LATE_MS,
    RECORD_BYTES_MAX,
    RECORDS_BURST,
    SILENT_AFTER_MS,
    UP_MS,
    Satellites,
    Wanted,
)
from tests.support.clock import NOON_BOOTTIME_MS, instant
from tests.transports.fakes import Faults

OURS = "54:48:E6:8F:80:A5"
TAG = "C4:4B:56:48:01:03"
SMOKE = {"fcd2": "40002a2901"}


class Bench:
    """Two satellites, a button and a tag; time is a number."""

    def __init__(self) -> None:
        self.queue = LaneQueue()
        self.faults = Faults()
        self.all = Satellites(["kitchen", "hall"], self.queue, self.faults)
        self.all.enrol({OURS.lower(): Wanted("button", alarm=True), TAG: Wanted("tag")})
        self.seq = 0

    def say(self, who: str, what: str, at_ms: int, **more: Any) -> None:
        self.seq += 1
        message = {"boot": 1, "seq": self.seq, "t": at_ms, **more}
        topic = f"kotivahti/v1/satellite/{who}/{what}"
        self.all.heard(topic, json.dumps(message).encode(), instant(at_ms))

    def adv(self, at_ms: int = 0, address: str = OURS, who: str = "kitchen", **more: Any) -> None:
        self.say(who, "adv", at_ms, **{"address": address, "service": SMOKE, "rssi": -61, **more})

    async def frames(self) -> list[Advert]:
        found = [one.frame for one in await self.queue.get_batch(10_000)] if self.queue else []
        assert all(isinstance(frame, Advert) for frame in found)
        return found  # type: ignore[return-value]


async def test_a_record_is_the_advertisement_that_it_tells_of() -> None:
    """Address, payload, strength, and who heard it; short UUIDs are made whole."""
    bench = Bench()
    bench.adv(
        address=OURS.lower(),
        name="SBBT-002C",
        manufacturer={"0499": "05ff"},
        service={"fcd2": "4000"},
    )
    assert await bench.frames() == [
        Advert(
            address=OURS,
            name="SBBT-002C",
            manufacturer={0x0499: b"\x05\xff"},
            service={"0000fcd2-0000-1000-8000-00805f9b34fb": b"\x40\x00"},
            rssi_dbm=-61,
            source="kitchen",
        )
    ]


async def test_an_alarm_device_has_the_alarm_lane() -> None:
    """A tag's record waits behind the button's, whichever came first."""
    bench = Bench()
    bench.adv(address=TAG)
    bench.adv()
    assert [one.device for one in await bench.queue.get_batch(10)] == ["button", "tag"]


async def test_strangers_are_counted_and_their_payload_is_not_even_read() -> None:
    """Nothing of them is kept, and what is wrong in them is nobody's fault."""
    bench = Bench()
    for n in range(50):
        bench.adv(address=f"AA:BB:CC:DD:EE:{n:02X}", service={"not": 7})
    bench.adv(address="x" * 300)
    counts = bench.all.counts["kitchen"]
    assert (counts.strangers, counts.malformed, counts.records) == (51, 0, 51)
    assert len(bench.queue) == 0
    assert not any("AA:BB" in repr(vars(one)) for one in bench.all._known.values())


@pytest.mark.parametrize(
    "more",
    [
        {"service": {"fcd2": "4"}},
        {"service": {"FCD2": "40"}},
        {"service": {"fcd": "40"}},
        {"service": ["fcd2"]},
        {"manufacturer": {"10499": "05"}},
        {"manufacturer": {"0499": 5}},
        {"rssi": "loud"},
        {"rssi": 400},
        {"boot": None},
        {"name": "x" * RECORD_BYTES_MAX},
    ],
)
async def test_what_is_no_record_is_counted(more: dict[str, Any]) -> None:
    """A field that is not as the contract says refuses the record, and nothing else."""
    bench = Bench()
    bench.adv(**more)
    assert bench.all.counts["kitchen"].malformed == 1
    assert len(bench.queue) == 0
    bench.adv()
    assert len(bench.queue) == 1


@given(body=st.binary(max_size=200), topic=st.sampled_from(["adv", "hb", "x", ""]))
def test_any_bytes_on_any_topic(body: bytes, topic: str) -> None:
    """Whatever a satellite says, the reader goes on."""
    bench = Bench()
    bench.all.heard(f"kotivahti/v1/satellite/kitchen/{topic}", body, instant())
    bench.all.heard(f"kotivahti/v1/satellite/{topic}", body, instant())
    assert bench.all.unknown == 1


async def test_a_satellite_that_is_not_named_is_not_heard() -> None:
    """Its messages are counted; the installer has to name it."""
    bench = Bench()
    bench.adv(who="cellar")
    assert (bench.all.unknown, len(bench.queue)) == (1, 0)


async def test_a_flood_costs_readings_and_no_alarm() -> None:
    """Beyond the pace, telemetry goes; the button's record comes through."""
    bench = Bench()
    for _ in range(RECORDS_BURST + 100):
        bench.adv(address=TAG)
    bench.adv()
    counts = bench.all.counts["kitchen"]
    assert counts.over_pace == 100
    assert (await bench.frames())[0].address == OURS
    bench.adv(1_000, address=TAG)
    assert counts.over_pace == 100


async def test_a_reading_that_was_long_on_its_way_is_not_one_of_now() -> None:
    """By the satellite's own clock; an alarm is never too late."""
    bench = Bench()
    bench.adv(0, address=TAG)
    bench.adv(60_000, address=TAG, t=60_000 - LATE_MS - 1)
    bench.adv(60_000, t=0)
    bench.adv(61_000, address=TAG)
    assert bench.all.counts["kitchen"].late == 1
    assert len(bench.queue) == 3


async def test_numbers_tell_losses_repeats_and_starts() -> None:
    """A number twice is one message; a gap is counted; a new boot begins anew."""
    bench = Bench()
    for seq in (1, 2, 2, 6):
        bench.adv(seq=seq)
    bench.adv(seq=6, boot=2)
    bench.adv(seq=3, boot=2)  # a broken sender is heard all the same
    counts = bench.all.counts["kitchen"]
    assert (counts.repeated, counts.lost, counts.starts, counts.records) == (1, 3, 2, 5)


def test_a_silent_satellite_is_a_fault_with_its_name() -> None:
    """Told once, and once when it is back; records count as life."""
    bench = Bench()
    bench.all.listen_from(NOON_BOOTTIME_MS)
    for ms in range(0, 2 * SILENT_AFTER_MS, 10_000):
        bench.say("hall", "hb", ms, heard=ms)
        bench.all.look(NOON_BOOTTIME_MS + ms)
    assert [(f.kind, f.subject, f.gone) for f in bench.faults.told] == [
        (FaultKind.LINE, "satellite:kitchen", True)
    ]
    assert bench.faults.told[0].detail == "it has said nothing for 120 s"
    bench.adv(2 * SILENT_AFTER_MS)
    bench.all.look(NOON_BOOTTIME_MS + 2 * SILENT_AFTER_MS)
    assert bench.faults.gone == [True, False]


def test_a_broker_that_is_back_does_not_speak_for_a_satellite() -> None:
    """Its deadline begins anew; its fault ends when it is heard itself."""
    bench = Bench()
    bench.all.listen_from(NOON_BOOTTIME_MS)
    bench.all.look(NOON_BOOTTIME_MS + SILENT_AFTER_MS)
    assert bench.faults.gone == [True, True]
    bench.all.listen_from(NOON_BOOTTIME_MS + 2 * SILENT_AFTER_MS)
    bench.all.look(NOON_BOOTTIME_MS + 2 * SILENT_AFTER_MS + 1)
    assert bench.faults.gone == [True, True]
    bench.say("hall", "hb", 2 * SILENT_AFTER_MS + 2, heard=1)
    bench.all.look(NOON_BOOTTIME_MS + 2 * SILENT_AFTER_MS + 3)
    assert [(f.subject, f.gone) for f in bench.faults.told[2:]] == [("satellite:hall", False)]


def test_a_satellite_whose_radio_is_deaf_is_a_fault() -> None:
    """Its Wi-Fi lives and its count of advertisements stands still."""
    bench = Bench()
    bench.all.listen_from(NOON_BOOTTIME_MS)
    for ms in range(0, DEAF_AFTER_MS + 60_000, 30_000):
        bench.say("kitchen", "hb", ms, heard=77)
        bench.say("hall", "hb", ms, heard=ms)
        bench.all.look(NOON_BOOTTIME_MS + ms)
    assert [(f.subject, f.detail) for f in bench.faults.told] == [
        ("satellite:kitchen", "its radio has heard nobody for 600 s")
    ]
    bench.say("kitchen", "hb", DEAF_AFTER_MS + 61_000, heard=78)
    bench.all.look(NOON_BOOTTIME_MS + DEAF_AFTER_MS + 61_000)
    assert bench.faults.gone == [True, False]


def advert(data: bytes, source: str = "", company: int = 1) -> Advert:
    return Advert(address=OURS, manufacturer={company: data}, source=source)


def test_an_echo_is_the_same_content_by_another_receiver() -> None:
    """The first receiver repeats itself as it likes; the others are echoes, for a while."""
    echoes = Echoes()
    heard = [
        (advert(b"a"), 0, False),
        (advert(b"a", "hall"), 500, True),
        (advert(b"a"), 1_000, False),
        (advert(b"a", "kitchen"), 1_000 + ECHO_MS - 1, True),
        (advert(b"a", "kitchen"), 1_000 + ECHO_MS, False),  # the radio has gone quiet
        (advert(b"a"), 1_001 + ECHO_MS, True),
        (advert(b"b", "hall"), 1_002 + ECHO_MS, False),
        (Advert(address=OURS, source="hall"), 1_003 + ECHO_MS, False),
    ]
    for said, ms, expected in heard:
        assert echoes.is_echo("one", said, ms) is expected
    assert not echoes.is_echo("other", advert(b"b"), 1_002 + ECHO_MS)
    assert echoes.dropped == 3


def test_a_late_copy_is_an_echo_although_the_radio_went_on() -> None:
    """The way over Wi-Fi takes longer than the next advertisement: no replay."""
    echoes = Echoes()
    for n in range(5):
        assert not echoes.is_echo("one", advert(b"%d" % n), n * 100)
    assert all(echoes.is_echo("one", advert(b"%d" % n, "hall"), 1_000) for n in range(5))


def test_a_part_that_is_new_makes_it_news() -> None:
    """The radio's stack adds parts of earlier advertisements; those alone do not hide news."""
    echoes = Echoes()
    both = Advert(address=OURS, manufacturer={1: b"a"}, service={"u": b"s"})
    assert not echoes.is_echo("one", both, 0)
    assert echoes.is_echo("one", advert(b"a", "hall"), 10)
    more = Advert(address=OURS, manufacturer={1: b"a"}, service={"u": b"t"}, source="hall")
    assert not echoes.is_echo("one", more, 20)


def test_what_echoes_remember_is_bounded() -> None:
    """A device that says something else each time."""
    echoes = Echoes()
    for n in range(1_000):
        echoes.is_echo("one", advert(b"%d" % n), n)
    assert len(echoes._heard["one"]) == CONTENTS_KEPT


def test_the_time_is_told_again_when_it_is_news() -> None:
    """When it becomes good, when it jumped (once a minute at most), and after a day."""
    watch = ClockWatch(instant(sync=Sync.NONE))
    assert not watch.is_news(instant(1_000, sync=Sync.NONE))
    assert watch.is_news(instant(2_000))
    assert not watch.is_news(instant(2_000 + GAP_MS))
    jumped = instant(3_000 + 2 * GAP_MS)
    late = ClockWatch(instant())
    late._apart_ms = (late._apart_ms or 0) + 1_000
    assert not late.is_news(instant(GAP_MS - 1))
    assert late.is_news(instant(GAP_MS))
    assert not late.is_news(jumped)
    assert late.is_news(instant(GAP_MS + AGAIN_AFTER_MS))


async def test_whose_silence_means_something() -> None:
    """Up: it spoke just now, and its radio hears somebody; a minute later nobody knows."""
    bench = Bench()
    assert bench.all.up(NOON_BOOTTIME_MS) == frozenset()
    bench.all.listen_from(NOON_BOOTTIME_MS)
    assert bench.all.up(NOON_BOOTTIME_MS) == frozenset()
    bench.say("hall", "hb", 0, heard=5)
    bench.adv(1_000)
    assert bench.all.up(NOON_BOOTTIME_MS + 2_000) == {"hall", "kitchen"}
    bench.say("hall", "hb", 30_000, heard=6)
    assert bench.all.up(NOON_BOOTTIME_MS + UP_MS + 1_000) == {"hall"}
    for at_ms in range(60_000, DEAF_AFTER_MS + 60_001, 30_000):
        bench.say("hall", "hb", at_ms, heard=6)  # alive, and hears nobody any more
        bench.all.look(NOON_BOOTTIME_MS + at_ms)
    assert bench.all.up(NOON_BOOTTIME_MS + at_ms) == frozenset()


async def test_a_record_tells_how_late_it_is() -> None:
    """Of an alarm, which is never too late: who listens to the place must know."""
    bench = Bench()
    bench.adv(0)
    bench.seq += 1
    message = {"boot": 1, "seq": bench.seq, "t": 0, "address": OURS, "service": SMOKE}
    bench.all.heard(
        "kotivahti/v1/satellite/kitchen/adv", json.dumps(message).encode(), instant(60_000)
    )
    assert [frame.late_ms for frame in await bench.frames()] == [0, 60_000]
