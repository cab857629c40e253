"""The welfare plan's items: a goal in the customer's own words, what is done, by whom, until when.

Nothing is overwritten: every word on an item is a row, and the last one is in force.
"""

from __future__ import annotations

import sqlite3
from datetime import date
from enum import StrEnum

import msgspec

from desk import looks
from desk.customers import line
from desk.database import transaction
from desk.life.people import WORDS_CHARS_MAX, LifeError, LifeInputError, ahead, worker
from edge.domain import Actor
from edge.locale.refusing import worded

# What one customer's plan can hold and a person still look through.
ITEMS_MAX = 50


class Outcome(StrEnum):
    """How an item ended; a follow-up that goes on has none."""

    MET = "met"
    PARTLY = "partly"
    UNMET = "unmet"
    DROPPED = "dropped"


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One item as it stands. `theme` "": a free one. `follow_up` None: it has ended."""

    item: int
    customer: str
    theme: str
    goal: str
    action: str
    responsible: str
    follow_up: str | None
    outcome: Outcome | None
    note: str
    told_by: str
    told_ms: int

    @property
    def is_open(self) -> bool:
        return self.outcome is None


def add(
    connection: sqlite3.Connection,
    customer: str,
    by: Actor,
    *,
    theme: str,
    goal: str,
    action: str,
    responsible: str,
    follow_up: date,
    today: date,
    at_ms: int,
) -> Item:
    """Begin an item; raises LifeInputError and CustomerError."""
    with transaction(connection):
        if len([one for one in of(connection, customer) if one.is_open]) >= ITEMS_MAX:
            raise worded(LifeError, "plan_full", most=ITEMS_MAX)
        item = Item(
            item=0,
            customer=customer,
            theme=theme,
            goal=line(goal, "goal", WORDS_CHARS_MAX),
            action=line(action, "action", WORDS_CHARS_MAX),
            responsible=worker(connection, responsible),
            follow_up=ahead(follow_up, today, "follow_up").isoformat(),
            outcome=None,
            note="",
            told_by=by.account,
            told_ms=at_ms,
        )
        return write(connection, item, "plan added")


def follow(
    connection: sqlite3.Connection,
    key: int,
    by: Actor,
    *,
    note: str,
    outcome: Outcome | None,
    follow_up: date | None,
    action: str | None,
    responsible: str | None,
    today: date,
    at_ms: int,
) -> Item:
    """Say how an item goes: its outcome, or when next; raises LifeError, LifeInputError."""
    if (outcome is None) == (follow_up is None):
        raise worded(LifeInputError, "plan_follow")
    with transaction(connection):
        before = one(connection, key)
        if not before.is_open:
            raise worded(LifeError, "plan_item_ended", key=key, outcome=before.outcome)
        whose = before.responsible if responsible is None else responsible
        item = msgspec.structs.replace(
            before,
            action=before.action if action is None else line(action, "action", WORDS_CHARS_MAX),
            responsible=whose if outcome is not None else worker(connection, whose),
            follow_up=None if follow_up is None else ahead(follow_up, today, "day").isoformat(),
            outcome=outcome,
            note=line(note, "note", WORDS_CHARS_MAX),
            told_by=by.account,
            told_ms=at_ms,
        )
        return write(connection, item, "plan followed")


def one(connection: sqlite3.Connection, key: int) -> Item:
    """An item as it stands; raises LifeError."""
    row = connection.execute(
        "SELECT * FROM life_plan WHERE item = ? ORDER BY key DESC LIMIT 1", (key,)
    ).fetchone()
    if row is None:
        raise worded(LifeError, "no_plan_item", key=key)
    return _item(row)


def of(connection: sqlite3.Connection, customer: str) -> list[Item]:
    """A customer's items as they stand, the oldest first."""
    rows = connection.execute(
        "SELECT * FROM life_plan WHERE key IN (SELECT max(key) FROM life_plan "
        "WHERE customer = ? GROUP BY item) ORDER BY item",
        (customer,),
    )
    return [_item(row) for row in rows]


def history(connection: sqlite3.Connection, customer: str) -> list[Item]:
    """Every word on every item, the oldest first."""
    rows = connection.execute(
        "SELECT * FROM life_plan WHERE customer = ? ORDER BY key", (customer,)
    )
    return [_item(row) for row in rows]


def open_items(connection: sqlite3.Connection) -> list[Item]:
    """Every customer's open items, by their follow-up."""
    rows = connection.execute(
        "SELECT * FROM life_plan WHERE key IN (SELECT max(key) FROM life_plan GROUP BY item) "
        "AND outcome IS NULL ORDER BY follow_up, item"
    )
    return [_item(row) for row in rows]


def write(connection: sqlite3.Connection, item: Item, what: str) -> Item:
    """Keep one word on an item; the caller holds the transaction and has judged it."""
    values = (
        *(item.customer, item.theme, item.goal, item.action, item.responsible, item.follow_up),
        *(item.outcome and item.outcome.value, item.note, item.told_by, item.told_ms),
    )
    key = connection.execute(
        "INSERT INTO life_plan (item, customer, theme, goal, action, responsible, follow_up, "
        "outcome, note, told_by, told_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (item.item, *values),
    ).lastrowid
    if not item.item:
        connection.execute("UPDATE life_plan SET item = key WHERE key = ?", (key,))
        item = msgspec.structs.replace(item, item=int(key or 0))
    looks.note(connection, item.told_by, what, [item.customer], item.told_ms)
    return item


def _item(row: sqlite3.Row) -> Item:
    facts = {name: row[name] for name in Item.__struct_fields__}
    return msgspec.convert(facts, Item)
