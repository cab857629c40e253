"""What a home and its desk settle between them: whose box this is, and its sealed profile.

The desk's register knows name and address; after a confirmed claim this home knows its own.
Neither stands in a log line or in anything that goes upstream.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import structlog

from edge.app.house import House
from edge.app.provisioning.addresses import Where, same_address
from edge.app.provisioning.profile_parts import Parts
from edge.app.requests.asked import text_of, told_by
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import (
    SERVICE,
    Claim,
    ClaimKind,
    ClaimState,
    OutboxEntry,
    ProfileSent,
    Sent,
)
from edge.errors import ControlError, EdgeError, MisaskedError, StoreError
from edge.locale.refusing import worded
from edge.store import claims, restored
from edge.store.restored import Restored
from edge.uplink import envelope
from edge.uplink.envelope import (
    PROFILE_BYTES_MAX,
    ClaimCodeError,
    ClaimedData,
    ClaimStep,
    MessageError,
    ProfilePart,
    RestoreData,
    read_code,
)

log = structlog.get_logger()

ADDRESS_MAX_CHARS = 200
# A desk answers within seconds or is not there; who waits longer asks again.
PROFILE_WITHIN_S = 120.0

_GATEWAY = re.compile(r"[a-z0-9][a-z0-9-]{2,39}")
_OPEN = (ClaimState.WAITING, ClaimState.ANSWERED)
# As long as the code is right, the profile that it asks for may come.
_MAY_RESTORE = (*_OPEN, ClaimState.CONFIRMED)


class ClaimStateError(EdgeError):
    """Not now: the text says what stands in the way."""


class HomeLink:
    """Claims and profiles of one house; without a line, what is owed waits in the outbox."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._database = Path(house.config.store.path)
        self._claims: dict[str, Claim] = {}  # the newest last
        self._loaded = False
        self._loading = asyncio.Lock()
        self._sending = asyncio.Lock()
        self._parts = Parts()
        self._came = asyncio.Event()
        self.predecessors: set[str] = set()  # gateways whose messages we send on

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "claim_make": self.claim_make,
            "claim_state": self.claim_state,
            "claim_confirm": self.claim_confirm,
        }

    async def open(self) -> None:
        """Read what stands in the database; once."""
        async with self._loading:
            if self._loaded:
                return
            found = await self._house.store.look(claims.newest_first)
            self._claims = {claim.id: claim for claim in reversed(found)}
            self.predecessors |= await self._house.store.look(claims.predecessors)
            self._loaded = True

    # -- claims ------------------------------------------------------------------------------

    async def claim_make(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Claim this box by a code of the desk.

        `{code, kind: new|replace, replaces?, address?, by, again?, instead?}` gives `{id, state}`.
        `address` is for an installer without a line: it is compared when the answer comes. What is
        under way is given up for `again`, or for `instead` when that is its id and it still waits.
        """
        await self.open()
        try:
            code = read_code(str(args.get("code", "")))
        except ClaimCodeError as error:
            refused = ControlError(str(error))
            refused.words = ("commission.claim.mistyped", {"reason": error.reason})
            raise refused from error
        kind = _kind(args)
        replaces = self._replaces(args, kind)
        address = text_of(args, "address", ADDRESS_MAX_CHARS) if args.get("address") else ""
        by = told_by(args, peer)
        self._give_up(args)
        now = self._house.clock.now()
        claim = Claim(
            id=self._house.ids.uuid7(now),
            kind=kind,
            state=ClaimState.WAITING,
            typed_address=address,
            told_by=by,
            told=now,
            changed=now,
        )
        self._owe(
            claim,
            ClaimStep.ASKED,
            kind=kind,
            code=code,
            replaces=replaces,
            address=address or None,
        )
        await self._house.commit()
        log.info("claim_made", id=claim.id, kind=kind.value)
        return {"id": claim.id, "state": claim.state.value}

    def _give_up(self, args: dict[str, Any]) -> None:
        """What is under way, when the caller wants that; raises ClaimStateError otherwise."""
        before, instead = self._newest(), args.get("instead")
        waits = before is not None and before.state is ClaimState.WAITING
        if instead is not None and not (waits and before and before.id == instead):
            # What came meanwhile was not known to whoever typed another code.
            state = "none" if before is None else before.state.value
            raise worded(ClaimStateError, "claim_moved_on", state=state)
        if before is None or before.state not in _OPEN:
            return
        if instead is None and args.get("again") is not True:
            raise worded(ClaimStateError, "claim_under_way", state=before.state.value)
        self._withdraw(before)

    async def claim_state(self, _: dict[str, Any], __: Peer) -> dict[str, Any]:
        """The newest claim; `none` when there never was one."""
        await self.open()
        claim = self._newest()
        if claim is None:
            return {
                **dict.fromkeys(("id", "kind", "customer", "name", "address", "reason"), ""),
                "state": "none",
            }
        return {
            "id": claim.id,
            "kind": claim.kind.value,
            "state": claim.state.value,
            "customer": claim.customer,
            "name": claim.name,
            "address": claim.address,
            "reason": claim.reason,
        }

    async def claim_confirm(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Say whether name and address are those of this home: `{by, yes}`."""
        await self.open()
        yes = args.get("yes")
        if not isinstance(yes, bool):
            raise MisaskedError("yes is missing; say true or false")
        by = told_by(args, peer)
        claim = self._newest()
        if claim is None or claim.state is not ClaimState.ANSWERED:
            state = "none" if claim is None else claim.state.value
            raise worded(ClaimStateError, "nothing_to_confirm", state=state)
        both = by if claim.told_by == by else f"{claim.told_by}; {by}"
        claim = msgspec.structs.replace(claim, told_by=both)
        state = await self._compared(claim, same=yes)
        self._house.expect_durable()
        return {"id": claim.id, "state": state.value}

    async def where(self) -> Where | None:
        """Whose home this is; None until a claim was confirmed."""
        await self.open()
        for claim in reversed(self._claims.values()):
            if claim.state is ClaimState.CONFIRMED:
                return Where(customer=claim.customer, name=claim.name, address=claim.address)
        return None

    async def take(self, letter: ClaimedData | RestoreData) -> None:
        """What a desk sent; raises MessageError for what nobody asked for.

        A second delivery of what we have changes nothing.
        """
        await self.open()
        claim = self._claims.get(letter.request)
        if claim is None:
            raise MessageError("request", "no claim of this home has this id", "data.request")
        if isinstance(letter, RestoreData):
            await self._take_part(claim, letter)
        elif claim.state is ClaimState.WAITING:
            await self._answered(claim, letter)

    async def _answered(self, claim: Claim, told: ClaimedData) -> None:
        if told.state == "refused":
            reason = "" if told.reason is None else told.reason.value
            claim = self._changed(claim, ClaimState.REFUSED, reason=reason)
            log.warning("claim_refused", id=claim.id, reason=reason)
            self._owe(claim, ClaimStep.SEEN)
            await self._house.keep()
            return
        claim = self._changed(
            claim,
            ClaimState.ANSWERED,
            customer=told.customer or "",
            name=told.name or "",
            address=told.address or "",
        )
        log.info("claim_answered", id=claim.id)
        if claim.typed_address:
            await self._compared(claim, same=same_address(claim.typed_address, claim.address))
            return
        self._owe(claim, ClaimStep.SEEN)
        await self._house.keep()

    async def _compared(self, claim: Claim, *, same: bool) -> ClaimState:
        """Whose home it is stands now; of another home nothing is kept."""
        if same:
            claim = self._changed(claim, ClaimState.CONFIRMED)
        else:
            claim = self._changed(claim, ClaimState.MISMATCH, customer="", name="", address="")
        log.info("claim_compared", id=claim.id, state=claim.state.value)
        self._owe(claim, ClaimStep.CONFIRMED if same else ClaimStep.MISMATCH)
        await self._house.keep()
        return claim.state

    def _withdraw(self, claim: Claim) -> None:
        gone = self._changed(
            claim,
            ClaimState.REFUSED,
            reason=ClaimStep.WITHDRAWN.value,
            customer="",
            name="",
            address="",
        )
        self._owe(gone, ClaimStep.WITHDRAWN)

    def _changed(self, claim: Claim, state: ClaimState, **facts: str) -> Claim:
        now = self._house.clock.now()
        return msgspec.structs.replace(claim, state=state, changed=now, **facts)

    def _owe(self, claim: Claim, step: ClaimStep, **more: Any) -> None:
        """One message and the row that it tells of, for the next commit.

        Known at once: whoever asks while the commit is under way sees the new state.
        """
        self._claims[claim.id] = claim
        passed = [c.id for c in self._claims.values() if c.state is not ClaimState.CONFIRMED]
        for old in passed[: -claims.CLAIMS_MAX]:  # the store forgets them too
            del self._claims[old]
        make = partial(envelope.claim, self._house.origin, claim.id, step, **more)
        self._house.keeper.owe(make, claim=claim)

    def _newest(self) -> Claim | None:
        return next(reversed(self._claims.values()), None)

    def _replaces(self, args: dict[str, Any], kind: ClaimKind) -> str | None:
        given = args.get("replaces")
        if given is None:
            return None
        if kind is not ClaimKind.REPLACE:
            raise MisaskedError("replaces belongs to kind = 'replace'")
        if not isinstance(given, str) or not _GATEWAY.fullmatch(given):
            raise worded(ControlError, "replaces_no_id")
        if given == self._house.config.gateway.id:
            raise worded(ControlError, "replaces_itself")
        return given

    # -- profiles ----------------------------------------------------------------------------

    async def profile_send(self, sealed: bytes) -> int:
        """Owe a sealed profile; parts of an older one that were not received are not needed.

        Gives its number. Raises ClaimStateError when nobody made a recovery code.
        """
        if len(sealed) > PROFILE_BYTES_MAX:
            most = PROFILE_BYTES_MAX
            raise worded(ClaimStateError, "profile_too_large", n=len(sealed), most=most)
        house = self._house
        if not house.sending.allows(SERVICE, Sent.PROFILE):
            raise worded(ClaimStateError, "profile_off")
        async with self._sending:
            head = await house.store.look(claims.profile_head)
            if head is None:
                raise worded(ClaimStateError, "no_code")
            now = house.clock.now()
            older = await house.store.look(claims.owed_profile)
            parts = envelope.cut(sealed, number=head.number + 1)
            makes = [partial(envelope.profile, house.origin, part) for part in parts]
            # However long the line is down, no more waits than the parts of the largest profile.
            instead = [
                make(id=house.ids.uuid7(now), sequence=old.sequence, at=now)
                for make, old in zip(makes, older, strict=False)
            ]
            sent = ProfileSent(
                number=head.number + 1,
                digest=parts[0].digest,
                at=now,
                instead=tuple(instead),
                emptied=tuple(filter(None, map(self._emptied, older[len(parts) :]))),
                gone=tuple(old.id for old in older),
            )
            house.keeper.owe(*makes[len(older) :], profile=sent)
            await house.commit()
            log.info("profile_sent", count=len(parts))
            return sent.number

    def _emptied(self, entry: OutboxEntry) -> OutboxEntry | None:
        """The same number and id with nothing in it: upstream would miss a number left out.

        None: it was emptied before.
        """
        origin = self._house.origin
        data = envelope.parse_profile(entry.body, origin.gateway).data
        if data.superseded:
            return None
        part = ProfilePart(
            number=data.number,
            digest=data.digest,
            size=data.size,
            part=data.part,
            parts=data.parts,
            body=b"",
        )
        now = self._house.clock.now()
        return envelope.profile(
            origin, part, id=entry.id, sequence=entry.sequence, at=now, superseded=True
        )

    async def profile_wait(self, request: str, within_s: float = PROFILE_WITHIN_S) -> Restored:
        """The profile that came for a claim; raises ClaimStateError when none came in time."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    self._came.clear()
                    found = await asyncio.to_thread(restored.read, self._database)
                    if found is not None and found.request == request:
                        return found
                    await self._came.wait()
        except TimeoutError as error:
            raise worded(ClaimStateError, "no_profile_came", n=round(within_s)) from error

    def took_over(self, gateway: str) -> None:
        """This box sends on what that gateway owed: receipts for its messages are ours now.

        The row in `predecessor` is the caller's; the next start reads it.
        """
        self.predecessors.add(gateway)

    async def profile_drop(self) -> None:
        """The profile that came was taken."""
        await asyncio.to_thread(restored.drop, self._database)

    async def _take_part(self, claim: Claim, part: RestoreData) -> None:
        if claim.kind is not ClaimKind.REPLACE or claim.state not in _MAY_RESTORE:
            raise MessageError("request", "this claim asks for no profile", "data.request")
        whole = self._parts.take(part)
        if whole is None:
            return
        try:
            await asyncio.to_thread(restored.keep, self._database, whole)
        except StoreError as error:
            log.warning("profile_not_kept", reason=str(error))
            self._parts.forget()  # it comes again
            return
        log.info("profile_came", id=claim.id)
        self._owe(claim, ClaimStep.RESTORED)
        await self._house.keep()
        self._came.set()


def _kind(args: dict[str, Any]) -> ClaimKind:
    try:
        return ClaimKind(str(args.get("kind", "")))
    except ValueError as error:
        known = ", ".join(ClaimKind)
        raise MisaskedError(f"kind is one of {known}") from error
