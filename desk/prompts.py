"""A red level asks a person whether to notify, once.

What is asked is a draft: the system fills in what it knows, and nothing goes anywhere by itself.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

import msgspec

from desk import home_facts, known_home, notices
from desk.happened import NoticeShown
from desk.notices import Origin
from edge.domain import Actor, AlertState, Level
from edge.domain.notification import (
    IndexLine,
    NotificationContent,
    NotificationKind,
    NotificationState,
    ObservedFact,
    Resident,
    Site,
)
from edge.domain.rescue import Rescue
from edge.locale import render
from edge.notification import prompting
from edge.notification.bounds import OBSERVATIONS_MAX, ContentError
from edge.notification.drafting import DEFAULT_BASIS, amended, draft
from edge.notification.findings import TELLABLE, item_of, of_kind
from edge.notification.prompting import Considered
from edge.uplink.envelope import AlertEnvelope, WorkEnvelope, gateway_source

# Who wrote what no person wrote.
DESK = Actor(account="desk", role="system")
CODE = "level_changed"
# An alert tells its three weightiest reasons.
REASONS = ("reason_1", "reason_2", "reason_3")
_LEVELS = frozenset(one.value for one in Level)
_SOURCE = gateway_source("")
_ALERT = msgspec.json.Decoder(AlertEnvelope)


def sentence(finding: str, lang: str = "fi") -> str:
    """What a finding says to an authority."""
    return render(lang, f"notify_finding.{finding}", {})


def decoded(body: bytes) -> AlertEnvelope:
    """An alert as the desk keeps it."""
    return _ALERT.decode(body)


def findings_of(told: AlertEnvelope) -> tuple[str, ...]:
    """The findings that an alert about a level names; what a model said is none."""
    params = told.data.alert.params
    return tuple(str(params[key]) for key in REASONS if params.get(key) in TELLABLE)


def level_of(told: AlertEnvelope) -> Level:
    """The level that an alert tells; grey: none that is known here."""
    level = str(told.data.alert.params.get("to"))
    return Level(level) if level in _LEVELS else Level.GREY


def on_alert(connection: sqlite3.Connection, told: AlertEnvelope, at_ms: int) -> list[NoticeShown]:
    """Draft what a level that turned red asks for; the caller holds the transaction."""
    alert = told.data.alert
    if alert.code != CODE or told.data.test or alert.state is not AlertState.RAISED:
        return []
    level = level_of(told)
    return _ask(
        connection,
        Origin(
            customer=told.data.subject.client,
            gateway=told.source.removeprefix(_SOURCE),
            findings=findings_of(told),
            level=level,
            alert=alert.id,
        ),
        str(alert.params.get("hazard")),
        alert.changed[:10],
        at_ms,
        home_facts.index_line(told, level),
    )


def _ask(
    connection: sqlite3.Connection,
    origin: Origin,
    hazard: str,
    day: str,
    at_ms: int,
    index: IndexLine | None = None,
) -> list[NoticeShown]:
    """A draft for a person, where the level asks for one and nobody has thought of it lately."""
    customer = origin.customer
    facts = home_facts.facts_of(connection, customer)
    kind = prompting.kind_of(hazard, origin.level.value, is_client=facts.client == "yes")
    if kind is None or not customer:
        return []
    known = known_home.of_customer(connection, customer)
    findings = of_kind(kind, (*origin.findings, *known.seen))
    now = Considered(findings=frozenset(findings), level=origin.level, at_ms=at_ms)
    before = notices.before(connection, customer, kind, at_ms)
    if not prompting.is_due(before, now):
        return []
    why = tuple(one.value for one in prompting.worse(before, now)) if before else ()
    undecided = _undecided(connection, customer, kind)
    if undecided is not None:
        _extend(connection, undecided, findings, why, day, at_ms)
        id_ = str(undecided["id"])
    else:
        index = _index(connection, customer, kind, index or IndexLine(level=origin.level))
        content = drafted(connection, customer, kind, findings, day, index=index, is_prompt=True)
        decide_ms = at_ms + prompting.DECIDE_WITHIN_MS
        origin = msgspec.structs.replace(origin, findings=findings, worse=why, decide_ms=decide_ms)
        id_ = notices.make(connection, content, origin, DESK, at_ms)
    return [NoticeShown(at_ms=at_ms, gateway=origin.gateway, notice=id_, news="prompted", who="")]


def on_work(connection: sqlite3.Connection, told: WorkEnvelope, at_ms: int) -> list[NoticeShown]:
    """What a home's list of findings asks for; the caller holds the transaction.

    A home that is red already and gets worse raises no alert about its level: its list tells. A
    draft that waits is filled from it, because an alert names three reasons and the list has all.
    And whoever chose on the visit to notify of a critical finding gets a draft here.
    """
    customer, day = told.data.subject.client, told.time[:10]
    gateway = told.source.removeprefix(_SOURCE)
    for kind in NotificationKind:
        row = _undecided(connection, customer, kind)
        if row is None or row["decide_ms"] is None:
            continue
        known = known_home.of_customer(connection, customer)
        findings = of_kind(kind, notices.merged(row, known.seen))
        if set(findings) - set(json.loads(row["findings"])):
            why = tuple(json.loads(row["worse"]))
            _extend(connection, row, findings, why, day, at_ms)
        _tell_index(connection, customer, kind, at_ms)
    shown: list[NoticeShown] = []
    for part in told.data.levels:
        origin = Origin(customer=customer, gateway=gateway, level=part.level)
        shown += _ask(connection, origin, part.hazard.value, day, at_ms)
    return shown + _chosen(connection, told, at_ms)


def _index(
    connection: sqlite3.Connection, customer: str, kind: NotificationKind, line: IndexLine
) -> IndexLine:
    """With what the home told of the method beside its red level; as it is where it told none."""
    found = known_home.told_level(connection, customer, kind)
    if found is None or found.level is not line.level:
        return line
    return msgspec.structs.replace(
        line,
        index=found.index,
        model=found.model or "",
        list_version=found.checklist or line.list_version,
    )


def _tell_index(
    connection: sqlite3.Connection, customer: str, kind: NotificationKind, at_ms: int
) -> None:
    """Fill in what the alert came too early for; a line that tells an index stays as it is."""
    row = _undecided(connection, customer, kind)
    if row is None:
        return
    content, _ = notices.content_of(connection, row["id"], row["revision"])
    if content.index is None or content.index.index is not None:
        return
    line = _index(connection, customer, kind, content.index)
    if line != content.index:
        after = msgspec.structs.replace(content, index=line)
        notices.edit(connection, row, after, DESK, at_ms)


def _chosen(connection: sqlite3.Connection, told: WorkEnvelope, at_ms: int) -> list[NoticeShown]:
    """A draft of what a worker chose on the visit to notify, unless there is one."""
    customer, day = told.data.subject.client, told.time[:10]
    wanted = {one.item for one in told.data.considered if one.notify}
    if not wanted or not customer:
        return []
    seen = known_home.of_customer(connection, customer).seen
    chosen = [one for one in seen if one.partition(":")[0] in wanted]
    kind = NotificationKind.DANGER
    if chosen and not of_kind(kind, chosen):
        kind = NotificationKind.CONCERN
    findings = of_kind(kind, chosen)
    before = notices.before(connection, customer, kind, at_ms)
    if not set(findings) - {code for one in before for code in one.findings}:
        return []
    gateway = told.source.removeprefix(_SOURCE)
    content = drafted(connection, customer, kind, findings, day)
    origin = Origin(
        customer=customer,
        gateway=gateway,
        findings=findings,
        decide_ms=at_ms + prompting.DECIDE_WITHIN_MS,
    )
    id_ = notices.make(connection, content, origin, DESK, at_ms)
    return [NoticeShown(at_ms=at_ms, gateway=gateway, notice=id_, news="prompted", who="")]


def drafted(
    connection: sqlite3.Connection,
    customer: str,
    kind: NotificationKind,
    findings: Sequence[str],
    day: str,
    *,
    index: IndexLine | None = None,
    is_prompt: bool = False,
) -> NotificationContent:
    """A draft of what the desk knows of this home; `day`: of findings that nobody dated."""
    known = known_home.of_customer(connection, customer)
    name, address = home_facts.who_and_where(connection, customer)
    content = draft(
        kind,
        DEFAULT_BASIS[kind],
        findings,
        say=sentence,
        on=day,
        seen={one: (on or day, by) for one, (on, by) in known.seen.items()},
        address=address,
        name=name,
        index=index,
        is_prompt=is_prompt,
    )
    facts = home_facts.facts_of(connection, customer)
    escape = home_facts.escape_of(connection, customer)
    try:
        return home_facts.placed(content, facts, known.tenure, escape)
    except ContentError:
        # What a register holds may be longer than a page takes. A person fills it in; a message
        # of a home must never be refused for it.
        bare = msgspec.structs.replace(content, site=Site(), resident=Resident())
        return home_facts.placed(bare, Rescue(), known.tenure, escape)


def _undecided(
    connection: sqlite3.Connection, customer: str, kind: NotificationKind
) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM notification WHERE customer = ? AND kind = ? AND state = ? "
        "AND decided_ms IS NULL AND released IS NULL ORDER BY made_ms DESC LIMIT 1",
        (customer, kind.value, NotificationState.DRAFT.value),
    ).fetchone()
    return row


def _extend(
    connection: sqlite3.Connection,
    row: sqlite3.Row,
    findings: Sequence[str],
    why: tuple[str, ...],
    day: str,
    at_ms: int,
) -> None:
    """What is worse comes into the draft that waits; nobody is asked twice at once.

    A draft that a person wrote in keeps their words: only what is new is added.
    """
    content, _ = notices.content_of(connection, row["id"], row["revision"])
    kind = NotificationKind(row["kind"])
    merged = of_kind(kind, notices.merged(row, findings))
    if not _is_a_persons(connection, row["id"]):
        after = drafted(
            connection, row["customer"], kind, merged, day, index=content.index, is_prompt=True
        )
    else:
        room = OBSERVATIONS_MAX - len(content.observations)
        known = {seen.finding for seen in content.observations} | set(json.loads(row["findings"]))
        said = {seen.text for seen in content.observations}
        new = [one for one in findings if one not in known and sentence(one) not in said][:room]
        seen = [
            ObservedFact(text=sentence(one), item=item_of(one), finding=one, on=day) for one in new
        ]
        concerns = dict.fromkeys([*content.concerns, *(TELLABLE[one].concern for one in new)])
        after = amended(content, {"concerns": tuple(concerns), "observed_last": day}, observe=seen)
    if after != content:
        notices.edit(connection, row, after, DESK, at_ms)
    connection.execute(
        "UPDATE notification SET findings = ?, worse = ?, level = ?, "
        "decide_ms = coalesce(decide_ms, ?) WHERE id = ?",
        (
            json.dumps(merged),
            json.dumps(why),
            Level.RED.value,
            at_ms + prompting.DECIDE_WITHIN_MS,
            row["id"],
        ),
    )


def _is_a_persons(connection: sqlite3.Connection, id_: str) -> bool:
    """Whether a person ever wrote in it; what the desk adds after them leaves it theirs."""
    found = connection.execute(
        "SELECT 1 FROM notification_revision WHERE notification = ? AND made_by <> ? LIMIT 1",
        (id_, DESK.account),
    )
    return found.fetchone() is not None
