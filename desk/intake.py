"""Takes messages into the database: all of a turn in one commit, then the receipts.

Transport dedupe by (source, id): a repeated message is receipted again and has
no other effect. The business key is (source, alert id, rev): the higher
revision wins, in whatever order they come.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from desk import (
    claims,
    digests,
    gaps,
    home_work,
    presence,
    profiles,
    prompts,
    proofs,
    replaced,
    requests,
    roster,
)
from desk.database import transaction
from desk.happened import AlertShown, DeviceShown, Happened, Readings, Refused
from desk.judge import Message, Refusal
from desk.settling import settle
from edge.domain import AlertState, Sync
from edge.uplink.envelope import (
    AlertEnvelope,
    ClaimEnvelope,
    DeviceStatusEnvelope,
    DigestEnvelope,
    HeartbeatEnvelope,
    ObservationsEnvelope,
    OfPart,
    ProfileEnvelope,
    RequestEnvelope,
    StateBody,
    WorkEnvelope,
    gateway_source,
    is_proof,
    wall_ms,
)

# Longer than this on the way: shown as late, and as urgent as ever.
LATE_AFTER_MS = 60_000
# Names of gateways and reasons come from outside; a table of them has an end.
REFUSAL_ROWS_MAX = 1_000

# A gateway repeats for as long as it has no receipt; after this it would have been mended.
# Readings have their time upstream as they have in the home.
KEEP_MS = 30 * 86_400_000

_SOURCE = gateway_source("")
Owed = (
    AlertEnvelope
    | ObservationsEnvelope
    | DeviceStatusEnvelope
    | ClaimEnvelope
    | ProfileEnvelope
    | RequestEnvelope
    | DigestEnvelope
    | WorkEnvelope
)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt, or with `rejected` a refusal, that may go out now."""

    gateway: str
    of: OfPart
    rejected: str | None = None


class Taken(msgspec.Struct, kw_only=True):
    answers: list[Answer] = []
    happened: list[Happened] = []


def take(
    connection: sqlite3.Connection, messages: Sequence[Message | Refusal], at_ms: int
) -> Taken:
    """Commit all of `messages`; only after it returns may the answers be sent."""
    taken = Taken()
    with transaction(connection):
        for message in messages:
            if isinstance(message, Refusal):
                _refuse(connection, message, at_ms, taken)
            else:
                _keep(connection, message, at_ms, taken)
    return taken


def prune(connection: sqlite3.Connection, at_ms: int) -> None:
    """Forget seen keys and readings that are older than KEEP_MS; alerts stay."""
    with transaction(connection):
        digests.forget(connection, at_ms, at_ms - KEEP_MS)
        connection.execute("DELETE FROM message WHERE received_ms < ?", (at_ms - KEEP_MS,))
        connection.execute("DELETE FROM observations WHERE received_ms < ?", (at_ms - KEEP_MS,))
        proofs.prune(connection, at_ms)


def _refuse(connection: sqlite3.Connection, refusal: Refusal, at_ms: int, taken: Taken) -> None:
    (rows,) = connection.execute("SELECT count(*) FROM refusal").fetchone()
    gateway = refusal.gateway[:40] if rows < REFUSAL_ROWS_MAX else "(others)"
    (count,) = connection.execute(
        "INSERT INTO refusal VALUES (?, ?, 1, ?) ON CONFLICT (gateway, reason) "
        "DO UPDATE SET count = count + 1, last_ms = excluded.last_ms RETURNING count",
        (gateway, refusal.reason, at_ms),
    ).fetchone()
    taken.happened.append(
        Refused(at_ms=at_ms, gateway=gateway, reason=refusal.reason, text=refusal.text, count=count)
    )
    if refusal.id is not None:
        of = OfPart(source=gateway_source(refusal.gateway), id=refusal.id)
        taken.answers.append(Answer(gateway=refusal.gateway, of=of, rejected=refusal.text[:300]))


def _keep(connection: sqlite3.Connection, message: Message, at_ms: int, taken: Taken) -> None:
    told = message.told
    if isinstance(told, StateBody):
        presence.keep_state(connection, message.gateway, told, at_ms, taken.happened)
        return
    if told.source == gateway_source(message.gateway):
        presence.seen(connection, message.gateway, told, at_ms, taken.happened)
    elif not replaced.may_carry(connection, message.gateway, told.source):
        _refuse(connection, _not_its_own(message, told), at_ms, taken)
        return
    if isinstance(told, HeartbeatEnvelope):
        _keep_heartbeat(connection, message, told)
        return
    taken.answers.append(Answer(gateway=message.gateway, of=_of(told)))
    if not _is_new(connection, told, at_ms):
        return
    gaps.note(connection, told.source, told.storeid, int(told.sequence))
    digests.arrived(connection, told.source, told.storeid, int(told.sequence), at_ms)
    if isinstance(told, AlertEnvelope) and is_proof(told):
        proofs.keep(connection, told, at_ms)
    elif isinstance(told, AlertEnvelope):
        _keep_alert(connection, message, told, at_ms, taken)
    elif isinstance(told, ObservationsEnvelope):
        _keep_observations(connection, message, told, at_ms, taken)
    elif isinstance(told, DeviceStatusEnvelope):
        _keep_device(connection, message, told, at_ms, taken)
    elif isinstance(told, DigestEnvelope):
        digests.keep(connection, told, message.body, at_ms)
    elif isinstance(told, WorkEnvelope):
        home_work.keep(connection, told, message.body, at_ms)
        taken.happened += prompts.on_work(connection, told, at_ms)
    else:
        _keep_own(connection, message.gateway, told, at_ms, taken)


