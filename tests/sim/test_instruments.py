"""The virtual health devices: the bytes against published vectors, the control point, the words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

import pytest

from edge.domain import Device, Role
from edge.drivers.base import Notification
from edge.drivers.gatt import insulin
from edge.errors import ControlError, DecodeError
from edge.sim import encode_health as encode
from edge.sim import racp
from edge.sim.air import Air
from edge.sim.home import VirtualHome
from edge.sim.recorder import RACP, GlucoseMeter
from edge.sim.run import CONFIGURED
from edge.sim.script import load_dwelling
from tests.sim.process import sim_process
from tests.support.clock import instant

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from pathlib import Path

    from bumble.device import Connection

WHEN = datetime(2026, 3, 2, 14, 0, 0, tzinfo=UTC)
TIME = "ea0703020e0000"


@pytest.mark.parametrize(
    "made, expected",
    [
        # 36.6 Cel is 366e-1: FLOAT 6E 01 00 FF (Health Thermometer Service 1.0 §3.1)
        (encode.temperature(36.6, WHEN), "06 6e0100ff" + TIME + "02"),
        # 71.2 kg is 14240 steps of 5 g (Weight Scale Service 1.0 §3.2)
        (encode.weight(71.2, WHEN), "06 a037" + TIME + "01"),
        (encode.oximeter_spot(97, 64, WHEN), "01 6100 4000" + TIME),
        (encode.oximeter_live(97, 64), "00 6100 4000"),
        # 72 beats: RR of 853/1024 s (Heart Rate Service 1.0 §3.1)
        (encode.heart_rate(72), "16 48 5503"),
        # 5.6 mmol/L is 56e-4 mol/L (Glucose Service 1.0.1 §3.1)
        (encode.glucose(5, 5.6, WHEN), "0f 0500" + TIME + "0000 38c0 11 0000"),
        (encode.current_time(WHEN), TIME + "01 00 00"),
        (encode.cgm_feature(), encode.checked(bytes.fromhex("00100059")).hex()),
    ],
)
def test_each_value_is_what_its_service_says(made: bytes, expected: str) -> None:
    """Byte for byte, from the services' tables."""
    assert made == bytes.fromhex(expected)


def test_the_check_is_the_one_of_the_profile() -> None:
    """E2E-CRC vectors: 0x6F59, and 0x3F8E of a published CGM unit test."""
    assert encode.checked(bytes.fromhex("08000c100600"))[-2:] == bytes.fromhex("596f")
    vector = bytes.fromhex("0fe3d2e405000214ff02f0e5f3")
    assert encode.checked(vector)[-2:] == bytes.fromhex("8e3f")
    record = encode.cgm(104, 15, trend_tenths=-3)
    assert record[0] == len(record)
    assert record[:8].hex() == "0a0168000f00fdff"


RECORDS = [racp.Record(number, bytes((number,))) for number in (2, 3, 5, 8)]


@pytest.mark.parametrize(
    "request_, numbers",
    [
        ("0101", [2, 3, 5, 8]),
        ("0105", [2]),
        ("0106", [8]),
        ("010201 0300", [2, 3]),
        ("010301 0400", [5, 8]),
        ("010401 0300 0500", [3, 5]),
        ("0401", [2, 3, 5, 8]),
        ("040301 0900", []),
    ],
)
def test_a_request_means_these_records(request_: str, numbers: list[int]) -> None:
    """All, first, last, up to, from, between: report and count alike."""
    found = racp.chosen(bytes.fromhex(request_), RECORDS)
    assert [record.number for record in found] == numbers


@pytest.mark.parametrize(
    "request_, code",
    [
        ("0201", racp.NO_SUCH_OP_CODE),  # deletion
        ("0701", racp.NO_SUCH_OP_CODE),
        ("01", racp.BAD_OPERAND),
        ("", racp.BAD_OPERAND),
        ("0100", racp.NO_SUCH_OPERATOR),
        ("0107", racp.NO_SUCH_OPERATOR),
        ("010101", racp.BAD_OPERAND),
        ("0103", racp.NO_SUCH_FILTER),
        ("010302 0000", racp.NO_SUCH_FILTER),
        ("010301 00", racp.BAD_OPERAND),
        ("010401 0500 0300", racp.BAD_OPERAND),
        ("010301 0900", racp.NO_RECORDS),
    ],
)
def test_what_a_meter_does_not_do_it_says(request_: str, code: int) -> None:
    """Deleting above all: the answer names the op code that was asked for."""
    request = bytes.fromhex(request_)
    with pytest.raises(racp.Refused) as refused:
        racp.chosen(request, RECORDS)
    assert refused.value.code == code
    assert racp.answer(request, code)[3] == code


def test_a_count_is_answered_as_the_control_point_does() -> None:
    """`05 00` and the number."""
    assert racp.counted(260).hex() == "05000401"


def _home(tmp_path: Path, said: list[str]) -> VirtualHome:
    return VirtualHome(
        load_dwelling("vitals"),
        tmp_path,
        seed=1,
        speed=1.0,
        say=lambda _, text: said.append(text),
    )


