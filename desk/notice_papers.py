"""The page of a notification: shown as a draft, made and hashed at the release, kept for ever."""

from __future__ import annotations

import hashlib
import sqlite3
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from desk import home_facts, notice_lists, notices
from desk.config import DeskConfig
from desk.database import transaction
from desk.notices import NoticeError
from desk.sealing import NONCE_BYTES, read_key, seal, unseal
from edge.config.notifying import is_stale, legal_bases, medical_words
from edge.domain import Actor, Record
from edge.domain.notification import (
    LegalBasis,
    NotificationContent,
    NotificationState,
    Notifier,
)
from edge.locale.refusing import given, listed, worded
from edge.notification.bounds import checked, missing
from edge.notification.document import Frame, document
from edge.notification.doubts import TextDoubt, doubts, patterns_of
from edge.notification.lifecycle import Life, Step, after
from edge.paper.notification import notification_page
from edge.paper.sheet import exactly

_OUT = frozenset({NotificationState.RELEASED, NotificationState.SENT, NotificationState.CONFIRMED})
# The receiver is a Finnish authority; a bilingual one may be written to in Swedish.
LANGUAGE = "fi"
MINUTE_MS = 60_000


class Released(Record, frozen=True, kw_only=True):
    """What a release made: which revision, and the hash of its page."""

    id: str
    revision: int
    sha256: str


def basis_of(config: DeskConfig, code: str) -> LegalBasis:
    """The legal basis of that code; raises NoticeError."""
    for row in legal_bases(config.notify.legal_basis):
        if row.code == code:
            return row
    raise worded(NoticeError, "no_legal_basis", name=given(code))


def stale(config: DeskConfig, basis: LegalBasis, at_ms: int) -> bool:
    """Whether the review of the law is missing or old; it is told, and stops nothing."""
    return is_stale(basis, _local(config, at_ms).date().isoformat())


def doubts_of(content: NotificationContent) -> tuple[TextDoubt, ...]:
    return doubts(content, patterns_of(*medical_words()))


def release(
    connection: sqlite3.Connection,
    config: DeskConfig,
    prefix: str,
    notifier: Notifier,
    by: Actor,
    at_ms: int,
    *,
    with_access: bool = False,
    text_checked: bool = False,
    lang: str = LANGUAGE,
) -> Released:
    """A named person takes the notification for theirs; raises NoticeError and others.

    The page is made before anything is written: what cannot be printed is not released.
    """
    row = notices.find(connection, prefix)
    after(notices.life_of(row), Step.RELEASE)  # refused before the work of a page
    content, _ = notices.content_of(connection, row["id"], row["revision"])
    content = checked(msgspec.structs.replace(content, notifier=notifier))
    if lacking := missing(content):
        what = listed(one.replace(" ", "_") for one in lacking)
        raise worded(NoticeError, "notice_lacking", what=what)
    found = doubts_of(content)
    if found and not text_checked:
        some = listed(f'{one.field} "{one.word}"' for one in found)
        raise worded(NoticeError, "notice_health", what=some)
    key = read_key(config.notify.key_file) if with_access else None
    access = "" if key is None else home_facts.access_of(connection, row["customer"], key)
    if with_access and not access:
        raise worded(NoticeError, "no_door_code")
    edited = after(notices.life_of(row), Step.EDIT)
    life = after(edited, Step.RELEASE)
    frame = _frame(connection, config, row, life, access=access, released_ms=at_ms)
    html = notification_page(content, frame, basis_of(config, content.basis), lang)
    pdf = exactly(html, 1)
    digest = hashlib.sha256(pdf).hexdigest()
    with transaction(connection):
        now = notices.find(connection, row["id"])
        if notices.life_of(now) != notices.life_of(row):
            raise worded(NoticeError, "notice_changed")
        notices.edit(connection, now, content, by, at_ms)
        notices.released(connection, now, life, by, at_ms, sha256=digest, lang=lang,
                         access=bool(access), text_checked=bool(found))  # fmt: skip
        _keep(connection, row["id"], life.revision, digest, pdf, access, key)
    return Released(id=row["id"], revision=life.revision, sha256=digest)


def pdf_of(
    connection: sqlite3.Connection, config: DeskConfig, row: sqlite3.Row, lang: str = LANGUAGE
) -> bytes:
    """The page as it was released, byte for byte; of a draft one that says so."""
    life = notices.life_of(row)
    if life.state in _OUT:
        return _stored(connection, config, row["id"], life.revision)
    content, _ = notices.content_of(connection, row["id"], row["revision"])
    shown = "-" if home_facts.has_access(connection, row["customer"]) else ""
    frame = _frame(connection, config, row, life, access=shown)
    html = notification_page(content, frame, basis_of(config, content.basis), lang)
    return exactly(html, 1)


