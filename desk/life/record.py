"""All that stands about one customer's life here: what is shown, and what the customer gets."""

from __future__ import annotations

import sqlite3
from datetime import date
from typing import Any

import msgspec

from desk.life import due, managers, plans, rounds, segments
from edge.life.form import Form
from edge.life.rounds import Round, Row, rows


def of(connection: sqlite3.Connection, customer: str, today: date, zone: str) -> dict[str, Any]:
    """As plain values for JSON; the newest round first. There is no total in it."""
    kept = rounds.of(connection, customer)
    told = {one.item: one for one in plans.of(connection, customer)}
    manager = managers.case_manager(connection, customer, today)
    return {
        "customer": customer,
        "rounds": [round_of(one, rounds.before(kept, one)) for one in kept],
        "plan": [msgspec.to_builtins(item) for item in told.values()],
        "plan_history": [msgspec.to_builtins(one) for one in plans.history(connection, customer)],
        "segments": [msgspec.to_builtins(one) for one in segments.history(connection, customer)],
        "closed_ms": segments.last(connection, segments.Kind.CLOSED).get(customer),
        "contacts": segments.notes(connection, customer),
        "case_manager": None if manager is None else manager.account,
        "case_managers": [
            msgspec.to_builtins(one) for one in managers.history(connection, customer)
        ],
        "due": [
            msgspec.to_builtins(one)
            for one in due.entries(connection, today, zone)
            if one.customer == customer
        ],
    }


def round_of(kept: rounds.Kept, before: list[Round]) -> dict[str, Any]:
    """One round with its table."""
    form: Form = rounds.form_of(kept)
    return {
        "key": kept.key,
        "form": kept.told.form,
        "terms": kept.terms,
        "day": kept.told.day,
        "again": kept.again,
        "made_by": kept.made_by,
        "made_ms": kept.made_ms,
        "themes": [_row(row) for row in rows(form, kept.told, before)],
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "number": row.number,
        "theme": row.theme.code,
        **msgspec.to_builtins(row.answer),
        "band": row.band,
        "before": row.former and msgspec.to_builtins(row.former),
        "change": row.change,
        "fell": row.fell,
    }
