"""Start the gateway's own processes as it does, with its own code; runs in the guest, installed.

Prints one JSON object: process -> what it made. Run by the unit itself (ExecStartPre=), so that
the sandbox and its memory's bound hold for them as they hold in a home.
"""

from __future__ import annotations

import asyncio
import json
import random

from edge.app.locating.fit_child import FitRequest
from edge.app.locating.fit_process import fitted
from edge.locating import Sample, Sighting
from edge.paper.render import printed
from edge.resources import resource
from edge.risk.runtime import ModelProcess

# Three rooms with a receiver each, walked twice for a minute: 60 dBm beside it, 80 elsewhere.
ROOMS = ("bedroom", "kitchen", "lounge")
WINDOWS = 12
WINDOW_MS = 5_000


def walk() -> FitRequest:
    chance = random.Random(1)
    samples = [
        Sample(
            session=f"{room}-{turn}",
            person="kalle",
            room=room,
            sightings=tuple(
                Sighting(
                    receiver=other,
                    rssi_dbm=(-60 if other == room else -80) + chance.randint(-4, 4),
                    at_ms=at_ms + 1_000 * step,
                )
                for step in range(5)
                for other in ROOMS
            ),
        )
        for turn in range(2)
        for room in ROOMS
        for at_ms in range(0, WINDOWS * WINDOW_MS, WINDOW_MS)
    ]
    return FitRequest(samples=tuple(samples), receivers=ROOMS)


async def main() -> None:
    made = [word async for word in fitted(walk()) if word is not None]
    answers = await ModelProcess(resource("models")).assess("home-risk", [{"smoking": 1.0}])
    paper = printed("<html><body><p>Koti</p></body></html>")
    print(json.dumps({"fit": len(made[0]), "model": len(answers), "paper": paper[:5].decode()}))


asyncio.run(main())
