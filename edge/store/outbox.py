"""What is owed upstream: stored with what it tells, gone only when it is received.

The queue is the table; nothing of it lives in memory but the size of the
telemetry, which alone may be dropped when there is no room, oldest first, and
never without a line in `shed`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec

from edge.domain import Instant, OutboxClass, OutboxEntry, Priority, Record
from edge.errors import StoreError
from edge.store import disclosing
from edge.store.bounds import Bounds
from edge.store.multirow import MultiRow
from edge.store.names import Names

CRITICAL_RANK = 0
NORMAL_RANK = 2
TELEMETRY_RANK = 3
_RANKS = {Priority.CRITICAL: CRITICAL_RANK, Priority.HIGH: 1, Priority.NORMAL: NORMAL_RANK}
_DROPPABLE = frozenset({OutboxClass.OBSERVATIONS, OutboxClass.DEVICE_STATUS, OutboxClass.WORK})

# SQLite takes 32,766 parameters; a receipt names one message, a backlog's receipts some dozens.
_IDS_PER_STATEMENT = 500

_ENTRIES = MultiRow(
    "outbox (sequence, id, class, priority, rank, body, created_ms, stored_boot, "
    "stored_boottime_ms, stored_wall_ms, stored_offset_min, stored_sync, disclosure)",
    width=13,
)
# Still to be sent: without a receipt, and not put aside as a message that nobody takes.
OWED = "received_boot IS NULL AND parked = ''"
_COLUMNS = "sequence, id, class, priority, body, created_ms"


class Backlog(Record, frozen=True):
    """The telemetry that is owed: how many messages, how many bytes of them."""

    rows: int = 0
    bytes: int = 0

    def plus(self, other: Backlog) -> Backlog:
        return Backlog(rows=self.rows + other.rows, bytes=self.bytes + other.bytes)

    def without(self, other: Backlog) -> Backlog:
        return Backlog(rows=self.rows - other.rows, bytes=self.bytes - other.bytes)


class Settled(Record, frozen=True, kw_only=True):
    """What receipts settled: `ids` that were owed, the telemetry among them, whether a claim."""

    ids: list[str]
    telemetry: Backlog
    claims: bool


class OutboxCount(Record, frozen=True):
    """What is owed of one class and priority; `oldest` is when the oldest was stored."""

    cls: OutboxClass
    priority: Priority | None
    rows: int
    bytes: int
    oldest: Instant


def rank(entry: OutboxEntry) -> int:
    """Place in the queue. An alert or assessment without a priority is never telemetry."""
    if entry.priority is not None:
        return _RANKS[entry.priority]
    return TELEMETRY_RANK if entry.cls in _DROPPABLE else NORMAL_RANK


def insert(
    connection: sqlite3.Connection, names: Names, entries: Sequence[OutboxEntry], at: Instant
) -> None:
    stored = names.moment(at)
    flat: list[Any] = []
    for e in entries:
        priority = None if e.priority is None else e.priority.value
        flat += (e.sequence, e.id, e.cls.value, priority, rank(e), e.body, e.created_ms, *stored)
        flat.append(disclosing.owed(connection, names, e, at))
    _ENTRIES.insert(connection, flat)


def carry(
    connection: sqlite3.Connection, names: Names, entries: Sequence[OutboxEntry], at: Instant
) -> None:
    """Owe alerts that another store owed, with the same bytes and ids; once.

    Its numbers are below 0, in the same order: ours are counted upstream without holes, and
    theirs stand in the bytes.
    """
    known = {ident for (ident,) in connection.execute("SELECT id FROM outbox WHERE sequence < 0")}
    new = [entry for entry in entries if entry.id not in known]
    (lowest,) = connection.execute(
        "SELECT min(0, coalesce(min(sequence), 0)) FROM outbox"
    ).fetchone()
    numbered = [
        msgspec.structs.replace(entry, sequence=sequence)
        for sequence, entry in enumerate(new, lowest - len(new))
    ]
    insert(connection, names, numbered, at)


def order(entry: OutboxEntry) -> tuple[int, int]:
    """The order in which entries go out: critical newest first, the others oldest first."""
    place = rank(entry)
    return place, -entry.sequence if place == CRITICAL_RANK else entry.sequence


def still_owed(connection: sqlite3.Connection, ids: Sequence[str]) -> set[str]:
    """Which of these have no receipt yet."""
    found: set[str] = set()
    for start in range(0, len(ids), _IDS_PER_STATEMENT):
        part = ids[start : start + _IDS_PER_STATEMENT]
        rows = connection.execute(
            "SELECT id FROM outbox WHERE received_boot IS NULL "  # noqa: S608 (marks only)
            f"AND id IN ({','.join('?' * len(part))})",
            part,
        )
        found.update(ident for (ident,) in rows)
    return found


def owed_ranks(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, int]:
    """The rank of each of these few that has no receipt yet."""
    return dict(
        connection.execute(
            "SELECT id, rank FROM outbox WHERE received_boot IS NULL "  # noqa: S608 (marks only)
            f"AND id IN ({','.join('?' * len(ids))})",
            ids,
        ).fetchall()
    )


def counts_of(entries: Sequence[OutboxEntry], at: Instant) -> list[OutboxCount]:
    """What is owed of entries that stand in no table; `at`: since when."""
    groups: dict[tuple[OutboxClass, Priority | None], list[int]] = {}
    for e in entries:
        groups.setdefault((e.cls, e.priority), []).append(len(e.body))
    return [
        OutboxCount(cls=cls, priority=priority, rows=len(sizes), bytes=sum(sizes), oldest=at)
        for (cls, priority), sizes in groups.items()
    ]


def owed_of(connection: sqlite3.Connection, cls: OutboxClass) -> list[OutboxEntry]:
    """All of one class without a receipt, oldest first; for classes that are few."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM outbox INDEXED BY outbox_counted "  # noqa: S608
        f"WHERE {OWED} AND class = ? ORDER BY sequence",
        (cls.value,),
    ).fetchall()
    return [entry(row) for row in rows]


