"""Looks after the certificates of the line upstream: warns before they end, and renews the line.

An alert a month ahead and again at each step. While the clock is in doubt nothing is judged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge import __released__
from edge.app.house import House
from edge.config import Config
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.errors import (
    ConfigFault,
    NotNowError,
    StoreError,
    UpstreamRejectedError,
    UpstreamUnavailableError,
)
from edge.events import Fault, FaultKind
from edge.locale.refusing import given, worded
from edge.store import commands
from edge.uplink.deliver import Delivery
from edge.uplink.mqtt import MqttBroker
from edge.uplink.mqtt.credentials import (
    CURRENT,
    SlotState,
    TimeOfDay,
    look,
    read_paper,
    slots,
    time_of_day,
)

DAY_MS = 86_400_000
# Days ahead: a month to order, two weeks, one week, the last day; 0: it has ended.
STEPS_DAYS = (0, 1, 7, 14, 30)
# A step is a day at least.
LOOK_EVERY_MS = 3_600_000
# Files that were renewed by hand show within this.
SLICE_MS = 5_000
# What a certificate and its authority are called in an alert.
OURS, AUTHORITY = "mqtt", "mqtt-ca"
# An attempt to be taken takes less (edge.uplink.deliver.CONNECT_S), a command waits for 30 s.
PROVE_S = 20.0

_RELEASED_MS = int(datetime.fromisoformat(f"{__released__}T00:00:00+00:00").timestamp() * 1000)


class Papers:
    """Loop and handlers for the line of one house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._floor_ms = _RELEASED_MS
        self._states: list[SlotState] = []
        self._look_ms: int | None = None
        self.broker: MqttBroker | None = None
        self.delivery: Delivery | None = None

    def handlers(self) -> Mapping[str, Handler]:
        return {"line_renew": self.renew}

    def now(self) -> TimeOfDay:
        """The time by which certificates are judged."""
        return time_of_day(self._house.clock.now(), self._floor_ms)

    async def open(self) -> None:
        """Learn from the database what time it has been already; else no earlier than released."""
        try:
            saved_ms = await self._house.store.look(commands.clock_floor_ms)
        except StoreError as error:
            if not error.fault:
                raise
            return  # the disk has a loop and a fault of its own
        self._floor_ms = max(saved_ms, _RELEASED_MS)

    async def run(self, beat: Callable[[], None]) -> None:
        await self.open()
        while True:
            beat()
            now_ms = self._house.clock.now().boottime_ms
            if self._look_ms is None or now_ms >= self._look_ms:
                self._look_ms = now_ms + LOOK_EVERY_MS
                await self.judge()
            await self._house.clock.sleep_until(now_ms + SLICE_MS)

    async def judge(self) -> None:
        """Read the files and tell the rules how long they last."""
        config, now = self._house.config, self.now()
        self._states = await asyncio.to_thread(look, config.mqtt, config.gateway.id, now)
        if now.doubtful or not self._states:
            return
        best = max(self._states, key=lambda state: state.ends_ms)
        paper = best.paper
        if paper is not None:
            self._tell(OURS, paper.cert_ends_ms, now)
            self._tell(AUTHORITY, paper.ca_ends_ms, now)

    def _tell(self, part: str, ends_ms: int | None, now: TimeOfDay) -> None:
        step = None if ends_ms is None else step_of(ends_ms, now.wall_ms)
        detail = "" if step is None or ends_ms is None else f"{day_of(ends_ms)}, {step} d"
        fault = Fault(
            kind=FaultKind.CERTIFICATE, subject=part, gone=step is not None, detail=detail
        )
        self._house.tell(fault)

    def status(self) -> dict[str, Any]:
        """For `kotivahti status`: which slot is in use, and how long each lasts."""
        now = self.now()
        return {
            "slot": None if self.broker is None else self.broker.slot,
            "slots": [row_of(state, now) for state in self._states],
        }

    async def renew(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """Try the files as they are now beside the line that stands, then open it anew with them.

        Refused, and the line left alone, when the broker does not take them.
        """
        if self.broker is None or self.delivery is None:
            raise worded(NotNowError, "read_at_start")
        try:
            async with asyncio.timeout(PROVE_S):
                slot = await self.broker.prove()
        except (UpstreamRejectedError, UpstreamUnavailableError, TimeoutError) as error:
            raise worded(NotNowError, "line_left", why=given(error)) from error
        self.broker.prefer_first()
        self.delivery.renew()
        self._look_ms = None
        return {"slot": slot}


def faults_of(config: Config, file: str) -> list[ConfigFault]:
    """What is wrong with the files that are there; those of a slot may come later."""
    faults = []
    for slot in slots(config.mqtt):
        if slot.cert is None or not Path(slot.cert).exists():
            continue
        key = "mqtt.cert_file" if slot.name == CURRENT else "mqtt.next_cert_file"
        try:
            paper = read_paper(slot, config.gateway.id)
        except UpstreamRejectedError as error:
            wrong, _, mend = str(error).rpartition("; ")
            faults.append(ConfigFault(file, key, wrong, mend))
            continue
        if paper.open_key:
            mend = f"chmod 600 {slot.key}"
            faults.append(ConfigFault(file, key.replace("cert", "key"), "others may read it", mend))
    return faults


def step_of(ends_ms: int, wall_ms: int) -> int | None:
    """The step that has been reached, in days; None: the end is far."""
    left_ms = ends_ms - wall_ms
    return next((days for days in STEPS_DAYS if left_ms <= days * DAY_MS), None)


def day_of(ends_ms: int) -> str:
    """The day of the end, in UTC as certificates have it."""
    return datetime.fromtimestamp(ends_ms / 1000, UTC).date().isoformat()


def row_of(state: SlotState, now: TimeOfDay) -> dict[str, Any]:
    """One slot for people and scripts; days are None while the clock is in doubt."""

    def part(ends_ms: int | None) -> dict[str, Any] | None:
        if ends_ms is None:
            return None
        days = None if now.doubtful else (ends_ms - now.wall_ms) // DAY_MS
        return {"ends": day_of(ends_ms), "days": days}

    paper = state.paper
    return {
        "slot": state.slot,
        "name": None if paper is None else paper.common_name,
        "certificate": None if paper is None else part(paper.cert_ends_ms),
        "authority": None if paper is None else part(paper.ca_ends_ms),
        "key_open": paper is not None and paper.open_key,
        "fault": state.fault,
    }
