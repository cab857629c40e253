"""The digests of the homes beside what came: kept, judged, and judged again when more comes.

A day that was proved complete stays so: its messages may be forgotten after their month here.
"""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from desk import completeness, gaps, replaced
from desk.completeness import COMPLETE, COUNTED, Verdict
from edge.uplink.envelope import (
    DigestData,
    DigestEnvelope,
    HeartbeatEnvelope,
    gateway_source,
    numbers,
)

# More than a year back nobody asks whether a message is missing.
KEEP_MS = 400 * 86_400_000
# Stretches of one home in one answer: a year of one a day.
ROWS_MAX = 400
# Of a region: 400 homes, a month.
ALL_ROWS_MAX = 12_400
_SOURCE = gateway_source("")
_ENVELOPE = msgspec.json.Decoder(DigestEnvelope)
_HEARTBEAT = msgspec.json.Decoder(HeartbeatEnvelope)
_SETTLED = (COMPLETE, COUNTED)


def keep(connection: sqlite3.Connection, told: DigestEnvelope, body: bytes, at_ms: int) -> None:
    """A digest in its highest revision, judged at once."""
    data = told.data
    made = connection.execute(
        "INSERT INTO digest (source, store_id, first, last, rev, day, state, lacking, received_ms, "
        "body) VALUES (?, ?, ?, ?, ?, ?, '', 0, ?, ?) ON CONFLICT (source, store_id, first) DO "
        "UPDATE SET last = excluded.last, rev = excluded.rev, day = excluded.day, "
        "body = excluded.body WHERE excluded.rev > rev",
        (
            *(told.source, told.storeid, data.first, data.last, data.rev, data.day or ""),
            *(at_ms, body),
        ),
    )
    if made.rowcount:
        row = _covering(connection, told.source, told.storeid, data.first)
        assert row is not None  # noqa: S101 - it was written just now
        recheck(connection, row, at_ms)


def arrived(
    connection: sqlite3.Connection, source: str, store_id: str, sequence: int, at_ms: int
) -> None:
    """A message came: one fewer is missing of its stretch, and the last one proves the rest."""
    row = _covering(connection, source, store_id, sequence)
    if row is None or row["state"] in _SETTLED:
        return
    data = _ENVELOPE.decode(row["body"]).data
    if sequence in numbers(data.left_out, but=("forgotten",)):
        return
    if row["lacking"] > 1:
        connection.execute(
            "UPDATE digest SET lacking = lacking - 1 "
            "WHERE source = ? AND store_id = ? AND first = ?",
            (source, store_id, row["first"]),
        )
    else:
        recheck(connection, row, at_ms)


def recheck(connection: sqlite3.Connection, row: sqlite3.Row, at_ms: int) -> Verdict:
    """Hold one digest against what is here now, and keep what comes of it."""
    data = _ENVELOPE.decode(row["body"]).data
    found = _judged(connection, row["source"], row["store_id"], data)
    connection.execute(
        "UPDATE digest SET state = ?, lacking = ?, settled_ms = ? "
        "WHERE source = ? AND store_id = ? AND first = ?",
        (
            *(found.state, found.lacking, at_ms if found.state in _SETTLED else None),
            *(row["source"], row["store_id"], row["first"]),
        ),
    )
    return found


def forget(connection: sqlite3.Connection, at_ms: int, before_ms: int) -> None:
    """Remember up to which number ids are about to go; call it before they do."""
    connection.execute(
        "INSERT INTO forgotten SELECT source, store_id, max(sequence) FROM message "
        "WHERE received_ms < ? GROUP BY source, store_id "
        "ON CONFLICT (source, store_id) DO UPDATE SET up_to = max(up_to, excluded.up_to)",
        (before_ms,),
    )
    connection.execute("DELETE FROM digest WHERE received_ms < ?", (at_ms - KEEP_MS,))


def listed(
    connection: sqlite3.Connection, gateway: str | None, since_ms: int
) -> list[dict[str, Any]]:
    """Every stretch that was told since then, and what no digest covers; the oldest first.

    What is not proved is held against what is here once more; with a gateway, everything is.
    """
    source = None if gateway is None else gateway_source(gateway)
    rows = connection.execute(
        "SELECT * FROM digest WHERE (?1 IS NULL OR source = ?1) AND received_ms >= ?2 "
        "ORDER BY received_ms DESC, first DESC LIMIT ?3",
        (source, since_ms, ROWS_MAX if gateway else ALL_ROWS_MAX),
    ).fetchall()
    rows.sort(key=lambda row: (row["source"], row["store_id"], row["first"]))
    found = [_row(connection, row, again=gateway is not None) for row in rows]
    return found + _open_ends(connection, source)


