"""Where the packaged parsers read a frame otherwise: the standard's words, and who is right.

Each row is run against both parsers, and `docs/developer/disagreements.md` is this table.
"""

from __future__ import annotations

from typing import NamedTuple

from tests.drivers.tools import KEY, sealed


class Row(NamedTuple):
    what: str
    frames: tuple[bytes, ...]  # heard one after the other, a second apart
    ours: tuple[object, ...]  # of the last frame: values, or the reason of its refusal
    theirs: tuple[object, ...]
    words: str
    right: str
    driver: str = "bthome"
    key: bytes | None = None
    kind: str | None = None  # ours: only values of this kind
    field: str | None = None  # theirs: only this field


def plain(*payloads: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(payload) for payload in payloads)


READING = bytes.fromhex("02C409")
WRONG_KEY = bytes(16)
FORMAT = "bthome.io/format: "
ENCRYPTION = "bthome.io/encryption: "
RUUVI = "docs.ruuvi.com: "
WORDS = '"verifying that the counter has increased compared to the previous counter value"'
SIX = "06170C5668C79E007000C9{voc}01{lux}FFCD{flags}4C884F"

ROWS = (
    Row(
        "battery of 255 %",
        plain("4001FF"),
        (None,),
        (255,),
        FORMAT + "0x01 battery, uint8, factor 1, %",
        "ours: no battery has 255 %; told as out of range",
    ),
    Row(
        "safety, neither 0 nor 1",
        plain("402802"),
        (False,),
        (True,),
        FORMAT + "0x28 safety, 0 (False = Unsafe), 1 (True = Safe)",
        "open: the format knows no 2; what is not surely safe is told as unsafe",
    ),
    Row(
        "temperature 0x58 of one step",
        plain("405801"),
        (0.35,),
        (0.3,),
        FORMAT + "0x58 temperature, sint8, factor 0.35",
        "ours: theirs rounds a step of 0.35 to one decimal",
    ),
    Row(
        "hold of an old Shelly button",
        plain("443AFE"),
        ("hold",),
        (),
        "shelly-api-docs.shelly.cloud: 0xFE* button hold, for firmware prior to 1.0.20",
        "ours: the maker says what it is",
    ),
    Row(
        "press without a name in the format",
        plain("443A42"),
        ("other",),
        (),
        FORMAT + "events 0x00 to 0x06 and 0x80",
        "open: somebody pressed, and a call must not be lost for a code",
    ),
    Row(
        "second of two buttons",
        plain("443A003A01"),
        ("press 2",),
        ("button_2 press",),
        FORMAT + '"3A003A01 will send no event for the first button, and an event press for the '
        'second"',
        "both: the button stands in the value here, in the key there",
    ),
    Row(
        "text of no letters",
        plain("405300"),
        ("",),
        (),
        FORMAT + "0x53 text, the first byte is the length",
        "ours: an empty text is a text",
    ),
    Row(
        "command without a name",
        plain("403B0007"),
        ("command_7",),
        (),
        "0x3B is in the reference parser only; the page has not taken it up",
        "open: told by its number here, dropped there",
    ),
    Row(
        "frame cut short behind an alarm that rests",
        plain("4029002A"),
        ("length",),
        (False,),
        FORMAT + "smoke, uint8 (1 byte), 0 (False = Clear)",
        "open: a damaged frame may raise an alarm here, and never clears one",
    ),
    Row(
        "reserved bit 1 of the device information set",
        plain("42A5808FE6485402C409"),
        ("reserved",),
        (25.0,),
        FORMAT + "bit 1: Reserved for future use",
        "open: they read an early draft in which it meant six bytes of address",
    ),
    Row(
        "packet id that goes back, other data",
        plain("40004002C409", "40000A02C209"),
        (24.98,),
        (),
        FORMAT + '"only process the advertisement if the packet id is different compared to the '
        'previous one"',
        "ours: 10 is different from 64; theirs takes it for older and drops it",
    ),
    Row(
        "counter below 100 after a higher one",
        (sealed(READING, 5000), sealed(READING, 50)),
        ("replay",),
        (25.0,),
        ENCRYPTION + WORDS,
        "ours: any recording of a sender's first hundred frames passes theirs (decision 0015)",
        key=KEY,
    ),
    Row(
        "old counter behind two forged frames",
        (
            sealed(READING, 5000),
            sealed(READING, 5001, key=WRONG_KEY),
            sealed(READING, 5002, key=WRONG_KEY),
            sealed(READING, 4000),
        ),
        ("replay",),
        (25.0,),
        ENCRYPTION + WORDS,
        "ours: two frames that cannot be decrypted switch theirs off",
        key=KEY,
    ),
    Row(
        "movement counter of 255",
        plain("0512FC5394C37C0004FFFC040CAC36FF00CDCBB8334C884F"),
        (None,),
        (255,),
        RUUVI + '"Not available is signified by largest presentable number for unsigned values"',
        "ours: theirs lacks this field's marker",
        driver="ruuvitag",
        kind="movement_counter",
        field="movement_counter",
    ),
    Row(
        "temperature of half a hundredth",
        plain("0501C35394C37C0004FFFC040CAC364200CDCBB8334C884F"),
        (2.255,),
        (2.25,),
        RUUVI + "0x01C3 is +2.255 °C, in 0.005 °C increments",
        "ours: theirs rounds to two decimals",
        driver="ruuvitag",
        kind="temperature",
        field="temperature",
    ),
    Row(
        "luminosity of format 6",
        plain(SIX.format(voc="05", lux="01", flags="00")),
        (0.04,),
        (0,),
        RUUVI + "0x01 is 0.04 lux; values should be rounded at most to 0.01 precision",
        "ours: theirs rounds to whole lux",
        driver="ruuvitag",
        kind="illuminance",
        field="illuminance",
    ),
    Row(
        "VOC index above 500",
        plain(SIX.format(voc="FB", lux="D9", flags="00")),
        (None,),
        (502,),
        RUUVI + "VOC index, 0 ... 500; 0x1FF is not available",
        "open: the page names no meaning for 501 to 510; told as out of range",
        driver="ruuvitag",
        kind="voc_index",
        field="voc_index",
    ),
    Row(
        "calibration in progress",
        plain(SIX.format(voc="05", lux="D9", flags="01")),
        ("calibrating",),
        (),
        RUUVI + '"Calibration in progress, sensor data not fully accurate yet"',
        "ours: the readings are flagged; theirs drops the flag",
        driver="ruuvitag",
        kind="measurement_status",
        field="calibration_in_progress",
    ),
    Row(
        "payload that names another device",
        plain("06170C5668C79E007000C90501D9FFCD004C8850"),
        ("not_ours",),
        (29.5,),
        RUUVI + "17-19: lowest 3 bytes of device MAC address",
        "ours: theirs takes the readings for the device whose address sent them",
        driver="ruuvitag",
        field="temperature",
    ),
)
