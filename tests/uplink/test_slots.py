"""Certificates of the line: two slots, a pinned authority, and a clock that was never set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from edge.config import Mqtt
from edge.domain import Sync
from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.uplink.envelope import Topics
from edge.uplink.mqtt import MqttBroker, Session, client
from edge.uplink.mqtt.credentials import TimeOfDay, look, system_time, time_of_day
from tests.support.certificates import Authority
from tests.support.clock import NOON_WALL_MS, instant
from tests.support.mosquitto import mosquitto
from tests.support.region import Region, ready

pytestmark = pytest.mark.timeout(60)

GATEWAY = "gw-0001"
BEAT = Topics(gateway=GATEWAY).heartbeat
GONE, AHEAD = timedelta(minutes=-1), timedelta(hours=1)
REFUSED = (UpstreamRejectedError, UpstreamUnavailableError)


@pytest.fixture
def region(tmp_path: Path) -> Iterator[Region]:
    """Mosquitto as the repository sets it up, for one gateway."""
    authority = Authority(tmp_path)
    authority.issue("broker")
    authority.issue(GATEWAY)
    with ready(tmp_path, tmp_path) as broker:
        yield Region(tmp_path, authority, broker)


def second(pair: dict[str, str]) -> dict[str, str]:
    return {f"next_{key}": value for key, value in pair.items()}


async def taken(broker: MqttBroker) -> str | None:
    """The slot with which a message went out."""
    async with broker.connect() as line:
        await line.publish(BEAT, b"alive")
    return broker.slot


@pytest.mark.parametrize("why", ["ended", "a stranger's", "not there", "of another", "no key"])
async def test_the_second_slot_is_taken_when_the_first_will_not_do(region: Region, why: str):
    """Within the same attempt; and it is the first that is tried from then on."""
    spare = second(region.authority.issue(GATEWAY, "spare"))
    bad = {
        "ended": lambda: region.authority.issue(GATEWAY, "bad", ends=GONE),
        "a stranger's": lambda: Authority(region.papers, "stranger").issue(GATEWAY, "bad"),
        "not there": lambda: {"cert_file": "/nowhere.pem", "key_file": "/nowhere.key"},
        "of another": lambda: region.authority.issue("gw-0002", "bad"),
        "no key": lambda: {"cert_file": str(region.papers / f"{GATEWAY}.pem"), "key_file": "/x"},
    }[why]()
    broker = region.reach(GATEWAY, **bad, **spare)
    with capture_logs() as logs:
        assert await taken(broker) == "next"
        assert await taken(broker) == "next"
    assert [log["state"] for log in logs if log["event"] == "line_slot"] == ["next"]


async def test_the_first_slot_is_taken_while_it_will_do(region: Region):
    """A prepared renewal changes nothing by itself."""
    spare = second(region.authority.issue(GATEWAY, "spare"))
    assert await taken(region.reach(GATEWAY, **spare)) == "current"


async def test_a_slot_has_an_authority_of_its_own(region: Region):
    """The broker's authority changed over night: the new one was pinned in the second slot."""
    old = Authority(region.papers, "old")
    spare = second(region.authority.issue(GATEWAY, "spare"))
    spare["next_ca_file"] = str(region.authority.file)
    first = {"ca_file": str(old.file), **old.issue(GATEWAY, "first")}
    assert await taken(region.reach(GATEWAY, **first, **spare)) == "next"


async def test_a_certificate_of_another_gateway_is_named(region: Region):
    """Whose it is and whose it should be; the broker is never asked."""
    broker = region.reach(GATEWAY, **region.authority.issue("gw-0002"))
    with pytest.raises(UpstreamRejectedError, match="is of 'gw-0002', and this is 'gw-0001'"):
        await taken(broker)


async def test_files_are_tried_beside_the_line_that_stands(region: Region):
    """`prove` says whether they would be taken; the line goes on either way."""
    cert, key = region.papers / f"{GATEWAY}.pem", region.papers / f"{GATEWAY}.key"
    broker = region.reach(GATEWAY)
    async with broker.connect() as line:
        region.authority.issue(GATEWAY)
        assert await broker.prove() == "current"
        good = cert.read_bytes(), key.read_bytes()
        Authority(region.papers, "stranger").issue(GATEWAY)
        with pytest.raises(REFUSED):
            await broker.prove()
        await line.publish(BEAT, b"still here")
        cert.write_bytes(good[0])
        key.write_bytes(good[1])
    assert await taken(broker) == "current"


async def test_the_name_of_the_broker_is_checked(tmp_path: Path):
    """Our authority vouches for it, and for another host."""
    authority = Authority(tmp_path)
    authority.issue("broker", host="other.example.org")
    authority.issue(GATEWAY)
    with (
        ready(tmp_path, tmp_path) as broker,
        pytest.raises(UpstreamUnavailableError, match="no secured line"),
    ):
        await taken(Region(tmp_path, authority, broker).reach(GATEWAY))


