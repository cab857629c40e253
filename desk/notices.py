"""Notifications to authorities as the desk keeps them: every revision, every step, for ever.

Nothing here sends anything, and nothing is released without a named person. The caller proves who
it is and writes the look down.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from desk.database import transaction
from edge.clock import uuid7
from edge.domain import Actor, Level, Record
from edge.domain.notification import (
    NotificationContent,
    NotificationKind,
    NotificationState,
    ReceiverAnswer,
)
from edge.errors import EdgeError
from edge.locale.refusing import given, listed, worded
from edge.notification.bounds import no_identity_code
from edge.notification.lifecycle import Life, Step, after
from edge.notification.prompting import AGAIN_MS, Considered

# Shorter beginnings are typing errors.
PREFIX_MIN = 4
WHY_CHARS_MAX = 400
# What was thought of one home in half a year.
BEFORE_MAX = 200
# Random bits of an id beside its time (RFC 9562 §5.7).
_ENTROPY_BYTES = 10

_CONTENT = msgspec.json.Decoder(NotificationContent)


class NoticeNameError(EdgeError):
    """No notification, or more than one, has an id that begins like this."""


class NoticeError(EdgeError):
    """It cannot be done as asked; the text says why."""


class Origin(Record, frozen=True, kw_only=True):
    """Why there is a draft: what was found, at which level, and what asked for it."""

    customer: str
    gateway: str = ""
    findings: tuple[str, ...] = ()
    level: Level = Level.GREY
    alert: str | None = None
    worse: tuple[str, ...] = ()
    decide_ms: int | None = None  # a red level asked: by when a person decides

    @property
    def name(self) -> str:
        return "worker" if self.decide_ms is None else "prompt"


def find(connection: sqlite3.Connection, prefix: str) -> sqlite3.Row:
    """The one notification whose id begins with `prefix`; raises NoticeNameError."""
    if len(prefix) < PREFIX_MIN or not re.fullmatch(r"[0-9a-f-]+", prefix):
        raise worded(NoticeNameError, "notice_prefix", name=given(prefix), least=PREFIX_MIN)
    rows: list[sqlite3.Row] = connection.execute(
        "SELECT * FROM notification WHERE id >= ? AND id < ? ORDER BY made_ms DESC LIMIT 6",
        (prefix, prefix + "g"),
    ).fetchall()
    if not rows:
        raise worded(NoticeNameError, "no_notice", name=given(prefix))
    if len(rows) > 1:
        some = listed(row["id"] for row in rows[:5])
        raise worded(NoticeNameError, "many_notices", name=given(prefix), there=some)
    return rows[0]


def life_of(row: sqlite3.Row) -> Life:
    state = NotificationState(row["state"])
    return Life(state=state, revision=row["revision"], released=row["released"])


def content_of(
    connection: sqlite3.Connection, id_: str, revision: int
) -> tuple[NotificationContent, sqlite3.Row]:
    """One revision, and its row; raises NoticeError."""
    row = connection.execute(
        "SELECT * FROM notification_revision WHERE notification = ? AND revision = ?",
        (id_, revision),
    ).fetchone()
    if row is None:
        raise worded(NoticeError, "notice_no_revision", n=revision)
    return _CONTENT.decode(row["body"]), row


def make(
    connection: sqlite3.Connection,
    content: NotificationContent,
    origin: Origin,
    by: Actor,
    at_ms: int,
) -> str:
    """A new draft; the caller holds the transaction. Its id."""
    id_ = uuid7(at_ms, int.from_bytes(secrets.token_bytes(_ENTROPY_BYTES), "big"))
    connection.execute(
        "INSERT INTO notification (id, customer, gateway, kind, origin, alert, level, findings, "
        "worse, state, revision, made_ms, made_by, changed_ms, decide_ms) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'draft', 1, ?, ?, ?, ?)",
        (
            *(id_, origin.customer, origin.gateway, content.kind.value, origin.name, origin.alert),
            *(origin.level.value, json.dumps(origin.findings), json.dumps(origin.worse)),
            *(at_ms, by.account, at_ms, origin.decide_ms),
        ),
    )
    _revise(connection, id_, 1, content, by, at_ms)
    step(connection, id_, 1, "draft", by, at_ms, {})
    return id_


def edit(
    connection: sqlite3.Connection,
    row: sqlite3.Row,
    content: NotificationContent,
    by: Actor,
    at_ms: int,
) -> Life:
    """A new revision; of what was released a correction. The caller holds the transaction."""
    life = after(life_of(row), Step.EDIT)
    _revise(connection, row["id"], life.revision, content, by, at_ms)
    _lives(connection, row["id"], life, at_ms)
    step(connection, row["id"], life.revision, "edit", by, at_ms, {})
    return life


def withdraw(connection: sqlite3.Connection, prefix: str, why: str, by: Actor, at_ms: int) -> str:
    """Take it back, with the reason; its id. What was sent the receiver has all the same."""
    line = reason(why)
    with transaction(connection):
        row = find(connection, prefix)
        life = after(life_of(row), Step.WITHDRAW)
        _lives(connection, row["id"], life, at_ms)
        step(connection, row["id"], life.revision, "withdraw", by, at_ms, {"why": line})
        _decide(connection, row, "no", line, by, at_ms)
    return str(row["id"])


def consider(
    connection: sqlite3.Connection, prefix: str, *, yes: bool, why: str, by: Actor, at_ms: int
) -> str:
    """A named person decided on a draft: no ends it, yes keeps it for release; its id."""
    if not yes:
        return withdraw(connection, prefix, why, by, at_ms)
    line = reason(why) if why.strip() else ""
    with transaction(connection):
        row = find(connection, prefix)
        if row["state"] != NotificationState.DRAFT.value:
            raise worded(NoticeError, "notice_no_draft", state=row["state"])
        _decide(connection, row, "yes", line, by, at_ms)
    return str(row["id"])


def consider_without(
    connection: sqlite3.Connection,
    origin: Origin,
    kind: NotificationKind,
    why: str,
    by: Actor,
    at_ms: int,
) -> None:
    """A named person thought of it on a visit and decided against it, without any draft."""
    line = reason(why)
    with transaction(connection):
        _consider(connection, None, origin.customer, kind.value, origin.level.value,
                  json.dumps(origin.findings), "no", line, by, at_ms)  # fmt: skip


def told_sent(
    connection: sqlite3.Connection,
    prefix: str,
    facts: Mapping[str, Any],
    sha256: str | None,
    by: Actor,
    at_ms: int,
) -> str:
    """A person says that it was sent; `sha256`: of the file that went. Raises NoticeError."""
    with transaction(connection):
        row = find(connection, prefix)
        life = after(life_of(row), Step.SEND)
        paper = connection.execute(
            "SELECT sha256 FROM notification_paper WHERE notification = ? AND revision = ?",
            (row["id"], life.released),
        ).fetchone()
        if sha256 is not None and (paper is None or paper["sha256"] != sha256):
            raise worded(NoticeError, "notice_other_file")
        _lives(connection, row["id"], life, at_ms)
        told = {**facts, "sha256": sha256}
        step(connection, row["id"], life.revision, "send", by, at_ms, told)
    return str(row["id"])


def confirm(
    connection: sqlite3.Connection, prefix: str, answer: ReceiverAnswer, by: Actor, at_ms: int
) -> str:
    """What the receiver answered, entered by a person; its id."""
    with transaction(connection):
        row = find(connection, prefix)
        life = after(life_of(row), Step.CONFIRM)
        _lives(connection, row["id"], life, at_ms)
        facts = msgspec.to_builtins(answer)
        step(connection, row["id"], life.revision, "confirm", by, at_ms, facts)
    return str(row["id"])


def before(
    connection: sqlite3.Connection, customer: str, kind: NotificationKind, at_ms: int
) -> list[Considered]:
    """What was drafted or considered of one home within the time in which it counts."""
    rows = connection.execute(
        "SELECT findings, level, made_ms AS at_ms FROM notification "
        "WHERE customer = :of AND kind = :kind AND made_ms > :since UNION ALL "
        "SELECT findings, level, at_ms FROM considered "
        "WHERE customer = :of AND kind = :kind AND at_ms > :since ORDER BY at_ms DESC LIMIT :most",
        {"of": customer, "kind": kind.value, "since": at_ms - AGAIN_MS, "most": BEFORE_MAX},
    )
    return [
        Considered(
            findings=frozenset(json.loads(row["findings"])),
            level=Level(row["level"]),
            at_ms=row["at_ms"],
        )
        for row in rows
    ]


def reason(why: str) -> str:
    """One line of why; raises NoticeError without one."""
    line = " ".join(why.split())
    if not line or len(line) > WHY_CHARS_MAX or not line.isprintable():
        raise worded(NoticeError, "notice_why", most=WHY_CHARS_MAX)
    no_identity_code("why", line)
    return line


def released(
    connection: sqlite3.Connection,
    row: sqlite3.Row,
    life: Life,
    by: Actor,
    at_ms: int,
    **facts: Any,
) -> None:
    """Write down that a named person released it; the caller holds the transaction."""
    _lives(connection, row["id"], life, at_ms)
    step(connection, row["id"], life.revision, "release", by, at_ms, facts)
    _decide(connection, row, "yes", "", by, at_ms)


def step(
    connection: sqlite3.Connection,
    id_: str,
    revision: int,
    what: str,
    by: Actor,
    at_ms: int,
    facts: Mapping[str, Any],
) -> None:
    connection.execute(
        "INSERT INTO notification_step (notification, revision, step, account, role, at_ms, facts) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (id_, revision, what, by.account, by.role, at_ms, json.dumps(facts, ensure_ascii=False)),
    )


def _revise(
    connection: sqlite3.Connection,
    id_: str,
    revision: int,
    content: NotificationContent,
    by: Actor,
    at_ms: int,
) -> None:
    connection.execute(
        "INSERT INTO notification_revision VALUES (?, ?, ?, ?, ?)",
        (id_, revision, msgspec.json.encode(content), at_ms, by.account),
    )


def _lives(connection: sqlite3.Connection, id_: str, life: Life, at_ms: int) -> None:
    connection.execute(
        "UPDATE notification SET state = ?, revision = ?, released = ?, changed_ms = ? "
        "WHERE id = ?",
        (life.state.value, life.revision, life.released, at_ms, id_),
    )


def _decide(
    connection: sqlite3.Connection, row: sqlite3.Row, what: str, why: str, by: Actor, at_ms: int
) -> None:
    """Keep what was decided about a draft, once; a reason is kept each time."""
    if row["decided_ms"] is not None and not why:
        return
    _consider(connection, row["id"], row["customer"], row["kind"], row["level"],
              row["findings"], what, why, by, at_ms)  # fmt: skip
    connection.execute(
        "UPDATE notification SET decided_ms = ? WHERE id = ? AND decided_ms IS NULL",
        (at_ms, row["id"]),
    )


def _consider(
    connection: sqlite3.Connection,
    id_: str | None,
    customer: str,
    kind: str,
    level: str,
    findings: str,
    decision: str,
    why: str,
    by: Actor,
    at_ms: int,
) -> None:
    connection.execute(
        "INSERT INTO considered (notification, customer, kind, level, findings, decision, why, "
        "account, role, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (id_, customer, kind, level, findings, decision, why, by.account, by.role, at_ms),
    )


def merged(row: sqlite3.Row, findings: Iterable[str]) -> tuple[str, ...]:
    """The findings of a notification with further ones, each once."""
    return tuple(dict.fromkeys([*json.loads(row["findings"]), *findings]))
