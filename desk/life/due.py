"""What is due across customers: the list of whoever plans the next visits. None of it is an alert.

Each entry has somebody whose it is: the responsible worker of an item, the customer's case manager,
or the role that the segment names.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

import msgspec

from desk.life import managers, plans, rounds, segments
from desk.life.people import day_of, is_worker
from edge.domain import Actor
from edge.escalation.attention import RISING_FLAG
from edge.life import segment as rules
from edge.life.rounds import REPEAT_DAYS_MAX, falls
from edge.life.segment import Receiver

# Who plans visits looks a quarter ahead at most.
AHEAD_DAYS_MAX = 92
# What a case manager hears of the home's own alerts; they are answered on the board as ever.
_TOLD_CODES = ("level_changed", "assessment_due")


class Kind(StrEnum):
    FOLLOW_UP = "follow_up"  # an item of the plan is to be looked at
    ORPHAN = "orphan"  # its responsible worker is here no more
    REPEAT = "repeat"  # the form is to be asked again
    FALL = "fall"  # satisfaction with a watched theme fell
    SEGMENT = "segment"  # a segment is to be told anew
    CONTACT = "contact"  # nobody was in touch for as long as the segment allows
    MANAGER = "manager"  # a case manager is asked for, or was named, and nobody is one
    NOTICE = "notice"  # a draft to an authority that a red level asked for is to be decided on
    CASE = "case"  # an open alert of a level that rose at two assessments in a row
    ALERT = "alert"  # an open alert of the home that the case manager is told of


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """`whose`: an account or a role. `day`: ISO. `key`: item or round.

    `about`: a theme, a reason, or the id of a notification.
    """

    kind: Kind
    customer: str
    whose: str
    day: str
    key: int | None = None
    about: str = ""


class _Desk:
    """What the list is made of, read once."""

    def __init__(self, connection: sqlite3.Connection, today: date, zone: str) -> None:
        self.connection = connection
        self.today = today
        self.zone = zone
        self.closed = segments.last(connection, segments.Kind.CLOSED)
        self.segments = {
            one.customer: one
            for one in segments.in_force(connection)
            if one.told_ms > self.closed.get(one.customer, -1)
        }
        self.home_again = segments.home_again(connection)
        self.items = plans.open_items(connection)
        self.touched = _touched(connection)
        self.named = managers.every(connection)
        self.managers = {
            one.customer: found
            for one in self.named
            if (found := managers.case_manager(connection, one.customer, today)) is not None
        }

    def told(self, customer: str) -> str:
        """The case manager, or else the coordinator."""
        manager = self.managers.get(customer)
        return Receiver.COORDINATOR.value if manager is None else manager.account

    def day(self, at_ms: int) -> date:
        return day_of(at_ms, self.zone)


def entries(
    connection: sqlite3.Connection, today: date, zone: str, *, ahead_days: int = 0
) -> list[Entry]:
    """Everything due by `today` and `ahead_days` more, the oldest first."""
    desk = _Desk(connection, today, zone)
    until = (today + timedelta(days=ahead_days)).isoformat()
    lists = (_items, _rounds, _segments, _managers, _notices, _alerts)
    found = [entry for of in lists for entry in of(desk)]
    return sorted(
        (one for one in found if one.day <= until),
        key=lambda one: (one.day, one.customer, one.kind),
    )


def of_actor(found: list[Entry], actor: Actor) -> list[Entry]:
    """Those of one person: by their account, or by their role."""
    return [one for one in found if one.whose in (actor.account, actor.role)]


def _items(desk: _Desk) -> Iterator[Entry]:
    for item in desk.items:
        alive = is_worker(desk.connection, item.responsible)
        yield Entry(
            kind=Kind.FOLLOW_UP if alive else Kind.ORPHAN,
            customer=item.customer,
            whose=item.responsible if alive else desk.told(item.customer),
            day=(item.follow_up or "") if alive else desk.today.isoformat(),
            key=item.item,
            about=item.theme,
        )


def _rounds(desk: _Desk) -> Iterator[Entry]:
    planned = {item.customer for item in desk.items}
    for customer in rounds.every_customer(desk.connection):
        kept = rounds.of(desk.connection, customer)
        newest = kept[0]
        if newest.made_ms <= desk.closed.get(customer, -1):
            continue
        whose = desk.told(customer)
        again = newest.again
        if again is None and customer in planned:
            # Something is being done: whether it helps is asked within three months.
            last = date.fromisoformat(newest.told.day) + timedelta(days=REPEAT_DAYS_MAX)
            again = last.isoformat()
        if again is not None:
            yield Entry(
                kind=Kind.REPEAT, customer=customer, whose=whose, day=again, key=newest.key,
                about=newest.told.form,
            )  # fmt: skip
        for row in falls(rounds.form_of(newest), newest.told, rounds.before(kept, newest)):
            if not _taken_up(desk, customer, row.theme.code, newest.made_ms):
                yield Entry(
                    kind=Kind.FALL, customer=customer, whose=whose, day=newest.told.day,
                    key=newest.key, about=row.theme.code,
                )  # fmt: skip


def _taken_up(desk: _Desk, customer: str, theme: str, since_ms: int) -> bool:
    """Whether somebody was in touch, or planned something about the theme, since the round."""
    found = desk.connection.execute(
        "SELECT 1 FROM life_plan WHERE customer = ? AND theme = ? AND told_ms >= ? "
        "UNION ALL SELECT 1 FROM life_contact WHERE customer = ? AND kind = ? AND told_ms > ? "
        "LIMIT 1",
        (customer, theme, since_ms, customer, segments.Kind.CONTACT.value, since_ms),
    )
    return found.fetchone() is not None


def _segments(desk: _Desk) -> Iterator[Entry]:
    for customer, one in desk.segments.items():
        home_ms = desk.home_again.get(customer)
        until = date.fromisoformat(one.valid_until)
        reason = rules.due(one.told_ms, until, today=desk.today, home_ms=home_ms)
        day = until + timedelta(days=1)
        if reason is rules.Due.HOSPITAL and home_ms is not None:
            day = desk.day(home_ms)
        yield Entry(
            kind=Kind.SEGMENT, customer=customer, whose=desk.told(customer), day=day.isoformat(),
            about=reason or rules.Due.YEAR,
        )  # fmt: skip
        wants_manager = one.receiver is Receiver.CASE_MANAGER
        touched = desk.day(max(one.told_ms, desk.touched.get(customer, 0)))
        yield Entry(
            kind=Kind.CONTACT,
            customer=customer,
            whose=desk.told(customer) if wants_manager else one.receiver.value,
            day=(touched + timedelta(days=one.every_days)).isoformat(),
        )


def _managers(desk: _Desk) -> Iterator[Entry]:
    """Customers whose segment asks for a case manager, or whose case manager is one no more."""
    wanted = {
        customer: desk.day(one.told_ms)
        for customer, one in desk.segments.items()
        if one.receiver is Receiver.CASE_MANAGER
    }
    for manager in desk.named:
        over = date.max if manager.until is None else date.fromisoformat(manager.until)
        wanted[manager.customer] = min(over, desk.today)
    for customer, day in wanted.items():
        if customer not in desk.managers:
            yield Entry(
                kind=Kind.MANAGER, customer=customer, whose=Receiver.COORDINATOR.value,
                day=day.isoformat(),
            )  # fmt: skip


def _notices(desk: _Desk) -> Iterator[Entry]:
    """Drafts that nobody has decided on: the deputy's after a day.

    First the case manager's where a red level asked, and of a worker's own the worker's.
    """
    rows = desk.connection.execute(
        "SELECT id, customer, decide_ms, made_ms, made_by, deputy FROM notification "
        "WHERE state = 'draft' AND decided_ms IS NULL ORDER BY made_ms"
    )
    for id_, customer, decide_ms, made_ms, made_by, deputy in rows:
        first = desk.told(customer) if decide_ms is not None else made_by
        yield Entry(
            kind=Kind.NOTICE, customer=customer, whose=deputy or first,
            day=desk.day(made_ms).isoformat(), about=id_,
        )  # fmt: skip


def _alerts(desk: _Desk) -> Iterator[Entry]:
    """Open alerts of homes that have a case manager, and cases of the coordinator in any home."""
    marks = ", ".join("?" * len(_TOLD_CODES))
    rows = desk.connection.execute(
        "SELECT client, code, received_ms, EXISTS (SELECT 1 FROM "  # noqa: S608 - marks only
        "json_each(CAST(body AS TEXT), '$.data.alert.flags') WHERE value = ?) FROM alert "
        f"WHERE state IN ('raised', 'acknowledged') AND code IN ({marks}) ORDER BY received_ms",
        (RISING_FLAG, *_TOLD_CODES),
    )
    for client, code, received_ms, is_case in rows:
        day = desk.day(received_ms).isoformat()
        if is_case:
            whose = Receiver.COORDINATOR.value
            yield Entry(kind=Kind.CASE, customer=client, whose=whose, day=day, about=RISING_FLAG)
        if client in desk.managers:
            whose = desk.told(client)
            yield Entry(kind=Kind.ALERT, customer=client, whose=whose, day=day, about=code)


def _touched(connection: sqlite3.Connection) -> dict[str, int]:
    """When a worker was last in touch with each customer, as far as it was told here."""
    return dict(
        connection.execute(
            "SELECT customer, max(at_ms) FROM ("
            "SELECT customer, told_ms AS at_ms FROM life_contact WHERE kind = ? "
            "UNION ALL SELECT customer, made_ms FROM life_round WHERE withdrawn_ms IS NULL "
            "UNION ALL SELECT customer, told_ms FROM life_plan) GROUP BY customer",
            (segments.Kind.CONTACT.value,),
        ).fetchall()
    )
