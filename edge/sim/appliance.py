"""An appliance on a serial line: medication robot or meal dispenser, as state and lines.

Speaks version 1 of the appliance link. What it reports it remembers until the
gateway has acknowledged it, over a cable that is pulled and over its own power
cuts. Events are numbered from 1 in every boot; a hello and a heartbeat carry
the number of the newest one. No command dispenses, heats or unlocks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import islice

import msgspec

from edge.sim import encode

# The newest events that are kept until they are acknowledged; the link's own figure.
MEMORY_MAX = 256
# Unacknowledged events sent again at once: a fifth of a second of the line.
AGAIN_MAX = 16
# One line from the gateway; anything longer is not one.
COMMAND_MAX_BYTES = 200


class Model(msgspec.Struct, frozen=True):
    """What a kind of appliance is and which events it can report."""

    name: str
    code: int  # ISO/IEEE 11073-10101: 528456 medication monitor, 528455 activity hub
    stock: int
    words: Mapping[str, str]  # the scenario's word -> the link's event


ROBOT = Model(
    name="Virtual medication robot",
    code=528456,
    stock=14,
    words={
        "due": "DOSE_DUE",
        "taken": "DOSE_TAKEN",
        "missed": "DOSE_MISSED",
        "late": "DOSE_RETRIEVED_LATE",
        "refill-low": "REFILL_LOW",
        "refilled": "REFILLED",
        "jam": "JAM",
        "jam-cleared": "JAM_CLEARED",
        "door": "DOOR",
        "door-closed": "DOOR_CLOSED",
        "tamper": "TAMPER",
        "mains-lost": "MAINS_LOST",
        "mains-back": "MAINS_BACK",
    },
)
DISPENSER = Model(
    name="Virtual meal dispenser",
    code=528455,
    stock=9,
    words={
        "selected": "MEAL_SELECTED",
        "heating": "HEAT_START",
        "done": "HEAT_DONE",
        "taken": "MEAL_TAKEN",
        "door": "DOOR_OPEN",
        "door-closed": "DOOR_CLOSED",
        "overtemp": "OVERTEMP",
        "overtemp-over": "OVERTEMP_OVER",
        "stock-low": "STOCK_LOW",
        "restocked": "RESTOCKED",
        "tamper": "TAMPER",
        "mains-lost": "MAINS_LOST",
        "mains-back": "MAINS_BACK",
    },
)


class Appliance:
    """Makes lines and answers commands; knows nothing of ports."""

    def __init__(self, serial: str, model: Model, boot: int, uptime_ms: Callable[[], int]) -> None:
        self.serial = serial
        self.model = model
        self.boot = boot
        self.forgotten = 0  # events that the memory had no room for
        self.synced: datetime | None = None
        self._uptime_ms = uptime_ms
        self._seq = 0
        self._stock = model.stock
        self._mains = 1
        self._memory: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._rest = b""

    @property
    def unacknowledged(self) -> int:
        return len(self._memory)

    def power_cycle(self) -> None:
        """A new boot starts its numbering anew; what was not acknowledged is still known."""
        self.boot += 1
        self._seq = 0
        self._rest = b""

    def hello(self) -> bytes:
        """Who it is; carries the number of the newest event and is not acknowledged."""
        name = self.model.name.replace(" ", "-")
        return self._line("HI", {"proto": 1, "model": name, "fw": "1.0.0", "code": self.model.code})

    def heartbeat(self) -> bytes:
        """How it stands, and that it is there."""
        return self._line(
            "HB", {"battery": 100, "mains": self._mains, "faults": "0x0", "stock": self._stock}
        )

    def event(self, word: str, number: int) -> bytes:
        """One event of this appliance; KeyError for a word that it does not know."""
        name = self.model.words[word]
        if name in ("DOSE_TAKEN", "MEAL_TAKEN"):
            self._stock = max(0, self._stock - 1)
        self._mains = {"MAINS_LOST": 0, "MAINS_BACK": 1}.get(name, self._mains)
        self._seq += 1
        line = self._line("EV", {"event": name, "id": number})
        if len(self._memory) >= MEMORY_MAX:
            self._memory.popitem(last=False)
            self.forgotten += 1
        self._memory[self.boot, self._seq] = line
        return line

    def again(self) -> list[bytes]:
        """The oldest events without an acknowledgement, as they were."""
        return list(islice(self._memory.values(), AGAIN_MAX))

    def hear(self, data: bytes) -> list[bytes]:
        """Carry out the commands in `data`; returns the lines to send again."""
        *commands, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-COMMAND_MAX_BYTES:]
        return [line for command in commands for line in self._obey(command.strip())]

    def _obey(self, command: bytes) -> list[bytes]:
        verb, _, argument = command.decode("ascii", "replace").partition(" ")
        try:
            if verb == "ACK":
                self._memory.pop(_pair(argument), None)
            elif verb == "REPLAY":
                wanted = _pair(argument)
                return [line for key, line in self._memory.items() if key >= wanted]
            elif verb == "SYNC":
                self.synced = datetime.fromisoformat(argument)
        except ValueError:
            return []  # a device of this size has nobody to complain to
        return []

    def _line(self, kind: str, fields: Mapping[str, object]) -> bytes:
        return encode.link_line(
            self.serial,
            kind,
            boot=self.boot,
            seq=self._seq,
            uptime_ms=self._uptime_ms(),
            fields=fields,
        )


def _pair(text: str) -> tuple[int, int]:
    first, second = text.split(",")
    return int(first), int(second)
