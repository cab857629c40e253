"""Who got what, and the switches: the commands `disclosures` and `sending`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import structlog

from edge.app.customer.switches import can_switch
from edge.app.house import House
from edge.app.requests.asked import by_of, choice_of, ident_of, told_by, wall_ms_of
from edge.app.times import Times
from edge.app.view import instant_text
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import SERVICE, Basis, Disclosed, Disclosure, Sent, Switch
from edge.errors import ControlError, MisaskedError, NotNowError
from edge.locale.refusing import listed, worded
from edge.store import disclosing, plans, sending
from edge.uplink import envelope
from edge.uplink.envelope import RequestKind

log = structlog.get_logger()

# A heartbeat a minute is one line a day; the line is brought up to date this often.
BEATS_KEPT_EVERY_MS = 3_600_000
# Why each of these goes to the service whatever anybody says: a word of `switch_why`.
_WHY_NOT = {
    Sent.ALERT: "alert",
    Sent.ASSESSMENT: "assessment",
    Sent.DEVICE_STATUS: "device_status",
    Sent.HEARTBEAT: "heartbeat",
    Sent.CLAIM: "claim",
    Sent.REQUEST: "request",
    Sent.CERTIFICATE: "file",
    Sent.EXPORT: "file",
}


class Disclosures:
    """Handlers for one house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._beats = 0
        self._beat_day = ""
        self._beat_ms = 0

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "disclosures": self.listed,
            "sending_list": self.sending,
            "sending_set": self.switch,
            "erase_request": self.erase_request,
            "erase_readings": self.erase_readings,
            "certificate_given": self.certificate_given,
        }

    async def listed(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """Newest first, ROWS_MAX at a time: `{since_ms?, recipient?, before?}`."""
        before = args.get("before")
        if before is not None and (not isinstance(before, int) or isinstance(before, bool)):
            raise MisaskedError("before: no number of a line; leave it out to begin at the newest")
        recipient = ident_of(args, "recipient") if args.get("recipient") else None
        rows = await self._house.store.look(
            disclosing.newest,
            before=before,
            since_ms=wall_ms_of(args, "since_ms") or 0,
            recipient=recipient,
        )
        more = rows[-1].key if len(rows) == disclosing.ROWS_MAX else None
        return {"disclosures": [row_of(one, self._house.times) for one in rows], "next": more}

    async def sending(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """Every class that goes to the service, and every switch that was ever told."""
        told = {(one.recipient, one.cls): one for one in self._house.sending.known()}
        upstream: list[Sent] = [
            one for one in Sent if one not in {Sent.MESSAGE, Sent.CERTIFICATE, Sent.EXPORT}
        ]
        keys: list[tuple[str, Sent]] = [(SERVICE, one) for one in upstream]
        keys += [key for key in sorted(told) if key not in keys]
        return {"sending": [_switch_row(*key, told.get(key), self._house.times) for key in keys]}

    async def switch(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """`{recipient, class, allowed, by}`: refused with its reason where it is not theirs.

        `nobody_is_texted`: that was the last telephone of the plan.
        """
        recipient = ident_of(args, "recipient")
        cls = choice_of(args, "class", Sent, frozenset())
        allowed = args.get("allowed")
        if not isinstance(allowed, bool):
            raise MisaskedError("allowed is missing; say true or false")
        by = told_by(args, peer)
        if not can_switch(recipient, cls):
            why = _WHY_NOT.get(cls, "to_the_service") if recipient == SERVICE else "to_people"
            raise worded(NotNowError, "cannot_switch", sent=cls.value, recipient=recipient, why=why)
        if recipient != SERVICE:
            await self._known(recipient, cls)
        house = self._house
        switch = Switch(
            recipient=recipient, cls=cls, allowed=allowed, by=by, told=house.clock.now()
        )
        # First here: what is sealed or sent while the commit is under way is asked of this.
        before = house.sending.known()
        house.sending.put(switch)
        try:
            gone = await house.store.switch(switch, owed=recipient == SERVICE)
        except BaseException:
            house.sending.replace(before)
            raise
        for listener in house.when_withdrawn:
            listener(gone)
        if recipient == SERVICE:
            make = partial(
                envelope.request, house.origin, "sending", cls=cls.value, allowed=allowed
            )
            house.keeper.owe(make)
            await house.commit()
        log.info("sending_switched", kind=cls.value, state="on" if allowed else "off")
        nobody = cls is Sent.MESSAGE and not allowed and not await self._somebody()
        return _switch_row(recipient, cls, switch, house.times) | {
            "taken_back": len(gone),
            "nobody_is_texted": nobody,
        }

    async def _somebody(self) -> bool:
        """Whether any telephone of the plan may still be sent every kind of message."""
        plan = await self._house.store.look(plans.in_force)
        return plan is not None and any(
            one.number and self._house.sending.allows(one.id, Sent.MESSAGE)
            for one in plan.recipients
        )

    async def _known(self, recipient: str, cls: Sent) -> None:
        """A name written wrong would leave the one that was meant switched on, unseen.

        Who has left the plan and has a switch from before can be switched still.
        """
        plan = await self._house.store.look(plans.in_force)
        names = set() if plan is None else {one.id for one in plan.recipients}
        told = {(one.recipient, one.cls) for one in self._house.sending.known()}
        if recipient in names or (recipient, cls) in told:
            return
        known = listed([SERVICE, *sorted(names)])
        raise worded(ControlError, "no_recipient", name=recipient, there=known)

    async def erase_request(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Ask the service to erase what it may of this home: `{by}`.

        Asked again while the first waits for its receipt, it is the same request.
        """
        by = told_by(args, peer)
        house = self._house
        owed = await house.store.look(sending.owed_requests)
        known = any(
            envelope.parse_request(one.body, house.origin.gateway).data.kind is RequestKind.ERASE
            for one in owed
        )
        if not known:
            house.keeper.owe(partial(envelope.request, house.origin, "erase"))
            await house.commit()
            log.info("erasing_asked", id=f"uid {peer.uid}")
        return {"request": "owed", "known": known, "by": by}

    async def erase_readings(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """Erase every reading that was stored until now, a piece at a time: `{by}`.

        Alerts and what the rules wait for stay: the home is watched on.
        """
        by_of(args)
        house = self._house
        await house.commit()  # what was heard until now is stored, and goes with the rest
        house.keeper.forget_hours()  # first: a commit meanwhile writes none that are gone already
        waiting = [one.id for one in await house.store.look(sending.owed_readings)]
        up_to, rows = (await house.store.heads()).observation, 0
        while gone := await house.store.erase_readings(up_to, house.clock.now()):
            rows += gone
        await house.commit()
        for listener in house.when_withdrawn:
            listener(waiting)
        log.info("readings_erased", count=rows)
        return {"erased": "readings", "rows": rows, "at": instant_text(house.clock.now())}

    async def certificate_given(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """A certificate was written to a file: `{id}`, the beginning of its digest."""
        now = self._house.clock.now()
        told = Disclosed(
            recipient="holder",
            cls=Sent.CERTIFICATE,
            what="certificate",
            basis=Basis.ASKED,
            path="file",
            ref=str(args.get("id", ""))[:60],
        )
        await self._house.store.change(disclosing.note, told, now)
        return {}

    # -- the sign of life ----------------------------------------------------------------------

    def beaten(self) -> None:
        """A heartbeat is on its way; `keep` writes them down."""
        self._beats += 1

    async def keep(self) -> None:
        """Bring the day's line of heartbeats up to date: at the first of a day, then hourly."""
        if not self._beats:
            return
        now = self._house.clock.now()
        day = disclosing.local_day(now)
        if day == self._beat_day and now.boottime_ms - self._beat_ms < BEATS_KEPT_EVERY_MS:
            return
        beats, self._beats = self._beats, 0
        told = Disclosed(
            recipient=SERVICE,
            cls=Sent.HEARTBEAT,
            what="heartbeat",
            basis=Basis.AGREEMENT,
            path="mqtt",
            daily=True,
        )
        if not await self._house.store.jot(disclosing.note, told, now, messages=beats):
            self._beats += beats  # with the next line
            return
        self._beat_day, self._beat_ms = day, now.boottime_ms


def row_of(line: Disclosure, times: Times) -> dict[str, Any]:
    """One line of the log as JSON; `received` counts what the recipient's system confirmed."""
    return {
        "key": line.key,
        "recipient": line.recipient,
        "class": line.cls,
        "what": line.what.split() if line.cls == Sent.READINGS else line.what,
        "purpose": line.purpose,
        "basis": line.basis,
        "path": line.path,
        "ref": line.ref,
        "messages": line.messages,
        "received": line.received,
        "first": times.text(line.first),
        "last": times.text(line.last),
        "clock": line.last.sync.value,
    }


def _switch_row(recipient: str, cls: Sent, switch: Switch | None, times: Times) -> dict[str, Any]:
    return {
        "recipient": recipient,
        "class": cls.value,
        "allowed": switch is None or switch.allowed,
        "switchable": can_switch(recipient, cls),
        "by": "" if switch is None else switch.by,
        "told": None if switch is None else times.text(switch.told),
    }
