"""What can be observed: every kind with its UCUM unit and its standard code.

Codes are LOINC where one exists, otherwise ISO/IEEE 11073-10101 device and
event codes as "mdc:<number>" (10471 activity hub, 10472 medication monitor),
otherwise "kotivahti:<kind>". One table, so that a driver cannot invent a unit.
"""

from __future__ import annotations

import msgspec

from edge.domain import Instant, Observation, Quality, Scalar


class KindInfo(msgspec.Struct, frozen=True):
    unit: str
    code: str
    activity: bool = False  # somebody did something


def _own(kind: str, unit: str, *, activity: bool = False) -> tuple[str, KindInfo]:
    return kind, KindInfo(unit, f"kotivahti:{kind}", activity)


KINDS: dict[str, KindInfo] = dict(
    [
        # alarms and events of the home
        ("button", KindInfo("1", "mdc:528502", activity=True)),  # press, ... or "press 2"
        ("smoke", KindInfo("1", "mdc:528503")),
        ("carbon_monoxide", KindInfo("1", "mdc:528504")),
        ("heat", KindInfo("1", "mdc:528514")),
        ("gas", KindInfo("1", "mdc:528506")),
        ("moisture", KindInfo("1", "mdc:528505")),
        ("fall", KindInfo("1", "mdc:528501")),  # a worn sensor's "possible fall"
        _own("alarm_muted", "1"),  # somebody silenced the alarm's own sound; it clears nothing
        _own("alarm_test", "1"),  # somebody pressed the alarm's test button
        _own("stove_cut", "1"),  # a stove guard cut the cooker's power
        _own("stove_on", "1", activity=True),  # the cooker is in use
        _own("wire_fault", "1"),  # a supervised contact's wire is broken
        _own("contact", "1"),  # an input line that nobody gave a meaning
        _own("input_register", "1"),  # a raw register of a line
        ("motion", KindInfo("1", "mdc:528507", activity=True)),
        ("door", KindInfo("1", "mdc:528508", activity=True)),
        ("window", KindInfo("1", "mdc:528510", activity=True)),
        ("opening", KindInfo("1", "mdc:528510", activity=True)),
        ("usage", KindInfo("1", "mdc:528511", activity=True)),  # fridge, bed, chair
        _own("occupancy", "1", activity=True),
        _own("presence", "1", activity=True),
        _own("vibration", "1"),
        _own("tamper", "1"),
        _own("problem", "1"),
        _own("safety", "1"),
        _own("cold", "1"),
        _own("light", "1"),
        _own("sound", "1"),
        # the device itself
        ("battery", KindInfo("%", "mdc:67996")),
        _own("battery_low", "1"),
        _own("battery_voltage", "mV"),
        _own("voltage", "V"),
        _own("mains", "1"),
        _own("heartbeat", "1"),
        _own("tx_power", "dB[mW]"),
        _own("movement_counter", "1"),
        _own("measurement_sequence", "1"),
        _own("acceleration_x", "m[g]"),
        _own("acceleration_y", "m[g]"),
        _own("acceleration_z", "m[g]"),
        _own("count", "1"),
        _own("rotation", "deg"),
        _own("dimmer", "1"),  # steps: negative to the left
        _own("command", "1"),  # on, off, toggle, step_up, step_down
        _own("generic", "1"),
        _own("power_on", "1"),
        _own("running", "1"),
        _own("moving", "1"),
        _own("plug", "1"),  # True: plugged in
        _own("lock", "1", activity=True),  # True: unlocked
        _own("garage_door", "1", activity=True),
        _own("battery_charging", "1"),
        _own("connectivity", "1"),
        _own("channel", "1"),
        _own("device_type", "1"),
        _own("firmware", "1"),
        _own("settings_revision", "1"),
        _own("timestamp", "1"),  # a moment that the device tells of, ISO 8601 UTC
        _own("duration", "s"),
        _own("text", "1"),
        _own("raw", "1"),  # hexadecimal
        # what a sensor in or on the house may measure besides
        _own("acceleration", "m/s2"),
        _own("gyroscope", "deg/s"),
        _own("direction", "deg"),
        _own("distance", "m"),
        _own("speed", "m/s"),
        _own("rotational_speed", "/min"),
        _own("mass", "kg"),
        _own("conductivity", "uS/cm"),
        _own("current", "A"),
        _own("energy", "kW.h"),
        _own("power", "W"),
        _own("volume", "L"),
        _own("volume_storage", "L"),
        _own("volume_flow", "m3/h"),
        _own("gas_volume", "m3"),
        _own("water_volume", "L"),
        _own("precipitation", "mm"),
        _own("uv_index", "1"),
        # the air of the home (LOINC has no code for a room's air: our own)
        _own("temperature", "Cel"),
        _own("humidity", "%"),
        _own("pressure", "Pa"),
        _own("illuminance", "lx"),
        _own("carbon_dioxide", "[ppm]"),
        _own("tvoc", "ug/m3"),
        _own("dew_point", "Cel"),
        _own("moisture_content", "%"),
        _own("pm25", "ug/m3"),
        _own("pm10", "ug/m3"),
        _own("light_level", "1"),  # 0 dark, 1 twilight, 2 bright
        # appliances
        ("dose", KindInfo("1", "mdc:528513")),  # due, taken, missed, retrieved_late
        _own("refill_low", "1"),
        _own("jam", "1"),
        _own("appliance_door", "1"),
        _own("mains_lost", "1"),
        _own("meal", "1"),  # selected, heat_start, heat_done, taken
        _own("over_temperature", "1"),
        _own("stock", "1"),
        _own("stock_low", "1"),
        _own("faults", "1"),
        _own("hello", "1"),
        _own("appliance_event", "1"),  # an event that this release has no kind for, by its name
        # vitals, passed on unchanged
        ("blood_pressure_systolic", KindInfo("mm[Hg]", "8480-6")),
        ("blood_pressure_diastolic", KindInfo("mm[Hg]", "8462-4")),
        ("blood_pressure_mean", KindInfo("mm[Hg]", "8478-0")),
        ("pulse_rate", KindInfo("/min", "8867-4")),
        ("body_weight", KindInfo("kg", "29463-7")),
        ("body_temperature", KindInfo("Cel", "8310-5")),
        ("skin_temperature", KindInfo("Cel", "39106-0")),
        _own("body_water", "%"),
        _own("muscle_mass", "kg"),
        ("heart_rate", KindInfo("/min", "8867-4")),
        ("oxygen_saturation", KindInfo("%", "59408-5")),  # by pulse oximetry
        ("perfusion_index", KindInfo("%", "61006-3")),  # pulse amplitude index
        ("glucose", KindInfo("mmol/L", "15074-8")),  # in blood
        ("glucose_interstitial", KindInfo("mg/dL", "99504-3")),
        _own("glucose_trend", "mg/dL/min"),
        ("body_height", KindInfo("m", "8302-2")),
        ("body_mass_index", KindInfo("kg/m2", "39156-5")),
        _own("rr_interval", "s"),
        _own("energy_expended", "kJ"),
        _own("sensor_contact", "1"),  # the sensor touches the skin
        _own("sensor_location", "1"),
        _own("sample_location", "1"),
        _own("sample_type", "1"),
        _own("measurement_context", "1"),
        _own("measurement_quality", "%"),
        _own("signal_strength", "1"),
        _own("event_mark", "1"),  # somebody pressed the instrument's mark key
        _own("insulin_therapy", "1"),  # run, pause, stop: read only, never controlled
        _own("insulin_pump_state", "1"),
        _own("insulin_reservoir", "[IU]"),
        # what an instrument says of itself
        _own("manufacturer", "1"),
        _own("model", "1"),
        _own("serial_number", "1"),
        # a worn or placed tag
        _own("beacon", "1"),  # the identity that it sends
        _own("advertisement_count", "1"),
        _own("uptime", "s"),
        # where a worn tag is, by how it is heard: a room, "home", "near", "away", "unknown"
        _own("location", "1"),
        _own("location_confidence", "%"),
        # the air, as air monitors tell it besides
        _own("pm1", "ug/m3"),
        _own("pm4", "ug/m3"),
        _own("voc_index", "1"),
        _own("nox_index", "1"),
        _own("sound_level", "dB"),
        _own("measurement_status", "1"),
        _own("user", "1"),
    ]
)

