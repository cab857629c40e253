"""The home's profile: its recovery code, what goes into it, and when it is sent.

The gateway seals for a public key and cannot read back what it sealed. The code
itself is made here, told once to whoever asked, and kept nowhere.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import structlog

from edge import __version__
from edge.app.house import House
from edge.app.requests.asked import by_of
from edge.app.view import instant_text
from edge.config.writing import said
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import Instant, Sync
from edge.drivers import DRIVERS, shape_of
from edge.drivers.base import Shape
from edge.errors import ControlError, EdgeError, StoreError
from edge.locale.refusing import worded
from edge.ports import Batch
from edge.profile import (
    Enrolment,
    Header,
    Profile,
    ProfileError,
    digest_of,
    encode,
    make_code,
    public_of,
    read_code,
    seal,
)
from edge.profile.code import ENTROPY_BYTES
from edge.store import household, profiles, tasks
from edge.store.profiles import Recipient

if TYPE_CHECKING:
    from edge.app.ble import Ble

log = structlog.get_logger()

MINUTE_MS = 60_000
DAY_MS = 24 * 60 * MINUTE_MS
# An installer enrols six devices in ten minutes: that is one profile or two, not six.
APART_MS = 10 * MINUTE_MS
# How old a replay counter in the profile may be: within it a stranger could repeat a press on
# the spare, which raises and lowers nothing. Sent only when a counter moved.
COUNTERS_EVERY_MS = DAY_MS
# Nothing moved at all: the desk's copy still knows the number of a message of this week.
AT_LEAST_EVERY_MS = 7 * DAY_MS
# Tables that no commit of the rules touches (claim, fitting, fit) are looked at this often.
LOOK_EVERY_MS = MINUTE_MS
# How often the loop says that it turns.
SLICE_MS = 5_000
# The settings that are the box's own; a spare has its own of these.
# Whom it obeys is told by who sets it up, never by a profile that anybody could have sealed.
BOX_TABLES = frozenset({"mqtt", "store", "control", "ble", "device", "command_key"})


# A decision of an older release's file is in the home by now; one that was taken back there must
# not come to life on a spare.
OLD_DECISION = ("basis", "decided_by", "review_by")


class ProfileLine(Protocol):
    """Carries a sealed profile upstream; it is in the outbox when its number comes back."""

    async def profile_send(self, sealed: bytes) -> int: ...


class HomeProfile:
    """Handlers and loop for one house. `line` and `ble` are set by a running gateway."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.line: ProfileLine | None = None
        self.ble: Ble | None = None
        self._changed = True
        self._trouble = ""
        house.after_commit.append(self._committed)

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "profile_key_make": self.key_make,
            "profile_status": self.status,
            "profile_seal": self.sealed,
            "profile_send": self.send_now,
        }

    async def key_make(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """A new recovery code, told once: `{"by", "renew"?}` -> `{"code", "renewed"}`."""
        by = by_of(args)
        before = await self._house.store.look(profiles.recipient)
        if before is not None and args.get("renew") is not True:
            when = instant_text(before.told)[:10]
            raise worded(ControlError, "code_exists", at=when, by=before.by)
        code = make_code(secrets.token_bytes(ENTROPY_BYTES))
        key = public_of(read_code(code))
        at = self._house.clock.now()
        await self._house.store.change(profiles.set_recipient, key, by, at)
        self._changed = True
        log.info("profile_key_made", id=f"uid {peer.uid}", state="renewed" if before else "new")
        return {"code": code, "renewed": before is not None}

    async def status(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """Whether there is a code, what would be in a profile now, and what was sent last."""
        known = await self._house.store.look(profiles.recipient)
        profile = await self.gather(bonds=True)
        return {
            "key": None if known is None else {"by": known.by, "made": instant_text(known.told)},
            "sent": None
            if known is None or known.sent is None
            else {
                "number": known.sent_number,
                "at": instant_text(known.sent),
                # The counters of a home move all day; people ask whether what they did is in it.
                "current": known.sent_digest.partition(":")[0] == digest_of(profile)[0],
            },
            "trouble": self._trouble,
            "holds": counts_of(profile),
        }

    async def sealed(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """The home as it is now, sealed: for a file."""
        known = await self._known()
        sealed = _sealed(await self.gather(bonds=True), known)
        return {"sealed": base64.b64encode(sealed).decode("ascii")}

    async def send_now(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """Send it without waiting for its time; needs a running gateway."""
        return await self.send()

    async def send(self) -> dict[str, Any]:
        """The same, also for a command from afar."""
        known = await self._known()
        if self.line is None:
            raise worded(ControlError, "no_profile_line")
        return {"number": await self._send(self.line, known)}

    async def run(self, beat: Callable[[], None]) -> None:
        """Look after every change and every minute whether a profile is due, and send it."""
        look_ms = 0
        while True:
            beat()
            now_ms = self._house.clock.now().boottime_ms
            if self._changed or now_ms >= look_ms:
                look_ms = now_ms + LOOK_EVERY_MS
                try:
                    await self._look()
                except StoreError as error:
                    if not error.fault:
                        raise  # what waits for its commit is in no other place: `House.commit`
            await self._house.clock.sleep_until(now_ms + SLICE_MS)

    # -- inside --------------------------------------------------------------------------------

    def _committed(self, batch: Batch) -> None:
        told = (batch.enrolled, batch.removed, batch.answers, batch.persons, batch.plans)
        owed = (batch.tasks, batch.considered, batch.tenancies)
        if any(told) or any(owed) or batch.decisions or batch.stays or batch.visits:
            self._changed = True

    async def _look(self) -> None:
        self._changed = False
        if self._house.unstored:
            return  # it would be made anew each minute, and held in memory each time
        known = await self._house.store.look(profiles.recipient)
        if known is None or self.line is None:
            return
        profile = await self.gather()
        if is_due(known, digest_of(profile), self._house.clock.now()):
            try:
                await self._send(self.line, known)
            except StoreError:
                raise
            except EdgeError as error:  # no spare box can come of it; nobody's alarm hangs on it
                if str(error) != self._trouble:
                    log.error("profile_not_sent", reason=str(error))
                self._trouble = str(error)

    async def _send(self, line: ProfileLine, known: Recipient) -> int:
        profile = await self.gather(bonds=True)
        number = await line.profile_send(_sealed(profile, known))
        at = self._house.clock.now()
        await self._house.store.change(profiles.note_sent, _joined(profile), number, at)
        self._trouble = ""
        return number

    async def _known(self) -> Recipient:
        known = await self._house.store.look(profiles.recipient)
        if known is None:
            raise worded(ControlError, "no_code")
        return known

    async def gather(self, *, bonds: bool = False) -> Profile:
        """The home as it is now. Keys are inside: it is for sealing, and for nothing else.

        `bonds`: ask the radio as well, which takes its time.
        """
        house, home = self._house, self._house.keeper.home
        config, now = house.config, house.clock.now()
        parts = await house.store.look(profiles.parts)
        settings = {k: v for k, v in said(config).items() if k not in BOX_TABLES}
        del settings["gateway"]["id"]
        for key in OLD_DECISION:
            settings.get("rules", {}).get("night_door", {}).pop(key, None)
        return Profile(
            gateway=config.gateway.id,
            store_id=house.origin.store_id,
            message=house.keeper.last_message,
            made=now,
            site=config.gateway.site,
            customer=config.gateway.customer,
            release=__version__,
            store_path=config.store.path,
            devices=tuple(map(Enrolment.of, house.devices.values())),
            states={d: s for d, s in sorted(house.driver_states.items()) if d in house.devices},
            persons=tuple(home.persons.values()),
            plan=await house.store.look(household.plan),
            decisions=tuple(home.decisions.values()),
            limits=tuple(home.vitals.limits.values()),
            stays=tuple(stay for stay in (home.stay, *home.stays.values()) if stay is not None),
            visits=tuple(
                v for v in home.visits if now.sync is Sync.NONE or v.until_ms > now.wall_ms
            ),
            switches=tuple(house.sending.known()),
            answers=tuple(a for items in home.answers.values() for a in items.values()),
            tenancy=await house.store.look(tasks.tenure),
            tasks=tuple(home.tasks.values()),
            considered=tuple(await house.store.look(tasks.considered)),
            fit=parts.fit,
            claim=parts.claim,
            escalation=parts.escalation,
            certificate=parts.certificate,
            bonded=await self._bonded() if bonds else (),
            settings=settings,
        )

    async def _bonded(self) -> tuple[str, ...]:
        """Devices whose bond stays in this box's radio."""
        found = []
        for device in self._house.devices.values():
            if shape_of(device) is not Shape.GATT:
                continue
            plan = DRIVERS[device.driver].plan
            needs = plan is not None and plan.bonded
            if needs or (self.ble is not None and await self.ble.is_bonded(device.address)):
                found.append(device.id)
        return tuple(found)


def _sealed(profile: Profile, known: Recipient) -> bytes:
    """The profile for the holder of the code.

    When it is too large, what can be made anew by walking through the home is left out first: a
    profile without a fit is worth more than none. Raises ProfileError when that is not enough.
    """
    profile = msgspec.structs.replace(profile, number=known.sent_number + 1, recipient=known.key)
    header = Header(
        gateway=profile.gateway,
        store_id=profile.store_id,
        message=profile.message,
        made_ms=profile.made.wall_ms,
        number=profile.number,
        recipient="",
    )
    try:
        return seal(encode(profile), known.key, header)
    except ProfileError as error:
        if profile.fit is None and profile.certificate is None:
            raise
        log.warning("profile_cut", reason=str(error))
        smaller = msgspec.structs.replace(profile, fit=None, certificate=None)
        return seal(encode(smaller), known.key, header)


def is_due(known: Recipient, digest: tuple[str, str], now: Instant) -> bool:
    """Whether a profile is to be sent now; `digest` is of the home as it is now."""
    if known.sent is None or not known.sent_digest:
        return True
    home, _, counters = known.sent_digest.partition(":")
    since_ms = _since_ms(known.sent, now)
    if home != digest[0]:
        return since_ms >= APART_MS
    if counters != digest[1]:
        return since_ms >= COUNTERS_EVERY_MS
    return since_ms >= AT_LEAST_EVERY_MS


def _since_ms(sent: Instant, now: Instant) -> int:
    """How long ago; over a new boot by the wall clock, and long where that is not known."""
    if sent.boot == now.boot:
        return now.boottime_ms - sent.boottime_ms
    if Sync.NONE in (sent.sync, now.sync):
        return AT_LEAST_EVERY_MS
    return now.wall_ms - sent.wall_ms


def _joined(profile: Profile) -> str:
    return ":".join(digest_of(profile))


def counts_of(profile: Profile) -> dict[str, Any]:
    """What is in it, in numbers: for people who decide whether it is the right one."""
    return {
        "devices": len(profile.devices),
        "keyed": sum(one.key is not None for one in profile.devices),
        "counters": len(profile.states),
        "persons": len(profile.persons),
        "rooms": 0 if profile.plan is None else len(profile.plan.rooms),
        "decisions": len(profile.decisions),
        "answers": len(profile.answers),
        "visits": len(profile.visits),
        "stays": len(profile.stays),
        "fit": profile.fit is not None,
        "escalation": profile.escalation is not None,
        "certificate": profile.certificate is not None,
        "bonded": list(profile.bonded),
    }
