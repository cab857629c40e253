"""A dispenser whose maker's cloud tells of it: the bridge that publishes its events.

docs/satellites.md, "Dispenser events", is the contract.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from datetime import UTC, datetime

from edge.sim.post import Post

HEARTBEAT_S = 900.0


class CloudBridge:
    """Off: the cloud does not answer the bridge, and the bridge says nothing."""

    def __init__(self, address: str, post: Post, heartbeat_s: float = HEARTBEAT_S) -> None:
        self.on = False
        self._topic = f"kotivahti/v1/dispenser/{address}"
        self._post = post
        self._heartbeat_s = heartbeat_s
        self._wake = asyncio.Event()

    def switch(self, *, on: bool) -> None:
        self.on = on
        self._wake.set()

    def report(self, word: str) -> None:
        """Something happened at the dispenser; delivered twice, as such services may."""
        if self.on:
            event = self._said(word, id=str(uuid.uuid4()))
            self._publish(event)
            self._publish(event)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._post.run(), name=f"sim:post-{self._topic}")
            tasks.create_task(self._beat(), name=f"sim:beat-{self._topic}")

    async def _beat(self) -> None:
        while True:
            if self.on:
                self._publish(self._said("HEARTBEAT", battery=88))
            self._wake.clear()
            try:
                async with asyncio.timeout(self._heartbeat_s if self.on else None):
                    await self._wake.wait()
            except TimeoutError:
                continue

    @staticmethod
    def _said(word: str, **more: object) -> dict[str, object]:
        time = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"v": 1, "event": word, "time": time, **more}

    def _publish(self, said: dict[str, object]) -> None:
        self._post.send(self._topic, json.dumps(said).encode(), qos=1)
