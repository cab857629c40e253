"""What happened as one line of text each, with the milliseconds every step took. Pure."""

from __future__ import annotations

import unicodedata
import zoneinfo
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from desk import rights
from desk.happened import (
    AlertShown,
    Asked,
    ClaimShown,
    Decided,
    DeviceShown,
    Happened,
    IncidentShown,
    LineShown,
    NoticeShown,
    Presence,
    ProfileShown,
    Readings,
    Refused,
    RequestShown,
    SilenceTold,
)
from desk.words import flags, title, word
from edge.domain import AlertState, Sync
from edge.locale import render
from edge.uplink.envelope import AckKind, AlertPart, wall_ms

# Words of a message are somebody else's; a line of the screen is ours.
TEXT_CHARS_MAX = 160
# More than a gateway ever sets beside one alert or gives for one level.
MARKS_MAX = 12


def plain(text: str, most: int = TEXT_CHARS_MAX) -> str:
    """One text from outside, bounded and without what could steer a terminal."""
    if (
        text.isprintable()
    ):  # by the same table (Python: str.isprintable), at a hundredth of the time
        return text[:most]
    shown = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return shown[:most]


def _ends(after: str | None, before: str | None) -> tuple[int | None, int | None]:
    """The two moments of a message, UTC ms; None where it has none."""
    return (
        None if after is None else wall_ms(after),
        None if before is None else wall_ms(before),
    )


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(plain(text) for text in texts[:MARKS_MAX])


