"""What must hold whatever happens, judged beside the code and not by it."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from desk.happened import AlertShown, DeviceShown, Happened, Readings
from edge.domain import Alert, AlertState
from edge.events import Acknowledgement
from edge.ports import Batch

# Our own faults may end by themselves; what a person is in danger from may not.
_OWN_FAULTS = ("gateway_fault", "device_silent", "home_silent")


class Oracle:
    """Hears every commit of both ends; an AssertionError says which promise was broken."""

    def __init__(self, desk: sqlite3.Connection) -> None:
        self._desk = desk
        self.stored: dict[tuple[str, int], Alert] = {}  # every revision that was committed at home
        self.newest: dict[str, Alert] = {}  # of each alert, at home; forgotten when it is erased
        self.decided: dict[str, set[tuple[str, str]]] = {}  # alert -> (account, kind)
        self.presses = 0
        self._acted: Counter[str] = Counter()  # decisions that a commit holds
        self._acting: list[str] = []  # and those that wait for one
        self._known: set[str] = set()  # messages that the desk has had
        self._shown: dict[str, int] = {}  # the revision on the desk's board

    # -- the home ------------------------------------------------------------------------------

    def acted(self, ack: Acknowledgement) -> None:
        """A decision changed an alert; it counts when it is committed."""
        self._acting.append(ack.message)

    def died(self) -> None:
        self._acting.clear()

    def committed(self, batch: Batch) -> None:
        for alert in batch.alerts:
            self._judge(alert)
            self.stored[alert.id, alert.rev] = alert
            self.newest[alert.id] = alert
        self._acted.update(self._acting)
        self._acting.clear()
        twice = [one for one, count in self._acted.items() if count > 1]
        assert not twice, f"a decision had effect twice: {twice}"

    def _judge(self, alert: Alert) -> None:
        before = self.newest.get(alert.id)
        if before is None:
            assert alert.rev == 1, f"{alert.code}: its first revision is {alert.rev}"
        else:
            assert alert.rev == before.rev + 1, f"{alert.code}: {before.rev} then {alert.rev}"
            assert alert.escalation >= before.escalation, (
                f"{alert.code}: the escalation level fell from {before.escalation} "
                f"to {alert.escalation}"
            )
        said = self.decided.get(alert.id, set())
        account = "" if alert.actor is None else alert.actor.account
        if alert.state is AlertState.ACKNOWLEDGED:
            assert (account, "accepted") in said, f"{alert.code}: nobody took it"
        elif alert.state is AlertState.CLOSED:
            assert (account, "closed") in said, f"{alert.code}: nobody closed it"
        elif alert.state is AlertState.CANCELLED:
            assert alert.code in _OWN_FAULTS, f"{alert.code} ended by itself"

    def settled(self, ids: Sequence[str]) -> None:
        """The outbox is rid of these: the desk must have them."""
        for ident in ids:
            assert self._at_desk(ident), f"the outbox let go of {ident}, and no desk has it"

    def erased(self) -> None:
        """The home was erased, with nothing owed; what the desk has stays there."""
        assert not self.missing(), "the home was erased, and the desk has not all of it"
        self.newest.clear()

    # -- the desk ------------------------------------------------------------------------------

    def taken(self, ids: Sequence[str], happened: Sequence[Happened]) -> None:
        """One turn of the desk: which messages were in it, and what it showed for them."""
        new = {ident for ident in ids if ident not in self._known}
        self._known |= new
        effects = [one for one in happened if isinstance(one, AlertShown | Readings | DeviceShown)]
        assert len(effects) <= len(new), f"{len(effects)} effects of {len(new)} new messages"
        for one in effects:
            if isinstance(one, AlertShown):
                self._judge_shown(one)

    def _judge_shown(self, one: AlertShown) -> None:
        told = one.envelope.data.alert
        assert told.rev > self._shown.get(told.id, 0), f"{told.code}: an older revision won"
        self._shown[told.id] = told.rev
        ours = self.stored[told.id, told.rev]
        assert (ours.state, ours.escalation) == (told.state, told.escalation)

    def _at_desk(self, ident: str) -> bool:
        row = self._desk.execute("SELECT 1 FROM message WHERE id = ?", (ident,)).fetchone()
        return row is not None

    # -- the end -------------------------------------------------------------------------------

    def missing(self) -> set[tuple[str, int]]:
        """Revisions that were committed at home, and that the desk has not."""
        rows = self._desk.execute("SELECT id, rev FROM alert_revision")
        return set(self.stored) - {(row["id"], row["rev"]) for row in rows}

    def is_taken(self) -> bool:
        return any(one.state is AlertState.ACKNOWLEDGED for one in self.newest.values())

    def disagreements(self) -> list[str]:
        """Alerts that home and desk tell differently, when all has come."""
        rows = {row["id"]: row for row in self._desk.execute("SELECT * FROM alert")}
        return [
            f"{alert.code}: revision {alert.rev} {alert.state.value} at home"
            for alert in self.newest.values()
            if (row := rows.get(alert.id)) is None
            or (row["rev"], row["state"], row["escalation"])
            != (alert.rev, alert.state.value, alert.escalation)
        ]