# -- a clock that was never set -------------------------------------------------------------------


def at_1970() -> TimeOfDay:
    return TimeOfDay(wall_ms=60_000, doubtful=True)


def doubtful_now() -> TimeOfDay:
    return TimeOfDay(wall_ms=system_time().wall_ms, doubtful=True)


@pytest.mark.parametrize(
    "now, begins, ends, stands",
    [
        (system_time, -AHEAD, AHEAD, True),
        (at_1970, -AHEAD, AHEAD, True),  # everything begins after 1970
        (doubtful_now, AHEAD, 2 * AHEAD, True),  # our clock is behind: it is in doubt anyway
        (system_time, AHEAD, 2 * AHEAD, False),  # our clock is right: the broker's is not
        (doubtful_now, -AHEAD, GONE, False),  # in doubt, and surely ended
        (system_time, -AHEAD, GONE, False),
    ],
)
async def test_a_clock_in_doubt_fails_no_certificate_that_has_not_ended(
    tmp_path: Path, now: Any, begins: timedelta, ends: timedelta, stands: bool
):
    """OpenSSL judges by the machine's clock; where that is in doubt, only the end is judged."""
    authority = Authority(tmp_path)
    authority.issue("broker", begins=begins, ends=ends)
    authority.issue(GATEWAY)
    with ready(tmp_path, tmp_path) as engine:
        broker = Region(tmp_path, authority, engine).reach(GATEWAY, now=now)
        if stands:
            assert await taken(broker) == "current"
            return
        with pytest.raises(UpstreamUnavailableError, match="no secured line"):
            await taken(broker)


async def test_a_clock_in_doubt_opens_the_door_to_no_stranger(tmp_path: Path):
    """Authority and host are judged as ever."""
    authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
    authority.issue("broker")
    authority.issue(GATEWAY)
    with ready(tmp_path, tmp_path) as engine:
        region = Region(tmp_path, authority, engine)
        broker = region.reach(GATEWAY, now=at_1970, ca_file=str(stranger.file))
        with pytest.raises(UpstreamUnavailableError, match="no secured line"):
            await taken(broker)


def test_when_a_clock_is_in_doubt():
    """Never synchronised; or trusted by the settings, and before what has surely been."""
    assert time_of_day(instant(sync=Sync.NONE), 0).doubtful
    assert time_of_day(instant(), NOON_WALL_MS + 1).doubtful
    assert not time_of_day(instant(), NOON_WALL_MS).doubtful
    assert not time_of_day(instant(sync=Sync.HOLDOVER), 0).doubtful


def test_what_is_told_of_the_slots(tmp_path: Path):
    """How long each lasts, what is wrong with each; nothing has ended for a clock in doubt."""
    authority = Authority(tmp_path)
    pair = authority.issue(GATEWAY)
    old = second(authority.issue(GATEWAY, "old", ends=GONE))
    facts: dict[str, Any] = {"ca_file": str(authority.file), **pair, **old}
    settings = Mqtt(host="h", **facts)
    good, ended = look(settings, GATEWAY, system_time())
    assert (good.fault, good.slot, ended.slot) == ("", "current", "next")
    assert good.ends_ms > 0 == ended.ends_ms
    assert ended.fault.startswith(str(tmp_path / "old.pem"))
    assert [one.fault for one in look(settings, GATEWAY, at_1970())] == ["", ""]
    Path(pair["key_file"]).write_text("no key", encoding="utf-8")
    assert pair["key_file"] in look(settings, GATEWAY, system_time())[0].fault


async def test_a_key_that_others_may_read_is_told_once(region: Region):
    """It is used all the same: no alert is lost over a mode bit."""
    (region.papers / f"{GATEWAY}.key").chmod(0o640)
    broker = region.reach(GATEWAY)
    with capture_logs() as logs:
        await taken(broker)
        await taken(broker)
    assert [log["event"] for log in logs].count("key_file_open") == 1


async def test_a_readable_line_never_leaves_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A name that leads elsewhere than it did when the settings were read: not a byte is sent."""
    monkeypatch.setattr(client, "_stays_here", lambda _: False)
    with mosquitto(tmp_path) as engine:
        settings = Mqtt(host=engine.host, port=engine.port, tls=False)
        with pytest.raises(UpstreamRejectedError, match=r"another machine; set mqtt\.tls"):
            await taken(MqttBroker(settings, Session(client_id=GATEWAY, subscribe=())))
        assert GATEWAY not in engine.log.read_text(encoding="utf-8")
