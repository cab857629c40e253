"""A Wi-Fi smoke alarm in the manner of Shelly Plus Smoke: asleep, but for what it has to say.

From the published API (shelly-api-docs.shelly.cloud, "Notifications" and
"Smoke") and recorded statuses; docs/satellites.md names its topic.
"""

from __future__ import annotations

import asyncio
import json
import time

from edge.sim.post import Post

WAKES_EVERY_S = 86_400.0


class WifiSmoke:
    """Off: its battery is out. `prefix` is its MQTT topic prefix, as delivered its id."""

    def __init__(self, prefix: str, post: Post, wakes_every_s: float = WAKES_EVERY_S) -> None:
        self.on = False
        self.alarm = False
        self._prefix = prefix
        self._post = post
        self._wakes_every_s = wakes_every_s
        self._wake = asyncio.Event()

    def switch(self, *, on: bool) -> None:
        self.on = on
        self._wake.set()

    def smoke(self, *, on: bool) -> None:
        """It sees smoke, or does so no more."""
        self.alarm = on
        if self.on:
            self._notify("NotifyEvent", events=[self._event("alarm" if on else "alarm_off")])
            self._notify("NotifyStatus", **{"smoke:0": {"id": 0, "alarm": on}})

    def test(self) -> None:
        """Somebody pressed its test button."""
        if self.on:
            self._notify("NotifyEvent", events=[self._event("alarm_test")])

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._post.run(), name=f"sim:post-{self._prefix}")
            tasks.create_task(self._sleep(), name=f"sim:sleep-{self._prefix}")

    async def _sleep(self) -> None:
        while True:
            if self.on:
                self._notify("NotifyFullStatus", **self._status())
            self._wake.clear()
            try:
                async with asyncio.timeout(self._wakes_every_s if self.on else None):
                    await self._wake.wait()
            except TimeoutError:
                continue

    def _status(self) -> dict[str, object]:
        return {
            "smoke:0": {"id": 0, "alarm": self.alarm, "mute": False},
            "devicepower:0": {"id": 0, "battery": {"V": 2.94, "percent": 85}},
            "sys": {"wakeup_reason": {"boot": "deepsleep_wake"}, "wakeup_period": 86_400},
        }

    @staticmethod
    def _event(name: str) -> dict[str, object]:
        return {"component": "smoke:0", "id": 0, "event": name, "ts": round(time.time(), 2)}

    def _notify(self, method: str, **params: object) -> None:
        said = {
            "src": self._prefix.rpartition("/")[2],
            "dst": f"{self._prefix}/events",
            "method": method,
            "params": {"ts": round(time.time(), 2), **params},
        }
        self._post.send(f"{self._prefix}/events/rpc", json.dumps(said).encode(), qos=1)
