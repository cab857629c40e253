"""A serial line played by the test itself: garbage, wrong CRC, repeats, a kill in between."""

from __future__ import annotations

import binascii
import os
import pty
import select
import signal
import time
import tty
from collections.abc import Iterator

import pytest

from edge.config.writing import toml
from tests.e2e.world import World, eventually

pytestmark = pytest.mark.timeout(90)

SERIAL = "KV-ROBOT-0007"
ACK_WITHIN_S = 10.0


def frame(seq: int, event: str) -> bytes:
    """One event of the appliance link; CRC-16/CCITT-FALSE between $ and *."""
    body = f"{SERIAL},EV,1,{seq},{seq * 1000},event={event},id=1".encode()
    return b"$%s*%04X\r\n" % (body, binascii.crc_hqx(body, 0xFFFF))


class Line:
    """The appliance's end of a pty."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.port = os.ttyname(slave)
        self._slave = slave  # held, so that the port outlives a gateway
        self._heard = b""

    def say(self, data: bytes) -> None:
        os.write(self.master, data)

    def hears(self, text: bytes, within_s: float = ACK_WITHIN_S) -> bool:
        """Whether the gateway writes a line with `text`; what came before it is forgotten."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if text in self._heard:
                self._heard = self._heard.partition(text)[2]
                return True
            if select.select([self.master], [], [], 0.1)[0]:
                self._heard += os.read(self.master, 4096)
        return False

    def close(self) -> None:
        os.close(self.master)
        os.close(self._slave)


@pytest.fixture
def line() -> Iterator[Line]:
    one = Line()
    yield one
    one.close()


def _settings(world: World, line: Line) -> None:
    world.settings.write_text(
        toml(
            {
                "gateway": {"id": "gw-1", "site": "s", "customer": "c", "trusted_clock": True},
                "store": {"path": str(world.folder / "home.db")},
                "mqtt": {"host": "127.0.0.1", "port": world.broker.port, "tls": False},
                "ble": {"backend": "off"},
                "control": {"socket": str(world.folder / "control.sock")},
                "serial": [{"device": "robot-1", "port": line.port}],
                "device": [
                    {
                        "id": "robot-1",
                        "driver": "appliance",
                        "role": "medication_robot",
                        "address": SERIAL,
                    }
                ],
            }
        ),
        encoding="utf-8",
    )


def test_garbage_and_wrong_crc_are_counted_and_the_good_frame_is_stored(
    own_world: World, line: Line
):
    """Noise, a broken frame, then a good one: only the good one is acknowledged."""
    _settings(own_world, line)
    own_world.start_gateway()
    wrong = frame(1, "DOSE_MISSED").replace(b"event", b"evend")
    line.say(os.urandom(300).replace(b"$", b"#") + b"\n" + wrong)
    assert not line.hears(b"ACK 1,1", within_s=1)
    line.say(frame(1, "DOSE_MISSED"))
    assert line.hears(b"ACK 1,1")
    status = own_world.gateway("status")
    assert status["refused"]["robot-1: crc"] == 1
    assert [a["code"] for a in status["open_alerts"]] == ["missed_dose"]


def test_an_acknowledged_event_survives_a_kill_and_its_repeat_is_harmless(
    own_world: World, line: Line
):
    """ACK, then SIGKILL at once: the event is there, its repeat is acknowledged, told once."""
    _settings(own_world, line)
    own_world.start_gateway()
    line.say(frame(1, "DOSE_MISSED"))
    assert line.hears(b"ACK 1,1")
    own_world.kill("gateway", signal.SIGKILL)
    own_world.start_gateway()
    before = own_world.gateway("alerts")
    assert [a["code"] for a in before] == ["missed_dose"]
    line.say(frame(1, "DOSE_MISSED"))
    assert line.hears(b"ACK 1,1")
    assert own_world.gateway("alerts")[0]["rev"] == before[0]["rev"]
    assert own_world.gateway("status")["store"]["rows"]["observation"] == 1


def test_what_was_said_while_the_gateway_was_down_is_not_lost(own_world: World, line: Line):
    """Bytes that wait in the port when it is opened are read, not flushed."""
    _settings(own_world, line)
    own_world.start_gateway()
    own_world.kill("gateway", signal.SIGKILL)
    line.say(frame(1, "REFILL_LOW"))
    own_world.start_gateway()
    assert line.hears(b"ACK 1,1")
    eventually("stored", lambda: own_world.gateway("status")["store"]["rows"]["observation"] == 1)
