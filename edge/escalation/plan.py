"""Who is asked, in which order: the plan of one home, and all that must hold of it.

The same records are the tables of the TOML file and the body that is stored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from edge.domain import ESCALATION_MAX
from edge.errors import ConfigFault
from edge.escalation.hours import WEEK_MIN, named, spans_of, uncovered
from edge.settings import check

# A text message takes the modem some seconds; the ninth would be asked after the next level.
RECIPIENTS_MAX = 8
# E.164 §6: at most 15 digits with the country code; no subscriber has fewer than 7.
_E164 = re.compile(r"\+[1-9]\d{6,14}")
# ITU-T E.161.1 (112, 911), and what countries of this product and its neighbours keep beside it.
EMERGENCY = frozenset({"000", "08", "110", "111", "112", "113", "118", "119", "911", "999"})


class PlanRole(StrEnum):
    """What a recipient is. The rescue department is none: a person calls 112."""

    COORDINATOR = "coordinator"
    NURSE = "nurse"
    RELATIVE = "relative"
    HELPER = "helper"


class Recipient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One named person, or the duty telephone of one service."""

    id: Annotated[
        str,
        Meta(
            pattern=r"^[a-z0-9][a-z0-9._-]{0,39}$",
            description="a short name; the desk's account where there is one",
            examples=["telecare"],
        ),
    ]
    role: Annotated[PlanRole, Meta(description="what they are", examples=["coordinator"])]
    language: Annotated[
        Literal["fi", "sv", "en"], Meta(description="the language asked in", examples=["fi"])
    ]
    alias: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=30,
            pattern=r"^[^\x00-\x1f\x7f-\x9f]*$",
            description="what the home is called with this recipient: no name and no address",
            examples=["Koti 88"],
        ),
    ]
    staffed: Annotated[
        tuple[str, ...],
        Meta(
            min_length=1,
            max_length=14,
            description="when somebody answers, local time",
            examples=[["mon-fri 08:00-16:00"]],
        ),
    ]
    address: Annotated[
        bool,
        Meta(
            description="whether they are told the address with smoke, carbon monoxide, heat, gas",
            examples=[True],
        ),
    ]
    number: Annotated[
        str,
        Meta(
            max_length=20,
            description="a telephone for text messages, with country code; none: by the desk alone",
            examples=["+358401234567"],
        ),
    ] = ""


class PlanLevel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    recipient: Annotated[
        tuple[Recipient, ...], Meta(max_length=RECIPIENTS_MAX, description="who is asked together")
    ]


class EscalationPlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    level: Annotated[
        tuple[PlanLevel, ...],
        Meta(max_length=ESCALATION_MAX, description="the first is asked first"),
    ]

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        return tuple(one for level in self.level for one in level.recipient)

    def recipient(self, ident: str) -> Recipient | None:
        return next((one for one in self.recipients if one.id == ident), None)

    def only(self, may: Callable[[Recipient], bool]) -> EscalationPlan:
        """The same levels without those who may not be asked; an empty level stays a level."""
        return EscalationPlan(
            level=tuple(
                PlanLevel(recipient=tuple(one for one in level.recipient if may(one)))
                for level in self.level
            )
        )


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(EscalationPlan)


def encode(plan: EscalationPlan) -> bytes:
    return _encoder.encode(plan)


def decode(body: bytes | str) -> EscalationPlan:
    """What `encode` wrote; raises msgspec.ValidationError or DecodeError."""
    return _decoder.decode(body)


def digest_of(body: str) -> str:
    """Names a plan by what is stored of it: 32 hex digits of its SHA-256."""
    return sha256(body.encode()).hexdigest()[:32]


def schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of the file, for editors; `config/escalation.schema.json`."""
    found = msgspec.json.schema(EscalationPlan)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | found


def plan_of(data: object, file: str) -> tuple[EscalationPlan | None, list[ConfigFault]]:
    """The plan in a file's tables, or every fault of it with key and mend."""
    plan, faults = check(EscalationPlan, data, file)
    faults += list(_senses(data, file))
    return (None if faults else plan), faults


