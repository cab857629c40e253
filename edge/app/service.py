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
from edge.app.commissioning.service import Commissioning
from edge.app.coverage import CoverageCommands
from edge.app.customer.disclosures import Disclosures
from edge.app.customer.export import Exporting
from edge.app.escalating.commands import EscalationCommands
from edge.app.house import House
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
from edge.app.requests.asked import text_of
from edge.app.timeline import Timeline
from edge.app.view import (
    alert_row,
    assessment_row,
    device_row,
    instant_text,
    observation_row,
    owed_row,
)
from edge.control.protocol import Peer
from edge.control.server import Handler, Stream
from edge.domain import (
    AlertState,
    Answer,
    AnswerState,
    Checklist,
    ChecklistItem,
    Observation,
    RiskAssessment,
)
from edge.errors import ControlError
from edge.events import Answered
from edge.locale.refusing import given, listed, worded
from edge.ports import Batch
from edge.risk.levels import score
from edge.risk.rules import FIXED, NOT_APPLICABLE
from edge.store import parking

# A watcher that does not keep up loses the oldest, counted; it never holds the gateway.
WATCH_QUEUE_MAX = 2_000
# A row has half a kilobyte, and an answer is one line of at most LINE_MAX_BYTES.
ALERTS_MAX = 200
NOTE_MAX_CHARS = 500
UNANSWERED = {"unknown": AnswerState.UNKNOWN, "declined": AnswerState.DECLINED}


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
            "checklist_show": self.checklist_show,
            "checklist_answer": self.checklist_answer,
            "checklist_score": self.checklist_score,
            **self.homelink.handlers(),
            **self.installer.handlers(),
            **self.locator.handlers(),
            **Placing(self.installer).handlers(),
            **household.handlers(self.installer),
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
        levels = {a.hazard.value: a.level.value for a in await house.store.last_assessments()}
        return {
            "version": __version__,
            "running": self.live is not dict,  # False: a command opened the database itself
            "gateway": house.config.gateway.id,
            "site": house.config.gateway.site,
            "now": instant_text(now),
            "clock": now.sync.value,
            "levels": {"fire": "grey", "fall": "grey", "wellbeing": "grey"} | levels,
            "open_alerts": [
                alert_row(a, self._timeline.of(a.id), house.times)
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
            **self.live(),
        }

    async def alerts(self, args: dict[str, Any], _: Peer) -> list[dict[str, Any]]:
        """Newest first; at most ALERTS_MAX of them."""
        rows = await self._house.store.alerts(open_only=args.get("open") is True)
        if self._house.unstored:  # what is in force is in memory only; what ended there is over
            held = {a.id: a for a in self._house.keeper.home.alerts.values()}
            over = (AlertState.CLOSED, AlertState.CANCELLED)
            rows = [a for a in rows if a.id not in held and a.state in over]
            rows += held.values()
        times = self._house.times
        newest = sorted(rows, key=lambda a: (times.order(a.raised), a.id), reverse=True)
        return [alert_row(a, self._timeline.of(a.id), times) for a in newest[:ALERTS_MAX]]

    async def devices(self, _: dict[str, Any], __: Peer) -> list[dict[str, Any]]:
        house, now = self._house, self._house.clock.now()
        return [device_row(d, house.keeper.home, now, house.times) for d in house.devices.values()]

    async def checklist_show(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """The list with the answers in force."""
        checklist = self._checklist(args)
        answers = self._house.keeper.home.answers.get(checklist.id, {})
        return {
            "checklist": msgspec.to_builtins(checklist),
            "answers": {item: msgspec.to_builtins(a) for item, a in answers.items()},
        }

    async def checklist_answer(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Store answers `{"FS-02": "ok", ...}` of one person; older ones are kept.

        "dead:fixed" says that a hazard was found and mended on the spot.
        """
        checklist = self._checklist(args)
        by = text_of(args, "by", missing="missing_who")
        role = text_of(args, "role", missing="missing_who")
        given = args.get("answers")
        if not isinstance(given, dict) or not given:
            raise worded(ControlError, "no_answers")
        note = "".join(c for c in str(args.get("note", "")) if c.isprintable())[:NOTE_MAX_CHARS]
        items = {item.id: item for item in checklist.items}
        answers = tuple(
            self._answer(checklist, _item(items, item), code, f"{by} (uid {peer.uid})", role, note)
            for item, code in sorted(given.items())
        )
        self._house.tell(Answered(answers=answers))
        await self._house.commit()
        await self._house.consult_all()
        return await self._scored(checklist)

    async def checklist_score(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        return await self._scored(self._checklist(args))

    async def _scored(self, checklist: Checklist) -> dict[str, Any]:
        """The assessment in force, or the score of the answers when there was none yet."""
        last = await self._house.store.last_assessments()
        kept: RiskAssessment | None = next((a for a in last if a.hazard == checklist.hazard), None)
        if kept is None:
            answers = self._house.keeper.home.answers.get(checklist.id, {})
            kept = score(checklist, answers, self._house.clock.now(), assessment_id="")
        return assessment_row(kept, self._house.times) | {"items": len(checklist.items)}

    def _checklist(self, args: dict[str, Any]) -> Checklist:
        name = args.get("checklist", "fire")
        checklist = self._house.checklists.get(name) if isinstance(name, str) else None
        if checklist is None:
            broken = [text for key, text in self._house.faults.items() if key.startswith("checkl")]
            known = listed(sorted(self._house.checklists))
            why = listed(broken)
            raise worded(ControlError, "no_checklist", name=given(name), there=known, broken=why)
        return checklist

    def _answer(
        self, checklist: Checklist, item: ChecklistItem, code: object, by: str, role: str, note: str
    ) -> Answer:
        now = self._house.clock.now()
        found, state = _answered(item, code)
        return Answer(
            checklist=checklist.id,
            item=item.id,
            code=found,
            state=state,
            by=by,
            role=role,
            source="human",
            at=now,
            note=note,
        )

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
            self._show({"alert": alert_row(alert, self._timeline.of(alert.id), self._house.times)})
        for assessment in batch.assessments:
            self._show({"assessment": assessment_row(assessment, self._house.times)})

    def _show(self, row: dict[str, Any]) -> None:
        for queue in self._watchers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(row)


def _item(items: Mapping[str, ChecklistItem], item: str) -> ChecklistItem:
    if item not in items:
        first, last = next(iter(items)), list(items)[-1]
        raise worded(ControlError, "no_item", name=item, first=first, last=last)
    return items[item]


def _answered(item: ChecklistItem, said: object) -> tuple[str, AnswerState]:
    """The answer's code and what it means: no points is in order, a mended hazard is mended."""
    text = said if isinstance(said, str) else ""
    if text in UNANSWERED:
        return "", UNANSWERED[text]
    code, _, how = text.partition(":")
    for answer in item.answers:
        if answer.code == code and how in ("", FIXED):
            if how and not answer.fixable_on_visit:
                raise worded(ControlError, "not_on_a_visit", item=item.id, code=code)
            if how or code == FIXED:
                return code, AnswerState.FIXED_ON_VISIT
            if code == NOT_APPLICABLE:
                return code, AnswerState.NOT_APPLICABLE
            return code, AnswerState.HAZARD if answer.points else AnswerState.OK
    mended = (f"{a.code}:{FIXED}" for a in item.answers if a.fixable_on_visit)
    known = listed([*(a.code for a in item.answers), *mended, *UNANSWERED])
    raise worded(ControlError, "no_such_answer", item=item.id, name=str(said)[:40], there=known)
