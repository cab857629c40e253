"""The desk's look around: which gateways are silent, written down and told.

What is decided stands in `desk.silence`; here are the tables.
"""

from __future__ import annotations

import sqlite3

import structlog

from desk import dwellings, silence
from desk.database import transaction
from desk.happened import Happened, IncidentShown, Presence, SilenceTold
from desk.silence import CLOCK_STEP_MS, By, Fleet, Frailty, Heard, Incident, News, Said, Silence
from edge.domain import Instant
from edge.uplink.envelope import gateway_source

log = structlog.get_logger()

# What a home sends late, it sends within minutes of its return: a month's outbox takes five.
SETTLES_MS = 15 * 60_000
# As long as alerts of the same days may be asked about.
KEEP_MS = 400 * 86_400_000

_GATEWAYS = (
    "SELECT gateway.id, gateway.client, last_seen_ms, goodbye_ms FROM gateway "
    "LEFT JOIN successor ON successor.gateway = gateway.id WHERE successor.gateway IS NULL"
)


class Vigil:
    """Remembers since when the desk has been able to hear, and nothing else."""

    def __init__(self) -> None:
        self._listening_ms: int | None = None
        self._offset_ms: int | None = None

    def line(self, *, up: bool, at_ms: int) -> None:
        """Our own line to the broker is there, or is not: without it everybody seems silent."""
        self._listening_ms = at_ms if up else None

    def turn(self, connection: sqlite3.Connection, at: Instant) -> list[Happened]:
        """Judge every gateway and write down what is new, before anybody sees it."""
        self._mind_the_clock(at)
        before = _fleet(connection)
        rows = connection.execute(_GATEWAYS).fetchall()
        heard = [self._heard(connection, row, before, at.wall_ms) for row in rows]
        after, said = silence.step(before, heard, at.wall_ms, self._listening_ms)
        if said:
            with transaction(connection):
                _write(connection, before, after, {row["id"]: row["client"] for row in rows}, at)
        _count_late(connection, at.wall_ms)
        return [_shown(one, before, after, at.wall_ms) for one in said]

    def _mind_the_clock(self, at: Instant) -> None:
        offset_ms = at.wall_ms - at.boottime_ms
        before_ms, self._offset_ms = self._offset_ms, offset_ms
        stepped = before_ms is not None and abs(offset_ms - before_ms) > CLOCK_STEP_MS
        if stepped and self._listening_ms is not None:
            log.warning("clock_stepped")
            self._listening_ms = at.wall_ms

    def _heard(
        self, connection: sqlite3.Connection, row: sqlite3.Row, fleet: Fleet, at_ms: int
    ) -> Heard:
        told = dwellings.of(connection, row["client"])
        one = Heard(
            gateway=row["id"],
            area=told.area,
            heard_ms=row["last_seen_ms"],
            goodbye_ms=row["goodbye_ms"],
        )
        known = fleet.silences.get(one.gateway)
        if known is None and silence.silent_by(one, at_ms, self._listening_ms) is None:
            return one
        # Only of who is silent: it costs a look at the alerts.
        return Heard(
            gateway=one.gateway,
            area=one.area if known is None else known.area,
            heard_ms=one.heard_ms,
            goodbye_ms=one.goodbye_ms,
            urgent=frailty(connection, one.gateway, row["client"]).urgent,
        )


def prune(connection: sqlite3.Connection, at_ms: int) -> None:
    """Forget silences and incidents that ended before KEEP_MS, with what was said of them."""
    old = at_ms - KEEP_MS
    with transaction(connection):
        connection.execute("DELETE FROM silence WHERE back_ms < ?", (old,))
        connection.execute("DELETE FROM incident WHERE over_ms < ?", (old,))
        connection.execute(
            "DELETE FROM silence_note WHERE silence NOT IN (SELECT key FROM silence) "
            "OR incident NOT IN (SELECT key FROM incident)"
        )


def frailty(connection: sqlite3.Connection, gateway: str, client: str) -> Frailty:
    """What is known here of a home that nobody can see now."""
    source = gateway_source(gateway)
    found = {
        (row["priority"], row["state"])
        for row in connection.execute(
            "SELECT DISTINCT priority, state FROM alert "
            "WHERE source = ? AND state IN ('raised', 'acknowledged')",
            (source,),
        )
    }
    level = connection.execute(
        # As text: some releases of SQLite take a blob for their own binary JSON.
        "SELECT json_extract(CAST(body AS TEXT), '$.data.alert.params.to') FROM alert "
        "WHERE source = ? AND code = 'level_changed' "
        "AND json_extract(CAST(body AS TEXT), '$.data.alert.params.hazard') = 'fire' "
        "ORDER BY changed_ms DESC LIMIT 1",
        (source,),
    ).fetchone()
    return Frailty(
        critical_raised=("critical", "raised") in found,
        critical_taken=("critical", "acknowledged") in found,
        high_open=any(priority == "high" for priority, _ in found),
        escape=dwellings.of(connection, client).escape,
        level=None if level is None else level[0],
    )


