"""The GATT devices of the virtual home by their kind, and what a scenario can do to them."""

from __future__ import annotations

from datetime import timedelta

from edge.sim.burst import HeartRate, Oximeter, Scale, Thermometer
from edge.sim.cuff import Cuff
from edge.sim.peripheral import Peripheral
from edge.sim.pump import InsulinPump
from edge.sim.recorder import CgmSensor, GlucoseMeter

INSTRUMENTS: dict[str, type[Peripheral]] = {
    "cuff": Cuff,
    "thermometer": Thermometer,
    "scale": Scale,
    "oximeter": Oximeter,
    "heart_rate": HeartRate,
    "glucose_meter": GlucoseMeter,
    "cgm": CgmSensor,
    "insulin_pump": InsulinPump,
}


def measure(thing: Peripheral, words: list[str]) -> str:
    """Take one measurement with `words` as its values; ValueError when they do not fit."""
    match thing:
        case Cuff():
            systolic, diastolic, pulse = map(int, words)
            thing.measure(systolic, diastolic, pulse)
            return f"measured {systolic}/{diastolic} mmHg, pulse {pulse}"
        case Oximeter():
            saturation, pulse = map(int, words)
            thing.measure(saturation, pulse)
            return f"measured {saturation} %, pulse {pulse}"
        case CgmSensor():
            (glucose,) = map(int, words)
            thing.measure(glucose)
            return f"measured {glucose} mg/dL"
        case Thermometer() | Scale() | GlucoseMeter():
            (value,) = map(float, words)
            thing.measure(value)
            return f"measured {value} {_UNITS[type(thing)]}"
        case _:
            raise ValueError("it stores nothing: wear it instead")


_UNITS: dict[type[Peripheral], str] = {Thermometer: "Cel", Scale: "kg", GlucoseMeter: "mmol/L"}


def wear(thing: Peripheral, words: list[str]) -> str:
    """Put it on with the body's values as `words`, or take it off with "off"."""
    off = words == ["off"]
    match thing:
        case HeartRate():
            thing.wear(None if off else int(words[0]))
        case Oximeter():
            thing.wear(None if off else (int(words[0]), int(words[1])))
        case _:
            raise ValueError("it is not worn")
    return "taken off" if off else "worn"


def deliver(thing: Peripheral, words: list[str]) -> str:
    """What the wearer of an insulin pump set it to: "run 143"."""
    if not isinstance(thing, InsulinPump):
        raise ValueError("it delivers nothing")  # noqa: TRY004 (a command's words, as the others)
    state, left = words
    thing.deliver(state, float(left))
    return f"delivery: {state}, {left} IU left"


def set_clock(thing: Peripheral, word: str) -> str:
    """Make its clock so many seconds fast ("3600") or slow ("-60"), or "unset"."""
    if word == "unset":
        thing.clock.set = False
        return "its clock is not set"
    thing.clock.ahead, thing.clock.set = timedelta(seconds=float(word)), True
    return f"its clock is {word} s ahead"


def stored(thing: Peripheral) -> str:
    """How it stands, for `status`."""
    kept = f"{thing.stored} stored, " if hasattr(thing, "stored") else ""
    return f"{kept}{thing.sent} sent"
