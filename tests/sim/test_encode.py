"""The virtual devices' encoders against published vectors."""

from __future__ import annotations

import struct
from datetime import datetime

from edge.sim import encode

# bthome.io, "Encryption": key, address, payload of 25.06 Cel and 50.55 %.
BTHOME_KEY = bytes.fromhex("231d39c1d7cc1ab1aee224cd096db932")
BTHOME_ADDRESS = "54:48:E6:8F:80:A5"
BTHOME_OBJECTS = {0x02: bytes.fromhex("ca09"), 0x03: bytes.fromhex("bf13")}
BTHOME_SEALED = "41a47266c95f730011223378237214"

# docs.ruuvi.com, data format 5, "valid data" and "maximum values".
RUUVI_VALID = "0512fc5394c37c0004fffc040cac364200cdcbb8334c884f"


def test_bthome_encrypted_is_the_published_vector() -> None:
    """Nonce, counter and MIC stand where bthome.io puts them."""
    sealed = encode.bthome_encrypted(
        BTHOME_OBJECTS, key=BTHOME_KEY, address=BTHOME_ADDRESS, counter=0x33221100
    )
    assert sealed.hex() == BTHOME_SEALED


def test_bthome_plain_sorts_its_objects_and_says_what_it_is() -> None:
    """Ids ascend whatever the order of making; version 2, the trigger flag in bit 2."""
    objects = {0x3A: b"\x01", 0x00: b"\x07", 0x01: b"\x61"}
    assert encode.bthome_plain(objects, triggered=True).hex() == "44000701613a01"
    assert encode.bthome_plain(objects).hex() == "40000701613a01"


def test_ruuvi_is_the_published_vector() -> None:
    """24.3 Cel, 53.49 %, 100044 Pa, 4/-4/1036 mG, 2977 mV, 66 movements, sequence 205."""
    payload = encode.ruuvi_df5(
        address="CB:B8:33:4C:88:4F",
        sequence=205,
        temperature_c=24.3,
        humidity_pct=53.49,
        pressure_pa=100_044,
        movements=66,
    )
    assert payload.hex() == RUUVI_VALID


def test_sfloat_is_twos_complement_in_both_parts() -> None:
    """IEEE 11073-20601: 18.9, 11, 1.0 and 72.0 as real devices send them."""
    assert encode.sfloat(189, -1).hex() == "bdf0"
    assert encode.sfloat(11).hex() == "0b00"
    assert encode.sfloat(10, -1).hex() == "0af0"
    assert encode.sfloat(720, -1).hex() == "d0f2"


def test_blood_pressure_has_every_optional_field_in_the_order_of_the_flags() -> None:
    """138/88 mmHg, 17 April 20:41:59, pulse 60, user 1: the layout of a full measurement."""
    when = datetime(2026, 4, 17, 20, 41, 59)  # noqa: DTZ001 (the characteristic has no zone)
    measured = encode.blood_pressure(138, 88, 60, when, user=1, status=0x27)
    assert measured.hex() == "1e8a0058006800ea07041114293b3c00012700"
    assert len(measured) == 19


def test_crc_has_the_catalogue_check_value() -> None:
    """CRC-16/CCITT-FALSE over "123456789" is 29B1."""
    assert encode.crc16_ccitt_false(b"123456789") == 0x29B1


def test_a_link_line_is_one_line_with_its_crc() -> None:
    """Between $ and *, ASCII, and the CRC over just that."""
    line = encode.link_line("KV-1", "EV", boot=7, seq=3, uptime_ms=12500, fields={"event": "JAM"})
    body, crc = line.removesuffix(b"\r\n").removeprefix(b"$").split(b"*")
    assert body == b"KV-1,EV,7,3,12500,event=JAM"
    assert int(crc, 16) == encode.crc16_ccitt_false(body)


def test_every_advert_fits_a_legacy_packet() -> None:
    """31 bytes are all that a legacy advertisement has."""
    objects = {0x00: b"\x01", 0x01: b"\x61", 0x3A: b"\x01"}
    sealed = encode.bthome_encrypted(
        objects, key=BTHOME_KEY, address=BTHOME_ADDRESS, counter=1, triggered=True
    )
    ruuvi = encode.ruuvi_df5(address=BTHOME_ADDRESS, sequence=1, temperature_c=20, humidity_pct=40)
    for advert in (
        encode.bthome_advert(sealed),
        encode.ruuvi_advert(ruuvi),
        encode.cuff_advert("Blood pressure cuff"),
    ):
        assert len(advert) <= 31
        lengths = 0
        while lengths < len(advert):
            lengths += struct.unpack_from("B", advert, lengths)[0] + 1
        assert lengths == len(advert)
