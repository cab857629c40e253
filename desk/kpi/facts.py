"""What happened in each area within a period, counted from the desk's tables.

No account stands in any statement here: a figure is of an area, never of who works there.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable

from desk import dwellings, home_work
from desk.kpi.figures import Facts
from edge.domain import Priority
from edge.escalation import Attention, attention_for
from edge.uplink.envelope import gateway_source

DAY_MS = 86_400_000
# Which of our own faults it is stands in the alert itself.
GATEWAY_FAULT = "gateway_fault"
# What a home tells of its tag is of as many days.
WORN_DAYS = 7
# A home whose customer has no area yet.
NO_AREA = "-"


class _Homes:
    """The homes of the desk, each with its area, and those in service within the period."""

    def __init__(self, connection: sqlite3.Connection, from_ms: int, until_ms: int) -> None:
        self.area: dict[str, str] = {}  # by source of messages
        self.from_ms: dict[str, int] = {}
        first = dict(
            connection.execute("SELECT source, min(received_ms) FROM digest GROUP BY source")
        )
        replaced = dict(connection.execute("SELECT gateway, at_ms FROM successor"))
        self.until_ms: dict[str, int] = {}
        self.of_customer: dict[str, str] = {}
        for row in connection.execute("SELECT id, client, last_seen_ms FROM gateway ORDER BY id"):
            name = gateway_source(row["id"])
            begun = first.get(name, row["last_seen_ms"])
            ended = min(until_ms, replaced.get(row["id"], until_ms))
            if not row["client"] or begun >= ended or ended <= from_ms:
                continue
            self.area[name] = dwellings.area_at(connection, row["client"], until_ms) or NO_AREA
            self.of_customer[row["client"]] = self.area[name]
            self.from_ms[name] = max(from_ms, begun)
            self.until_ms[name] = ended

    def counted(self, sources: Iterable[str]) -> Counter[str]:
        """How many of these sources stand in each area; one of no home counts nowhere."""
        return Counter(self.area[one] for one in sources if one in self.area)


def facts(
    connection: sqlite3.Connection, from_ms: int, until_ms: int, now_ms: int
) -> dict[str, Facts]:
    """By area: what happened from `from_ms` to before `until_ms`, wall milliseconds."""
    until_ms = min(until_ms, now_ms)
    homes = _Homes(connection, from_ms, until_ms)
    span = (from_ms, until_ms)
    served: defaultdict[str, float] = defaultdict(float)
    for name, area in homes.area.items():
        served[area] += (homes.until_ms[name] - homes.from_ms[name]) / 1000
    offline = _offline(connection, homes, now_ms)
    alerts, interrupts = _alerts(connection, homes, span)
    useful, useless = _useful(connection, homes, span)
    days = _close_days(connection, homes, span)
    critical = homes.counted(
        row[0]
        for row in connection.execute(
            "SELECT source FROM home_task WHERE critical = 1 AND opened_ms < ? "
            "AND (ended_ms IS NULL OR ended_ms >= ?)",
            (until_ms, until_ms),
        )
    )
    assessed = homes.counted(
        row[0]
        for row in connection.execute(
            "SELECT source FROM assessed WHERE at_ms >= ? AND at_ms < ? GROUP BY source, day", span
        )
    )
    drafts, released, rejected = _notices(connection, homes, span)
    of_home = Counter(homes.area.values())
    worn = _worn(connection, homes, span)
    return {
        area: Facts(
            homes=of_home[area],
            home_s=served[area],
            offline_s=offline[area],
            assessments=assessed[area],
            open_critical=critical[area],
            close_days={party: tuple(sorted(d)) for party, d in days[area].items()},
            drafts=drafts[area],
            released=released[area],
            rejected=rejected[area],
            alerts=alerts[area],
            interrupts=interrupts[area],
            useful=useful[area],
            not_useful=useless[area],
            worn=tuple(sorted(worn[area])),
        )
        for area in sorted(of_home)
    }


def _offline(connection: sqlite3.Connection, homes: _Homes, now_ms: int) -> dict[str, float]:
    """Seconds in which the homes of an area were not heard, while in service."""
    total: defaultdict[str, float] = defaultdict(float)
    for row in connection.execute("SELECT gateway, since_ms, back_ms FROM silence"):
        name = gateway_source(row["gateway"])
        if name not in homes.area:
            continue
        begin = max(row["since_ms"], homes.from_ms[name])
        end = min(row["back_ms"] or now_ms, homes.until_ms[name])
        total[homes.area[name]] += max(0, end - begin) / 1000
    return total


def _alerts(
    connection: sqlite3.Connection, homes: _Homes, span: tuple[int, int]
) -> tuple[Counter[str], Counter[str]]:
    """Alerts that asked somebody, and those of them that asked at once.

    What waits for the next visit asks nobody, and is no part of the half an alert a home-week that
    a coordinator has room for (docs/attention.md).
    """
    rows = connection.execute(
        "SELECT source, code, priority, iif(code = ?, "
        "json_extract(CAST(body AS TEXT), '$.data.alert.params.fault'), NULL) AS fault "
        "FROM alert WHERE raised_ms >= ? AND raised_ms < ?",
        (GATEWAY_FAULT, *span),
    ).fetchall()
    asked = [
        (row["source"], attention)
        for row in rows
        if (
            attention := attention_for(
                row["code"], Priority(row["priority"]), {"fault": row["fault"]}
            )
        )
        is not Attention.VISIT
    ]
    at_once = [source for source, attention in asked if attention is Attention.INTERRUPT]
    return homes.counted(source for source, _ in asked), homes.counted(at_once)


def _useful(
    connection: sqlite3.Connection, homes: _Homes, span: tuple[int, int]
) -> tuple[Counter[str], Counter[str]]:
    """What was said last of each alert that was closed within the period."""
    last = {
        (row["source"], row["alert"]): row["useful"]
        for row in connection.execute(
            "SELECT source, alert, useful FROM decision WHERE useful IS NOT NULL "
            "AND made_ms >= ? AND made_ms < ? ORDER BY made_ms, id",
            span,
        )
    }
    yes = homes.counted(source for (source, _), said in last.items() if said)
    return yes, homes.counted(source for (source, _), said in last.items() if not said)


def _notices(
    connection: sqlite3.Connection, homes: _Homes, span: tuple[int, int]
) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Notifications drafted, released for the first time, and decided against with a reason."""

    def within(statement: str) -> Counter[str]:
        customers = (row[0] for row in connection.execute(statement, span))
        return Counter(homes.of_customer[one] for one in customers if one in homes.of_customer)

    return (
        within("SELECT customer FROM notification WHERE made_ms >= ? AND made_ms < ?"),
        within(
            "SELECT n.customer FROM notification n JOIN notification_step s "
            "ON s.notification = n.id AND s.step = 'release' "
            "GROUP BY n.id HAVING min(s.at_ms) >= ? AND min(s.at_ms) < ?"
        ),
        within(
            "SELECT customer FROM considered WHERE decision = 'no' AND at_ms >= ? AND at_ms < ?"
        ),
    )


