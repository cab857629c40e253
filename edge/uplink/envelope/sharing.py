"""What may leave the home: the class of every kind, and the purposes it is shared for.

An alert names what it stands on. The value itself goes with it only where the
value *is* the event that somebody must act on (a smoke alarm, a missed dose, an
empty battery). Where somebody was in the home, the air of it and vitals stay in
the home: they leave in observation batches alone, and only for a purpose that
the site's settings name.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec


class DataClass(StrEnum):
    """What a kind tells, in the order of how freely it may be told."""

    ALARM = "alarm"  # asks for help by itself
    DEVICE = "device"  # about our own equipment
    APPLIANCE = "appliance"  # what an appliance did or failed to do
    BEHAVIOUR = "behaviour"  # where somebody was and what they did; also what nobody can name
    AIR = "air"  # the rooms; shows presence and cooking as well
    VITALS = "vitals"  # a body


_KINDS_OF: dict[DataClass, str] = {
    DataClass.ALARM: (
        "button smoke carbon_monoxide heat gas moisture fall stove_cut tamper problem safety cold"
    ),
    DataClass.DEVICE: (
        "manufacturer model serial_number "
        "battery battery_low battery_voltage battery_charging voltage mains heartbeat tx_power "
        "measurement_sequence connectivity channel device_type firmware settings_revision "
        "timestamp hello faults alarm_muted alarm_test wire_fault beacon advertisement_count "
        "uptime signal_strength event_mark"
    ),
    DataClass.APPLIANCE: (
        "dose refill_low jam appliance_door appliance_event mains_lost meal over_temperature "
        "stock stock_low"
    ),
    DataClass.BEHAVIOUR: (
        "motion door window opening garage_door lock usage occupancy presence moving vibration "
        "light light_level sound command count rotation dimmer movement_counter acceleration "
        "acceleration_x acceleration_y acceleration_z gyroscope direction distance speed "
        "rotational_speed duration plug power_on running power current energy volume "
        "volume_storage volume_flow gas_volume water_volume generic text raw contact "
        "input_register stove_on location location_confidence"
    ),
    DataClass.AIR: (
        "temperature humidity pressure illuminance carbon_dioxide tvoc pm25 pm10 dew_point "
        "moisture_content uv_index precipitation conductivity pm1 pm4 voc_index nox_index "
        "sound_level"
    ),
    DataClass.VITALS: (
        "blood_pressure_systolic blood_pressure_diastolic blood_pressure_mean pulse_rate mass "
        "body_weight body_temperature skin_temperature body_water muscle_mass "
        "measurement_status user "
        "heart_rate rr_interval energy_expended oxygen_saturation perfusion_index glucose "
        "glucose_interstitial glucose_trend body_height body_mass_index sensor_contact "
        "sensor_location sample_location sample_type measurement_context measurement_quality "
        "insulin_therapy insulin_pump_state insulin_reservoir"
    ),
}

KIND_CLASSES: dict[str, DataClass] = {
    kind: cls for cls, kinds in _KINDS_OF.items() for kind in kinds.split()
}

_TOLD_WITH_AN_ALERT = frozenset({DataClass.ALARM, DataClass.DEVICE, DataClass.APPLIANCE})


def tells_value(kind: str) -> bool:
    """Whether an alert may carry the value of this kind; a kind without a class stays home."""
    return KIND_CLASSES.get(kind) in _TOLD_WITH_AN_ALERT


class Sharing(msgspec.Struct, frozen=True, kw_only=True):
    """Which kinds leave in observation batches, and what for. Empty: none do."""

    kinds: frozenset[str] = frozenset()
    purposes: tuple[str, ...] = ()

    @classmethod
    def of(cls, shares: Iterable[tuple[str, Iterable[str]]]) -> Sharing:
        """From (purpose, kinds) pairs, as the site's settings have them."""
        rows = [(purpose, frozenset(kinds)) for purpose, kinds in shares]
        return cls(
            kinds=frozenset().union(*(kinds for _, kinds in rows)),
            purposes=tuple(dict.fromkeys(purpose for purpose, _ in rows)),
        )
