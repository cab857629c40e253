"""What can be read of the home's database, each by one bounded look."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from edge.domain import Alert, Answer, Device, Observation, OutboxEntry, RiskAssessment, Stay, Visit
from edge.store import enrolment, outbox, reads
from edge.store.connection import refusals
from edge.store.late import Late
from edge.store.names import Names


class Readable:
    """An open database. Raises StoreError (with file and mend) and nothing else."""

    path: Path
    _connection: sqlite3.Connection
    _names: Names
    _late: Late

    def still_owed(self, ids: Sequence[str]) -> set[str]:
        """Which of these envelopes have no receipt yet."""
        with refusals(self.path, "read"):
            return outbox.still_owed(self._connection, ids) - set(self._late.ids)

    def owed(self, limit: int) -> list[OutboxEntry]:
        """At most `limit` entries without a receipt, in the order in which they must go out."""
        with refusals(self.path, "read"):
            return outbox.owed(self._connection, limit, self._late.ids)

    def outbox_counts(self) -> list[outbox.OutboxCount]:
        """What is owed, by class and priority, with when the oldest of each was stored."""
        with refusals(self.path, "read"):
            return outbox.counts(self._connection, self._names, self._late.ids)

    def devices(self) -> list[Device]:
        """Devices in force, with their keys, in the order of their first enrolment."""
        with refusals(self.path, "read"):
            return enrolment.all_in_force(self._connection, self._names)

    def ever_enrolled(self) -> frozenset[str]:
        """Every device that was in force at any time, by its id."""
        with refusals(self.path, "read"):
            return enrolment.ever(self._connection)

    def driver_states(self) -> dict[str, bytes]:
        with refusals(self.path, "read"):
            return reads.driver_states(self._connection, self._names)

    def snapshot(self) -> tuple[bytes, int] | None:
        """The last state of the home and the number of the last observation in it."""
        with refusals(self.path, "read"):
            return reads.snapshot(self._connection)

    def observations(self, after_seq: int, limit: int) -> list[tuple[int, Observation]]:
        """Observations with their numbers, from the one after `after_seq` on, in order."""
        with refusals(self.path, "read"):
            return reads.observations(self._connection, self._names, after_seq, limit)

    def latest_observations(self) -> list[tuple[int, Observation]]:
        """The newest kept observation of every device and kind, with its number."""
        with refusals(self.path, "read"):
            return reads.latest_observations(self._connection, self._names)

    def alerts(self, *, open_only: bool = False) -> list[Alert]:
        with refusals(self.path, "read"):
            return reads.alerts(self._connection, open_only=open_only)

    def alert(self, ident: str) -> Alert | None:
        with refusals(self.path, "read"):
            return reads.alert(self._connection, ident)

    def alert_history(self, ident: str) -> list[Alert]:
        """Every revision of one alert, the first one first."""
        with refusals(self.path, "read"):
            return reads.alert_history(self._connection, ident)

    def last_assessments(self) -> list[RiskAssessment]:
        """The newest assessment of every hazard."""
        with refusals(self.path, "read"):
            return reads.last_assessments(self._connection)

    def answers(self, checklist: str) -> list[Answer]:
        """Every answer given to this checklist, in the order given."""
        with refusals(self.path, "read"):
            return reads.answers(self._connection, self._names, checklist)

    def visits(self) -> list[Visit]:
        with refusals(self.path, "read"):
            return reads.visits(self._connection)

    def stays(self) -> list[Stay]:
        with refusals(self.path, "read"):
            return reads.stays(self._connection, self._names)

    def shed(self) -> list[reads.Shed]:
        """What was dropped, for want of room or for its age."""
        with refusals(self.path, "read"):
            return reads.shed(self._connection)