def _worn(
    connection: sqlite3.Connection, homes: _Homes, span: tuple[int, int]
) -> defaultdict[str, list[float]]:
    """The share of each home as it told last, where those seven days are of the period."""
    shares: defaultdict[str, list[float]] = defaultdict(list)
    for one in home_work.newest(connection):
        if not span[0] <= one.made_ms < span[1] + WORN_DAYS * DAY_MS:
            continue
        if one.source in homes.area and one.data.worn_percent is not None:
            shares[homes.area[one.source]].append(one.data.worn_percent / 100)
    return shares


def _close_days(
    connection: sqlite3.Connection, homes: _Homes, span: tuple[int, int]
) -> defaultdict[str, dict[str, list[float]]]:
    """Days from the finding to its mending, by responsible party."""
    days: defaultdict[str, dict[str, list[float]]] = defaultdict(dict)
    for row in connection.execute(
        "SELECT source, responsible, opened_ms, ended_ms FROM home_task "
        "WHERE state = 'completed' AND ended_ms >= ? AND ended_ms < ?",
        span,
    ):
        if row["source"] in homes.area:
            area = days[homes.area[row["source"]]]
            took = max(0, row["ended_ms"] - row["opened_ms"]) / DAY_MS
            area.setdefault(row["responsible"], []).append(took)
    return days
