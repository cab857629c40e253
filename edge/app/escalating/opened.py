"""Open alerts and what was asked about each, in memory and as it is read back at a start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from edge.domain import Alert, AlertState, Instant
from edge.escalation import Asking, first_asking
from edge.escalation.asking import HELD
from edge.store.pages import PageRow


class Opened(msgspec.Struct, kw_only=True):
    """One open alert, its asking, and its pages of this (re)opening by their id."""

    alert: Alert
    asking: Asking
    pages: dict[str, PageRow]


def opens(before: Alert | None, after: Alert) -> bool:
    """Whether this revision begins a new asking: raised, reopened or given back."""
    if after.state is not AlertState.RAISED:
        return False
    return before is None or before.state is AlertState.ACKNOWLEDGED


def restored(
    history: Sequence[Alert], pages: Iterable[PageRow], owed_revs: frozenset[int]
) -> Opened:
    """An open alert as it was: `history` are its revisions, `owed_revs` those without a receipt."""
    first, before = history[0], None
    for alert in history:
        if opens(before, alert):
            first = alert
        before = alert
    newest = history[-1]
    rows = {row.id: row for row in pages if row.rev == first.rev}
    received = any(rev >= first.rev and rev not in owed_revs for rev in (a.rev for a in history))
    return Opened(
        alert=newest,
        asking=msgspec.structs.replace(
            first_asking(first),
            level=max(newest.escalation, *(row.page.level for row in rows.values()), 1),
            received=received,
            reached=_reached(rows.values()),
            sounded=_first(row for row in rows.values() if row.page.level == 0),
            made=frozenset(row.page for row in rows.values() if row.page.path != HELD),
        ),
        pages=rows,
    )


def _reached(rows: Iterable[PageRow]) -> Instant | None:
    """When the highest level was first asked."""
    people = [row for row in rows if row.page.level]
    top = max((row.page.level for row in people), default=0)
    return _first(row for row in people if row.page.level == top)


def _first(rows: Iterable[PageRow]) -> Instant | None:
    return next((row.owed for row in rows), None)
