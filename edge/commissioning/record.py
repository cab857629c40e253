"""One run of commissioning: its steps, their checks, what each measured.

The run is stored whole after every check, as JSON: a field that is added later is read with
its default, one that this release does not know is passed over.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from edge.domain import Instant, Record, Scalar


class Verdict(StrEnum):
    """How a step or a check ended. Only PASSED says that something was proved."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"  # not proved yet; some of these the gateway completes by itself
    NOT_APPLICABLE = "not_applicable"  # this home has nothing of the kind
    SKIPPED = "skipped"  # a person left it out, and said why


class StepName(StrEnum):
    """The steps, in their order."""

    BOX = "box"
    CLAIM = "claim"
    DEVICES = "devices"
    TAGS = "tags"
    ROOMS = "rooms"
    ALARM = "alarm"
    MAINS = "mains"
    RECOVERY = "recovery"
    CERTIFICATE = "certificate"


ORDER = tuple(StepName)


class Reason(StrEnum):
    """Why the home is gone through."""

    FIRST = "first"
    AGAIN = "again"
    UPDATE = "update"  # the release, the schema or the settings are others than last time
    REPLACED = "replaced"  # this box took over from another one


class Measure(Record, frozen=True, kw_only=True):
    """One measured value: `unit` is UCUM, "1" for a pure number, "" for a word."""

    name: str
    value: Scalar
    unit: str = "1"


class Check(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing looked at. `why` is a code of the catalogues, `text` what a part of us said.

    `alert`, `messages` and `heard` are what an open check waits for: the receipts of these
    messages about this alert, counted from that moment.
    """

    name: str
    verdict: Verdict
    subject: str = ""  # a device, a room, a line; "" for the box itself
    why: str = ""
    text: str = ""
    by: str = ""  # who took the alert, whose tag it is
    measures: tuple[Measure, ...] = ()
    alert: str = ""
    messages: tuple[str, ...] = ()
    heard: Instant | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.name, self.subject

    def measured(self, name: str) -> Scalar:
        return next((m.value for m in self.measures if m.name == name), None)


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step as it stands. `verdict` None: not gone through yet, or not to its end.

    `hands_on_ms` is how long a person was asked or waited for.
    """

    name: StepName
    verdict: Verdict | None = None
    begun: Instant | None = None
    ended: Instant | None = None
    by: str = ""
    stage: str = ""  # how far it is, where a cut in the middle means something
    reason: str = ""  # why a person left it out, in that person's words
    hands_on_ms: int = 0
    checks: tuple[Check, ...] = ()


class Build(Record, frozen=True, kw_only=True):
    """What the home was gone through with; another one makes the certificate old."""

    release: str
    schema: int  # migrations of the database
    settings: str  # SHA-256 of the settings in force


class Run(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One commissioning. `rev` grows with every change after `ended`: the paper shows it."""

    id: str  # UUIDv7
    reason: Reason
    by: str
    begun: Instant
    build: Build
    format: int = 1
    ended: Instant | None = None
    changed: Instant | None = None
    rev: int = 1
    devices: tuple[str, ...] = ()  # that were enrolled when it ended
    steps: dict[StepName, Step] = {}

    def step(self, name: StepName) -> Step:
        return self.steps.get(name) or Step(name=name)


encode = msgspec.json.Encoder(order="deterministic").encode
decode = msgspec.json.Decoder(Run).decode
