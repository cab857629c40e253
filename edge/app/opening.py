"""Opens a home: its database, its state as it was, today's settings."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import msgspec
import structlog

from edge.app.checklists import load_all
from edge.app.customer.switches import Switches
from edge.app.drivers import enable
from edge.app.house import House
from edge.app.imports import devices_of
from edge.app.keeper import Keeper
from edge.app.seal import EnvelopeSealer
from edge.clock import SystemClock
from edge.config import Config, Retention
from edge.domain import (
    Alert,
    Checklist,
    Decision,
    Instant,
    Question,
    Sync,
    Visit,
)
from edge.drivers import shape_of
from edge.errors import StoreError
from edge.events import ConfigLoaded, Enrolled, NightDoor, Tick
from edge.home import told
from edge.home.asking import SECOND, UPSTREAM
from edge.home.limits import Vitals, limit_key
from edge.home.localday import day_of
from edge.home.reassess import of_alerts
from edge.home.state import VISITS_MAX, Home, SnapshotError, alert_key, decode
from edge.home.staying import in_force
from edge.ports import Clock, Ids
from edge.resources import resource
from edge.risk.runtime import ModelProcess
from edge.store import boots, household, limits, sending, tasks
from edge.store.aside import Salvaged
from edge.store.bounds import DAY_MS, DEFAULT_BOUNDS, Bounds
from edge.store.reads import answered_checklists
from edge.store.store import SqliteStore

log = structlog.get_logger()

# Who told a decision that no person typed at this gateway.
IMPORTED_BY = "settings file"


@contextlib.asynccontextmanager
async def open_house(
    config: Config, clock: Clock, ids: Ids, *, mend: bool = False
) -> AsyncIterator[House]:
    """Open the database, bring the home back to where it was, and tell it today's settings.

    `mend`, for the gateway itself: a disk that refuses and a file that is corrupt do not stop it.
    """
    enable(config)
    store = await _opened(config, clock, mend=mend)
    try:
        heads = await store.heads()
        home, kept = await _home(store, clock.now())
        await _remember(clock, home, store)
        devices = {device.id: device for device in await store.devices()}
        switches = Switches()
        switches.load(await store.look(sending.in_force))
        seal = EnvelopeSealer(config, heads.store_id, devices, switches)
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
            sending=switches,
        )
        lists = config.checklists.dir
        folder = Path(lists) if lists else resource("config/checklists")
        house.checklists = load_all(folder, house.faults)
        house.tell(_settings(config, house.checklists))
        _take_salvaged(house, await store.salvaged())
        _enrol(house, kept=kept, ever=await store.ever_enrolled())
        _old_decision(house, ever=await store.look(household.ever_decided))
        await house.keep()
        # Only now: a device that was enrolled anew has no state of its former self.
        house.driver_states = await store.driver_states()
        yield house
        keeper.closing = True
        house.tell(Tick())
        await house.keep()
    finally:
        await store.close()


async def _remember(clock: Clock, home: Home, store: SqliteStore) -> None:
    """What wall time an earlier process of this boot believed: a restart forgets no jump.

    One that ended in doubt believed nothing at last: what it knew first is in its boot's fact.
    """
    if not isinstance(clock, SystemClock) or home.frame.boot != clock.now().boot:
        return
    believed_ms: int | None = home.frame.drift_ms
    if not home.frame.synced:
        fact = (await store.look(boots.facts)).get(home.frame.boot)
        believed_ms = None if fact is None else fact.offset_ms
    if believed_ms is not None:
        clock.trust.remember(believed_ms)


async def _opened(config: Config, clock: Clock, *, mend: bool) -> SqliteStore:
    """The store, open. With `mend`, one of which a start can read all that it needs.

    A page that only the start reads would end every start, for as long as the file is there: after
    a second failure it counts as corrupt, and is set aside like one that cannot be opened.
    """
    failed = corrupt = False
    while True:
        store = await SqliteStore.open(
            Path(config.store.path),
            home=config.gateway.site,
            bounds=kept_for(config.retention),
            at=clock.now(),
            mend=mend,
            corrupt=corrupt,
        )
        if not mend or corrupt:
            return store
        try:
            await _read_through(store, clock.now())
        except StoreError as error:
            await store.close()
            if error.fault not in ("corrupt", "io"):
                raise
            log.error("store_not_readable", kind=error.fault, reason=str(error))
            corrupt = failed or error.fault == "corrupt"  # once is a hiccup of the card
            failed = True
        except BaseException:
            await store.close()
            raise
        else:
            return store


async def _read_through(store: SqliteStore, now: Instant) -> None:
    """Everything that `open_house` reads."""
    await _home(store, now)
    await store.devices()
    await store.look(sending.in_force)
    await store.ever_enrolled()
    await store.look(household.ever_decided)
    await store.driver_states()


def kept_for(retention: Retention) -> Bounds:
    """The store's bounds with the ages that the settings give."""
    return msgspec.structs.replace(
        DEFAULT_BOUNDS,
        observation_age_ms=retention.readings_days * DAY_MS,
        closed_age_ms=retention.alerts_days * DAY_MS,
        received_age_ms=retention.messages_days * DAY_MS,
        disclosure_age_ms=retention.disclosures_days * DAY_MS,
    )


