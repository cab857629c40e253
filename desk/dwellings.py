"""What a named person told of a customer's home: its area, and whether one gets out of it."""

from __future__ import annotations

import re
import sqlite3

from desk.database import transaction
from desk.silence import Escape
from edge.domain import Actor, Record

# A part of a town, a line of houses, a mast: what fails together.
_AREA = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


class Dwelling(Record, frozen=True, kw_only=True):
    """`area` "": nobody told, and the whole desk is one area. `escape` None: nobody told."""

    area: str = ""
    escape: Escape | None = None


def of(connection: sqlite3.Connection, customer: str) -> Dwelling:
    """What was told last."""
    row = connection.execute(
        "SELECT area, gets_out FROM dwelling WHERE customer = ? ORDER BY key DESC LIMIT 1",
        (customer,),
    ).fetchone()
    if row is None:
        return Dwelling()
    return Dwelling(area=row["area"], escape=row["gets_out"] and Escape(row["gets_out"]))


def area_at(connection: sqlite3.Connection, customer: str, before_ms: int) -> str:
    """The area as it was told before that moment, else as it was told first; "": nobody told.

    A home that moves to another area takes nothing along of what happened before.
    """
    row = connection.execute(
        "SELECT area FROM dwelling WHERE customer = ? AND area <> '' "
        "ORDER BY told_ms >= ?, CASE WHEN told_ms < ? THEN -key ELSE key END LIMIT 1",
        (customer, before_ms, before_ms),
    ).fetchone()
    return "" if row is None else str(row["area"])


def is_area(text: str) -> bool:
    """Lower-case letters, digits and hyphens, as all ids of ours."""
    return _AREA.fullmatch(text) is not None


def tell(
    connection: sqlite3.Connection,
    customer: str,
    by: Actor,
    *,
    area: str | None,
    escape: Escape | None,
    at_ms: int,
) -> Dwelling:
    """Keep what `by` tells beside what was told before; None leaves a part as it is."""
    with transaction(connection):
        before = of(connection, customer)
        now = Dwelling(
            area=before.area if area is None else area,
            escape=before.escape if escape is None else escape,
        )
        connection.execute(
            "INSERT INTO dwelling (customer, area, gets_out, told_by, told_ms) "
            "VALUES (?, ?, ?, ?, ?)",
            (customer, now.area, now.escape and now.escape.value, by.account, at_ms),
        )
    return now
