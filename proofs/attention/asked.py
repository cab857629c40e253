"""What somebody was asked, read off the revisions of alerts as they are committed."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from edge.domain import Alert, AlertState, Priority
from edge.escalation import Attention, attention_of


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


class Attentive:
    """Follows each alert's revisions; `asked` grows by what asks people anew."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self._last: dict[str, Alert] = {}

    def take(self, alerts: Iterable[Alert], at_ms: int) -> list[Asked]:
        """What these revisions ask at `at_ms`, in their order."""
        found = []
        for alert in alerts:
            why = _why(self._last.get(alert.id), alert)
            self._last[alert.id] = alert
            if why:
                found.append(
                    Asked(
                        at_ms=at_ms,
                        attention=attention_of(alert),
                        code=alert.code,
                        subject=alert.subject,
                        priority=alert.priority,
                        why=why,
                        flags=alert.flags,
                    )
                )
        self.asked += found
        return found


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