class Lines:
    """Writes lines in one language, in the local time of the people who read them."""

    def __init__(self, language: str, zone: str) -> None:
        self._language = language
        self._zone = zoneinfo.ZoneInfo(zone)

    def line(self, happened: Happened) -> str:
        """`14:00:00.123  gw-0001  ...`"""
        clock = datetime.fromtimestamp(happened.at_ms / 1000, UTC).astimezone(self._zone)
        where = "desk" if isinstance(happened, LineShown | IncidentShown) else happened.gateway
        return (
            f"{clock:%H:%M:%S}.{happened.at_ms % 1000:03d}  {plain(where)}  {self._says(happened)}"
        )

    def clock(self, at_ms: int) -> str:
        """A moment as people say it on the day."""
        return f"{datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone):%H:%M:%S}"

    def _word(self, key: str) -> str:
        return word(key, self._language)

    def _says(self, happened: Happened) -> str:
        match happened:
            case AlertShown():
                return self._alert(happened)
            case Decided() | Asked() | NoticeShown():
                return self._people(happened)
            case Readings():
                kept = f", {happened.withheld} {self._word('withheld')}"
                return (
                    f"{happened.rows} {self._word('readings')}{kept if happened.withheld else ''}"
                )
            case DeviceShown():
                why = f" ({_listed(happened.reasons)})" if happened.reasons else ""
                state = plain(self._word(happened.state))
                return f"{self._word('device')} {plain(happened.device)} {state}{why}"
            case Presence():
                for_s = f" ({happened.silent_s} s)" if happened.state == "lost" else ""
                return f"{self._word('gateway')} {self._word(happened.state)}{for_s}"
            case Refused():
                return f"{self._word('refused')} ({happened.count}) {plain(happened.text)}"
            case ClaimShown() | ProfileShown() | RequestShown() | SilenceTold() | IncidentShown():
                return self._box(happened)
            case LineShown():
                state = self._word("broker_up" if happened.up else "broker_down")
                return f"{state} {plain(happened.text)}"

    def _request(self, shown: RequestShown) -> str:
        if shown.kind == "erase":
            return f"{self._word('request_erase')}: {shown.rows}"
        state = self._word("switched_on" if shown.allowed else "switched_off")
        return f"{self._word('request_sending')}: {plain(shown.what)} {state}"

    def _box(
        self, shown: ClaimShown | ProfileShown | RequestShown | SilenceTold | IncidentShown
    ) -> str:
        """Whose box it is by its pseudonym: a name belongs on no screen that nobody asked for."""
        if isinstance(shown, SilenceTold | IncidentShown):
            return self._silence(shown)
        if isinstance(shown, RequestShown):
            return self._request(shown)
        if isinstance(shown, ProfileShown):
            return f"{self._word('profile')} {shown.number}, {shown.size} B"
        reason = "expired_code" if shown.reason == "expired" else shown.reason
        why = f": {self._word(reason)}" if reason else ""
        return f"{self._word('claim_' + shown.state)} {plain(shown.customer)}".rstrip() + why

    def _silence(self, shown: SilenceTold | IncidentShown) -> str:
        """Who is told, and of how many homes; never who lives there."""
        which = "" if shown.incident is None else f" {shown.incident}"
        if isinstance(shown, IncidentShown):
            area = plain(shown.area) or self._word("area_untold")
            homes = f"{shown.homes} {self._word('silent_homes')}"
            said = self._word("incident_" + shown.news)
            return f"{self._word('incident')}{which}  {area}  {homes}  {said}"
        said = self._word("silence_" + shown.news)
        which = which if shown.news == "joined" else ""
        return f"{self._word('gateway')} {said}{which} ({shown.silent_s} s)"

    def _alert(self, shown: AlertShown) -> str:
        """State, urgency, words, who has it, which, and how long it was on its way."""
        alert = shown.envelope.data.alert
        parts = [
            f"{self._word(alert.state.value)} {self._word(alert.priority.value)}",
            f'"{plain(title(alert.title, self._language, alert.code))}"',
            self._holder_of(alert),
        ]
        reasons = [str(v) for k, v in alert.params.items() if k.startswith("reason_") and v]
        if reasons:
            parts.append(f"{self._word('reasons')}: {_listed(reasons)}")
        if alert.outcome:
            parts.append(plain(alert.outcome))
        data = shown.envelope.data
        between = _ends(alert.raised_after, alert.raised_before)
        parts += self.marks(
            alert.flags, late=shown.late, test=data.test, sync=data.sync, between=between
        )
        parts.append(f"{plain(alert.id)} rev {alert.rev}")
        if data.clock.sync is not Sync.NONE:
            parts.append(f"+{shown.at_ms - shown.changed_ms} ms {self._word('received')}")
        if alert.rev > 1 and data.sync is not Sync.NONE:
            parts.append(f"({self._word('raised')} +{shown.at_ms - shown.raised_ms} ms)")
        return "  ".join(part for part in parts if part)

    def marks(
        self,
        names: Sequence[str],
        *,
        late: bool,
        test: bool,
        sync: Sync,
        between: tuple[int | None, int | None] = (None, None),
    ) -> list[str]:
        """In words, what whoever answers an alert has to know of it besides its own words.

        `between`: UTC ms, the ends of the time in which it was raised, where that is all we know.
        """
        placed = between != (None, None)
        own = (("late", late), ("test", test), ("clock", sync is Sync.NONE and not placed))
        found = [plain(text) for text in flags(names[:MARKS_MAX], self._language)]
        found += [self._word(name) for name, on in own if on]
        return [*found, self._between(*between)] if placed else found

    def raised(self, row: dict[str, Any]) -> str:
        """When it was raised, of an alert as `desk.reads.alert` gives it, as far as we know."""
        between = (row["raised_after_ms"], row["raised_before_ms"])
        if between != (None, None):
            return self._between(*between)
        if Sync(row["sync"]) is Sync.NONE:
            return self._word("clock")
        return f"{self._word('raised_at')} {self._day(row['raised_ms'])}"

    def _between(self, after_ms: int | None, before_ms: int | None) -> str:
        """`time uncertain: 1.3. 22:10 - 2.3. 06:40`; an end that nobody knows is left out."""
        ends = ["" if ms is None else self._day(ms) for ms in (after_ms, before_ms)]
        return f"{self._word('between')}: {ends[0]} - {ends[1]}".replace(":  -", ": -").rstrip()

    def _day(self, at_ms: int) -> str:
        at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self._zone)
        return f"{at.day}.{at.month}. {at:%H:%M}"

    def marks_of(self, row: dict[str, Any]) -> list[str]:
        """The same of an alert as `desk.reads.alert` gives it."""
        sync = Sync(row["sync"])
        between = (row["raised_after_ms"], row["raised_before_ms"])
        return self.marks(
            row["flags"], late=row["late"], test=row["test"], sync=sync, between=between
        )

    def _holder_of(self, alert: AlertPart) -> str:
        actor = alert.actor
        if actor is None:
            return self.holder(None, None, alert.state)
        return self.holder(actor.account, actor.role, alert.state)

    def holder(self, account: str | None, role: str | None, state: AlertState) -> str:
        """Who has an alert, or that nobody does."""
        if account is not None:
            who = plain(account)
            return f"{who} ({plain(rights.said(role, self._language))})" if role else who
        return self._word("nobody") if state is AlertState.RAISED else ""

    def _people(self, happened: Decided | Asked | NoticeShown) -> str:
        """Whom the plan asks, and what they decide."""
        if isinstance(happened, Decided):
            return self._decided(happened)
        if isinstance(happened, NoticeShown):
            said = render(self._language, f"notify_cli.{happened.news}", {})
            return f"{said} {plain(happened.who)}".rstrip() + f"  {plain(happened.notice)}"
        until = f"{self._word('next_step')} {self.clock(happened.next_ms)}"
        who = f"{self._word('asked')} {plain(happened.recipient)}"
        return f"{who}  {self._word('level')} {happened.level}  {plain(happened.alert)}  {until}"

    def _decided(self, decided: Decided) -> str:
        verb = "closed_by" if decided.kind is AckKind.CLOSED else decided.kind.value
        after = f"  +{decided.after_ms} ms" if decided.state != "made" else ""
        what = f"{plain(decided.account)} {self._word(verb)}  {plain(decided.alert)}"
        return f"{what}  {self._word(decided.state)}{after}"
