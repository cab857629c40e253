"""One home: its state, its store and its clock, with or without radios around it.

The gateway and a command that runs while no gateway does open a home by the
same code and step it by the same code.
"""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import structlog

from edge.app.keeper import Keeper
from edge.app.seal import EnvelopeSealer
from edge.config import Config
from edge.domain import Checklist, Device, Observation, Secret
from edge.drivers import DRIVERS
from edge.errors import ChecklistError, ConfigError, ConfigFault, ModelUnavailableError
from edge.events import Assessed, ConfigLoaded, Consult, Enrolled, Event
from edge.home.state import Home, decode
from edge.ports import Batch, Clock, Ids, Model
from edge.resources import resource
from edge.risk.checklist import parse
from edge.risk.reasons import model_reasons
from edge.risk.runtime import ModelProcess
from edge.store.store import SqliteStore
from edge.uplink.envelope import Origin

log = structlog.get_logger()

# AES-128: BTHome v2's bind key.
KEY_BYTES = 16


class House:
    """The state of one home and all that happens to it. Not thread-safe: one event loop."""

    def __init__(
        self,
        config: Config,
        store: SqliteStore,
        keeper: Keeper,
        *,
        origin: Origin,
        clock: Clock,
        ids: Ids,
        model: Model,
    ) -> None:
        self.config = config
        self.store = store
        self.keeper = keeper
        self.origin = origin
        self.clock = clock
        self.ids = ids
        self.model = model
        self.devices: dict[str, Device] = {}
        self.driver_states: dict[str, bytes] = {}
        self.checklists: dict[str, Checklist] = {}
        self.faults: dict[str, str] = {}
        self.after_commit: list[Callable[[Batch], None]] = []
        self.when_heard: list[Callable[[Observation], None]] = []

    def tell(self, event: Event) -> None:
        """What happened, now. It is stored by the next commit."""
        refused = self.keeper.tell(event, self.clock.now())
        if refused:
            log.warning("event_refused", kind=type(event).__name__, reason=", ".join(refused))
        if isinstance(event, Enrolled):
            self.devices[event.device.id] = event.device

    def hear(self, seen: Observation) -> None:
        """What a device said. It is stored by the next commit of its lane."""
        self.keeper.tell(seen, seen.at)
        for told in self.when_heard:
            told(seen)

    async def commit(self) -> None:
        """Store all that waits; returns when it is durable and has been handed on."""
        batch = self.keeper.batch(self.clock.now())
        await self.store.record(batch)
        for told in self.after_commit:
            told(batch)

    async def consult_all(self) -> None:
        """Ask the model what the rules want to know; no answer is an answer that says why."""
        while self.keeper.consults:
            consult = self.keeper.consults.pop(0)
            self.tell(await self._consult(consult))
            await self.commit()

    async def _consult(self, consult: Consult) -> Assessed:
        try:
            answer = (await self.model.assess(consult.model, [consult.features]))[0]
        except ModelUnavailableError as error:
            log.warning(
                "model_unavailable", model=consult.model, code=error.code, reason=str(error)
            )
            self.faults["model"] = str(error)
            return Assessed(
                hazard=consult.hazard,
                index=None,
                reasons=(),
                model=None,
                manifest=None,
                abstained=error.code,
            )
        self.faults.pop("model", None)
        return Assessed(
            hazard=consult.hazard,
            index=answer.index,
            reasons=model_reasons(answer),
            model=answer.model,
            manifest=answer.manifest,
        )


