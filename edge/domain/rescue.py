"""A rescue card: what a caller reads to 112, and what the crew wants to know on the way.

Everything may be unknown, and what is unknown is said: a gap is never printed as a good answer.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.domain.base import Record
from edge.domain.notification import BuildingType, EscapeCapacity, Known
from edge.domain.task import Tenure

Line = Annotated[str, Meta(max_length=60, description="one line of at most 60 characters")]
Storey = Annotated[int, Meta(ge=-3, le=99, description="a storey; the ground floor is 1")]
YesNo = Literal["yes", "no"]


class RescueContact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody who knows the home: relative, caretaker, nurse on call."""

    name: Line
    phone: Annotated[
        str,
        Meta(pattern=r"^[0-9+ ()-]{3,24}$", description="a telephone number", examples=["09 1234"]),
    ]
    who: Line = ""


class Rescue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What people tell and no device can: `[rescue]` of the gateway's settings, and at the desk.

    All of it may be left out; what is left out is printed as not known. Where somebody sleeps is
    what the household said, never where a tag was.
    """

    entrance: Line = ""
    stair: Annotated[str, Meta(max_length=8, description="the stair's letter")] = ""
    storey: Storey | None = None
    storeys: Storey | None = None
    lift: YesNo | None = None
    building: BuildingType = BuildingType.UNKNOWN
    tenure: Tenure = Tenure.FALLBACK
    owner: Line = ""
    persons: Annotated[int, Meta(ge=0, le=99, description="who lives there")] | None = None
    sleeps_in: Line = ""
    usually_in: Line = ""
    oxygen: YesNo | None = None
    hoarding: YesNo | None = None
    gas: YesNo | None = None
    electricity_off: Line = ""
    water_off: Line = ""
    gas_off: Line = ""
    pets: Line = ""
    note: Line = ""
    client: YesNo | None = None  # of home care or social welfare; at the desk only
    contact: Annotated[
        tuple[RescueContact, ...], Meta(max_length=3, description="at most 3 contacts")
    ] = ()


class RescueHazard(StrEnum):
    OXYGEN = "oxygen"
    HOARDING = "hoarding"
    GAS = "gas"
    FLAMMABLE = "flammable"
    BLOCKED = "blocked"
    WIRING = "wiring"


class AccessState(StrEnum):
    NOT_HERE = "not_here"  # the gateway has no door codes
    NOT_RELEASED = "not_released"
    RELEASED = "released"
    UNKNOWN = "unknown"


class RescueRoom(Record, frozen=True, kw_only=True):
    """A room as the household told it. `alarms`: smoke alarms that stand in it."""

    id: str
    label: str = ""
    outer: bool = False
    next_to: tuple[str, ...] = ()
    alarms: int = 0


class RescueCard(msgspec.Struct, frozen=True, kw_only=True):
    """`address` "": nobody confirmed it. Moments and days are ISO 8601, "" not known."""

    schema_version: str = "1.0"
    made_at: str
    source: str  # "gateway gw-0001", "desk area-07"
    address: str = ""
    resident: str = ""
    entrance: str = ""
    stair: str = ""
    storey: int | None = None
    storeys: int | None = None
    lift: Known = Known.UNKNOWN
    building: BuildingType = BuildingType.UNKNOWN
    persons: int | None = None
    escape: EscapeCapacity = EscapeCapacity.NOT_ASSESSED
    escape_on: str = ""
    escape_old: bool = False  # the answer has outlived its time; what it said stays printed
    alone_at_night: Known = Known.UNKNOWN
    sleeps_in: str = ""
    usually_in: str = ""
    rooms: tuple[RescueRoom, ...] = ()
    hazards: tuple[RescueHazard, ...] = ()
    oxygen: Known = Known.UNKNOWN
    hoarding: Known = Known.UNKNOWN
    gas: Known = Known.UNKNOWN
    electricity_off: str = ""
    water_off: str = ""
    gas_off: str = ""
    pets: str = ""
    note: str = ""
    access: str = ""
    access_state: AccessState = AccessState.NOT_HERE
    contacts: tuple[RescueContact, ...] = ()
    unknown: tuple[str, ...] = ()  # codes of `rescue_unknown`
