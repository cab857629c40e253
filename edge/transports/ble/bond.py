"""What sessions learn of a bond that is missing: said by the device, or seen by its failing."""

from __future__ import annotations

from enum import StrEnum

from bleak.exc import BleakDBusError, BleakGATTProtocolError
from bleak.exc import BleakGATTProtocolErrorCode as Code

# Connections that fail in a row before a bond is thought of: at the edge of the radio's reach one
# fails now and then, and the third comes ten seconds after the first.
SUSPECT_AFTER = 3

_NEEDS_BOND = frozenset(
    {
        Code.INSUFFICIENT_AUTHENTICATION,
        Code.INSUFFICIENT_AUTHORIZATION,
        Code.INSUFFICIENT_ENCRYPTION_KEY_SIZE,
        Code.INSUFFICIENT_ENCRYPTION,
    }
)
_NOT_PERMITTED = "org.bluez.Error.NotPermitted"  # with "Not paired"; plain refusals have a code


class MustPair(StrEnum):
    """Why an instrument is to be paired again."""

    NONE_HELD = "none_held"  # it wants a bond, and this radio holds none
    PERHAPS = "perhaps"  # connections fail and no bond is held: so BlueZ shows one that is missing
    REFUSED = "refused"  # connections fail although one is held: it was cleared, or is out of reach


def needs_bond(error: BaseException) -> bool:
    """Whether the device itself says that it wants a bond first."""
    if isinstance(error, BleakGATTProtocolError):
        return error.code in _NEEDS_BOND
    return isinstance(error, BleakDBusError) and error.dbus_error == _NOT_PERMITTED