async def _home(store: SqliteStore, now: Instant) -> tuple[Home, bool]:
    """The home as it was at the last commit, and whether the snapshot could be read."""
    snapshot = await store.snapshot()
    if snapshot is None:
        return Home.new(), False
    try:
        return decode(snapshot[0]), True
    except SnapshotError as error:
        log.error("snapshot_unreadable", reason=str(error))
        return await _rebuilt(store, now), False


async def _rebuilt(store: SqliteStore, now: Instant) -> Home:
    """What stands in tables of its own. Enrolments follow.

    Open alerts with their holds, answers, levels, the household, stays in force and visits
    ahead; and the latest time that is known from when alerts and levels were written with a set
    clock.
    """
    alerts = {alert_key(a.code, a.subject): a for a in await store.alerts(open_only=True)}
    levels = await store.last_assessments()
    everybody, each = in_force(await store.stays())
    plan = await store.look(household.plan)
    written = [a.changed for a in alerts.values()] + [a.at for a in levels]
    trusted = (at.wall_ms for at in written if at.sync is not Sync.NONE)
    home = msgspec.structs.replace(
        Home.new(),
        trusted_wall_ms=max(trusted, default=0),
        alerts=alerts,
        holds=_holds(alerts, now),
        assessments={a.hazard: a for a in levels},
        anew=dict(of_alerts(await store.alerts())),
        persons={p.id: p for p in await store.look(household.persons)},
        rooms={} if plan is None else {room.id: room for room in plan.rooms},
        decisions={d.question: d for d in await store.look(household.decisions)},
        stay=everybody,
        stays=each,
        vitals=Vitals(
            limits={limit_key(v.person, v.kind): v for v in await store.look(limits.in_force)}
        ),
    )
    tenancy = await store.look(tasks.tenure)
    home = msgspec.structs.replace(
        home,
        visits=_ahead(await store.visits(), home, now),
        tasks=await store.look(tasks.newest),
        considered={one.item: one for one in await store.look(tasks.considered)},
        tenure=home.tenure if tenancy is None else tenancy.tenure,
    )
    for checklist in await store.look(answered_checklists):
        # All that was ever said, in its order: the newest word is not always the one in force.
        home = told.answer(home, tuple(await store.answers(checklist)))
    return home


def _holds(alerts: Mapping[str, Alert], now: Instant) -> dict[str, int]:
    """Until when each taken alert is held: of another boot, nobody knows, so no longer."""
    return {
        key: alert.next_by.boottime_ms if alert.next_by.boot == now.boot else now.boottime_ms
        for key, alert in alerts.items()
        if alert.next_by is not None
    }


