"""What a rescue crew needs to know of a home and no device can tell: told by people, `[rescue]`.

The gateway's settings have this table, and the desk keeps the same one of each customer. Nothing
of it is measured: where somebody sleeps is what the household said, never where a tag was.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from edge.config.words import Section
from edge.domain.notification import BuildingType, Tenure

Line = Annotated[str, Meta(max_length=80, description="one line of at most 80 characters")]
Storey = Annotated[int, Meta(ge=-3, le=99, description="a storey; the ground floor is 1")]
YesNo = Literal["yes", "no"]


class RescueContact(Section, frozen=True, kw_only=True):
    """Somebody who knows the home: relative, caretaker, nurse on call."""

    name: Line
    phone: Annotated[
        str,
        Meta(pattern=r"^[0-9+ ()-]{3,24}$", description="a telephone number", examples=["09 1234"]),
    ]
    who: Line = ""


class Rescue(Section, frozen=True, kw_only=True):
    """All of it may be left out; what is left out is printed as not known."""

    entrance: Line = ""
    stair: Annotated[str, Meta(max_length=8, description="the stair's letter")] = ""
    storey: Storey | None = None
    storeys: Storey | None = None
    lift: YesNo | None = None
    building: BuildingType = BuildingType.UNKNOWN
    tenure: Tenure = Tenure.UNKNOWN
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