ACTIVITY_KINDS = frozenset(kind for kind, info in KINDS.items() if info.activity)


# Readings of a body that a nurse may set limits for: what the instruments of a home measure.
VITAL_KINDS = frozenset(
    {"blood_pressure_systolic", "blood_pressure_diastolic", "pulse_rate", "heart_rate"}
    | {"oxygen_saturation", "body_temperature", "body_weight", "glucose"}
)

# Alarms by themselves: what says so is stored at once, whoever listens to it.
ALARM_KINDS = frozenset({"smoke", "carbon_monoxide", "heat", "gas"})

# What an input that is either on or off can say by itself.
SWITCHED_KINDS = ALARM_KINDS | {
    "button", "cold", "contact", "door", "fall", "garage_door", "light", "lock", "mains_lost",
    "moisture", "motion", "occupancy", "opening", "presence", "problem", "running", "safety",
    "sound", "stove_cut", "stove_on", "tamper", "usage", "vibration", "window",
}  # fmt: skip
# Of these, what must not wait behind telemetry.
URGENT_KINDS = ALARM_KINDS | {"button", "fall", "stove_cut"}


def observation(
    device: str,
    kind: str,
    value: Scalar,
    at: Instant,
    quality: Quality = Quality.OK,
    device_time: str | None = None,
    device_seq: int | None = None,
    unit: str | None = None,
    device_offset_s: int | None = None,
) -> Observation:
    """An observation with the unit and code of its kind; `unit` only where the kind has several."""
    info = KINDS[kind]
    return Observation(
        device=device,
        kind=kind,
        value=value,
        unit=info.unit if unit is None else unit,
        code=info.code,
        at=at,
        quality=quality,
        device_time=device_time,
        device_seq=device_seq,
        device_offset_s=device_offset_s,
    )