async def test_every_instrument_can_be_used_by_its_words(tmp_path: Path) -> None:
    """The commands of a scenario; what is stored is counted in the status."""
    home = _home(tmp_path, [])
    for command, happened in (
        ("measure bp-1 138 84 66", "138/84"),
        ("measure thermometer 36.6", "36.6 Cel"),
        ("measure scale 71.2", "71.2 kg"),
        ("measure oximeter 97 64", "97 %"),
        ("measure glucose 5.6", "5.6 mmol/L"),
        ("measure cgm 104", "104 mg/dL"),
        ("wear heart 72", "worn"),
        ("wear heart off", "taken off"),
        ("wear oximeter 96 70", "worn"),
        ("clock bp-1 3600", "3600 s ahead"),
        ("clock bp-1 unset", "not set"),
        ("pairing bp-bonded", "pairing mode"),
        ("deliver pump pause 143", "pause, 143 IU"),
    ):
        assert happened in await home.do(command)
    assert "glucose: 1 stored, 0 sent" in await home.do("status")
    assert "heart: 0 sent" in await home.do("status")


async def test_an_instrument_that_is_switched_off_is_off(tmp_path: Path) -> None:
    """By its own name; all of them together sleep between measurements anyway."""
    home = _home(tmp_path, [])
    cuff = home._things["bp-1"]
    for command, on in (("off all", True), ("off bp-1", False), ("on bp-1", True)):
        await home.do(command)
        assert cuff.on is on


@pytest.mark.parametrize(
    "command",
    [
        "measure heart 72",
        "wear bp-1 1",
        "measure scale heavy",
        "clock bp-1",
        "power bp-1 maybe",
        "deliver pump go 1",
        "deliver bp-1 run 1",
    ],
)
async def test_what_an_instrument_cannot_do_is_refused(tmp_path: Path, command: str) -> None:
    """A trainer's slip is answered, and breaks nothing."""
    with pytest.raises(ControlError):
        await _home(tmp_path, []).do(command)


def test_every_device_of_the_dwelling_has_a_driver_to_be_configured_with() -> None:
    """What `sim.json` says of them; whether the drivers are there is seen where it is read."""
    for gadget in load_dwelling("vitals").device:
        assert CONFIGURED[gadget.kind][1] == "vitals"


class _Link:
    """A connection whose other side hangs up with its confirmation."""

    @staticmethod
    def cancel_on_disconnection(sending: Awaitable[None]) -> Awaitable[None]:
        return sending


@pytest.mark.parametrize("confirms", [True, False])
async def test_a_confirmed_answer_ends_a_transfer_whoever_hangs_up_then(
    monkeypatch: pytest.MonkeyPatch, *, confirms: bool
) -> None:
    """A collector ends the link at once after the last word; unconfirmed, it is asked for again."""
    meter = GlucoseMeter(Air(), "C4:4B:56:48:02:06", "Meter", lambda _: None)
    link = cast("Connection", _Link())

    async def notified(*_: object) -> None:
        """Goes out, and that is all that is known of it."""

    async def indicated(*_: object) -> None:
        meter._disconnected(0)
        if not confirms:
            raise TimeoutError

    monkeypatch.setattr(meter._device, "notify_subscriber", notified)
    monkeypatch.setattr(meter._device, "indicate_subscriber", indicated)
    meter._link, meter._asked = link, {GlucoseMeter.measurement, RACP}
    meter.measure(5.6)
    meter._asked_for(b"\x01\x01")
    await meter.serve(link)
    assert meter.sent == 1
    assert meter.eager is not confirms


@pytest.mark.timeout(40)
async def test_a_home_of_instruments_runs_as_a_process(tmp_path: Path) -> None:
    """`--home vitals`: a radio port, the devices' rows for a gateway, and the words work."""
    async with sim_process(tmp_path, "--home", "vitals", "--script", "quiet") as home:
        rows = {row["id"]: row["driver"] for row in home.report["device"]}
        assert rows["glucose"] == "glucose"
        assert len(rows) == len(load_dwelling("vitals").device)
        assert await home.tell("measure thermometer 36.6") == "measured 36.6 Cel"
        assert "thermometer: 1 stored, 0 sent" in await home.tell("status")
        assert await home.stop() == 0
    assert not [line for line in home.printed if "error" in line]


@pytest.mark.parametrize(
    "therapy, left, told",
    [("run", 143.4, "run"), ("pause", 0.0, "pause"), ("stop", 300.0, "stop")],
)
def test_the_pump_says_what_the_gateway_reads(therapy: str, left: float, told: str) -> None:
    """Status with its check, by two authors; one flipped bit is refused."""
    value = encode.insulin_status(therapy, left, 7)
    device = Device(id="pump", driver="insulin", role=Role.VITALS, address="")

    def read(data: bytes) -> dict[str, object]:
        frame = Notification(characteristic=insulin.STATUS, value=data)
        seen = insulin.decode(device, b"", frame, instant()).observations
        return {one.kind: one.value for one in seen}

    assert read(value) == {
        "insulin_therapy": told,
        "insulin_pump_state": "ready",
        "insulin_reservoir": round(left),
    }
    with pytest.raises(DecodeError, match="E2E-CRC"):
        read(bytes((value[0] ^ 0x01,)) + value[1:])
