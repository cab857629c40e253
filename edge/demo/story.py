"""Tells what the programs do, and plays the nurse with the desk's public commands."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from edge.demo import scene
from edge.demo.stage import Actor, RefusedError, Stage, StageError, program
from edge.locale import titles

COLOURS = {"home": "cyan", "gateway": "green", "desk": "yellow", "nurse": "magenta"}
# A person reads the alert, takes it, and rings the resident before closing it.
NURSE_READS_S = 1.5
NURSE_HELPS_S = 4.0
POLL_S = 0.3
# A command waits 30 s for the gateway. In an emulated machine beside other work the models' first
# look took longer; then it is asked again, for as long as this.
ANSWERED_WITHIN_S = 300.0
ASK_AGAIN_S = 2.0
# What a nurse answers at once; the rest waits for the next visit.
URGENT = frozenset({"critical", "high"})
OUTCOMES = {"smoke": "false_alarm", "help_button": "helped", "missed_dose": "helped"}


class Story:
    """One telling. `say(who, text)` prints a line; `seen` holds what has been told so far."""

    def __init__(self, stage: Stage, settings: Path, desk_settings: Path, speed: float) -> None:
        self._stage = stage
        self._speed = speed
        self._gateway = ("--config", str(settings))
        self._desk = ("--config", str(desk_settings))
        self._password = scene.password_file(stage.folder)
        self._began = time.monotonic()
        self._heard: dict[str, int] = {}
        self.hearing = asyncio.Event()  # `watch` has told something: nothing is missed from now on

    def say(self, who: str, text: str) -> None:
        """One line: seconds since the curtain rose, who, what."""
        seconds = time.monotonic() - self._began
        name = click.style(f"{who:<8}", fg=COLOURS.get(who))
        click.echo(f"{seconds:6.2f} s  {name} {text}")

    async def read_home(self, home: Actor) -> None:
        """The virtual home says what it does; its own clock is left out."""
        async for line in home.lines():
            self.say("home", line.partition(" s  ")[2] or line)

    async def read_desk(self, desk: Actor) -> None:
        async for line in desk.lines():
            self.say("desk", line)

    async def read_gateway(self, watch: Actor, urgent: Callable[[dict[str, Any]], None]) -> None:
        """What the gateway stored, as `kotivahti watch --json` tells it."""
        async for line in watch.lines():
            row = json.loads(line)
            if "alert" in row:
                self._tell_alert(row["alert"])
                if row["alert"]["state"] == "raised" and row["alert"]["priority"] in URGENT:
                    urgent(row["alert"])
            elif "assessment" not in row:
                self._tell_observation(row)
            self.hearing.set()

    def _tell_alert(self, row: dict[str, Any]) -> None:
        title = titles(row["code"], row["params"] | {"room": row["room"]}, row.get("words"))["en"]
        by = f" by {row['by']}" if row["by"] else ""
        self.say("gateway", click.style(f"ALERT {row['state']}{by}: {title}", bold=True))

    def _tell_observation(self, row: dict[str, Any]) -> None:
        """The first of each device, then what people look for; the rest flows by uncounted."""
        known = row["device"] in self._heard
        self._heard[row["device"]] = self._heard.get(row["device"], 0) + 1
        if not known:
            self.say("gateway", f"{row['device']} is alive")
        unit = "" if row["unit"] == "1" else f" {row['unit']}"
        doubt = "" if row["quality"] == "ok" else f" ({row['quality']})"
        self.say("gateway", f"{row['device']}: {row['kind']} {row['value']}{unit}{doubt}")

    async def nurse(self, alerts: asyncio.Queue[dict[str, Any]]) -> None:
        """Takes and closes what is urgent, with `kotivahti desk accept` and `close`."""
        taken: set[str] = set()
        while True:
            alert = await alerts.get()
            if alert["id"] in taken:
                continue
            taken.add(alert["id"])
            await self._on_desk(alert["id"])
            await asyncio.sleep(NURSE_READS_S / self._speed)
            await self._desk_does("accept", alert["id"], "--eta", "10")
            await asyncio.sleep(NURSE_HELPS_S / self._speed)
            outcome = OUTCOMES.get(alert["code"], "helped")
            await self._desk_does("close", alert["id"], "--outcome", outcome)

    async def _on_desk(self, alert: str) -> None:
        while True:
            found = await self._stage.run(*program("desk", "alerts", *self._desk, "--json"))
            if alert in found:
                return
            await asyncio.sleep(POLL_S)

    async def _desk_does(self, verb: str, alert: str, *options: str) -> None:
        who = ("--as", scene.NURSE, "--password-file", str(self._password))
        command = program("desk", verb, alert, *options, *who, *self._desk)
        shown = f"kotivahti desk {verb} {alert[:13]} {' '.join(options)} --as {scene.NURSE}"
        self.say("nurse", f"$ {shown}")
        try:
            await self._stage.run(*command)
        except StageError as error:
            self.say("nurse", f"refused: {error}")

    async def assess(self) -> None:
        """The checklist, answered with the public command; level, reasons, number."""
        args = [word for answer in scene.ANSWERS for word in ("--answer", answer)]
        who = ("--by", scene.NURSE, "--role", "home_care")
        shown = f"--answer {scene.ANSWERS[0]} ... ({len(scene.ANSWERS)} answers)"
        self.say("nurse", f"$ kotivahti checklist ask fire --by {scene.NURSE} {shown}")
        text = await self._answered("checklist", "ask", "fire", *who, *args)
        for line in text.splitlines():
            self.say("gateway", line)

    async def _answered(self, *words: str) -> str:
        """What the gateway answers to a command that may be given twice, given until it does."""
        until = time.monotonic() + ANSWERED_WITHIN_S
        while True:
            try:
                return await self._stage.run(*program(*words, *self._gateway))
            except RefusedError as error:
                if time.monotonic() > until:
                    raise
                self.say("gateway", f"not yet, it is asked again: {error}")
            await asyncio.sleep(ASK_AGAIN_S)

    async def summary(self) -> None:
        """How long each step of each alert took."""
        text = await self._answered("alerts", "--json")
        rows = [row for row in json.loads(text) if row["steps_ms"]]
        click.echo(
            "\nMilliseconds after the frame was heard (acknowledged and closed include the nurse):"
        )
        click.echo(
            f"  {'alert':<14}{'stored':>10}{'received':>10}{'acknowledged':>14}{'closed':>10}"
        )
        for row in reversed(rows):
            steps = row["steps_ms"]
            cells = [
                str(steps.get(name, "-"))
                for name in ("stored", "received", "acknowledged", "closed")
            ]
            click.echo(
                f"  {row['code']:<14}{cells[0]:>10}{cells[1]:>10}{cells[2]:>14}{cells[3]:>10}"
            )
        count = sum(self._heard.values())
        click.echo(f"  {count} observations of {len(self._heard)} devices\n")
