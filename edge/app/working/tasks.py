"""What people do with tasks: see, give, order, remind, end by an answer with its proof, cancel.

A task ends by an answer of a person, and the laws of answers hold. What the resident or a relative
says, and what is only said, ends nothing that a worker found: it is kept as a claim, and the next
visit looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from edge.app.checking import Checking
from edge.app.house import House
from edge.app.requests.answers import note_of
from edge.app.requests.asked import (
    WORDS_MAX_CHARS,
    choice_of,
    known_of,
    text_of,
    told_by,
    wall_ms_of,
)
from edge.app.signals import gather
from edge.app.working.gathered import work_now
from edge.app.working.rows import considered_row, item_of, task_row, work_row
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import (
    ChecklistItem,
    Considered,
    Proof,
    ProofKind,
    Task,
    Tenancy,
    Tenure,
)
from edge.errors import ControlError, NotNowError
from edge.events import TaskTold, TaskVerb
from edge.home.told import AT_HOME
from edge.locale.refusing import given, listed, worded
from edge.risk.checklist import find
from edge.risk.findings import open_findings
from edge.risk.rules import FIXED
from edge.risk.signals import suggested
from edge.risk.standing import DAY_MS
from edge.risk.tasking import is_open, judged_ms
from edge.store import tasks

# A year ahead is no date of a repair.
AHEAD_MAX_MS = 366 * 86_400_000


class Tasks:
    """Handlers for one house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "task_list": self.all,
            "task_show": self.show,
            "task_assign": self.assign,
            "task_order": self.order,
            "task_remind": self.remind,
            "task_done": self.done,
            "task_cancel": self.cancel,
            "task_consider": self.consider,
            "home_tenure": self.hold,
            "work_list": self.work,
        }

    # -- look --------------------------------------------------------------------------------

    async def all(self, args: dict[str, Any], _: Peer) -> list[dict[str, Any]]:
        """Open ones by their day; with `all` those that ended too."""
        found = self._house.keeper.home.tasks.values()
        chosen = [one for one in found if args.get("all") is True or is_open(one)]
        rows = [task_row(self._house, one) for one in chosen]
        return sorted(rows, key=lambda row: (not row["open"], row["due"] or "", row["id"]))

    async def show(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """One task with its history, and what was said of a notification about it."""
        task = self._task(args, over=True)
        house = self._house
        words = [w for w in await house.store.look(tasks.considered) if w.item == task.id]
        return task_row(house, task) | {
            "history": [
                task_row(house, one) for one in await house.store.look(tasks.history, task.id)
            ],
            "considered": [considered_row(house, one) for one in words],
        }

    async def work(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """What the next visit is for."""
        return work_row(self._house, await work_now(self._house))

    # -- do ----------------------------------------------------------------------------------

    async def assign(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """A party of the lists has it from now on: `{task, to, by, role}`."""
        task = self._task(args)
        return await self._tell(task, TaskVerb.ASSIGN, args, peer, party=self._party(args, "to"))

    async def order(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Ordered from a party until a day: `{task, from?, until_ms, ref?, by, role}`."""
        task = self._task(args)
        party = self._party(args, "from") if args.get("from") else task.responsible
        return await self._tell(
            *(task, TaskVerb.ORDER, args, peer),
            party=party,
            until_ms=self._until(args),
            proof=self._proof(ProofKind.RECEIPT, args, peer) if args.get("ref") else None,
        )

    async def remind(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """The reminder comes on another day: `{task, until_ms, by, role}`."""
        return await self._tell(
            *(self._task(args), TaskVerb.REMIND, args, peer),
            until_ms=self._until(args, since_ms=DAY_MS),  # from this morning on is a day too
        )

    async def cancel(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """It is not going to be done: `{task, why, by, role}`. Not of a critical one."""
        text_of(args, "note", WORDS_MAX_CHARS, missing="missing_text")
        return await self._tell(self._task(args), TaskVerb.CANCEL, args, peer)

    async def done(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """`{task, proof, ref?, answer?, stays?, by, role}`: an answer, or a claim, or neither.

        Returns the task with `outcome`: completed, milder (it goes on about less), or claimed (it
        waits for a worker's look).
        """
        task = self._task(args)
        kind = choice_of(args, "proof", ProofKind, frozenset())
        role = text_of(args, "role", missing="missing_who")
        proof = self._proof(kind, args, peer)
        if self._is_claim(task, kind, role):
            row = await self._tell(task, TaskVerb.CLAIM, args, peer, proof=proof)
            return row | {"outcome": "claimed"}
        item = self._item(task)
        if kind is ProofKind.DEVICE:
            await self._expect_device(item)
        if args.get("stays") is True:
            row = await self._tell(task, TaskVerb.DONE, args, peer, proof=proof)
            return row | {"outcome": "completed"}
        code = _answer_of(item, task, args)
        note = note_of(args) or proof.ref
        self._told(TaskTold(task=task.id, verb=TaskVerb.CLAIM, by=proof.by, role=role, proof=proof))
        said = {"checklist": task.checklist, "by": args["by"], "role": role}
        await Checking(self._house).answer(said | {"answers": {task.id: code}, "note": note}, peer)
        row = task_row(self._house, self._house.keeper.home.tasks[task.id])
        return row | {"outcome": "milder" if row["open"] else "completed"}

    async def consider(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """`{task, notify, why, by, role}`: a notification (Rescue Act, 42 §) was considered."""
        task = self._task(args)
        notify = args.get("notify")
        if not isinstance(notify, bool):
            raise worded(ControlError, "missing", key="notify")
        word = Considered(
            item=task.id,
            checklist=task.checklist,
            notify=notify,
            why=text_of(args, "why", WORDS_MAX_CHARS, missing="missing_text"),
            by=told_by(args, peer),
            role=text_of(args, "role", missing="missing_who"),
            at=self._house.clock.now(),
        )
        self._house.tell(word)
        await self._house.commit()
        return task_row(self._house, task) | {"considered": [considered_row(self._house, word)]}

    async def hold(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """How the dwelling is held: `{tenure, by}`."""
        tenure = choice_of(args, "tenure", Tenure, frozenset())
        self._house.tell(Tenancy(tenure=tenure, by=told_by(args, peer)))
        await self._house.commit()
        return {"tenure": tenure.value, "tasks": await self.all({}, peer)}

    # -- what was asked for --------------------------------------------------------------------

    def _task(self, args: dict[str, Any], *, over: bool = False) -> Task:
        known = self._house.keeper.home.tasks
        there = {k: t for k, t in sorted(known.items()) if over or is_open(t)}
        name = self._named(str(args.get("task", "")).upper())
        if name in known and name not in there:
            raise worded(NotNowError, "task_over", task=name)
        return known_of(args | {"task": name}, "task", there, "task")

    def _named(self, item: str) -> str:
        """Of a question that several lists share one item has the task; any of them names it."""
        home = self._house.keeper.home
        found = open_findings(home, judged_ms(home, self._house.clock.now()))
        return next((one.twin for one in found if one.item == item and one.twin), item)

    def _item(self, task: Task) -> ChecklistItem:
        _, item = item_of(self._house, task.checklist, task.id)
        if item is None:  # the list is broken or gone since
            raise worded(NotNowError, "task_list_gone", task=task.id, name=task.checklist)
        return item

    def _party(self, args: dict[str, Any], key: str) -> str:
        known = {p for one in self._house.checklists.values() for p in one.parties}
        party = args.get(key)
        if party not in known:
            there = listed(sorted(known))
            raise worded(ControlError, "not_known", key=key, value=given(party), there=there)
        return str(party)

    def _until(self, args: dict[str, Any], *, since_ms: int = 0) -> int:
        until_ms, now_ms = wall_ms_of(args, "until_ms"), self._house.clock.now().wall_ms
        if until_ms is None or not now_ms - since_ms < until_ms <= now_ms + AHEAD_MAX_MS:
            raise worded(ControlError, "task_day")
        return until_ms

    def _proof(self, kind: ProofKind, args: dict[str, Any], peer: Peer) -> Proof:
        ref = text_of(args, "ref", WORDS_MAX_CHARS) if args.get("ref") else ""
        if kind in (ProofKind.PHOTO, ProofKind.RECEIPT) and not ref:
            raise worded(ControlError, "proof_ref", proof=kind.value)
        return Proof(
            kind=kind,
            by=told_by(args, peer),
            role=text_of(args, "role", missing="missing_who"),
            at=self._house.clock.now(),
            ref=ref,
        )

    def _is_claim(self, task: Task, kind: ProofKind, role: str) -> bool:
        """Whether somebody of the service has to look first.

        What nobody saw ends nothing that a worker found; a receipt says that something was bought,
        which ends no critical one.
        """
        if role in AT_HOME:
            return task.role not in AT_HOME
        return kind is ProofKind.SAID or (kind is ProofKind.RECEIPT and task.critical)

    async def _expect_device(self, item: ChecklistItem) -> None:
        one = suggested(item, await gather(self._house))
        heard = None if one is None else find(item, one.suggests)
        if heard is None or heard.points:
            raise worded(NotNowError, "no_device_proof", task=item.id)

    async def _tell(
        self,
        task: Task,
        verb: TaskVerb,
        args: dict[str, Any],
        peer: Peer,
        *,
        party: str = "",
        until_ms: int | None = None,
        proof: Proof | None = None,
    ) -> dict[str, Any]:
        self._told(
            TaskTold(
                task=task.id,
                verb=verb,
                by=told_by(args, peer),
                role=text_of(args, "role", missing="missing_who"),
                party=party,
                until_ms=until_ms,
                proof=proof,
                note=text_of(args, "note", WORDS_MAX_CHARS) if args.get("note") else "",
            )
        )
        await self._house.commit()
        return task_row(self._house, self._house.keeper.home.tasks[task.id])

    def _told(self, event: TaskTold) -> None:
        refused = self._house.tell(event)
        if "critical_task" in refused:
            raise worded(NotNowError, "task_critical", task=event.task)
        if refused:
            raise worded(NotNowError, "task_over", task=event.task)


def _answer_of(item: ChecklistItem, task: Task, args: dict[str, Any]) -> str:
    """What is answered now: a better answer, or that it was mended on the spot.

    One that still has points leaves the task open, about less.
    """
    held = find(item, task.code)
    most = 0 if held is None else held.points
    good = [a.code for a in item.answers if a.points < most and a.code != FIXED]
    code = args.get("answer")
    if code is None:
        if held is not None and held.fixable_on_visit:
            return f"{task.code}:{FIXED}"
        if find(item, FIXED) is not None:
            return FIXED
        raise worded(ControlError, "no_way_done", task=task.id, there=listed(good))
    if code not in good:
        raise worded(ControlError, "still_open", task=task.id, code=given(code), there=listed(good))
    return str(code)
