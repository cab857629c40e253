"""What people can ask of a home: the commands behind the control socket.

The same handlers serve a running gateway and a command that opened the
database itself, so there is one way to answer a checklist.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

import msgspec

from edge import __version__
from edge.app import household
from edge.app.checking import Checking
from edge.app.commissioning.service import Commissioning
from edge.app.coverage import CoverageCommands
from edge.app.customer.disclosures import Disclosures
from edge.app.customer.export import Exporting
from edge.app.drifting import standing
from edge.app.escalating.commands import EscalationCommands
from edge.app.house import House
from edge.app.household.rescue import RescueCards
from edge.app.installing.device_scan import DeviceScan
from edge.app.installing.device_trial import DeviceTrial
from edge.app.installing.devices import Devices
from edge.app.installing.placing import Placing
from edge.app.locating.commands import LocatorCommands
from edge.app.outbox import Outbox
from edge.app.pager import Paging
from edge.app.papers import Papers
from edge.app.proving.digester import Digester
from edge.app.proving.prover import Prover
from edge.app.provisioning.homelink import HomeLink
from edge.app.provisioning.profile import HomeProfile
from edge.app.provisioning.taking import Taking
from edge.app.timeline import Timeline
from edge.app.view import (
    alert_row,
    assessment_row,
    device_row,
    instant_text,
    observation_row,
    owed_row,
    shown_indices,
)
from edge.app.why import Why
from edge.app.working.tasks import Tasks
from edge.control.protocol import Peer
from edge.control.server import Handler, Stream
from edge.domain import (
    AlertState,
    Observation,
    RiskAssessment,
)
from edge.errors import StoreError
from edge.ports import Batch
from edge.store import drift, parking

# A watcher that does not keep up loses the oldest, counted; it never holds the gateway.
WATCH_QUEUE_MAX = 2_000
# A row has half a kilobyte, and an answer is one line of at most LINE_MAX_BYTES.
ALERTS_MAX = 200


class Service:
    """Handlers of the control socket, over one house."""

    def __init__(self, house: House, timeline: Timeline) -> None:
        self._house = house
        self._timeline = timeline
        self._watchers: set[asyncio.Queue[dict[str, Any]]] = set()
        self.homelink = HomeLink(house)
        self.installer = Devices(house)
        self._scan = DeviceScan(self.installer)
        self._trial = DeviceTrial(self.installer, timeline)
        self.commissioning = Commissioning(self.installer, self._trial)
        self.papers = Papers(house)
        self.profile = HomeProfile(house)
        self.paging = Paging(house)
        self.disclosures = Disclosures(house)
        self.coverage = CoverageCommands(house)
        self.taking = Taking(house, self.homelink)
        self.locator = LocatorCommands(house)
        self.escalation = EscalationCommands(house)
        self.prover, self.digester = Prover(house), Digester(house)
        self.prover.before_asked = self.digester.close
        self.live: Callable[[], dict[str, Any]] = dict
        house.when_heard.append(self._heard)
        house.after_commit.append(self._committed)
        # Some of its steps belong to other commands.
        self.commissioning.others.handlers = self.handlers()
        self.commissioning.others.streams = self.streams()

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "status": self.status,
            "alerts": self.alerts,
            "devices": self.devices,
            **Checking(self._house).handlers(),
            **Tasks(self._house).handlers(),
            **self.homelink.handlers(),
            **self.installer.handlers(),
            **self.locator.handlers(),
            **Placing(self.installer).handlers(),
            **household.handlers(self.installer),
            **RescueCards(self._house, self.homelink).handlers(),
            "device_passkey": self._trial.passkey,
            **self.commissioning.handlers(),
            **self.papers.handlers(),
            **self.profile.handlers(),
            **self.paging.handlers(),
            **self.disclosures.handlers(),
            **self.coverage.handlers(),
            **Exporting(self._house).handlers(),
            **self.taking.handlers(),
            **self.escalation.handlers(),
            **Outbox(self._house).handlers(),
            **Why(self._house).handlers(),
        }

    def streams(self) -> Mapping[str, Stream]:
        return {
            "watch": self.watch,
            "device_scan": self._scan.scan,
            "device_identify": self._scan.identify,
            "device_live": self._trial.live,
            "device_test": self._trial.test,
            "device_pair": self._trial.pair,
            **self.commissioning.streams(),
            **self.locator.streams(),
            **self.paging.streams(),
            **self.prover.streams(),
        }

    async def status(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """Everything that a person asks first; no reading of the resident."""
        house, now = self._house, self._house.clock.now()
        assessments, drifted = await self._assessed(), await self._drifted()
        levels = {a.hazard.value: a.level.value for a in assessments}
        return {
            "version": __version__,
            "running": self.live is not dict,  # False: a command opened the database itself
            "gateway": house.config.gateway.id,
            "site": house.config.gateway.site,
            "now": instant_text(now),
            "clock": now.sync.value,
            "levels": {"fire": "grey", "fall": "grey", "wellbeing": "grey"} | levels,
            "indices": shown_indices(assessments),
            "open_alerts": [
                alert_row(a, self._timeline.of(a.id), house.times, house.checklists)
                for a in house.keeper.home.alerts.values()
            ],
            "devices": [
                device_row(d, house.keeper.home, now, house.times) for d in house.devices.values()
            ],
            "store": msgspec.to_builtins(await house.store.status()),
            "outbox": [owed_row(c, house.times) for c in await house.store.outbox_counts()],
            "retention": msgspec.to_builtins(house.config.retention),
            "parked": await house.store.look(parking.count),
            "faults": dict(house.faults),
            "commissioning": await self.commissioning.certifier.standing_row(),
            "locator": await self.locator.status(),
            "coverage": await self.coverage.worst_today(),
            "drift": drifted,
            **self.live(),
        }

    # A disk that fails refuses what was not read lately; `status` tells all else the same.

    async def _assessed(self) -> list[RiskAssessment]:
        try:
            return list(await self._house.store.last_assessments())
        except StoreError as error:
            if not error.fault:
                raise
            return list(self._house.keeper.home.assessments.values())

    async def _drifted(self) -> dict[str, Any] | None:
        try:
            return standing(await self._house.store.look(drift.last))
        except StoreError as error:
            if not error.fault:
                raise
            return None

    async def alerts(self, args: dict[str, Any], _: Peer) -> list[dict[str, Any]]:
        """Newest first; at most ALERTS_MAX of them."""
        rows = await self._house.store.alerts(open_only=args.get("open") is True)
        if self._house.unstored:  # what is in force is in memory only; what ended there is over
            held = {a.id: a for a in self._house.keeper.home.alerts.values()}
            over = (AlertState.CLOSED, AlertState.CANCELLED)
            rows = [a for a in rows if a.id not in held and a.state in over]
            rows += held.values()
        times, lists = self._house.times, self._house.checklists
        newest = sorted(rows, key=lambda a: (times.order(a.raised), a.id), reverse=True)
        return [alert_row(a, self._timeline.of(a.id), times, lists) for a in newest[:ALERTS_MAX]]

    async def devices(self, _: dict[str, Any], __: Peer) -> list[dict[str, Any]]:
        house, now = self._house, self._house.clock.now()
        return [device_row(d, house.keeper.home, now, house.times) for d in house.devices.values()]

    async def watch(self, _: dict[str, Any], __: Peer) -> AsyncGenerator[dict[str, Any], None]:
        """Each observation as it is heard, each alert and level as it is stored."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(WATCH_QUEUE_MAX)
        self._watchers.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._watchers.discard(queue)

    def _heard(self, seen: Observation) -> None:
        if self._watchers:
            self._show(observation_row(seen))

    def _committed(self, batch: Batch) -> None:
        if not self._watchers:
            return
        for alert in batch.alerts:
            times, lists = self._house.times, self._house.checklists
            row = alert_row(alert, self._timeline.of(alert.id), times, lists)
            self._show({"alert": row})
        for assessment in batch.assessments:
            self._show({"assessment": assessment_row(assessment, self._house.times)})

    def _show(self, row: dict[str, Any]) -> None:
        for queue in self._watchers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(row)
