"""A fit as it is kept: the locator's own bytes, and what they were learned with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from edge.domain import Instant, Record
from edge.errors import EdgeError
from edge.home.state import Home
from edge.locating import Fit, RoomScore, decode_fit
from edge.store.fits import StoredFit

# Below this share of its windows a room is not told apart well enough, and the mend is named.
GOOD_SHARE = 0.95
# A minute in a room, in windows: less teaches how one stood, and not the room.
ENOUGH_WINDOWS = 6


class FittingError(EdgeError):
    """The stored fit cannot be read."""


class Fitting(Record, frozen=True, kw_only=True):
    """What the table's `body` holds. `receivers`: each with the room that it stood in."""

    format: int = 1
    fit: bytes
    receivers: dict[str, str]
    rooms: tuple[str, ...]  # of the plan, when it was fitted


class InForce(Record, frozen=True, kw_only=True):
    """The fit that is used, and what it was made with."""

    fit: Fit
    fitting: Fitting
    at: Instant
    by: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Fitting).decode


def pack(fitting: Fitting) -> bytes:
    return _encode(fitting)


def unpack(stored: StoredFit) -> InForce:
    """Raises FittingError or FitCodecError, with the mend, for bytes that are no fit of ours."""
    try:
        fitting = _decode(stored.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        wrong = f"the stored fit of {len(stored.body)} bytes cannot be read ({error})"
        raise FittingError(f"{wrong}; fit again: kotivahti locator fit --by NAME") from error
    return InForce(fit=decode_fit(fitting.fit), fitting=fitting, at=stored.at, by=stored.by)


def lapses(
    used: InForce,
    home: Home,
    receivers: Mapping[str, str],
    taken: Instant | None,
    moved: Sequence[str],
) -> list[dict[str, str]]:
    """Why the home is no longer as it was when it was fitted: `why` and `what`, none when it is.

    The fit goes on with what it knows: a receiver that it does not know is not listened to.
    `taken`: when this box took over from another; `moved`: devices that were placed anew.
    """
    then = used.fitting.receivers
    found = [("receiver_added", one) for one in receivers if one not in then]
    found += [("receiver_removed", one) for one in then if one not in receivers]
    found += [
        ("receiver_moved", one)
        for one, room in receivers.items()
        if one in then and then[one] != room
    ]
    rooms = used.fitting.rooms
    found += [("room_added", room) for room in home.rooms if rooms and room not in rooms]
    found += [("room_removed", room) for room in rooms if home.rooms and room not in home.rooms]
    found += [
        ("device_moved", device.id)
        for device in home.devices.values()
        if device.id in moved
        or any(reason.startswith(("moved", "swapped")) for reason in device.identity)
    ]
    if taken is not None and taken.wall_ms > used.at.wall_ms:
        found.append(("gateway_replaced", ""))
    return [{"why": why, "what": what} for why, what in found]


def mends(used: InForce, receivers: Mapping[str, str]) -> list[dict[str, object]]:
    """What would help the rooms that are mixed up: `do`, the room, and with which."""
    fit = used.fit
    equipped = set(receivers.values())
    found: list[dict[str, object]] = []
    for room in fit.rooms:
        score = fit.expected.rooms.get(room)
        if score is None or score.windows == 0 or share(score) >= GOOD_SHARE:
            continue
        other = max(score.taken_for, key=lambda name: score.taken_for[name], default=None)
        short = score.windows < ENOUGH_WINDOWS
        alone = room not in equipped
        do = "walk_again" if short or not alone else "receiver_into"
        found.append({"do": do, "room": room, "with": other})
    return found


def share(score: RoomScore) -> float:
    return score.right / score.windows if score.windows else 0.0
