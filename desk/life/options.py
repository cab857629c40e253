"""What the commands of `kotivahti desk life` share: whose it is, days, and who may."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click
import msgspec

from desk import customers, looks
from desk.common import desk_of, utf8
from desk.config import DeskConfig
from desk.life import forms
from desk.life.people import LifeInputError, day_of
from desk.person import Person
from desk.rights import Right
from edge.clock import SystemClock
from edge.domain import Actor
from edge.life.form import Form
from edge.locale.refusing import given, worded


def _day(_: click.Context, __: click.Parameter, value: datetime | None) -> date | None:
    return None if value is None else value.date()


DAY: dict[str, Any] = {"type": click.DateTime(["%Y-%m-%d"]), "callback": _day, "metavar": "DAY"}

id_argument = click.argument("id_", metavar="CUSTOMER", callback=utf8)


class At(msgspec.Struct, frozen=True):
    """One command's work: settings, database, who, and now."""

    config: DeskConfig
    connection: sqlite3.Connection
    actor: Actor
    at_ms: int
    today: date

    def look(self, what: str, of: list[str], *, why: str = "", each: bool = True) -> None:
        """Write down whose data are seen, before they are."""
        looks.note(self.connection, self.actor.account, what, of, self.at_ms, why=why, each=each)


@contextlib.contextmanager
def working(
    config_path: Path, person: Person, customer: str | None = None, *, named: bool = False
) -> Iterator[At]:
    """Settings, database and person of one command; `customer` stands in the register."""
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.WELFARE, named=named)
        if customer is not None:
            customers.of(connection, customer)
        at_ms = SystemClock(config.desk.zone).now().wall_ms
        yield At(config, connection, actor, at_ms, day_of(at_ms, config.desk.zone))


def theme_names(lang: str) -> dict[str, str]:
    """The themes of all forms by their codes, named as the newest form does that has them."""
    oldest_first = reversed(forms.every())
    return {one.code: one.name.of(lang) for form in oldest_first for one in form.theme}


def form_names(lang: str) -> dict[str, str]:
    return {form.id: form.title.of(lang) for form in forms.every()}


def theme_of(form: Form, told: str) -> str:
    """A theme's code by its number or its code; raises LifeInputError."""
    codes = [one.code for one in form.theme]
    if told.isascii() and told.isdecimal() and 1 <= int(told) <= len(codes):
        return codes[int(told) - 1]
    if told in codes:
        return told
    raise worded(LifeInputError, "no_theme", name=given(told), form=form.id, most=len(codes))
