"""What happened as one line of text each, with the milliseconds every step took. Pure."""

from __future__ import annotations

import unicodedata
import zoneinfo
from datetime import UTC, datetime

from desk.happened import (
    AlertShown,
    Decided,
    DeviceShown,
    Happened,
    LineShown,
    Presence,
    Readings,
    Refused,
)
from desk.words import title, word
from edge.domain import AlertState, Sync
from edge.uplink.envelope import AckKind, AlertPart

# Words of a message are somebody else's; a line of the screen is ours.
TEXT_CHARS_MAX = 160


def plain(text: str) -> str:
    """Without control characters: what comes from outside must not steer a terminal."""
    shown = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return shown[:TEXT_CHARS_MAX]


class Lines:
    """Writes lines in one language, in the local time of the people who read them."""

    def __init__(self, language: str, zone: str) -> None:
        self._language = language
        self._zone = zoneinfo.ZoneInfo(zone)

    def line(self, happened: Happened) -> str:
        """`14:00:00.123  gw-0001  ...`"""
        clock = datetime.fromtimestamp(happened.at_ms / 1000, UTC).astimezone(self._zone)
        where = "desk" if isinstance(happened, LineShown) else happened.gateway
        return f"{clock:%H:%M:%S}.{happened.at_ms % 1000:03d}  {plain(where)}  " + plain(
            self._says(happened)
        )

    def _word(self, key: str) -> str:
        return word(key, self._language)

    def _says(self, happened: Happened) -> str:
        match happened:
            case AlertShown():
                return self._alert(happened)
            case Decided():
                return self._decided(happened)
            case Readings():
                kept = f", {happened.withheld} {self._word('withheld')}"
                return (
                    f"{happened.rows} {self._word('readings')}{kept if happened.withheld else ''}"
                )
            case DeviceShown():
                why = f" ({', '.join(happened.reasons)})" if happened.reasons else ""
                return f"{self._word('device')} {happened.device} {self._word(happened.state)}{why}"
            case Presence():
                for_s = f" ({happened.silent_s} s)" if happened.state == "lost" else ""
                return f"{self._word('gateway')} {self._word(happened.state)}{for_s}"
            case Refused():
                return f"{self._word('refused')} ({happened.count}) {happened.text}"
            case LineShown():
                return (
                    f"{self._word('broker_up' if happened.up else 'broker_down')} {happened.text}"
                )

    def _alert(self, shown: AlertShown) -> str:
        """State, urgency, words, who has it, which, and how long it was on its way."""
        alert = shown.envelope.data.alert
        parts = [
            f"{self._word(alert.state.value)} {self._word(alert.priority.value)}",
            f'"{title(alert.title, self._language, alert.code)}"',
            self._holder_of(alert),
        ]
        reasons = [str(v) for k, v in alert.params.items() if k.startswith("reason_") and v]
        if reasons:
            parts.append(f"{self._word('reasons')}: {', '.join(reasons)}")
        if alert.outcome:
            parts.append(alert.outcome)
        parts += [self._word(flag) for flag, on in self._marks(shown) if on]
        parts.append(f"{alert.id} rev {alert.rev}")
        parts.append(f"+{shown.at_ms - shown.changed_ms} ms {self._word('received')}")
        if alert.rev > 1:
            parts.append(f"({self._word('raised')} +{shown.at_ms - shown.raised_ms} ms)")
        return "  ".join(part for part in parts if part)

    @staticmethod
    def _marks(shown: AlertShown) -> tuple[tuple[str, bool], ...]:
        data = shown.envelope.data
        return (
            ("late", shown.late),
            ("test", data.test),
            ("clock", data.clock.sync is Sync.NONE),
        )

    def _holder_of(self, alert: AlertPart) -> str:
        actor = alert.actor
        if actor is None:
            return self.holder(None, None, alert.state)
        return self.holder(actor.account, actor.role, alert.state)

    def holder(self, account: str | None, role: str | None, state: AlertState) -> str:
        """Who has an alert, or that nobody does."""
        if account is not None:
            return f"{account} ({role})" if role else account
        return self._word("nobody") if state is AlertState.RAISED else ""

    def _decided(self, decided: Decided) -> str:
        verb = "closed_by" if decided.kind is AckKind.CLOSED else decided.kind.value
        after = f"  +{decided.after_ms} ms" if decided.state != "made" else ""
        what = f"{decided.account} {self._word(verb)}  {decided.alert}"
        return f"{what}  {self._word(decided.state)}{after}"
