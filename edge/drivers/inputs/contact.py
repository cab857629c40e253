"""A potential-free contact on an input line: pull cord, alarm relay, stove guard, door.

The transport takes out bounces and inversion and catches pulses; this driver
gives the contact its meaning by the role of the enrolled device. Becoming active tells
True, ending tells False, which is a note: no rule ends an alarm by it. A pulse
that is over already tells both (Innohome SGK500, user manual: the potential-free
output closes for 1 s when the guard cuts the cooker).

A pull cord tells `button` "press" for each pull. How its line stands is told as
`contact`, since a cord that is held is not a second call.

A broken wire. One line alone has two levels, and where a broken wire makes the
level of the alarm (a contact that opens, which is how an inverted output of Hager
cookguard is supervised), the alarm is told, flagged `QUESTIONABLE`: doubt adds a
flag, never silence. A changeover relay on two lines has states that no working
relay makes, and these tell `wire_fault`, about the installation and no alarm,
except where the contact that closes in alarm is closed: then both, flagged.

State: one byte, what was told last. A restart tells a level that still is active
once more, so that nothing that happened around the restart is lost.
"""

from __future__ import annotations

from edge.domain import Device, Instant, Observation, Quality, Role
from edge.drivers.base import ContactFrame, Decoded, Driver, Frame, Shape
from edge.errors import DecodeError
from edge.kinds import URGENT_KINDS, observation

KIND_OF: dict[Role, str] = {
    Role.HELP_BUTTON: "button",
    Role.OK_BUTTON: "button",
    Role.SMOKE_ALARM: "smoke",
    Role.CO_ALARM: "carbon_monoxide",
    Role.HEAT_ALARM: "heat",
    Role.GAS_ALARM: "gas",
    Role.WATER_ALARM: "moisture",
    Role.STOVE_GUARD: "stove_cut",
    Role.FALL_DETECTOR: "fall",
    Role.DOOR: "door",
    Role.MOTION: "motion",
}
"""What a contact says, by what its device is for. Any other role tells the bare `contact`."""

# An hour: 24 rows a day and line, and a line that went deaf is named within the deadline below.
REPORT_EVERY_S = 3600

_ACTIVE, _FAULT = 1, 2
# The bits of a frame typed in by hand, in the order of the frame's fields.
_BITS = ("active", "pulsed", "first", "doubtful", "wire_fault")


def decode(device: Device, state: bytes, frame: Frame, at: Instant) -> Decoded:
    """What the line did; `state` is the level and the wire fault that were told last."""
    if not isinstance(frame, ContactFrame):
        raise DecodeError("not_ours", "not the word of an input line")
    told = state[0] if len(state) == 1 else 0
    kind = KIND_OF.get(device.role, "contact")
    # What is found closed may be so for hours: a call, where it calls, and no "I am fine".
    unsure = frame.doubtful or (frame.first and device.role is Role.OK_BUTTON)
    doubt = Quality.QUESTIONABLE if unsure and kind in URGENT_KINDS else Quality.OK
    seen: list[Observation] = []
    if frame.pulsed:
        seen.append(became_active(device, kind, at, doubt))
    if frame.active and not told & _ACTIVE:
        seen.append(became_active(device, kind, at, doubt))
    elif not frame.pulsed or not frame.active:
        seen.append(stands(device, kind, at, doubt, active=frame.active))
    # The first word comes before the wires could be judged: it takes no fault back.
    unjudged = frame.first and bool(told & _FAULT)
    if frame.wire_fault or (told & _FAULT and not unjudged):
        seen.append(observation(device.id, "wire_fault", frame.wire_fault, at))
    now = bytes([_ACTIVE * frame.active | _FAULT * (frame.wire_fault or unjudged)])
    return Decoded(observations=tuple(seen), state=None if now == state else now)


def became_active(device: Device, kind: str, at: Instant, doubt: Quality) -> Observation:
    """An event of an input of this kind: a press, or a level that is on now."""
    return observation(device.id, kind, "press" if kind == "button" else True, at, doubt)


def stands(device: Device, kind: str, at: Instant, doubt: Quality, *, active: bool) -> Observation:
    """How an input of this kind stands; a button that is held is not pressed again."""
    shown = "contact" if kind == "button" else kind
    return observation(device.id, shown, active, at, doubt if active else Quality.OK)


def from_payload(payload: bytes, mac: str) -> ContactFrame:  # noqa: ARG001
    """One byte, as a person may type it: bit 0 active, 1 pulsed, 2 first, 3 doubtful, 4 wire."""
    if len(payload) != 1:
        raise DecodeError("length", "the word of a line is one byte", min(len(payload), 1))
    if payload[0] >> len(_BITS):
        raise DecodeError("reserved", f"only the lowest {len(_BITS)} bits mean something", 0)
    return ContactFrame(**{name: bool(payload[0] >> bit & 1) for bit, name in enumerate(_BITS)})


DRIVER = Driver(
    id="contact",
    title="Contact on an input line (relay, pull cord, stove guard, door)",
    shape=Shape.CONTACT,
    roles=frozenset(KIND_OF),
    silent_after_s=2 * REPORT_EVERY_S + 60,
    silent_reason="its line is told once an hour; one may be lost, and a minute for the rounding",
    decode=decode,
    from_payload=from_payload,
)