def json_of(connection: sqlite3.Connection, config: DeskConfig, row: sqlite3.Row) -> dict[str, Any]:
    """The notification as data; the door code is in it once it was released with one."""
    life = notices.life_of(row)
    content, _ = notices.content_of(connection, row["id"], row["revision"])
    access, released_ms = "", None
    if life.state in _OUT:
        for one in notice_lists.steps_of(connection, row["id"]):
            if one["step"] == "release" and one["revision"] == life.revision:
                released_ms = one["at_ms"]
        access = _access(connection, config, row["id"], life.revision)
    frame = _frame(connection, config, row, life, access=access, released_ms=released_ms)
    is_answered = life.state is NotificationState.CONFIRMED
    answer = notice_lists.answer_of(connection, row["id"]) if is_answered else None
    return document(content, frame, basis_of(config, content.basis), answer)


def expect_sendable(connection: sqlite3.Connection, prefix: str, sent_at: str, now_ms: int) -> None:
    """Raise NoticeError where the moment told is still to come, or before the page was released."""
    sent_ms = datetime.fromisoformat(sent_at).timestamp() * 1000
    if sent_ms > now_ms:
        raise worded(NoticeError, "sent_ahead", at=sent_at)
    row = notices.find(connection, prefix)
    made = [one for one in notice_lists.steps_of(connection, row["id"]) if one["step"] == "release"]
    # What is told has minutes.
    if made and sent_ms < made[-1]["at_ms"] - MINUTE_MS:
        raise worded(NoticeError, "sent_early", at=sent_at)


def _frame(
    connection: sqlite3.Connection,
    config: DeskConfig,
    row: sqlite3.Row,
    life: Life,
    *,
    access: str = "",
    released_ms: int | None = None,
) -> Frame:
    (before,) = connection.execute(
        "SELECT max(revision) FROM notification_step WHERE notification = ? "
        "AND step = 'release' AND revision < ?",
        (row["id"], life.revision),
    ).fetchone()
    return Frame(
        id=row["id"],
        revision=life.revision,
        state=life.state,
        created_at=text_of(config, row["made_ms"]),
        released_at="" if released_ms is None else text_of(config, released_ms),
        access=access,
        replaces=before,
    )


def _keep(
    connection: sqlite3.Connection,
    id_: str,
    revision: int,
    digest: str,
    pdf: bytes,
    access: str,
    key: bytes | None,
) -> None:
    """The page with a door code is sealed like the code itself."""
    nonce, sealed = None, None
    if key is not None:
        code_nonce, code = seal(key, access.encode(), id_)
        sealed = code_nonce + code
        nonce, pdf = seal(key, pdf, id_)
    connection.execute(
        "INSERT INTO notification_paper VALUES (?, ?, ?, ?, ?, ?)",
        (id_, revision, digest, pdf, sealed, nonce),
    )


def _paper(connection: sqlite3.Connection, id_: str, revision: int) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM notification_paper WHERE notification = ? AND revision = ?", (id_, revision)
    ).fetchone()
    if row is None:
        raise worded(NoticeError, "notice_not_released", n=revision)
    return row


def _stored(connection: sqlite3.Connection, config: DeskConfig, id_: str, revision: int) -> bytes:
    row = _paper(connection, id_, revision)
    pdf: bytes = row["pdf"]
    if row["nonce"] is not None:
        pdf = unseal(read_key(config.notify.key_file), row["nonce"], pdf, id_)
    if hashlib.sha256(pdf).hexdigest() != row["sha256"]:
        raise worded(NoticeError, "notice_page_other")
    return pdf


def _access(connection: sqlite3.Connection, config: DeskConfig, id_: str, revision: int) -> str:
    row = _paper(connection, id_, revision)
    if row["access"] is None:
        return ""
    nonce, code = row["access"][:NONCE_BYTES], row["access"][NONCE_BYTES:]
    return unseal(read_key(config.notify.key_file), nonce, code, id_).decode()


def _local(config: DeskConfig, at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(config.desk.zone))


def text_of(config: DeskConfig, at_ms: int) -> str:
    """ISO 8601 with the desk's offset, to the minute."""
    return _local(config, at_ms).isoformat(timespec="minutes")