def owed(connection: sqlite3.Connection, limit: int, but: Sequence[str] = ()) -> list[OutboxEntry]:
    """At most `limit` entries: critical newest first, then the others by rank, oldest first.

    `but`: a few of the others that are received, and not settled yet.
    """
    critical = connection.execute(
        f"SELECT {_COLUMNS} FROM outbox WHERE {OWED} AND rank = 0 "  # noqa: S608
        "ORDER BY sequence DESC LIMIT ?",
        (limit,),
    ).fetchall()
    others = connection.execute(
        f"SELECT {_COLUMNS} FROM outbox WHERE {OWED} AND rank > 0 "  # noqa: S608
        "ORDER BY rank, sequence LIMIT ?",
        (limit - len(critical) + len(but),),
    ).fetchall()
    left = [row for row in (*critical, *others) if row[1] not in but]
    return [entry(row) for row in left[:limit]]


def entry(row: Sequence[Any]) -> OutboxEntry:
    """Read a row of sequence, id, class, priority, body, created_ms."""
    sequence, ident, cls, priority, body, created_ms = row
    return OutboxEntry(
        sequence=sequence,
        id=ident,
        cls=OutboxClass(cls),
        priority=None if priority is None else Priority(priority),
        body=body,
        created_ms=created_ms,
    )


def receive(
    connection: sqlite3.Connection, names: Names, ids: Sequence[str], at: Instant
) -> Settled:
    """Settle the entries with these ids.

    An alert keeps its bytes until retention, to show what was sent. Telemetry, claims
    and profiles keep only their numbers, ids and times: readings have their own
    table, a claim holds its code, a profile is made anew.
    """
    owed_by_id: dict[str, tuple[int, int, int, str]] = {}
    wanted = list(dict.fromkeys(ids))
    for start in range(0, len(wanted), _IDS_PER_STATEMENT):
        part = wanted[start : start + _IDS_PER_STATEMENT]
        found = connection.execute(
            "SELECT id, sequence, rank, length(body), class FROM outbox "  # noqa: S608 (marks only)
            f"WHERE received_boot IS NULL AND id IN ({','.join('?' * len(part))})",
            part,
        )
        owed_by_id |= {ident: facts for ident, *facts in found.fetchall()}
    moment = names.moment(at)
    connection.executemany(
        "UPDATE outbox SET received_boot = ?, received_boottime_ms = ?, received_wall_ms = ?, "
        "received_offset_min = ?, received_sync = ?, "
        "body = CASE WHEN rank = 3 OR class IN ('claim', 'profile') THEN x'' ELSE body END "
        "WHERE sequence = ?",
        [(*moment, sequence) for sequence, *_ in owed_by_id.values()],
    )
    disclosing.received(connection, [sequence for sequence, *_ in owed_by_id.values()])
    telemetry = [size for _, place, size, _ in owed_by_id.values() if place == TELEMETRY_RANK]
    return Settled(
        ids=[ident for ident in wanted if ident in owed_by_id],
        telemetry=Backlog(rows=len(telemetry), bytes=sum(telemetry)),
        claims=any(cls == OutboxClass.CLAIM for *_, cls in owed_by_id.values()),
    )


def backlog(connection: sqlite3.Connection) -> Backlog:
    """Measure the telemetry that is owed (at opening; after that it is counted along)."""
    rows, size = connection.execute(
        "SELECT count(*), coalesce(sum(length(body)), 0) FROM outbox INDEXED BY outbox_counted "  # noqa: S608
        f"WHERE {OWED} AND rank = 3"
    ).fetchone()
    return Backlog(rows=rows, bytes=size)