@contextlib.asynccontextmanager
async def open_house(config: Config, clock: Clock, ids: Ids) -> AsyncIterator[House]:
    """Open the database, bring the home back to where it was, and tell it today's settings."""
    store = await SqliteStore.open(Path(config.store.path), home=config.gateway.site)
    try:
        heads = await store.heads()
        home, kept = await _home(store)
        seal = EnvelopeSealer(config, heads.store_id)
        keeper = Keeper(home=home, heads=heads, ids=ids, seal=seal)
        models = Path(config.models.dir) if config.models.dir else resource("models")
        house = House(
            config,
            store,
            keeper,
            origin=seal.origin,
            clock=clock,
            ids=ids,
            model=ModelProcess(models),
        )
        lists = config.checklists.dir
        folder = Path(lists) if lists else resource("config/checklists")
        house.checklists = _checklists(folder, house.faults)
        house.tell(_settings(config, house.checklists))
        await _enrol(house, kept=kept)
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
    except ValueError as error:
        # Enrolments, answers and open alerts stand in their own tables as well.
        log.error("snapshot_unreadable", reason=str(error))
        return Home.new(), False


def _settings(config: Config, checklists: dict[str, Checklist]) -> ConfigLoaded:
    rules = config.rules
    return ConfigLoaded(
        no_activity_after_s=rules.no_activity_after_s,
        day_from_min=rules.day_from_min,
        day_until_min=rules.day_until_min,
        dose_grace_s=rules.dose_grace_s,
        checklists=checklists,
    )


async def _enrol(house: House, *, kept: bool) -> None:
    """Devices of the store, then those of the settings file that are new to it."""
    stored = await house.store.devices()
    for device in stored:
        house.devices[device.id] = device
        if not kept:
            house.tell(Enrolled(device=device))
    for device in devices_of(house.config):
        if device.id not in house.devices:
            house.tell(Enrolled(device=device))
            log.info("device_imported", device=device.id, driver=device.driver, role=device.role)


def devices_of(config: Config) -> list[Device]:
    """The devices that the settings file brings; raises ConfigError with every fault."""
    faults: list[ConfigFault] = []
    devices = []
    for i, row in enumerate(config.device):
        where = f"device[{i}]"
        driver = DRIVERS.get(row.driver)
        if driver is None:
            mend = f"known: {', '.join(sorted(DRIVERS))}"
            faults.append(ConfigFault("settings", f"{where}.driver", f"'{row.driver}'", mend))
            continue
        if row.role not in driver.roles:
            mend = f"{row.driver} can be: {', '.join(sorted(driver.roles))}"
            faults.append(ConfigFault("settings", f"{where}.role", f"'{row.role}'", mend))
            continue
        devices.append(
            Device(
                id=row.id,
                driver=row.driver,
                role=row.role,
                address=row.address,
                label=row.label,
                room=row.room,
                person=row.person,
                silent_after_s=row.silent_after_s or 0,
                key=_key(row.key_file, f"{where}.key_file", faults),
            )
        )
    if faults:
        raise ConfigError(faults)
    return devices


def _key(file: str | None, where: str, faults: list[ConfigFault]) -> Secret | None:
    if file is None:
        return None
    try:
        key = bytes.fromhex(Path(file).read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        mend = "the file holds the key as 32 hexadecimal digits"
        # ValueError would quote the key's characters: only its class is told.
        faults.append(ConfigFault(file, where, f"unreadable ({type(error).__name__})", mend))
        return None
    if len(key) != KEY_BYTES:
        faults.append(ConfigFault(file, where, f"{len(key)} bytes", f"a key has {KEY_BYTES}"))
        return None
    return Secret(key)


def _checklists(folder: Path, faults: dict[str, str]) -> dict[str, Checklist]:
    """Every checklist in the folder; a broken one is told and left out."""
    lists = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            checklist = load_checklist(path)
        except ChecklistError as error:
            faults[f"checklist {path.name}"] = str(error)
            log.error("checklist_broken", file=path.name, count=len(error.faults))
            continue
        lists[checklist.id] = checklist
    return lists


def load_checklist(path: Path) -> Checklist:
    """Read one checklist file; raises ChecklistError with every fault."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        fault = ConfigFault(str(path), "(file)", str(error), "restore it from the release")
        raise ChecklistError([fault]) from error
    return parse(data, str(path))
