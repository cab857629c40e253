"""A rescue card of what people told and what the checklists hold; pure, the same at home and desk.

No device has a say in it but as a smoke alarm that stands in a room. Where somebody sleeps is what
the household told; no track of a tag comes in here.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from edge.domain.notification import EscapeCapacity, Known
from edge.domain.rescue import (
    AccessState,
    Rescue,
    RescueCard,
    RescueHazard,
    RescueRoom,
)

_ESCAPE = {
    "yes": EscapeCapacity.CAN,
    "maybe": EscapeCapacity.MAY,
    "no": EscapeCapacity.CANNOT,
}
# Worst first: of two answers the worse one is printed.
_WORST = (EscapeCapacity.CANNOT, EscapeCapacity.MAY, EscapeCapacity.CAN)
_ESCAPE_ITEMS = ("FS-22", "TE-07")
_HAZARDS = {
    RescueHazard.HOARDING: ("FS-18:blocked", "FS-18:crowded", "TE-05:blocked", "TE-05:crowded"),
    RescueHazard.FLAMMABLE: ("FS-17:present", "FS-17:with_flame"),
    RescueHazard.BLOCKED: ("FS-21:blocked", "TE-06:blocked", "FS-19:at_exit"),
    RescueHazard.WIRING: ("FS-11:dangerous", "TE-04:dangerous"),
}
_NO_GOODS = ("FS-18:clear", "TE-05:clear")
# The items of which a card is made.
ITEMS = frozenset(
    {*_ESCAPE_ITEMS, "FS-24"}
    | {code.partition(":")[0] for codes in _HAZARDS.values() for code in codes}
)


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """An item's answer in force: its code, its day, and whether its time is over."""

    code: str
    on: str
    old: bool = False


def card(
    facts: Rescue,
    *,
    made_at: str,
    source: str,
    address: str = "",
    resident: str = "",
    residents: int = 0,
    rooms: tuple[RescueRoom, ...] = (),
    answers: Mapping[str, Answered] | None = None,
    escape: EscapeCapacity = EscapeCapacity.NOT_ASSESSED,
    access: str = "",
    access_state: AccessState = AccessState.NOT_HERE,
) -> RescueCard:
    """`answers` by item; `escape`: told beside the checklists; `residents`: enrolled, 0 unknown.

    A danger that was answered stays on the card when its answer has grown old; a good answer that
    has grown old is no longer one.
    """
    known = answers or {}
    found = {f"{item}:{one.code}" for item, one in known.items()}
    valid = {f"{item}:{one.code}" for item, one in known.items() if not one.old}
    out, out_on, is_old = _getting_out(known, escape)
    hoarding = _goods(facts, found, valid)
    oxygen, gas = _told(facts.oxygen), _told(facts.gas)
    hazards = [one for one, codes in _HAZARDS.items() if found & set(codes)]
    told = (
        (RescueHazard.OXYGEN, oxygen),
        (RescueHazard.HOARDING, hoarding),
        (RescueHazard.GAS, gas),
    )
    hazards = [one for one, known_ in told if known_ is Known.YES] + [
        one for one in hazards if one is not RescueHazard.HOARDING
    ]
    made = RescueCard(
        made_at=made_at,
        source=source,
        address=address,
        resident=resident,
        entrance=facts.entrance,
        stair=facts.stair,
        storey=facts.storey,
        storeys=facts.storeys,
        lift=_told(facts.lift),
        building=facts.building,
        persons=facts.persons if facts.persons is not None else residents or None,
        escape=out,
        escape_on=out_on,
        escape_old=is_old,
        alone_at_night=_alone(known),
        sleeps_in=facts.sleeps_in,
        usually_in=facts.usually_in,
        rooms=rooms,
        hazards=tuple(hazards),
        oxygen=oxygen,
        hoarding=hoarding,
        gas=gas,
        electricity_off=facts.electricity_off,
        water_off=facts.water_off,
        gas_off=facts.gas_off,
        pets=facts.pets,
        note=facts.note,
        access=access,
        access_state=access_state,
        contacts=facts.contact,
    )
    return msgspec.structs.replace(made, unknown=_unknown(made))


def _getting_out(
    known: Mapping[str, Answered], told: EscapeCapacity
) -> tuple[EscapeCapacity, str, bool]:
    """The worst of what was answered and told; a good answer beyond its time counts as unsure."""
    found: list[tuple[EscapeCapacity, str, bool]] = []
    for item in _ESCAPE_ITEMS:
        one = known.get(item)
        if one is not None and one.code in _ESCAPE:
            out = _ESCAPE[one.code]
            if one.old and out is EscapeCapacity.CAN:
                out = EscapeCapacity.MAY
            found.append((out, one.on, one.old))
    if told is not EscapeCapacity.NOT_ASSESSED:
        found.append((told, "", False))
    if not found:
        return EscapeCapacity.NOT_ASSESSED, "", False
    return min(found, key=lambda one: _WORST.index(one[0]))


def _goods(facts: Rescue, found: set[str], valid: set[str]) -> Known:
    """Whether there are many goods: a finding beats what was told, and "none" has to be valid."""
    if found & set(_HAZARDS[RescueHazard.HOARDING]):
        return Known.YES
    told = _told(facts.hoarding)
    return Known.NO if told is Known.UNKNOWN and valid & set(_NO_GOODS) else told


def _alone(known: Mapping[str, Answered]) -> Known:
    one = known.get("FS-24")
    if one is None:
        return Known.UNKNOWN
    if one.code == "alone":
        return Known.YES
    return Known.NO if one.code in ("able_adult", "other_frail") and not one.old else Known.UNKNOWN


def _told(word: str | None) -> Known:
    return Known.UNKNOWN if word is None else Known(word)


def _unknown(made: RescueCard) -> tuple[str, ...]:
    values: dict[str, object] = {
        "address": made.address,
        "entrance": made.entrance or made.stair,
        "storey": made.storey,
        "persons": made.persons,
        "escape": made.escape is not EscapeCapacity.NOT_ASSESSED and not made.escape_old,
        "alone": made.alone_at_night is not Known.UNKNOWN,
        "sleeps": made.sleeps_in,
        "usually": made.usually_in,
        "rooms": made.rooms,
        "oxygen": made.oxygen is not Known.UNKNOWN,
        "hoarding": made.hoarding is not Known.UNKNOWN,
        "gas": made.gas is not Known.UNKNOWN,
        "electricity": made.electricity_off,
        "water": made.water_off,
        "pets": made.pets,
        "contacts": made.contacts,
        "access": made.access_state is not AccessState.UNKNOWN,
    }
    return tuple(code for code, value in values.items() if value in ("", None, (), False))