def _row(connection: sqlite3.Connection, row: sqlite3.Row, *, again: bool) -> dict[str, Any]:
    data = _ENVELOPE.decode(row["body"]).data
    state, missing, different = row["state"], [], []
    if again or state not in _SETTLED:
        verdict = _judged(connection, row["source"], row["store_id"], data)
        # Proved once is proved: ids of a month ago are not compared again.
        if state not in _SETTLED or verdict.state != COUNTED:
            state, missing, different = verdict.state, verdict.missing, verdict.different
    left: dict[str, list[list[int]]] = {}
    for one in data.left_out:
        left.setdefault(one.why, []).append([one.first, one.last])
    return {
        "gateway": row["source"].removeprefix(_SOURCE),
        "store": row["store_id"],
        "day": row["day"] or None,
        "first": row["first"],
        "last": row["last"],
        "count": data.count,
        "state": state,
        "missing": [list(one) for one in missing],
        "different": [list(one) for one in different],
        "left_out": left,
        "rev": row["rev"],
        "received_ms": row["received_ms"],
    }


def _judged(
    connection: sqlite3.Connection, source: str, store_id: str, data: DigestData
) -> Verdict:
    key = (source, store_id)
    have: dict[int, list[str]] = {}
    for number, ident in connection.execute(
        "SELECT sequence, id FROM message WHERE source = ? AND store_id = ? "
        "AND sequence BETWEEN ? AND ?",
        (*key, data.first, data.last),
    ):
        have.setdefault(number, []).append(ident)
    return completeness.judge(data, have, _counted(connection, key, data))


def _counted(connection: sqlite3.Connection, key: tuple[str, str], data: DigestData) -> set[int]:
    """Numbers that came so long ago that their ids are gone here."""
    row = connection.execute(
        "SELECT up_to, highest FROM forgotten JOIN stretch USING (source, store_id) "
        "WHERE source = ? AND store_id = ?",
        key,
    ).fetchone()
    if row is None:
        return set()
    came = set(range(data.first, min(data.last, row["up_to"], row["highest"]) + 1))
    for first, last in gaps.ranges(connection, *key):
        came.difference_update(range(max(first, data.first), min(last, data.last) + 1))
    return came


def _open_ends(connection: sqlite3.Connection, source: str | None) -> list[dict[str, Any]]:
    """What each store has numbered after its last digest: `open` while the store is in use.

    One that is not in use any more, and told no digest of its end, is `unproved`: what it numbered
    last and never sent is known to nobody.
    """
    rows = connection.execute(
        "SELECT source, store_id, max(highest, told) AS head, coalesce((SELECT max(last) "
        "FROM digest WHERE digest.source = stretch.source AND digest.store_id = stretch.store_id)"
        ", 0) AS proved FROM stretch WHERE ?1 IS NULL OR source = ?1 ORDER BY source, store_id",
        (source,),
    ).fetchall()
    found: list[dict[str, Any]] = []
    for row in rows:
        if row["head"] <= row["proved"]:
            continue
        gateway = row["source"].removeprefix(_SOURCE)
        holes = [
            [max(first, row["proved"] + 1), last]
            for first, last in gaps.ranges(connection, row["source"], row["store_id"])
            if last > row["proved"]
        ]
        in_use = _store_in_use(connection, gateway) in (None, row["store_id"])
        in_use = in_use and replaced.successor(connection, gateway) is None
        if not in_use and _is_ended(connection, row):
            continue
        found.append(
            {
                "gateway": gateway,
                "store": row["store_id"],
                "day": None,
                "first": row["proved"] + 1,
                "last": row["head"],
                "count": row["head"] - row["proved"] - sum(b - a + 1 for a, b in holes),
                "state": "open" if in_use else "unproved",
                "missing": holes,
                "different": [],
                "left_out": {},
                "rev": 0,
                "received_ms": None,
            }
        )
    return found


def _is_ended(connection: sqlite3.Connection, row: sqlite3.Row) -> bool:
    """Whether nothing but digests came after the last digest: they stand in none themselves."""
    (digests,) = connection.execute(
        "SELECT count(*) FROM message WHERE source = ? AND store_id = ? AND sequence > ? "
        "AND kind = 'digest'",
        (row["source"], row["store_id"], row["proved"]),
    ).fetchone()
    return bool(digests == row["head"] - row["proved"])


def _store_in_use(connection: sqlite3.Connection, gateway: str) -> str | None:
    row = connection.execute("SELECT heartbeat FROM gateway WHERE id = ?", (gateway,)).fetchone()
    if row is None or row["heartbeat"] is None:
        return None
    return _HEARTBEAT.decode(row["heartbeat"]).storeid


def _covering(
    connection: sqlite3.Connection, source: str, store_id: str, sequence: int
) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM digest WHERE source = ? AND store_id = ? AND first <= ? "
        "ORDER BY first DESC LIMIT 1",
        (source, store_id, sequence),
    ).fetchone()
    return None if row is None or row["last"] < sequence else row
