"""What every pulse oximeter's reading becomes: saturation, pulse rate and how it stands."""

from __future__ import annotations

from collections.abc import Sequence

from edge.domain import Device, Instant, Observation, Quality
from edge.kinds import observation

# No finger that a pulse was found in shows 0 %: oximeters write it where they have no value.
SATURATION_RANGE = (1, 100)
_NOTHING_FLAGGED = "none"


def reading(
    device: Device,
    at: Instant,
    *,
    saturation: int | None,
    pulse: int | None,
    pulse_range: tuple[int, int],
    flags: Sequence[str],
    blind: bool,
) -> tuple[Observation, ...]:
    """One reading with its status.

    `saturation` in %, `pulse` in /min, None where the instrument says that it has none;
    `pulse_range` is what the instrument can measure. `blind`: what it flags means that there is
    no measurement, whatever stands in the fields. Any other flag makes a value questionable.
    """
    doubt = Quality.QUESTIONABLE if flags else Quality.OK

    def told(kind: str, number: int | None, bounds: tuple[int, int]) -> Observation:
        if blind or number is None:
            return observation(device.id, kind, None, at, Quality.NOT_AVAILABLE)
        if not bounds[0] <= number <= bounds[1]:
            return observation(device.id, kind, None, at, Quality.OUT_OF_RANGE)
        return observation(device.id, kind, number, at, doubt)

    status = ",".join(flags) or _NOTHING_FLAGGED
    return (
        told("oxygen_saturation", saturation, SATURATION_RANGE),
        told("pulse_rate", pulse, pulse_range),
        observation(device.id, "measurement_status", status, at),
    )
