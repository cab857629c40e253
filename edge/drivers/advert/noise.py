"""What fills the air and is nobody's reading: known by its first bytes, dropped unread.

Sources: Bluetooth SIG assigned numbers (company and 16-bit UUIDs); for Apple's
types, Martin et al., "Handoff All Your Privacy", PoPETs 2019(4), table 1: of
company 0x004C only type 0x02 is an iBeacon, everything else (0x0C Handoff, 0x10
Nearby Info, 0x12 Find My, ...) is a telephone's own.

Strangers are dropped by their address, without a look at what they say. This is
for the address that is ours: a wristband that also says "nearby", a telephone
that is carried as a tag.
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.drivers.advert import ibeacon

_MICROSOFT = 0x0006  # Swift Pair, nearby sharing
_BASE = "0000{:04x}-0000-1000-8000-00805f9b34fb"
_SILENT_SERVICES = frozenset(
    _BASE.format(number)
    for number in (
        0xFD6F,  # exposure notification
        0xFE2C,  # Fast Pair
        0xFEF3,  # nearby share
    )
)
_IBEACON_TYPE = b"\x02"


def is_noise(manufacturer: Mapping[int, bytes], service: Mapping[str, bytes]) -> bool:
    """Whether nothing in an advertisement can be a reading; one strange field is enough to keep it.

    An advertisement without any data, a bare name, says nothing either.
    """
    for company, data in manufacturer.items():
        if company == ibeacon.COMPANY_ID:
            if data[:1] == _IBEACON_TYPE:
                return False
        elif company != _MICROSOFT:
            return False
    return _SILENT_SERVICES.issuperset(service)
