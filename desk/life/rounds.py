"""Rounds of a form: kept with who asked, corrected by a new one, erased when the customer asks."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from desk import looks
from desk.config import LifeTable
from desk.customers import line
from desk.database import transaction
from desk.life import forms
from desk.life.people import LifeError, LifeInputError
from edge.domain import Actor
from edge.life.form import THEMES, Form
from edge.life.rounds import REPEAT_DAYS_MAX, REPEAT_DAYS_MIN, Answer, Round
from edge.locale.refusing import worded

# One a month for a lifetime in care.
READ_MAX = 1_000
# A talk that was written on paper is entered within weeks, not years, after it.
BACK_DAYS_MAX = 92

_ANSWER = "SELECT theme, satisfaction, importance, goal FROM life_answer WHERE round = ?"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A round with who asked, and when it is to be asked again (ISO day)."""

    key: int
    told: Round
    terms: str
    again: str | None
    made_by: str
    made_ms: int


def keep(
    connection: sqlite3.Connection,
    customer: str,
    settings: LifeTable,
    form: Form,
    answers: Mapping[str, Answer],
    by: Actor,
    *,
    day: date,
    again: date | None,
    today: date,
    at_ms: int,
) -> int:
    """Keep a round; its key. `answers` by the theme's code; what is not there is unanswered.

    Raises LifeInputError for days out of bounds, and when nothing was answered at all.
    """
    told = tuple(answers.get(theme.code, Answer()) for theme in form.theme)
    if not any(answer.is_told for answer in told):
        raise worded(LifeInputError, "nothing_answered")
    if not 0 <= (today - day).days <= BACK_DAYS_MAX:
        raise worded(LifeInputError, "round_day", day=day.isoformat(), most=BACK_DAYS_MAX)
    if again is not None and not REPEAT_DAYS_MIN <= (again - day).days <= REPEAT_DAYS_MAX:
        first, last = (
            (day + timedelta(days=n)).isoformat() for n in (REPEAT_DAYS_MIN, REPEAT_DAYS_MAX)
        )
        raise worded(LifeInputError, "round_again", day=again.isoformat(), first=first, last=last)
    with transaction(connection):
        key = connection.execute(
            "INSERT INTO life_round (customer, form, terms, day, again, made_ms, made_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *(customer, form.id, settings.terms, day.isoformat()),
                *(None if again is None else again.isoformat(), at_ms, by.account),
            ),
        ).lastrowid
        connection.executemany(
            "INSERT INTO life_answer (round, theme, satisfaction, importance, goal) "
            "VALUES (?, ?, ?, ?, ?)",
            [
                (key, number, one.satisfaction, one.importance, one.goal)
                for number, one in enumerate(told, 1)
            ],
        )
        looks.note(connection, by.account, "life asked", [customer], at_ms)
    return int(key or 0)


def of(connection: sqlite3.Connection, customer: str) -> list[Kept]:
    """The rounds of a customer that stand, the newest talk first."""
    rows = connection.execute(
        "SELECT * FROM life_round WHERE customer = ? AND withdrawn_ms IS NULL "
        "ORDER BY day DESC, key DESC LIMIT ?",
        (customer, READ_MAX),
    )
    return [_kept(connection, row) for row in rows]


def _kept(connection: sqlite3.Connection, row: sqlite3.Row) -> Kept:
    found = {
        one["theme"]: Answer(
            satisfaction=one["satisfaction"], importance=one["importance"], goal=one["goal"]
        )
        for one in connection.execute(_ANSWER, (row["key"],))
    }
    answers = tuple(found.get(number, Answer()) for number in range(1, THEMES + 1))
    return Kept(
        key=row["key"],
        told=Round(form=row["form"], day=row["day"], answers=answers),
        terms=row["terms"],
        again=row["again"],
        made_by=row["made_by"],
        made_ms=row["made_ms"],
    )


def before(kept: list[Kept], one: Kept) -> list[Round]:
    """What was told before this round, the newest first."""
    return [other.told for other in kept[kept.index(one) + 1 :]]


def withdraw(connection: sqlite3.Connection, key: int, why: str, by: Actor, at_ms: int) -> str:
    """Take back a round that was written down wrongly; whose it was. Raises LifeError.

    Its numbers go; that there was one, and who took it back and why, stays.
    """
    with transaction(connection):
        row = connection.execute(
            "SELECT customer, withdrawn_ms FROM life_round WHERE key = ?", (key,)
        ).fetchone()
        if row is None or row["withdrawn_ms"] is not None:
            raise worded(LifeError, "no_life_round", key=key)
        connection.execute(
            "UPDATE life_round SET withdrawn_ms = ?, withdrawn_by = ?, withdrawn_why = ? "
            "WHERE key = ?",
            (at_ms, by.account, line(why, "reason"), key),
        )
        connection.execute("DELETE FROM life_answer WHERE round = ?", (key,))
        looks.note(connection, by.account, "life withdrawn", [row["customer"]], at_ms)
    return str(row["customer"])


def erase(connection: sqlite3.Connection, customer: str, by: Actor, at_ms: int) -> int:
    """Erase every round of a customer who asked for it; how many there were."""
    with transaction(connection):
        connection.execute(
            "DELETE FROM life_answer WHERE round IN "
            "(SELECT key FROM life_round WHERE customer = ?)",
            (customer,),
        )
        done = connection.execute("DELETE FROM life_round WHERE customer = ?", (customer,))
        looks.note(connection, by.account, "life erased", [customer], at_ms)
    return done.rowcount


def every_customer(connection: sqlite3.Connection) -> list[str]:
    """Everybody of whom a round stands."""
    rows = connection.execute(
        "SELECT DISTINCT customer FROM life_round WHERE withdrawn_ms IS NULL ORDER BY customer"
    )
    return [customer for (customer,) in rows]


def form_of(kept: Kept) -> Form:
    """The form by which a round was asked."""
    return forms.known(kept.told.form)
