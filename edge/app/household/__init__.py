"""What people tell of a home's life: who lives there, its rooms, stays, visits and decisions.

Served by a running gateway and by a command that opened the database itself.
"""

from __future__ import annotations

from collections.abc import Mapping

from edge.app.household.decisions import Decisions
from edge.app.household.dwelling import Dwelling
from edge.app.household.people import People
from edge.app.household.plan import Rooms
from edge.app.household.times import Times
from edge.app.household.vitals import VitalsCommands
from edge.app.installing.devices import Devices
from edge.control.server import Handler


def handlers(installer: Devices) -> Mapping[str, Handler]:
    """All of them, over one house."""
    house = installer.house
    return {
        **People(installer).handlers(),
        **Rooms(house).handlers(),
        **Times(house).handlers(),
        **Decisions(house).handlers(),
        **Dwelling(installer).handlers(),
        **VitalsCommands(house).handlers(),
    }
