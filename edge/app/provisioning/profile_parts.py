"""Puts the parts of one profile together. It holds one profile at a time, at most 1 MiB."""

from __future__ import annotations

from hashlib import sha256

from edge.store.restored import Held, Restored
from edge.uplink.envelope import MessageError, RestoreData


class Parts:
    """The parts that came so far; what belongs to another profile begins anew."""

    def __init__(self) -> None:
        self._of: tuple[str, int, int, str] | None = None
        self._bodies: dict[int, bytes] = {}
        self._done: tuple[str, int, int, str] | None = None

    def take(self, part: RestoreData) -> Restored | None:
        """The whole, once, with its last part; raises MessageError when it was not sealed so."""
        key = (part.request, part.number, part.size, part.digest)
        if key == self._done:
            return None
        if key != self._of:
            self._of, self._bodies = key, {}
        self._bodies[part.part] = part.body
        if len(self._bodies) < part.parts:
            return None
        sealed = b"".join(body for _, body in sorted(self._bodies.items()))
        self._of, self._bodies = None, {}
        if part.number and sha256(sealed).hexdigest() != part.digest:
            raise MessageError("digest", "the parts are not what was sealed", "data.digest")
        self._done = key
        return Restored(
            request=part.request,
            replaces=part.replaces,
            number=part.number,
            digest=part.digest,
            sealed=sealed,
            held=tuple(
                Held(store_id=one.storeid, highest=one.highest, missing=one.missing)
                for one in part.held
            ),
        )

    def forget(self) -> None:
        """What was given out could not be kept: it may come again."""
        self._done = None
