"""What somebody was asked, read off the revisions of alerts as they are committed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from edge.domain import Alert, AlertState, Priority
from edge.escalation import Attention, attention_of
from edge.escalation.hours import next_shift_ms


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's attention was asked for: an interrupt, a line of today's list, or a visit's note.

    `why`: raised; worse (it moved to a more urgent list); reopened (who had it has it no more).
    """

    at_ms: int  # UTC
    attention: Attention
    code: str
    subject: str
    priority: Priority
    why: str
    flags: tuple[str, ...] = ()
    read_ms: int | None = None  # of a line of today's list: when it is read


class Attentive:
    """Follows each alert's revisions; `asked` holds what asked people anew.

    A line of today's list is read in working hours. One that has ended by itself by then asked
    nobody, and is taken back.
    """

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._last: dict[str, Alert] = {}
        self._unread: dict[str, Asked] = {}  # by alert: what it asked last

    def take(self, alerts: Iterable[Alert], at_ms: int) -> list[Asked]:
        """What these revisions ask at `at_ms`, in their order."""
        found = []
        for alert in alerts:
            why = _why(self._last.get(alert.id), alert)
            self._last[alert.id] = alert
            if alert.state is AlertState.CANCELLED:
                self._take_back(alert.id, at_ms)
            if not why:
                continue
            one = Asked(
                at_ms=at_ms,
                attention=attention_of(alert),
                code=alert.code,
                subject=alert.subject,
                priority=alert.priority,
                why=why,
                flags=alert.flags,
                read_ms=_read_at(alert, at_ms),
            )
            self._unread[alert.id] = one
            self.asked.append(one)
            found.append(one)
        return found

    def _take_back(self, alert: str, at_ms: int) -> None:
        unread = self._unread.pop(alert, None)
        if unread is not None and unread.read_ms is not None and at_ms < unread.read_ms:
            self.asked.remove(unread)


def _read_at(alert: Alert, at_ms: int) -> int | None:
    """When a line of today's list is read: the next working hour."""
    if attention_of(alert) is not Attention.TODAY:
        return None
    return at_ms + next_shift_ms(alert.changed)


def _why(before: Alert | None, after: Alert) -> str:
    """A repeat of what is open and asked about already asks nobody anew, nor does a high alert that
    becomes critical: whoever has it is on the telephone already.
    """
    if after.state is not AlertState.RAISED:
        return ""
    if before is None:
        return "raised"
    if before.state is AlertState.ACKNOWLEDGED:
        return "reopened"
    return "worse" if attention_of(after) is not attention_of(before) else ""