def _senses(data: object, file: str) -> Iterator[ConfigFault]:
    """Faults between keys; looks at the raw tables, so that it speaks about a broken file too."""
    levels = _rows(data, "level")
    if not levels:
        mend = "write each level as a [[level]] table with [[level.recipient]] tables"
        yield ConfigFault(file, "level", "has no table", mend)
        return
    ids: dict[str, str] = {}
    numbers: dict[str, str] = {}
    for i, level in enumerate(levels):
        rows = _rows(level, "recipient")
        if not rows:
            mend = "name who is asked, or leave the level out"
            yield ConfigFault(file, f"level[{i}].recipient", "is empty", mend)
        for j, row in enumerate(rows):
            where = f"level[{i}].recipient[{j}]"
            yield from _emergency(row, where, file)
            yield from _number(row, where, file)
            yield from _hours(row, where, file)
            yield from _once(row, "id", ids, where, file)
            yield from _once(row, "number", numbers, where, file)
    yield from _first_level(_rows(levels[0], "recipient"), file)


def _first_level(rows: list[dict[str, Any]], file: str) -> Iterator[ConfigFault]:
    """Somebody who may know the address answers at any hour."""
    if not rows:
        return
    texts = [text for row in rows for text in _texts(row)]
    gap = uncovered(texts)
    if gap is not None:
        wrong = f"nobody answers from {named(gap[0])} to {_end(gap[1])}"
        mend = 'level 1 is staffed round the clock: add hours or a recipient with "24/7"'
        yield ConfigFault(file, "level[0]", wrong, mend)
    elif uncovered(t for row in rows if row.get("address") is True for t in _texts(row)):
        wrong = "at some hour nobody of level 1 may be told the address"
        mend = "who calls 112 has to name it: give address = true to those who answer then"
        yield ConfigFault(file, "level[0]", wrong, mend)


def _emergency(row: dict[str, Any], where: str, file: str) -> Iterator[ConfigFault]:
    for key in ("number", "id", "alias"):
        value = row.get(key)
        if isinstance(value, str) and _is_emergency(value):
            wrong = f"'{value[:40]}' is an emergency number"
            mend = "112 is never a level: a person who was asked calls it"
            yield ConfigFault(file, f"{where}.{key}", wrong, mend)


def _is_emergency(text: str) -> bool:
    """112 as it is, after any country code, and with zeros or signs between."""
    digits = re.sub(r"[\s()./+-]", "", text)
    if not digits.isdecimal():
        return False
    local = digits.lstrip("0")
    after_code = {local[cut:].lstrip("0") for cut in (1, 2, 3)} if text.strip()[:1] in "+0" else ()
    return digits in EMERGENCY or local in EMERGENCY or bool(EMERGENCY.intersection(after_code))


def _number(row: dict[str, Any], where: str, file: str) -> Iterator[ConfigFault]:
    value = row.get("number", "")
    if not isinstance(value, str) or not value or _is_emergency(value):
        return
    if _E164.fullmatch(value) is None:
        wrong = f"'{value[:20]}' is no telephone number with its country code"
        yield ConfigFault(file, f"{where}.number", wrong, 'write it as "+358401234567"')


def _hours(row: dict[str, Any], where: str, file: str) -> Iterator[ConfigFault]:
    for text in _texts(row):
        if not spans_of(text):
            wrong = f"'{text[:40]}' names no hours"
            mend = 'write "24/7", "mon-fri 08:00-16:00" or "sat 22:00-06:00"'
            yield ConfigFault(file, f"{where}.staffed", wrong, mend)


def _once(
    row: dict[str, Any], key: str, seen: dict[str, str], where: str, file: str
) -> Iterator[ConfigFault]:
    """A recipient stands in one level: who is asked twice by two names looks like two people."""
    value = row.get(key)
    if not isinstance(value, str) or not value:
        return
    if value in seen:
        wrong = f"stands at {seen[value]} already"
        yield ConfigFault(file, f"{where}.{key}", wrong, "name each recipient once, in one level")
    seen.setdefault(value, where)


def _rows(table: object, key: str) -> list[dict[str, Any]]:
    value = table.get(key) if isinstance(table, dict) else None
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _texts(row: dict[str, Any]) -> list[str]:
    value = row.get("staffed")
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _end(minute: int) -> str:
    return "sun 24:00" if minute == WEEK_MIN else named(minute)
