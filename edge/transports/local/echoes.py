"""The same advertisement heard by several receivers is one: the first one's.

Counters and packet ids tell most repeats apart, in the drivers. They cannot do
it when a copy that took the way over Wi-Fi arrives after the radio's next one
(an older counter looks like a replay), and some devices have none at all.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator

from edge.drivers.base import Advert

# A satellite's copy arrives within a second, after a lost Wi-Fi frame within two. Shorter than
# anything that a person does twice and that only the other receiver heard the second time.
ECHO_MS = 3_000
# What was heard last of one device, in different contents. A sensor that changes ten times a
# second fills it in less than the window; then its copies are left to its own counter.
CONTENTS_KEPT = 32

_Content = tuple[int | str, bytes]


class Echoes:
    """Remembers who heard what first. A receiver never echoes itself: repeats are the driver's.

    Advertisements are compared by their parts: BlueZ adds the parts of earlier ones to what it
    hands on, a satellite does not.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._heard: dict[str, OrderedDict[_Content, tuple[str, int]]] = {}

    def is_echo(self, device: str, advert: Advert, now_ms: int) -> bool:
        """Whether every part of it was heard just before, by somebody else."""
        heard = self._heard.setdefault(device, OrderedDict())
        echo = parts = 0
        for content in _contents(advert):
            parts += 1
            first = heard.get(content)
            if first is not None and first[0] != advert.source and now_ms - first[1] < ECHO_MS:
                echo += 1
                continue
            heard[content] = (advert.source, now_ms)
            heard.move_to_end(content)
        while len(heard) > CONTENTS_KEPT:
            heard.popitem(last=False)
        if parts == 0 or echo < parts:
            return False
        self.dropped += 1
        return True

    def forget(self, device: str) -> None:
        """The device is gone, or another one under the same name."""
        self._heard.pop(device, None)


def _contents(advert: Advert) -> Iterator[_Content]:
    yield from advert.manufacturer.items()
    yield from advert.service.items()
