from __future__ import annotations

import pytest

from edge.domain import Instant, Role
from edge.drivers import DRIVERS, best_match
from edge.drivers.advert import bthome, ruuvitag
from edge.drivers.base import BY_RADIO, Advert, Shape
from edge.drivers.inspect import decode_payload
from edge.errors import DecodeError
from tests.drivers.tools import MAC, device, frame


def test_the_ids_are_those_that_configurations_name() -> None:
    """An id never changes: configurations and stored devices carry it."""
    assert list(DRIVERS) == [
        "ruuvitag",
        "bthome",
        "blood_pressure",
        "heart_rate",
        "health_thermometer",
        "pulse_oximeter",
        "weight_scale",
        "glucose",
        "cgm",
        "insulin",
        "appliance",
        "ibeacon",
        "eddystone",
        "nonin",
        "bci",
        "and_ua767",
        "contact",
        "modbus_inputs",
        "dispenser_cloud",
        "shelly_smoke",
    ]


@pytest.mark.parametrize("name", DRIVERS)
def test_a_driver_has_what_its_shape_needs(name: str) -> None:
    """Adverts are matched, GATT has a plan, a line has a framer; all say why they may be silent."""
    one = DRIVERS[name]
    assert (one.plan is not None) == (one.shape is Shape.GATT)
    assert (one.framer is not None) == (one.shape is Shape.SERIAL)
    assert (one.match is not None) == (one.shape in BY_RADIO)
    assert bool(one.topics) == (one.shape is Shape.MESSAGE)
    assert one.silent_after_s > 0
    assert one.silent_reason
    assert one.roles <= set(Role)


def test_the_best_match_is_the_driver_that_reads_it() -> None:
    """An advertisement is claimed by the driver of its format, and a stranger's by none."""
    ruuvi = frame("ruuvitag", bytes.fromhex("0512FC5394C37C0004FFFC040CAC364200CDCBB8334C884F"))
    plain = frame("bthome", bytes.fromhex("4002C409"))
    cuff = Advert(address=MAC, service={"00001810-0000-1000-8000-00805f9b34fb": b""})
    for advert, name in ((ruuvi, "ruuvitag"), (plain, "bthome"), (cuff, "blood_pressure")):
        assert isinstance(advert, Advert)
        claim = best_match(advert)
        assert claim is not None
        assert claim[0].id == name
    for stranger in (
        Advert(address=MAC),
        Advert(address=MAC, manufacturer={0x004C: b"\x12\x19"}),
        Advert(address=MAC, manufacturer={ruuvitag.COMPANY_ID: b"\x03"}),
        Advert(address=MAC, service={bthome.SERVICE: b""}),
        Advert(address=MAC, service={bthome.SERVICE: b"\x20"}),
    ):
        assert best_match(stranger) is None


@pytest.mark.parametrize("name", DRIVERS)
def test_a_driver_refuses_the_frames_of_another_shape(name: str, at: Instant) -> None:
    """A frame that came another way is not ours."""
    other = "appliance" if DRIVERS[name].shape is Shape.ADVERT else "bthome"
    for strange in (frame(other, b""), Advert(address=MAC)):
        with pytest.raises(DecodeError) as refused:
            DRIVERS[name].decode(device(name), b"", strange, at)
        assert refused.value.reason == "not_ours"


def test_inspect_names_the_drivers_there_are(at: Instant) -> None:
    """A driver that is not there is refused with the list of those that are."""
    with pytest.raises(DecodeError, match=", ".join(DRIVERS)):
        decode_payload("zigbee", b"", None, None, at)


def test_inspect_takes_a_mac_in_small_letters(at: Instant) -> None:
    """The MAC may be written in either case."""
    payload = bytes.fromhex("41e445f3c9962b332211006c7c4519")
    key = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
    assert len(decode_payload("bthome", payload, MAC.lower(), key, at)) == 2


@pytest.mark.parametrize(
    "mac, key, reason",
    [
        (None, "231d39c1d7cc1ab1aee224cd096db932", "no_address"),
        (MAC, None, "no_key"),
        (MAC, "231d39c1d7cc1ab1aee224cd096db9", "bad_key"),
        (MAC, "231d39c1d7cc1ab1aee224cd096db933", "wrong_key"),
        ("54:48:E6:8F:80:A6", "231d39c1d7cc1ab1aee224cd096db932", "wrong_key"),
    ],
)
def test_inspect_says_what_decryption_lacks(
    mac: str | None, key: str | None, reason: str, at: Instant
) -> None:
    """No key, no MAC, a key of another length and a wrong one are told apart."""
    payload = bytes.fromhex("41e445f3c9962b332211006c7c4519")
    with pytest.raises(DecodeError) as refused:
        decode_payload("bthome", payload, mac, None if key is None else bytes.fromhex(key), at)
    assert refused.value.reason == reason
