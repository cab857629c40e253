"""What stands in a profile: records of the domain, and keys only here.

Format 1, JSON. A reader skips what it does not know, so a newer release may add
members (tasks will come as one); what an older reader must not pass over raises
`format`, and then it refuses. What is not there takes its default.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

from edge.domain import (
    Answer,
    Considered,
    Decision,
    Device,
    Instant,
    Person,
    Plan,
    Record,
    Role,
    Secret,
    Stay,
    Switch,
    Task,
    Tenancy,
    Visit,
    VitalLimit,
)
from edge.profile.errors import ProfileError

FORMAT = 1


class Enrolment(Record, frozen=True, kw_only=True, omit_defaults=True):
    """A device with its key in the clear: nowhere but here, and this is always sealed."""

    id: str
    driver: str
    role: Role
    address: str
    label: str = ""
    room: str | None = None
    person: str | None = None
    silent_after_s: int = 0
    key: bytes | None = None
    wired: bool = False

    @classmethod
    def of(cls, device: Device) -> Enrolment:
        values = {name: getattr(device, name) for name in _PLAIN}
        return cls(**values, key=None if device.key is None else device.key.reveal())

    def device(self) -> Device:
        values = {name: getattr(self, name) for name in _PLAIN}
        return Device(**values, key=None if self.key is None else Secret(self.key))


_PLAIN = tuple(name for name in Enrolment.__struct_fields__ if name != "key")


class FitPart(Record, frozen=True, kw_only=True):
    """The locator's fit in force, as it was stored."""

    windows: int
    by: str
    fitted: Instant
    body: bytes


class ClaimPart(Record, frozen=True, kw_only=True):
    """Whose box it is, as the desk said and the installer confirmed."""

    customer: str
    name: str
    address: str


class EscalationPart(Record, frozen=True, kw_only=True):
    """Who is asked about an alert: the plan in force; `body` is its JSON."""

    by: str
    told: Instant
    body: str


class CertificatePart(Record, frozen=True, kw_only=True):
    """The last finished commissioning; `body` is its JSON."""

    id: str
    by: str
    begun: Instant
    ended: Instant
    body: str


class Profile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One home, as a spare box needs it. `settings`: the tables that are the home's."""

    gateway: str
    store_id: str
    message: int  # the last sequence number given to a message
    made: Instant
    site: str
    customer: str
    format: int = FORMAT
    release: str = ""
    store_path: str = ""  # where the database stood on the old card
    recipient: bytes = b""  # the same paper opens the spare's profiles
    number: int = 0
    devices: tuple[Enrolment, ...] = ()
    states: dict[str, bytes] = {}  # replay counters and the like, by device
    persons: tuple[Person, ...] = ()
    plan: Plan | None = None
    decisions: tuple[Decision, ...] = ()
    limits: tuple[VitalLimit, ...] = ()  # of readings, as a nurse has set them
    stays: tuple[Stay, ...] = ()
    visits: tuple[Visit, ...] = ()
    switches: tuple[Switch, ...] = ()  # what the customer does not want sent, stays unsent
    answers: tuple[Answer, ...] = ()
    tenancy: Tenancy | None = None
    tasks: tuple[Task, ...] = ()
    considered: tuple[Considered, ...] = ()  # every word of it: kept for ever
    fit: FitPart | None = None
    claim: ClaimPart | None = None
    escalation: EscalationPart | None = None
    certificate: CertificatePart | None = None
    bonded: tuple[str, ...] = ()  # devices whose bond stays in the old radio
    settings: dict[str, Any] = {}


# What changes by itself, or is only known when the radio is asked; the rest changes because
# somebody did something.
_MOVING = {"message": 0, "number": 0, "states": {}, "release": "", "bonded": (), "recipient": b""}

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Profile)


def encode(profile: Profile) -> bytes:
    """The text that is sealed."""
    return _encoder.encode(profile)


def decode(text: bytes) -> Profile:
    """Read an opened profile; raises ProfileError for one that this release cannot take over."""
    try:
        form = msgspec.json.decode(text, type=_Form).format
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unreadable(error) from error
    if form > FORMAT:
        wrong = f"format: the profile has format {form}, this release reads up to {FORMAT}"
        raise ProfileError("newer", f"{wrong}; install the release that wrote it")
    try:
        return _decoder.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unreadable(error) from error


def digest_of(profile: Profile) -> tuple[str, str]:
    """Two digests: of what people changed, and of the devices' counters."""
    still = msgspec.structs.replace(profile, made=_NO_TIME, **_MOVING)
    states = _encoder.encode(profile.states)
    return sha256(encode(still)).hexdigest()[:32], sha256(states).hexdigest()[:32]


class _Form(msgspec.Struct):
    format: int = FORMAT


_NO_TIME = Instant(boot="", boottime_ms=0, wall_ms=0)


def _unreadable(error: Exception) -> ProfileError:
    # msgspec tells the place and the rule, and sometimes the value: only the place is told.
    place = str(error).rpartition(" - at ")[2] if " - at " in str(error) else "the text"
    text = f"{place.strip('`')}: cannot be read; take an older profile from the desk"
    return ProfileError("damaged", text)