def arriving(entries: Sequence[OutboxEntry]) -> Backlog:
    sizes = [len(entry.body) for entry in entries if rank(entry) == TELEMETRY_RANK]
    return Backlog(rows=len(sizes), bytes=sum(sizes))


def overflows(load: Backlog, bounds: Bounds) -> bool:
    """Whether some of this telemetry must go."""
    return load.rows > bounds.telemetry_rows or load.bytes > bounds.telemetry_bytes


def shed(
    connection: sqlite3.Connection, names: Names, load: Backlog, bounds: Bounds, at: Instant
) -> Backlog:
    """Drop the oldest telemetry until it fits its bounds; returns what is owed after that.

    At most `bounds.shed_rows` at once. What was dropped is recorded.
    """
    rows, size = load.rows, load.bytes
    if not overflows(load, bounds):
        return load
    candidates = connection.execute(
        f"SELECT sequence, length(body) FROM outbox WHERE {OWED} AND rank = 3 "  # noqa: S608
        "ORDER BY sequence LIMIT ?",
        (bounds.shed_rows,),
    ).fetchall()
    gone: list[int] = []
    for sequence, length in candidates:
        if not overflows(Backlog(rows=rows, bytes=size), bounds):
            break
        gone.append(sequence)
        rows, size = rows - 1, size - length
    dropped = Backlog(rows=load.rows - rows, bytes=load.bytes - size)
    delete_owed_telemetry(connection, gone[-1])
    note_shed(
        *(connection, names, bounds, at),
        what="telemetry",
        reason="no_room",
        amount=dropped,
        numbers=(gone[0], gone[-1]),
    )
    return Backlog(rows=rows, bytes=size)


def delete_owed_telemetry(connection: sqlite3.Connection, up_to: int) -> None:
    connection.execute(
        f"DELETE FROM outbox WHERE {OWED} AND rank = 3 AND sequence <= ?",  # noqa: S608
        (up_to,),
    )


def note_shed(
    connection: sqlite3.Connection,
    names: Names,
    bounds: Bounds,
    at: Instant,
    *,
    what: str,
    reason: str,
    amount: Backlog,
    numbers: tuple[int, int],
) -> None:
    """Record what was dropped: in the last line when that is recent and of the same sort."""
    (first, last), moment = numbers, names.moment(at)
    boot, boottime_ms, *rest = moment
    merged = connection.execute(
        "UPDATE shed SET rows = rows + ?, bytes = bytes + ?, last_number = ?, last_boottime_ms = ?,"
        " last_wall_ms = ?, last_offset_min = ?, last_sync = ? WHERE key = "
        "(SELECT max(key) FROM shed WHERE what = ? AND reason = ?) "
        "AND first_boot = ? AND first_boottime_ms > ?",
        (
            *(amount.rows, amount.bytes, last, boottime_ms, *rest, what, reason),
            *(boot, at.boottime_ms - bounds.shed_merge_ms),
        ),
    )
    if merged.rowcount == 0:
        connection.execute(
            "INSERT INTO shed VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (what, reason, amount.rows, amount.bytes, first, last, *moment, *moment),
        )


def counts(
    connection: sqlite3.Connection, names: Names, but: Sequence[str] = ()
) -> list[OutboxCount]:
    """What is owed, by class and priority, in the order in which it goes out.

    `but`: a few that are received, and not settled yet.
    """
    marks = ",".join("?" * len(but))
    groups = connection.execute(
        "SELECT class, priority, count(*), sum(length(body)), min(sequence) FROM outbox "  # noqa: S608
        "INDEXED BY outbox_counted "
        f"WHERE {OWED} AND sequence NOT IN (SELECT sequence FROM outbox WHERE id IN ({marks})) "
        "GROUP BY rank, class, priority ORDER BY rank, class",
        but,
    ).fetchall()
    return [
        OutboxCount(
            cls=OutboxClass(cls),
            priority=None if priority is None else Priority(priority),
            rows=rows,
            bytes=size,
            oldest=_stored(connection, names, oldest),
        )
        for cls, priority, rows, size, oldest in groups
    ]


def _stored(connection: sqlite3.Connection, names: Names, sequence: int) -> Instant:
    row = connection.execute(
        "SELECT stored_boot, stored_boottime_ms, stored_wall_ms, stored_offset_min, stored_sync "
        "FROM outbox WHERE sequence = ?",
        (sequence,),
    ).fetchone()
    return names.instant(*row)


def check_numbers(head: int, entries: Sequence[OutboxEntry]) -> None:
    """Refuse messages that do not follow the last one: upstream would see a gap as a loss."""
    for expected, entry in enumerate(entries, head + 1):
        if entry.sequence != expected:
            raise StoreError(
                f"message {entry.id} has sequence {entry.sequence}, the store expects {expected}; "
                "number on from heads()"
            )
