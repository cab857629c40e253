"""A spare box becomes the home that a profile describes: in one commit, or not at all."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import msgspec
import structlog

from edge.app.house import House
from edge.app.provisioning.homelink import ClaimStateError, HomeLink
from edge.app.provisioning.profile import counts_of
from edge.app.requests.asked import by_of, text_of
from edge.app.view import instant_text
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import OutboxClass, OutboxEntry
from edge.drivers import shape_of
from edge.errors import ControlError, MisaskedError
from edge.events import Answered, Enrolled, Event, TasksTaken
from edge.home.state import DEVICES_MAX, PERSONS_MAX, ROOMS_MAX
from edge.locale.refusing import listed, worded
from edge.profile import Profile, decode
from edge.profile.sealing import TEXT_MAX_BYTES
from edge.store import takeover
from edge.store.takeover import Predecessor
from edge.uplink.envelope import (
    AlertEnvelope,
    DigestEnvelope,
    MessageError,
    parse_alert,
    parse_digest,
)

log = structlog.get_logger()

ID_MAX_CHARS = 200
# One question of a command has its answer within half a minute (edge.control.client).
WAIT_S = 5.0


class Taking:
    """Handlers of `kotivahti replace` for one house."""

    def __init__(self, house: House, link: HomeLink) -> None:
        self._house = house
        self._link = link
        self.when_taken: Callable[[], Awaitable[None]] | None = None

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "replace_state": self.state,
            "replace_profile": self.profile,
            "replace_take": self.take,
            "replace_done": self.done,
            "replace_carry": self.carry,
        }

    async def state(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """Whether this box can still become a home, and which it became."""
        before = await self._house.store.look(takeover.predecessors)
        return {
            "gateway": self._house.config.gateway.id,
            "store_id": self._house.origin.store_id,
            "holds": self._held(),
            "taken": None if not before else _row(before[-1]),
            "devices": sorted(self._house.devices),
        }

    async def profile(self, args: dict[str, Any], _: Peer) -> dict[str, Any] | None:
        """The sealed profile that came for a claim (`request`); None: not yet, ask again.

        `held` is what the desk has of that box's messages, by store.
        """
        request = text_of(args, "request", ID_MAX_CHARS, "name the claim")
        try:
            found = await self._link.profile_wait(request, within_s=WAIT_S)
        except ClaimStateError:
            return None
        return {
            "sealed": base64.b64encode(found.sealed).decode("ascii"),
            "replaces": found.replaces,
            "number": found.number,
            "held": msgspec.to_builtins(found.held),
        }

    async def done(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """The sealed profile is needed no more: home and settings are there."""
        await self._link.profile_drop()
        return {}

    async def take(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Become the home of an opened profile (`profile`: its compressed text, base64).

        All of it is checked before anything is told, and all of it is one commit. Asked again
        with the same profile it only says what was done.
        """
        by = by_of(args)
        profile = _opened(args.get("profile"))
        before = await self._house.store.look(takeover.predecessors)
        done = next((one for one in before if one.store_id == profile.store_id), None)
        if done is None:
            self._expect_room(profile)
            await self._take(profile, by)
            log.info("home_taken", gateway=profile.gateway, id=f"uid {peer.uid}")
            before = await self._house.store.look(takeover.predecessors)
            done = before[-1]
            self._link.predecessors.add(done.gateway)
        return {"taken": _row(done), "holds": counts_of(profile), "unheard": self._unheard()}

    async def carry(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """Owe what the old card still owed: `{"store_id", "entries": [...]}`, in their order.

        Bytes and ids stay as they are, so whatever the desk has already is no second alert. What
        is no alert of that box is counted, and holds up no other.
        """
        store_id = text_of(args, "store_id", ID_MAX_CHARS)
        before = await self._house.store.look(takeover.predecessors)
        old = next((one for one in before if one.store_id == store_id), None)
        if old is None:
            raise worded(ControlError, "nothing_taken", store=store_id)
        given = [_entry(one, old) for one in args.get("entries") or []]
        entries = [entry for entry in given if entry is not None]
        carried = await self._house.store.change(
            takeover.carry, store_id, entries, self._house.clock.now()
        )
        for listener in self._house.when_owed:
            listener()
        refused = len(given) - len(entries)
        if refused:
            log.warning("card_entries_refused", count=refused, gateway=old.gateway)
        return {"carried": carried, "known": len(entries) - carried, "refused": refused}

    # -- inside --------------------------------------------------------------------------------

    def _held(self) -> dict[str, int]:
        """What would be mixed with another home."""
        home = self._house.keeper.home
        held = {
            "devices": len(self._house.devices),
            "persons": len(home.persons),
            "rooms": len(home.rooms),
            "decisions": len(home.decisions),
            "answers": sum(map(len, home.answers.values())),
        }
        return {what: count for what, count in held.items() if count}

    def _expect_room(self, profile: Profile) -> None:
        held = self._held()
        if held:
            what = listed(f"{name} {count}" for name, count in held.items())
            raise worded(ControlError, "home_already", what=what)
        rooms = () if profile.plan is None else profile.plan.rooms
        for name, count, most in (
            ("devices", len(profile.devices), DEVICES_MAX),
            ("persons", len(profile.persons), PERSONS_MAX),
            ("rooms", len(rooms), ROOMS_MAX),
        ):
            if count > most:
                raise worded(ControlError, "profile_beyond", what=name, n=count, most=most)

    async def _take(self, profile: Profile, by: str) -> None:
        house = self._house
        told: list[Event] = [*profile.persons, *profile.decisions, *profile.limits]
        told += [*profile.stays, *profile.visits]
        told += [Enrolled(device=one.device()) for one in profile.devices]
        told += [] if profile.plan is None else [profile.plan]
        told += [] if profile.tenancy is None else [profile.tenancy]
        told += [TasksTaken(tasks=profile.tasks), *profile.considered]
        told += [Answered(answers=profile.answers)] if profile.answers else []
        house.sending.load(profile.switches)
        # From here to `commit` nothing waits: no frame is heard by half a home.
        for event in told:
            house.tell(event)
        for device, state in profile.states.items():
            if device in house.devices:
                house.driver_states[device] = state
                house.keeper.remember(device, state)
        for listener in house.when_enrolled:
            listener()
        at = house.clock.now()
        claim = house.ids.uuid7(at)
        await house.commit(partial(takeover.take, profile=profile, claim_id=claim, by=by, at=at))
        if self.when_taken is not None:
            await self.when_taken()
        await house.consult_all()

    def _unheard(self) -> list[str]:
        """Devices whose driver is not there: another maker's, not installed on this box."""
        return [d.id for d in self._house.devices.values() if shape_of(d) is None]


def _row(done: Predecessor) -> dict[str, Any]:
    return {
        "gateway": done.gateway,
        "store_id": done.store_id,
        "last_message": done.last_message,
        "carried": done.carried,
        "site": done.site,
        "by": done.by,
        "at": instant_text(done.taken),
    }


def packed(text: bytes) -> str:
    """The text of an opened profile as `replace_take` wants it: one line of the socket."""
    return base64.b64encode(zlib.compress(text, 9)).decode("ascii")


def _opened(given: object) -> Profile:
    try:
        raw = base64.b64decode(given if isinstance(given, str) else "", validate=True)
        text = zlib.decompressobj().decompress(raw, TEXT_MAX_BYTES)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise MisaskedError("profile is missing or not whole; open it again") from error
    return decode(text)


def _entry(given: object, old: Predecessor) -> OutboxEntry | None:
    """One alert or digest of the old card; None when it is not that box's own word."""
    try:
        raw = msgspec.convert(given, _Carried)
        body = base64.b64decode(raw.body, validate=True)
        found = _told(body, old.gateway)
    except (msgspec.ValidationError, binascii.Error, ValueError, MessageError):
        return None
    if found.id != raw.id or found.storeid != old.store_id:
        return None
    return OutboxEntry(
        sequence=raw.sequence,
        id=raw.id,
        cls=OutboxClass.ALERT if isinstance(found, AlertEnvelope) else OutboxClass.DIGEST,
        priority=found.data.alert.priority if isinstance(found, AlertEnvelope) else None,
        body=body,
        created_ms=raw.created_ms,
    )


def _told(body: bytes, gateway: str) -> AlertEnvelope | DigestEnvelope:
    """What may be carried; raises MessageError for all else."""
    try:
        return parse_alert(body, gateway)
    except MessageError:
        return parse_digest(body, gateway)


class _Carried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    sequence: int
    created_ms: int
    body: str  # base64