def _not_its_own(message: Message, told: Owed | HeartbeatEnvelope) -> Refusal:
    text = f"'{told.source}' spoke on the topic of '{message.gateway}'"
    return Refusal(gateway=message.gateway, reason="source", text=f"source: {text}", id=told.id)


def _keep_own(
    connection: sqlite3.Connection,
    gateway: str,
    told: ClaimEnvelope | ProfileEnvelope | RequestEnvelope,
    at_ms: int,
    taken: Taken,
) -> None:
    """What a gateway says of itself."""
    happened: Happened | None
    if isinstance(told, ClaimEnvelope):
        happened = claims.keep(connection, gateway, told, at_ms)
    elif isinstance(told, ProfileEnvelope):
        happened = profiles.keep(connection, gateway, told, at_ms)
    else:
        happened = requests.keep(connection, gateway, told, at_ms)
    if happened is not None:
        taken.happened.append(happened)


def _of(told: Owed) -> OfPart:
    if isinstance(told, AlertEnvelope):
        alert = told.data.alert
        return OfPart(source=told.source, id=told.id, alert=alert.id, rev=alert.rev)
    return OfPart(source=told.source, id=told.id)


def _is_new(
    connection: sqlite3.Connection,
    told: Owed,
    at_ms: int,
) -> bool:
    kind = told.type.split(".")[2]
    made = connection.execute(
        "INSERT OR IGNORE INTO message VALUES (?, ?, ?, ?, ?, ?)",
        (told.source, told.id, told.storeid, int(told.sequence), kind, at_ms),
    )
    return made.rowcount == 1


def _keep_alert(
    connection: sqlite3.Connection,
    message: Message,
    told: AlertEnvelope,
    at_ms: int,
    taken: Taken,
) -> None:
    alert, key = told.data.alert, (told.source, told.data.alert.id)
    connection.execute(
        "INSERT OR IGNORE INTO alert_revision VALUES (?, ?, ?, ?, ?)",
        (*key, alert.rev, at_ms, message.body),
    )
    known = connection.execute(
        "SELECT rev, state, received_ms FROM alert WHERE source = ? AND id = ?", key
    ).fetchone()
    if known is not None and known["rev"] >= alert.rev:
        # Overtaken on its way: it may be the only one that shows what somebody decided.
        taken.happened += settle(connection, told, at_ms)
        return
    changed_ms = wall_ms(alert.changed)
    late = told.data.clock.sync is not Sync.NONE and at_ms - changed_ms > LATE_AFTER_MS
    received_ms = at_ms if known is None else known["received_ms"]
    row = {
        "source": told.source,
        "id": alert.id,
        "rev": alert.rev,
        "message_id": told.id,
        "code": alert.code,
        "priority": alert.priority.value,
        "state": alert.state.value,
        "escalation": alert.escalation,
        "client": told.data.subject.client,
        "site": told.data.subject.site,
        "account": alert.actor and alert.actor.account,
        "role": alert.actor and alert.actor.role,
        "next_by": alert.next_by,
        "outcome": alert.outcome,
        "late": late,
        "raised_ms": wall_ms(alert.raised),
        "changed_ms": changed_ms,
        "received_ms": received_ms,
        "revised_ms": at_ms,
        "body": message.body,
    }
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    connection.execute(f"INSERT OR REPLACE INTO alert ({names}) VALUES ({values})", row)  # noqa: S608 - our own column names
    roster.opened(connection, told, None if known is None else AlertState(known["state"]), at_ms)
    taken.happened.append(
        AlertShown(
            at_ms=at_ms,
            gateway=told.source.removeprefix(_SOURCE),
            envelope=told,
            raised_ms=row["raised_ms"],  # type: ignore[arg-type]
            changed_ms=changed_ms,
            late=late,
            received_ms=received_ms,
        )
    )
    taken.happened += settle(connection, told, at_ms)
    taken.happened += prompts.on_alert(connection, told, at_ms)


def _keep_observations(
    connection: sqlite3.Connection,
    message: Message,
    told: ObservationsEnvelope,
    at_ms: int,
    taken: Taken,
) -> None:
    data = told.data
    connection.execute(
        "INSERT OR IGNORE INTO observations VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            told.source,
            told.id,
            told.storeid,
            data.first_seq,
            data.last_seq,
            data.count,
            at_ms,
            message.body,
        ),
    )
    taken.happened.append(
        Readings(
            at_ms=at_ms,
            gateway=told.source.removeprefix(_SOURCE),
            rows=data.count,
            withheld=data.withheld,
            first_seq=data.first_seq,
            last_seq=data.last_seq,
            newest_ms=wall_ms(told.time),
        )
    )


def _keep_device(
    connection: sqlite3.Connection,
    message: Message,
    told: DeviceStatusEnvelope,
    at_ms: int,
    taken: Taken,
) -> None:
    data = told.data
    connection.execute(
        "INSERT INTO device VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (source, id) DO UPDATE SET "
        "state = excluded.state, since_ms = excluded.since_ms, "
        "received_ms = excluded.received_ms, body = excluded.body "
        "WHERE excluded.since_ms >= since_ms",
        (told.source, data.device.id, data.state, wall_ms(data.since), at_ms, message.body),
    )
    taken.happened.append(
        DeviceShown(
            at_ms=at_ms,
            gateway=told.source.removeprefix(_SOURCE),
            device=data.device.id,
            state=data.state,
            reasons=data.reasons,
        )
    )


def _keep_heartbeat(
    connection: sqlite3.Connection, message: Message, told: HeartbeatEnvelope
) -> None:
    gaps.note_told(connection, told.source, told.storeid, told.data.last_message)
    connection.execute(
        "UPDATE gateway SET heartbeat = ?, boot = ? WHERE id = ?",
        (message.body, told.data.clock.boot, message.gateway),
    )