def _fleet(connection: sqlite3.Connection) -> Fleet:
    silences = connection.execute("SELECT * FROM silence WHERE back_ms IS NULL").fetchall()
    incidents = connection.execute("SELECT * FROM incident WHERE over_ms IS NULL").fetchall()
    (last,) = connection.execute("SELECT coalesce(max(key), 0) FROM incident").fetchone()
    return Fleet(
        silences={
            row["gateway"]: Silence(
                gateway=row["gateway"],
                area=row["area"],
                since_ms=row["since_ms"],
                known_ms=row["known_ms"],
                by=By(row["known_by"]),
                incident=row["incident"],
                coordinator_ms=row["coordinator_ms"],
            )
            for row in silences
        },
        incidents={
            row["key"]: Incident(
                key=row["key"],
                area=row["area"],
                since_ms=row["since_ms"],
                newest_ms=row["newest_ms"],
                known_ms=row["known_ms"],
                coordinator_ms=row["coordinator_ms"],
            )
            for row in incidents
        },
        next_key=last + 1,
    )


def _write(
    connection: sqlite3.Connection,
    before: Fleet,
    after: Fleet,
    clients: dict[str, str],
    at: Instant,
) -> None:
    for name, one in before.silences.items():
        if name not in after.silences:
            connection.execute(
                "UPDATE silence SET back_ms = ?, ended = ? WHERE gateway = ? AND back_ms IS NULL",
                (at.wall_ms, News.BACK if name in clients else News.REPLACED, name),
            )
        elif after.silences[name] != one:
            now = after.silences[name]
            connection.execute(
                "UPDATE silence SET incident = ?, coordinator_ms = ? "
                "WHERE gateway = ? AND back_ms IS NULL",
                (now.incident, now.coordinator_ms, name),
            )
    connection.executemany(
        "INSERT INTO silence (gateway, client, area, since_ms, known_ms, known_by, incident, "
        "coordinator_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(name, clients[name], one.area, one.since_ms, one.known_ms, one.by.value),
                *(one.incident, one.coordinator_ms),
            )
            for name, one in after.silences.items()
            if name not in before.silences
        ],
    )
    for key in before.incidents.keys() - after.incidents.keys():
        connection.execute("UPDATE incident SET over_ms = ? WHERE key = ?", (at.wall_ms, key))
    connection.executemany(
        "INSERT INTO incident (key, area, since_ms, newest_ms, known_ms, coordinator_ms) "
        "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
        "newest_ms = excluded.newest_ms, coordinator_ms = excluded.coordinator_ms",
        [
            (*(key, one.area, one.since_ms, one.newest_ms, one.known_ms), one.coordinator_ms)
            for key, one in after.incidents.items()
            if one != before.incidents.get(key)
        ],
    )


def _count_late(connection: sqlite3.Connection, at_ms: int) -> None:
    """Of who is back: what was made while nobody could hear it, and has come since.

    The time of a message stands in its id (UUIDv7), given when the home stored it.
    """
    rows = connection.execute(
        "SELECT key, gateway, since_ms, back_ms, late_alerts, late_messages FROM silence "
        "WHERE back_ms >= ?",
        (at_ms - SETTLES_MS,),
    ).fetchall()
    for row in rows:
        found = connection.execute(
            "SELECT coalesce(sum(kind = 'alert'), 0), count(*) FROM message "
            "WHERE source = ? AND id >= ? AND id < ? AND received_ms >= ?",
            (
                gateway_source(row["gateway"]),
                _id_of(row["since_ms"]),
                _id_of(row["back_ms"]),
                row["since_ms"],
            ),
        ).fetchone()
        if tuple(found) != (row["late_alerts"], row["late_messages"]):
            connection.execute(
                "UPDATE silence SET late_alerts = ?, late_messages = ? WHERE key = ?",
                (*found, row["key"]),
            )


def _id_of(at_ms: int) -> str:
    """How the id of a message of that moment begins (RFC 9562 §5.7)."""
    digits = f"{at_ms:012x}"
    return f"{digits[:8]}-{digits[8:]}"


def _shown(one: Said, before: Fleet, after: Fleet, at_ms: int) -> Happened:
    if one.incident is not None and one.gateway is None:
        incident = after.incidents.get(one.incident) or before.incidents[one.incident]
        homes = sum(s.incident == one.incident for s in after.silences.values())
        log.warning("incident", state=one.news.value, id=one.incident, count=homes)
        return IncidentShown(
            at_ms=at_ms,
            incident=one.incident,
            area=incident.area,
            news=one.news.value,
            homes=homes,
        )
    gateway = one.gateway or ""
    known = after.silences.get(gateway) or before.silences[gateway]
    silent_s = (at_ms - known.since_ms) // 1000
    if one.news in (News.LOST, News.BACK):
        say = log.warning if one.news is News.LOST else log.info
        say(f"gateway_{one.news.value}", gateway=gateway)
        return Presence(at_ms=at_ms, gateway=gateway, state=one.news.value, silent_s=silent_s)
    log.warning("silence", state=one.news.value, gateway=gateway)
    return SilenceTold(
        at_ms=at_ms,
        gateway=gateway,
        news=one.news.value,
        silent_s=silent_s,
        incident=one.incident,
    )
