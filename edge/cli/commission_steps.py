"""The conversation of each step; what is found out is kept by the gateway, nothing here."""

from __future__ import annotations

from typing import Any

import click

from edge.cli.commission_talk import LeftOutError, Talk
from edge.cli.device_words import clear, reading, room, say
from edge.control.client import RefusedError
from edge.locale import render
from edge.paper.words import check_line

Row = dict[str, Any]

# Rows are the gateway's; these say that something is proved or cannot be.
DONE = frozenset({"passed", "open"})
# A code, a room or an address that is refused is asked for again so often.
TRIES_MAX = 5


class Steps:
    """One method for each step, by its name; each leaves the step ready to be finished."""

    def __init__(self, talk: Talk, by: str, state: Row) -> None:
        self._talk = talk
        self._by = by
        # Checks that were told as they came, now or to whoever began.
        self._shown = {
            (check["name"], check["subject"])
            for step in state["run"]["steps"]
            for check in step["checks"]
        }

    def rest(self, name: str, state: Row) -> None:
        """What the gateway itself said of the step when it ended."""
        for check in _checks(state, name):
            if name != "certificate" and (check["name"], check["subject"]) not in self._shown:
                self._show(check)

    def box(self, _: Row) -> None:
        self._talk.follow("commission_box", self._show)

    def claim(self, state: Row) -> None:
        from edge.cli.commission_claim import claim  # noqa: PLC0415 (only where one is made)

        claim(self._talk, self._by, state)

    # -- devices ---------------------------------------------------------------------------

    def devices(self, state: Row) -> None:
        left = [d for d in state["devices"] if d["verdict"] not in (*DONE, "skipped")]
        if any(d["raises"] for d in left):
            self._talk.tell("devices.warn")
            while not self._talk.confirm("devices.told"):
                pass
        for device in left:
            self._device(device, state)

    def _device(self, device: Row, state: Row) -> None:
        name = device["label"] or device["id"]
        try:
            if device["room"] is None:
                device["room"] = self._room_of(device["id"], name, state["rooms"])
            self._talk.tell(
                "devices.next", role=device["role"], device=name, room=self._room(device["room"])
            )
            while True:
                last = self._talk.follow("commission_device", self._show, device=device["id"])
                if last.get("verdict") != "failed" or not self._talk.confirm("again", default=True):
                    return
        except LeftOutError as left:
            self._left("devices", device["id"], str(left))

    def _room_of(self, device: str, name: str, known: list[str]) -> str:
        for _ in range(TRIES_MAX):
            typed = self._talk.asked("devices.room", device=name, rooms=", ".join(known))
            row = {"id": device, "room": typed}
            found = self._talk.call("device_enrol", devices=[{"row": row}], merge=True)
            if not found["faults"]:
                return typed
            for fault in found["faults"]:
                self._say(f"{fault['key']}: {fault['wrong']}; {fault['mend']}")
        raise LeftOutError(render(self._talk.lang, "commission_why.not_tested", {}))

    # -- tags ------------------------------------------------------------------------------

    def tags(self, state: Row) -> None:
        persons = [p["id"] for p in state["persons"]]
        done = {c["subject"] for c in _checks(state, "tags") if c["verdict"] == "passed"}
        for tag in state["wearers"]:
            if tag["id"] in done:
                continue
            try:
                self._tag(tag, persons)
            except LeftOutError as left:
                self._left("tags", tag["id"], str(left))

    def _tag(self, tag: Row, persons: list[str]) -> None:
        name = tag["label"] or tag["id"]
        for _ in range(TRIES_MAX):
            first = self._person("tags.whose", tag["person"] or "", name, persons)
            self._talk.tell("tags.do")
            last = self._talk.follow("commission_worn", self._show, device=tag["id"])
            again = self._person("tags.again", "", name, persons)
            row = self._talk.call(
                "commission_tag",
                device=tag["id"],
                person=first,
                again=again,
                how=last.get("how", ""),
                hands_on_ms=self._talk.take_spent_ms(),
            )
            self._show(row)
            if row["verdict"] == "passed" or not self._talk.confirm("again", default=True):
                return

    def _person(self, key: str, default: str, device: str, persons: list[str]) -> str:
        """One of those who live here; any short name while the home has no list yet."""
        while True:
            typed = self._talk.asked(key, default, device=device, persons=", ".join(persons))
            if typed in persons or (typed and not persons):
                return typed

    # -- rooms, alarm, mains ---------------------------------------------------------------

    def rooms(self, state: Row) -> None:
        if not state["location"]:
            return
        done = {c["subject"] for c in _checks(state, "rooms") if c["verdict"] == "passed"}
        for one in state["rooms"]:
            if one in done:
                continue
            if state["offers"]["locator"]:
                self._talk.asked("rooms.go", room=self._room(one))
            self._talk.follow("commission_room", self._show, room=one)
        if state["rooms"]:
            self._talk.follow("commission_fit", self._show)

    def alarm(self, state: Row) -> None:
        if state["best"] is None:
            return
        while True:
            self._talk.asked("alarm.go")
            last = self._talk.follow("commission_alarm", self._show, device=state["best"])
            if last.get("verdict") != "failed" or not self._talk.confirm("again", default=True):
                return

    def mains(self, state: Row) -> None:
        if state["battery"]:
            self._talk.asked("go")
        self._talk.follow("commission_mains", self._show)

    def recovery(self, state: Row) -> None:
        if not state["offers"]["recovery"]:
            return
        self._talk.asked("go")
        try:
            found = self._talk.call("commission_recovery", by=self._by)
        except RefusedError:
            # There is one: a person must say that the old paper is worth nothing any more.
            if not self._talk.confirm("recovery.exists"):
                found = {}
            else:
                found = self._talk.call("commission_recovery", by=self._by, renew=True)
        if found:
            self._talk.tell("recovery.code", code=found["code"])
        written = self._talk.confirm("recovery.write") if found else True
        spent_ms = self._talk.take_spent_ms()
        self._show(self._talk.call("commission_handed_over", ok=written, hands_on_ms=spent_ms))

    def certificate(self, _: Row) -> None:
        """Nothing to ask: it is made of what was kept."""

    # -- rows ------------------------------------------------------------------------------

    def _left(self, step: str, device: str, reason: str) -> None:
        self._talk.call(
            "commission_skip",
            step=step,
            device=device,
            reason=reason or "-",
            by=self._by,
            hands_on_ms=self._talk.take_spent_ms(),
        )

    def _room(self, name: str | None) -> str:
        return room(self._talk.lang, name)

    def _say(self, text: str) -> None:
        if self._talk.as_json:
            self._talk.row({"refused": text})
        else:
            clear()
            click.echo(text)

    def _show(self, row: Row) -> None:
        """One row of a stream, for a person."""
        talk, lang, step = self._talk, self._talk.lang, row["step"]
        if step == "check":
            self._shown.add((row["name"], row["subject"]))
        if talk.as_json:
            talk.row(row)
            return
        left = round(row.get("left_s", 0))
        match step:
            case "wait" | "listen":
                talk.progress("mains.wait", left=left)
            case "take" | "hold" | "walk":
                key = {"take": "alarm.take", "hold": "mains.hold", "walk": "rooms.walk"}[step]
                talk.progress(key, left=left, room=row.get("room", ""))
            case "ask":
                clear()
                click.echo("  " + render(lang, f"device.do.{row['role']}", {}))
            case "heard":
                clear()
                seen = row.get("observation")
                how = row.get("how", "")
                said = reading(seen, lang) if seen else render(lang, f"commission_word.{how}", {})
                click.echo(f"  {say(lang, 'test.heard')}: {said}")
            case "stored" | "published" | "received":
                clear()
                click.echo(f"  {say(lang, f'test.{step}', ms=row['ms'])}")
            case "pull" | "restore":
                clear()
                click.echo("  " + talk.words(f"mains.{step}"))
            case "check":
                clear()
                click.echo("  " + check_line(lang, row))


def _checks(state: Row, step: str) -> list[Row]:
    steps: list[Row] = state["run"]["steps"]
    return next((list(s["checks"]) for s in steps if s["name"] == step), [])
