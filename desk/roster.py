"""The desk's own escalator: who is asked about each raised alert, by the plan of its home.

The same pure function as in the gateway, with the desk's own record of what it asked. A level is
the higher one of both: the gateway's comes with the alert's revisions, ours is kept here.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

import msgspec

from desk import decisions, leading, replaced
from desk.database import transaction
from desk.happened import Asked
from edge.domain import ESCALATION_MAX, Alert, AlertState, Instant, Priority, Sync
from edge.errors import StoreError
from edge.escalation import (
    Asking,
    EscalationPlan,
    Page,
    Paths,
    Recipient,
    Side,
    decode,
    digest_of,
    due,
    encode,
    joined,
    next_step_ms,
)
from edge.escalation.asking import DESK
from edge.escalation.attention import LEVEL_CHANGED
from edge.locale.refusing import worded
from edge.uplink.envelope import AckKind, AlertEnvelope, gateway_source, wall_ms

_ALERT = msgspec.json.Decoder(AlertEnvelope)

# What is remembered of who was asked: years of a region's ladders. What is read of one asking:
# a plan has 24 recipients, and the last turns are what counts.
ASKED_MAX = 100_000
READ_MAX = 500


def put_in_force(
    connection: sqlite3.Connection, gateway: str, plan: EscalationPlan, *, by: str, at_ms: int
) -> None:
    """Keep the plan of a home; the same one told again is no new one."""
    body = encode(plan).decode()
    digest = digest_of(body)
    with transaction(connection):
        row = _newest(connection, gateway)
        if row is None or row["digest"] != digest:
            connection.execute(
                "INSERT INTO escalation_plan (gateway, digest, told_by, told_ms, body) "
                "VALUES (?, ?, ?, ?, ?)",
                (gateway, digest, by, at_ms, body),
            )


def plan_of(connection: sqlite3.Connection, gateway: str) -> EscalationPlan | None:
    """The plan of the home in which this gateway stands, or stood before it was replaced."""
    row = _newest(connection, gateway)
    if row is None:
        after = replaced.successor(connection, gateway)
        row = None if after is None else _newest(connection, after)
    if row is None:
        return None
    try:
        return decode(row["body"])
    except msgspec.MsgspecError as error:
        raise worded(StoreError, "desk_plan_unreadable", gateway=gateway) from error


def history(connection: sqlite3.Connection, gateway: str) -> list[dict[str, object]]:
    """Every plan that was told for this gateway, the newest first."""
    rows = connection.execute(
        "SELECT digest, told_by, told_ms FROM escalation_plan WHERE gateway = ? ORDER BY key DESC",
        (gateway,),
    )
    return [dict(row) for row in rows]


def opened(
    connection: sqlite3.Connection, told: AlertEnvelope, before: AlertState | None, at_ms: int
) -> None:
    """Begin to ask anew when a revision raises an alert, or gives it back to nobody.

    A late alert is asked about as long as it has been open; a clock that was not set, or that is
    ahead of ours, counts from now on.
    """
    alert = told.data.alert
    if alert.state is not AlertState.RAISED or before is AlertState.RAISED:
        return
    changed_ms = wall_ms(alert.changed)
    is_known = told.data.clock.sync is not Sync.NONE and changed_ms <= at_ms
    _begin(connection, told.source, alert.id, alert.rev, changed_ms if is_known else at_ms)


def also(connection: sqlite3.Connection, gateway: str, alert: str, who: str, at_ms: int) -> None:
    """Write down that one more is asked about an open alert; the caller holds the transaction."""
    connection.execute(
        "INSERT OR IGNORE INTO asked (source, alert, rev, level, turn, recipient, asked_ms) "
        "SELECT asking.source, asking.alert, asking.rev, asking.level, 0, ?, ? FROM asking "
        "JOIN alert ON alert.source = asking.source AND alert.id = asking.alert "
        "WHERE asking.source = ? AND asking.alert = ? AND state IN ('raised', 'acknowledged')",
        (who, at_ms, gateway_source(gateway), alert),
    )


def turn(connection: sqlite3.Connection, at: Instant) -> list[Asked]:
    """Ask all who are due at `at`, and write them down before anybody sees it."""
    plans, led = _plans_of_raised(connection), leading.by_customer(connection, at)
    if not plans and not led:
        return []
    rows = connection.execute(
        "SELECT alert.*, asking.rev AS opened_rev, since_ms, level, reached_ms, next_ms "
        "FROM alert LEFT JOIN asking ON asking.source = alert.source AND asking.alert = alert.id "
        "WHERE state = 'raised' AND (alert.source IN (SELECT value FROM json_each(?)) "
        "OR (code = ? AND client IN (SELECT value FROM json_each(?)))) ORDER BY raised_ms, id",
        (json.dumps(list(plans)), LEVEL_CHANGED, json.dumps(list(led))),
    ).fetchall()
    told: list[Asked] = []
    for row in rows:
        plan, manager = plans.get(row["source"]), None
        if row["code"] == LEVEL_CHANGED and row["client"] in led:
            manager = leading.recipient(led[row["client"]], plan)
        told += _ask(connection, row, plan, manager, at)
    return told


def _plans_of_raised(connection: sqlite3.Connection) -> dict[str, EscalationPlan]:
    """The plan of each source with a raised alert that has one, without reading any alert."""
    if connection.execute("SELECT 1 FROM escalation_plan LIMIT 1").fetchone() is None:
        return {}
    raised = connection.execute("SELECT DISTINCT source FROM alert WHERE state = 'raised'")
    found = {row["source"]: plan_of(connection, decisions.gateway_of(row)) for row in raised}
    return {source: plan for source, plan in found.items() if plan is not None}


def asked_of(connection: sqlite3.Connection, row: sqlite3.Row) -> dict[str, object]:
    """For whoever looks: the level, when more are asked, and who was asked at this level."""
    asking = connection.execute(
        "SELECT rev, level, next_ms FROM asking WHERE source = ? AND alert = ?",
        (row["source"], row["id"]),
    ).fetchone()
    level = int(row["escalation"])
    if asking is None or asking["next_ms"] is None:
        return {"level": level, "next_step_ms": None, "asked": []}
    found = connection.execute(
        "SELECT DISTINCT recipient FROM asked WHERE source = ? AND alert = ? AND rev = ? "
        "ORDER BY recipient",
        (row["source"], row["id"], asking["rev"]),
    )
    return {
        "level": max(level, asking["level"]),
        "next_step_ms": asking["next_ms"] if row["state"] == AlertState.RAISED else None,
        "asked": [name for (name,) in found],
    }


def _ask(
    connection: sqlite3.Connection,
    row: sqlite3.Row,
    plan: EscalationPlan | None,
    manager: Recipient | None,
    at: Instant,
) -> list[Asked]:
    alert = _alert(connection, row)
    asking = _asking(connection, row)
    now = _moment(at.wall_ms, at)
    found = due(alert, plan, asking, now, Paths(), Side.DESK, manager)
    after = joined(asking, found, now, found.pages)
    step_ms = next_step_ms(alert, after, now)
    if alert.state is not AlertState.RAISED or step_ms is None:
        return []
    next_ms = at.wall_ms + step_ms
    if not found.pages and after.level == asking.level and row["next_ms"] == next_ms:
        return []
    with transaction(connection):
        _write(connection, row, after, found.pages, next_ms, at.wall_ms)
    gateway = decisions.gateway_of(row)
    return [
        Asked(
            at_ms=at.wall_ms,
            gateway=gateway,
            alert=row["id"],
            level=after.level,
            recipient=page.recipient,
            next_ms=next_ms,
        )
        for page in found.pages
    ]


def _alert(connection: sqlite3.Connection, row: sqlite3.Row) -> Alert:
    """The alert as it stands with what was decided here and the gateway has not shown yet."""
    state, _ = decisions.standing(connection, row)
    (declined,) = connection.execute(
        "SELECT count(*) FROM decision WHERE source = ? AND alert = ? AND state = 'pending' "
        "AND kind = ?",
        (row["source"], row["id"], AckKind.DECLINED.value),
    ).fetchone()
    told = _ALERT.decode(row["body"]).data
    at = _moment(row["changed_ms"], None)
    flags = (*told.alert.flags, "test") if told.test else told.alert.flags
    return Alert(
        id=row["id"],
        rev=row["rev"],
        code=row["code"],
        subject=told.alert.subject,
        priority=Priority(row["priority"]),
        state=state,
        raised=at,
        changed=at,
        escalation=min(ESCALATION_MAX, row["escalation"] + declined),
        flags=flags,
        params=told.alert.params,
    )


def _asking(connection: sqlite3.Connection, row: sqlite3.Row) -> Asking:
    """What was asked; an alert of before there were plans is asked about from its last word on."""
    if row["opened_rev"] is None:
        _begin(connection, row["source"], row["id"], row["rev"], row["revised_ms"])
        return Asking(since=_moment(row["revised_ms"], None), rev=row["rev"], received=True)
    pages = connection.execute(
        "SELECT level, turn, recipient FROM asked WHERE source = ? AND alert = ? AND rev = ? "
        "ORDER BY key DESC LIMIT ?",
        (row["source"], row["id"], row["opened_rev"], READ_MAX),
    )
    reached = row["reached_ms"]
    return Asking(
        since=_moment(row["since_ms"], None),
        rev=row["opened_rev"],
        level=row["level"],
        received=True,
        reached=None if reached is None else _moment(reached, None),
        made=frozenset(
            Page(level=level, turn=turn, recipient=who, path=DESK) for level, turn, who in pages
        ),
    )


def _write(
    connection: sqlite3.Connection,
    row: sqlite3.Row,
    asking: Asking,
    pages: Sequence[Page],
    next_ms: int,
    at_ms: int,
) -> None:
    key = (row["source"], row["id"])
    connection.execute(
        "UPDATE asking SET level = ?, reached_ms = ?, next_ms = ? WHERE source = ? AND alert = ?",
        (asking.level, asking.reached and asking.reached.wall_ms, next_ms, *key),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO asked (source, alert, rev, level, turn, recipient, asked_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(*key, asking.rev, one.level, one.turn, one.recipient, at_ms) for one in pages],
    )
    connection.execute(
        "DELETE FROM asked WHERE key <= (SELECT max(key) FROM asked) - ?", (ASKED_MAX,)
    )


def _begin(
    connection: sqlite3.Connection, source: str, alert: str, rev: int, since_ms: int
) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO asking (source, alert, rev, since_ms, level) "
        "VALUES (?, ?, ?, ?, 1)",
        (source, alert, rev, since_ms),
    )


def _newest(connection: sqlite3.Connection, gateway: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT digest, body FROM escalation_plan WHERE gateway = ? ORDER BY key DESC LIMIT 1",
        (gateway,),
    ).fetchone()
    return row


def _moment(ms: int, like: Instant | None) -> Instant:
    """The desk has one clock, the wall's: its milliseconds stand for both."""
    offset_min = 0 if like is None else like.offset_min
    return Instant(boot="desk", boottime_ms=ms, wall_ms=ms, offset_min=offset_min)
