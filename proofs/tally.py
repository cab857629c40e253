"""What gateways had called stored, against what was there after they died."""

from __future__ import annotations

import msgspec

from proofs.gateway import Home
from proofs.records import Figure


class Tally(msgspec.Struct):
    """Counts over all homes and all deaths."""

    deaths: int = 0
    starting: int = 0  # of these while the gateway started
    acked: int = 0
    alerts: int = 0
    lost: int = 0
    alerts_lost: int = 0
    doubles: int = 0
    unsound: int = 0
    unsent: int = 0
    homes: int = 0
    never_stored: int = 0

    def judge(self, home: Home) -> int:
        """What a death left, against what had been said; how many events are missing."""
        self.deaths += 1
        if not home.database.exists():  # it died before it had made one
            self.lost += home.acked()
            return home.acked()
        found = home.found()
        lost = home.lost(found)
        self.lost += lost
        # One jam makes one revision in its own commit, and one message about it.
        self.alerts_lost += abs(found.jams - found.revisions)
        self.alerts_lost += max(0, found.revisions - found.messages)
        self.doubles += sum(len(seqs) - len(set(seqs)) for seqs in found.events.values())
        self.unsound += found.integrity != "ok"
        return lost

    def end(self, home: Home) -> None:
        """A home in which nothing new happened for a while, and all should be done."""
        found = home.found()
        self.homes += 1
        self.acked += home.acked()
        self.alerts += home.acked_jams()
        self.never_stored += sum(
            robot.sent - len(set(found.events.get(robot.serial.lower(), ())))
            for robot in home.robots
        )
        self.unsent += found.owed

    def figures(self) -> list[Figure]:
        """What has to be nought."""
        return [
            Figure(name="called stored and not there", value=self.lost, at_most=0),
            Figure(name="alerts called stored and not there", value=self.alerts_lost, at_most=0),
            Figure(name="stored twice", value=self.doubles, at_most=0),
            Figure(name="databases that were not sound", value=self.unsound, at_most=0),
            Figure(name="sent and not stored at the end", value=self.never_stored, at_most=0),
            Figure(name="messages without a receipt at the end", value=self.unsent, at_most=0),
        ]
