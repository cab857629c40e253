"""A changed battery through ingest, rules and database, with a restart of the gateway in it."""

from __future__ import annotations

from pathlib import Path

from edge.app.house import House
from edge.app.ingest import Ingest
from edge.app.opening import open_house
from edge.config import Config, parse
from edge.drivers.advert.bthome import from_payload
from edge.drivers.advert.bthome_memory import RESTART_SILENCE_MS
from edge.transports.lanes import Heard, LaneQueue
from tests.drivers.tools import KEY, MAC, sealed
from tests.support.clock import FakeClock
from tests.support.ids import SeqIds

READING = bytes.fromhex("02C409")
PRESS = bytes.fromhex("3A01")


def _config(folder: Path) -> Config:
    (folder / "button.key").write_text(KEY.hex(), encoding="ascii")
    (folder / "button.key").chmod(0o600)
    return parse(
        '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
        '[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
        f'[store]\npath = "{folder}/home.db"\n'
        '[[device]]\nid = "button"\ndriver = "bthome"\nrole = "help_button"\n'
        f'address = "{MAC}"\nroom = "bedroom"\nkey_file = "{folder}/button.key"\n',
        "test",
    )


async def _no_reply(_device: str, _data: bytes) -> None:
    raise AssertionError("a button is told nothing")


class Listener:
    def __init__(self, house: House) -> None:
        self.house = house
        self.ingest = Ingest(house, LaneQueue(), _no_reply)

    async def hear(self, counter: int, objects: bytes) -> None:
        frame = from_payload(sealed(objects, counter), MAC)
        await self.ingest.take([Heard("button", frame, self.house.clock.now())])
        await self.house.commit()

    def flags(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(alert.code, alert.flags) for alert in self.house.keeper.home.alerts.values()]


async def test_a_new_battery_is_watched_over_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    """Refused and counted at first, told with its flag later; the alarm is raised, flagged."""
    config = _config(tmp_path)
    async with open_house(config, clock, SeqIds()) as house:
        listener = Listener(house)
        await listener.hear(5000, READING)
        clock.pass_time(60_000)
        await listener.hear(0, READING)
        assert listener.ingest.refused == {("button", "replay"): 1}
    async with open_house(config, clock, SeqIds()) as house:
        listener = Listener(house)
        clock.pass_time(RESTART_SILENCE_MS)
        await listener.hear(1, READING)
        assert not listener.ingest.refused
        heard = house.keeper.home.devices["button"].last_heard
        await listener.hear(2, PRESS)
        assert listener.flags() == [("help_button", ("counter_restarted",))]
        assert house.keeper.home.devices["button"].last_heard == heard  # it shows no life
        await listener.hear(5001, PRESS)
        assert house.keeper.home.devices["button"].last_heard == clock.now()