def _ahead(visits: Sequence[Visit], home: Home, now: Instant) -> tuple[Visit, ...]:
    """The visits that are not over by the latest known time, the soonest first."""
    wall_ms = home.trusted_wall_ms if now.sync is Sync.NONE else now.wall_ms
    newest = {visit.ref or n: visit for n, visit in enumerate(visits)}  # told again, it replaces
    ahead = sorted((v for v in newest.values() if v.until_ms > wall_ms), key=lambda v: v.from_ms)
    return tuple(ahead[:VISITS_MAX])


def _settings(config: Config, checklists: dict[str, Checklist]) -> ConfigLoaded:
    rules, night = config.rules, config.rules.night_door
    night_door = None
    if night is not None:
        night_door = NightDoor(
            devices=night.devices,
            from_min=night.from_min,
            until_min=night.until_min,
            back_within_s=night.back_within_s,
        )
    return ConfigLoaded(
        no_activity_after_s=rules.no_activity_after_s,
        day_from_min=rules.day_from_min,
        day_until_min=rules.day_until_min,
        dose_grace_s=rules.dose_grace_s,
        stove_unattended_after_s=rules.stove_unattended_after_s,
        meal_grace_s=rules.meal_grace_s,
        meal_by_min=rules.meal_by_min,
        fall_still_s=rules.fall_still_s,
        tag_unworn_after_s=rules.tag_unworn_after_s,
        appliance_door_open_s=rules.appliance_door_open_s,
        vitals=rules.vitals,
        night_door=night_door,
        paths=(UPSTREAM,) if config.pager is None else (UPSTREAM, SECOND),
        checklists=checklists,
    )


def _take_salvaged(house: House, found: Salvaged) -> None:
    """Devices that a file set aside still told of: a gateway that knows none hears nobody."""
    for device in found.devices:
        if device.id not in house.devices:
            house.tell(Enrolled(device=device))
            log.warning("device_salvaged", device=device.id, driver=device.driver)
            if device.id in found.states:
                house.keeper.remember(device.id, found.states[device.id])


def _enrol(house: House, *, kept: bool, ever: frozenset[str]) -> None:
    """Devices of the store, then those of the settings file that it never had.

    One that was removed does not come back because the file still names it, and what is left
    of it there stops no start: a gateway that does not run hears nobody.
    """
    stored = list(house.devices.values())
    for device in () if kept else stored:
        house.tell(Enrolled(device=device))
    for row in house.config.device:
        if row.id in ever and row.id not in house.devices:
            log.warning("device_row_passed_over", device=row.id, reason="it was removed")
    for device in devices_of(house.config, known=ever | frozenset(house.devices)):
        house.tell(Enrolled(device=device))
        log.info("device_imported", device=device.id, driver=device.driver, role=device.role)
    for device in house.devices.values():
        if shape_of(device) is None:
            wrong = f"'{device.driver}' is not among the drivers of this release or of [drivers]"
            house.faults[f"device {device.id}"] = f"cannot be heard: {wrong}"
            log.error("driver_missing", device=device.id, driver=device.driver)


def _old_decision(house: House, *, ever: frozenset[Question]) -> None:
    """Take a decision on night doors that a settings file of an older release still holds.

    An update neither ends a watch that somebody decided nor keeps a gateway from starting. It is
    taken once: what was decided or taken back in the home since wins over what the file says.
    """
    night = house.config.rules.night_door
    if night is None or not (night.basis or night.decided_by or night.review_by):
        return
    mend = "take basis, decided_by and review_by out of the settings file"
    state = "this home's own decision counts, not the one in the settings file"
    if Question.NIGHT_DOORS not in ever:
        basis, decided_by = night.basis.strip(), night.decided_by.strip()
        if basis and decided_by and day_of(night.review_by) is not None:
            house.tell(
                Decision(
                    question=Question.NIGHT_DOORS,
                    basis=basis,
                    decided_by=decided_by,
                    role="",
                    review_by=night.review_by,
                    by=IMPORTED_BY,
                )
            )
            log.warning("decision_imported", kind=Question.NIGHT_DOORS.value)
        else:
            state = "the decision there is not whole, so doors are not watched"
            mend = "record it with 'kotivahti decision add night-doors', and " + mend
    house.faults["rules.night_door"] = f"{state}; {mend}"
