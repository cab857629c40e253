"""Opens a home: its database, its state as it was, today's settings."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import structlog

from edge.app.checklists import load_all
from edge.app.house import House
from edge.app.imports import devices_of
from edge.app.keeper import Keeper
from edge.app.seal import EnvelopeSealer
from edge.config import Config
from edge.domain import Checklist
from edge.events import ConfigLoaded, Enrolled
from edge.home import told
from edge.home.state import Home, SnapshotError, alert_key, decode
from edge.ports import Clock, Ids
from edge.resources import resource
from edge.risk.runtime import ModelProcess
from edge.store.store import SqliteStore

log = structlog.get_logger()


@contextlib.asynccontextmanager
async def open_house(config: Config, clock: Clock, ids: Ids) -> AsyncIterator[House]:
    """Open the database, bring the home back to where it was, and tell it today's settings."""
    store = await SqliteStore.open(Path(config.store.path), home=config.gateway.site)
    try:
        heads = await store.heads()
        home, kept = await _home(store)
        devices = {device.id: device for device in await store.devices()}
        seal = EnvelopeSealer(config, heads.store_id, devices)
        keeper = Keeper(home=home, heads=heads, ids=ids, seal=seal)
        models = Path(config.models.dir) if config.models.dir else resource("models")
        house = House(
            config,
            store,
            keeper,
            devices,
            origin=seal.origin,
            clock=clock,
            ids=ids,
            model=ModelProcess(models),
        )
        lists = config.checklists.dir
        folder = Path(lists) if lists else resource("config/checklists")
        house.checklists = load_all(folder, house.faults)
        house.tell(_settings(config, house.checklists))
        _enrol(house, kept=kept)
        await house.commit()
        # Only now: a device that was enrolled anew has no state of its former self.
        house.driver_states = await store.driver_states()
        yield house
        await house.commit()
    finally:
        await store.close()


async def _home(store: SqliteStore) -> tuple[Home, bool]:
    """The home as it was at the last commit, and whether the snapshot could be read."""
    snapshot = await store.snapshot()
    if snapshot is None:
        return Home.new(), False
    try:
        return decode(snapshot[0]), True
    except SnapshotError as error:
        log.error("snapshot_unreadable", reason=str(error))
        return await _rebuilt(store), False


async def _rebuilt(store: SqliteStore) -> Home:
    """What stands in tables of its own: open alerts, answers, levels. Enrolments follow."""
    alerts = await store.alerts(open_only=True)
    levels = await store.last_assessments()
    home = msgspec.structs.replace(
        Home.new(),
        alerts={alert_key(a.code, a.subject): a for a in alerts},
        assessments={a.hazard: a for a in levels},
    )
    for checklist in {a.checklist.partition("/")[0] for a in levels if a.checklist}:
        home = told.answer(home, tuple(await store.answers_in_force(checklist)))
    return home


def _settings(config: Config, checklists: dict[str, Checklist]) -> ConfigLoaded:
    rules = config.rules
    return ConfigLoaded(
        no_activity_after_s=rules.no_activity_after_s,
        day_from_min=rules.day_from_min,
        day_until_min=rules.day_until_min,
        dose_grace_s=rules.dose_grace_s,
        checklists=checklists,
    )


def _enrol(house: House, *, kept: bool) -> None:
    """Devices of the store, then those of the settings file that are new to it."""
    stored = list(house.devices.values())
    for device in () if kept else stored:
        house.tell(Enrolled(device=device))
    for device in devices_of(house.config, known=frozenset(house.devices)):
        house.tell(Enrolled(device=device))
        log.info("device_imported", device=device.id, driver=device.driver, role=device.role)
