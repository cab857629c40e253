"""Who is in the air: bounded, explained, and nobody's telephone by name."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.app.installing.recognise import claims, fitting_roles, samples, short_uuid, why
from edge.app.installing.sightings import ADVERTISERS_MAX, Focus, Sightings, is_noise, sighting_row
from edge.domain import Device, Role, Secret
from edge.drivers import DRIVERS
from edge.drivers.base import Advert
from tests.support.clock import instant

BTHOME = "0000fcd2-0000-1000-8000-00805f9b34fb"
PRESSURE = "00001810-0000-1000-8000-00805f9b34fb"
BUTTON = "54:48:E6:8F:80:A5"
# The encrypted vector of the format's own page, and its key.
KEY = Secret(bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932"))
SEALED = bytes.fromhex("41a47266c95f730011223378237214")
PRESS = bytes.fromhex("4400013a01")


def bthome(data: bytes, address: str = BUTTON, rssi_dbm: int = -60) -> Advert:
    return Advert(address=address, service={BTHOME: data}, rssi_dbm=rssi_dbm)


def stranger(number: int, rssi_dbm: int) -> Advert:
    address = f"5A:00:00:00:{number >> 8:02X}:{number & 255:02X}"
    return Advert(address=address, manufacturer={0x004C: b"\x12\x19"}, rssi_dbm=rssi_dbm)


def seen_of(*adverts: Advert) -> Sightings:
    seen = Sightings()
    for advert in adverts:
        seen.take(advert, (), 0)
    return seen


def test_the_table_keeps_the_strongest_and_what_a_driver_reads():
    """A flood of strangers leaves the bound, and the weakest device of ours, alone."""
    seen = seen_of(bthome(PRESS, rssi_dbm=-99))
    for number in range(4 * ADVERTISERS_MAX):
        seen.take(stranger(number, -40 - number % 50), (), number)
        assert len(seen) <= ADVERTISERS_MAX
    assert seen.get(BUTTON) is not None
    assert seen.packets == 1 + 4 * ADVERTISERS_MAX
    assert seen.dropped + len(seen) == 1 + 4 * ADVERTISERS_MAX


def test_a_claim_says_what_it_stands_on():
    """The driver's own reason: the part without which it would not claim."""
    advert = Advert(
        address=BUTTON, name="Shelly", manufacturer={0x0BA9: b"\x01"}, service={BTHOME: PRESS}
    )
    claim, driver = claims(advert)[0]
    assert (driver.id, claim) == ("bthome", 90)
    assert why(driver, advert, claim) == [{"part": "service_data", "id": "0xFCD2", "head": "44"}]


def test_a_service_without_data_is_a_claim_too():
    """A cuff only names its service; nothing more is needed to know the driver."""
    seen = Sightings()
    seen.take(Advert(address=BUTTON), (PRESSURE,), 0)
    found = seen.get(BUTTON)
    assert found is not None
    row = sighting_row(found, None, instant())
    assert row["driver"] == "blood_pressure"
    assert row["why"] == [{"part": "service", "id": "0x1810"}]


@pytest.mark.parametrize(
    "data, key, needs_key", [(SEALED, None, True), (SEALED, KEY, False), (PRESS, None, False)]
)
def test_an_encrypted_sender_without_its_key_is_told(data, key, needs_key):
    """Enrolled with its key, or in plain: nothing is needed."""
    seen = seen_of(bthome(data)).get(BUTTON)
    assert seen is not None
    device = Device(id="x", driver="bthome", role=Role.HELP_BUTTON, address=BUTTON, key=key)
    row = sighting_row(seen, None if key is None else device, instant())
    assert row["needs_key"] is needs_key


@pytest.mark.parametrize(
    "advert, noise",
    [
        (stranger(1, -50), True),
        (Advert(address="48:11:22:33:44:55"), True),  # changes by itself, and has no name
        (Advert(address="C8:11:22:33:44:55"), False),  # static: a thing of some kind
        (Advert(address="48:11:22:33:44:55", name="Scale"), False),
    ],
)
def test_noise_is_what_nobody_would_enrol(advert, noise):
    """Telephones and passers-by; a device that no driver knows is still shown."""
    seen = seen_of(advert).get(advert.address)
    assert seen is not None
    assert is_noise(seen) is noise


def test_one_sender_in_focus_keeps_what_it_said_before():
    """A press is followed by rest: the role comes from both; others leave no trace."""
    focus = Focus(BUTTON)
    focus.take(bthome(PRESS), (), 0)
    focus.take(bthome(bytes.fromhex("4400020161")), (), 1)
    focus.take(stranger(1, -50), (), 2)
    assert len(focus) == 1
    driver = DRIVERS["bthome"]
    said, refusal = samples(driver, focus.adverts, None, None, instant())
    assert refusal is None
    assert fitting_roles(driver, focus.adverts[0], said) == [Role.HELP_BUTTON]


def test_the_key_opens_the_sample():
    """Values for the installer in front of the device; without the key only the reason."""
    driver = DRIVERS["bthome"]
    said, refusal = samples(driver, [bthome(SEALED)], None, KEY, instant())
    assert {o.kind: o.value for o in said} == {"temperature": 25.06, "humidity": 50.55}
    assert refusal is None
    assert samples(driver, [bthome(SEALED)], None, None, instant()) == ((), "no_key")


@given(
    st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=31), max_size=12),
    st.dictionaries(st.sampled_from([BTHOME, PRESSURE]), st.binary(max_size=31)),
    st.text(max_size=60) | st.none(),
)
def test_whatever_a_stranger_sends_it_is_one_bounded_row(manufacturer, service, name):
    """No advertisement breaks the table, and no name carries a terminal's commands."""
    advert = Advert(address=BUTTON, name=name, manufacturer=manufacturer, service=service)
    seen = seen_of(advert, advert).get(BUTTON)
    assert seen is not None
    row = sighting_row(seen, None, instant())
    assert row["name"] is None or row["name"].isprintable()
    assert len(msgspec.json.encode(row)) < 1_000


def test_uuids_of_the_sig_are_short():
    """0xFCD2 as the datasheets write it; a maker's own stays whole."""
    own = "6e400001-b5a3-f393-e0a9-e50e24dcca9e"
    assert short_uuid(BTHOME) == "0xFCD2"
    assert short_uuid(own) == own
