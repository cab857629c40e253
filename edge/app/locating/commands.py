"""What people ask of the room locator: show it, fit it, check it, record for an evaluation."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import structlog

from edge.app.house import House
from edge.app.installing.listening import seconds
from edge.app.locating.fit_child import FitRequest
from edge.app.locating.fit_process import fitted
from edge.app.locating.fitting import Fitting, InForce, lapses, mends, pack, share, unpack
from edge.app.locating.locator import Locator, word_of
from edge.app.locating.receivers import Receivers
from edge.app.locating.walking import (
    Walking,
    carried_tag,
    samples_of,
)
from edge.app.requests.asked import ident_of, told_by
from edge.app.view import instant_text
from edge.control.protocol import Peer
from edge.control.server import Handler, Stream
from edge.domain import Instant, Question, Sync
from edge.errors import ControlError, EdgeError
from edge.home.placing import is_located
from edge.locale.refusing import worded
from edge.locating import SLOT_MS, Fit, Place, Sighting, Track, decode_fit, likelihoods
from edge.locating.presence import Presence, attend
from edge.store import fits, household
from edge.store.fits import StoredFit, StoredWalk

log = structlog.get_logger()

# Sightings of the last so many ms are what `check` shows the likelihoods of.
LOOK_BACK_MS = 10_000
# Receptions between two rows of `record`; more of them go into the next row.
ROWS_MAX = 2_000
RECORD_EVERY_MS = 500
# Two rooms of a plan at least: with one there is nothing to tell apart.
ROOMS_MIN = 2
RECEIVERS_MIN = 2


class LocatorCommands:
    """Handlers and streams for one house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.walking = Walking(house)

    @property
    def locator(self) -> Locator | None:
        return self.walking.locator

    @locator.setter
    def locator(self, locator: Locator) -> None:
        self.walking.locator = locator

    def handlers(self) -> Mapping[str, Handler]:
        return {"locator_show": self.show, "locator_forget": self.forget}

    def streams(self) -> Mapping[str, Stream]:
        return {
            "locator_walk": self.walking.walk,
            "locator_fit": self.fit,
            "locator_check": self.check,
            "locator_record": self.record,
        }

    # -- what stands --------------------------------------------------------------------------

    async def show(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """The fit, what was walked, what changed since, and where the tags are now."""
        house = self._house
        receivers = self._receivers()
        used, trouble = await self._used()
        walks = await self.walking.walked(receivers.rooms())
        decision = house.keeper.home.decisions.get(Question.LOCATION)
        up = None if self.locator is None else self.locator.receivers.up()
        return {
            "on": is_located(house.keeper.home),
            "running": self.locator is not None,
            "review_by": None if decision is None else decision.review_by,
            "rooms_told": _rooms_told(used, receivers.rooms()),
            "trouble": trouble,
            "receivers": [
                {"id": one, "room": room, "up": None if up is None else one in up}
                for one, room in receivers.rooms().items()
            ],
            "fit": None if used is None else await self._fit_row(used, receivers.rooms()),
            "walked": _walked(walks),
            "not_walked": await self.walking.not_walked(receivers.rooms()),
            "now": self._now(),
        }

    async def status(self) -> dict[str, Any]:
        """For `kotivahti status`: whether it is on, and why not; nobody's place."""
        used, trouble = await self._used()
        receivers = self._receivers().rooms()
        return {
            "on": is_located(self._house.keeper.home),
            "rooms_told": _rooms_told(used, receivers),
            "fitted": None if used is None else instant_text(used.at),
            "lapsed": [] if used is None else await self._lapses(used, receivers),
            "trouble": trouble,
        }

    async def forget(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """Take away what was walked in `room`, or in all of them; a fit stays."""
        room = None if args.get("room") is None else ident_of(args, "room")
        gone = await self._house.store.change(fits.forget_walks, room)
        return {"room": room, "walks": gone}

    # -- fit ----------------------------------------------------------------------------------

    async def fit(self, args: dict[str, Any], peer: Peer) -> AsyncGenerator[dict[str, Any], None]:
        """Learn from what was walked, in a process of its own; the new fit is in force at once."""
        locator = self.walking.running()
        by = told_by(args, peer)
        receivers = locator.receivers.rooms()
        walks = await self.walking.walked(receivers)
        if len({one.room for one in walks}) < ROOMS_MIN:
            raise worded(ControlError, "rooms_walked", n=len({one.room for one in walks}))
        home = self._house.keeper.home
        near = {room.id: room.next_to for room in home.rooms.values()} or None
        request = FitRequest(
            samples=tuple(samples_of(walks)), receivers=tuple(receivers), neighbours=near
        )
        began_ms = self._house.clock.now().boottime_ms
        made = b""
        async for word in fitted(request):
            if word is not None:
                made = word
                break
            took_ms = self._house.clock.now().boottime_ms - began_ms
            yield {"done": False, "took_s": round(took_ms / 1000, 1)}
        learned = decode_fit(made)
        now = self._house.clock.now()
        fitting = Fitting(fit=made, receivers=dict(receivers), rooms=tuple(home.rooms))
        stored = StoredFit(windows=learned.windows, by=by, at=now, body=pack(fitting))
        await self._house.store.change(fits.put_fit, stored)
        await locator.load()
        log.info("locator_fitted", count=learned.windows)
        used = unpack(stored)
        took_s = round((now.boottime_ms - began_ms) / 1000, 1)
        row = await self._fit_row(used, receivers)
        left_out = await self.walking.not_walked(receivers)
        yield {"done": True, "took_s": took_s, "fit": row, "not_walked": left_out}

    # -- with the tag in the hand -------------------------------------------------------------

    async def check(self, args: dict[str, Any], _: Peer) -> AsyncGenerator[dict[str, Any], None]:
        """Where the carried tag is taken to be, with how probable each room is by itself."""
        locator = self.walking.running()
        device = carried_tag(self._house, args)
        window_ms = int(seconds(args, default_s=60.0) * 1000)
        clock = self._house.clock
        locator.listen()
        began_ms = clock.now().boottime_ms
        looker = _Looker(locator)
        with locator.receptions.carried(device.id, looker.hear):
            while True:
                now_ms = clock.now().boottime_ms
                left_ms = began_ms + window_ms - now_ms
                row = looker.row(now_ms)
                yield row | {"done": left_ms <= 0, "left_s": max(0.0, left_ms / 1000)}
                if left_ms <= 0:
                    return
                await clock.sleep_until(now_ms + min(SLOT_MS, left_ms))

    async def record(self, args: dict[str, Any], _: Peer) -> AsyncGenerator[dict[str, Any], None]:
        """What the receivers hear of the carried tag, for a file of the installer's own.

        The gateway keeps nothing of it. The first row says on what basis it is given.
        """
        locator = self.walking.running()
        device = carried_tag(self._house, args)
        window_ms = int(seconds(args, default_s=60.0) * 1000)
        clock = self._house.clock
        began = clock.now()
        if began.sync is Sync.NONE:
            raise worded(ControlError, "clock_not_set")
        heard: list[Sighting] = []
        locator.listen()
        decision = self._house.keeper.home.decisions[Question.LOCATION]
        yield {
            "tag": device.id,
            "basis": decision.basis,
            "decided_by": decision.decided_by,
            "from_ms": began.wall_ms,
            "heard": [],
            "done": False,
        }
        with locator.receptions.carried(device.id, heard.append):
            while True:
                now = clock.now()
                left_ms = began.boottime_ms + window_ms - now.boottime_ms
                rows, heard[:ROWS_MAX] = heard[:ROWS_MAX], []
                yield {
                    "heard": [[_wall_ms(began, one), one.receiver, one.rssi_dbm] for one in rows],
                    "until_ms": began.wall_ms + now.boottime_ms - began.boottime_ms,
                    "left_s": max(0.0, left_ms / 1000),
                    "done": left_ms <= 0,
                }
                if left_ms <= 0:
                    return
                await clock.sleep_until(now.boottime_ms + min(RECORD_EVERY_MS, left_ms))

    # -- inside -------------------------------------------------------------------------------

    def _receivers(self) -> Any:
        return Receivers(self._house) if self.locator is None else self.locator.receivers

    async def _used(self) -> tuple[InForce | None, str]:
        if self.locator is not None and self.locator.on:
            return self.locator.used, self.locator.trouble
        stored = await self._house.store.look(fits.fit_in_force)
        try:
            return None if stored is None else unpack(stored), ""
        except EdgeError as error:
            return None, str(error)

    async def _lapses(self, used: InForce, receivers: Mapping[str, str]) -> list[dict[str, str]]:
        taken: Instant | None = await self._house.store.look(fits.taken_over)
        moved = await self._house.store.look(household.moved_since_fit)
        return lapses(used, self._house.keeper.home, receivers, taken, moved)

    async def _fit_row(self, used: InForce, receivers: Mapping[str, str]) -> dict[str, Any]:
        fit, expected = used.fit, used.fit.expected
        return {
            "at": instant_text(used.at),
            "by": used.by,
            "windows": fit.windows,
            "rooms": list(fit.rooms),
            "receivers": list(fit.receivers),
            "deaf": list(fit.deaf),
            "expected": {
                "by": expected.by,
                "windows": expected.windows,
                "share_right": round(expected.right / expected.windows, 3)
                if expected.windows
                else None,
                "rooms": {
                    room: {
                        "windows": score.windows,
                        "share_right": round(share(score), 3),
                        "unknown": score.unknown,
                        "taken_for": dict(score.taken_for),
                    }
                    for room, score in expected.rooms.items()
                },
            },
            "alike": [list(pair) for pair in expected.alike],
            "mends": mends(used, receivers),
            "lapsed": await self._lapses(used, receivers),
        }

    def _now(self) -> list[dict[str, Any]]:
        """Where each followed tag is, by the loop of a running gateway."""
        locator = self.locator
        if locator is None or not locator.on:
            return []
        now_ms = self._house.clock.now().boottime_ms
        found = []
        for device in self._house.devices.values():
            place = locator.place_of(device.id)
            if place is not None:
                row = _place_row(place, now_ms)
                found.append({"device": device.id, "person": device.person} | row)
        return found


class _Looker:
    """A tag in an installer's hand, followed by itself."""

    def __init__(self, locator: Locator) -> None:
        self._locator = locator
        self._track = Track()
        self._presence = Presence()
        self._new: list[Sighting] = []
        self._recent: list[Sighting] = []

    def hear(self, seen: Sighting) -> None:
        self._new.append(seen)

    def row(self, now_ms: int) -> dict[str, Any]:
        new, self._new = self._new, []
        recent = [*self._recent, *new]
        self._recent = [one for one in recent if now_ms - one.at_ms < LOOK_BACK_MS]
        used = self._locator.used
        stepped = self._locator.step(self._track, new, [])
        if used is not None and stepped is not None:
            self._track, place = stepped
        else:
            self._presence, place = attend(
                self._presence, new, [], now_ms, receivers_up=self._locator.receivers.up()
            )
        fit = None if used is None else used.fit
        return _place_row(place, now_ms) | {
            "by_level": {} if fit is None or not self._recent else _by_level(fit, self._recent),
            "expected": None if fit is None else _expected(fit, place.room),
            "packets": len(self._recent),
        }


def _by_level(fit: Fit, recent: list[Sighting]) -> dict[str, float]:
    found = likelihoods(fit, recent)
    return {room: round(found[room], 3) for room in sorted(found, key=lambda r: -found[r])}


def _expected(fit: Fit, room: str | None) -> float | None:
    score = None if room is None else fit.expected.rooms.get(room)
    return None if score is None or not score.windows else round(share(score), 3)


def _place_row(place: Place, now_ms: int) -> dict[str, Any]:
    return {
        "place": word_of(place),
        "room": place.room,
        "confidence": place.confidence,
        "since_s": max(0, now_ms - place.since_ms) // 1000,
    }


def _rooms_told(used: InForce | None, receivers: Mapping[str, str]) -> bool:
    """Whether it claims rooms, or near, home and away only."""
    known = set() if used is None else set(used.fit.receivers) & set(receivers)
    return len(known) >= RECEIVERS_MIN


def _walked(walks: list[StoredWalk]) -> list[dict[str, Any]]:
    return [
        {
            "room": one.room,
            "session": one.session,
            "windows": one.windows,
            "by": one.by,
            "at": instant_text(one.at),
        }
        for one in walks
    ]


def _wall_ms(began: Instant, seen: Sighting) -> int:
    return began.wall_ms + seen.at_ms - began.boottime_ms
