"""One frame read by hand: what a driver makes of bytes, without a device or a state."""

from __future__ import annotations

from edge.domain import Device, Instant, Observation, Secret
from edge.drivers import DRIVERS
from edge.errors import DecodeError

_DEVICE = "decoded"


def decode_payload(
    driver_id: str, payload: bytes, mac: str | None, key: bytes | None, at: Instant
) -> list[Observation]:
    """What the driver reads in one payload of a device that was never heard before.

    `payload` is manufacturer data without the company id (ruuvitag, ibeacon), service
    data without the UUID (bthome, eddystone), the frame with or without its line end
    (appliance), or the value of one characteristic: 0x2A35 (blood_pressure),
    0x2A37 (heart_rate), 0x2A1C (health_thermometer), 0x2A5E (pulse_oximeter),
    0x2A9D (weight_scale), 0x2A18 (glucose), 0x2AA7 (cgm), 0x2B21 (insulin); a
    message's JSON text (dispenser_cloud, shelly_smoke); one byte
    for the word of a line (contact); or a module's answer from address to CRC
    (modbus_inputs).
    `mac` is needed only where it is part of the encryption; for a RuuviTag it is
    held against the payload's.
    Raises DecodeError with the byte and the reason for refused bytes.
    """
    driver = DRIVERS.get(driver_id)
    if driver is None:
        known = ", ".join(DRIVERS)
        raise DecodeError("not_ours", f"no driver is called {driver_id!r}; there are {known}")
    address = "" if mac is None or driver.framer is not None else mac
    device = Device(
        id=_DEVICE,
        driver=driver_id,
        role=min(driver.roles),
        address=address,
        key=None if key is None else Secret(key),
    )
    return list(driver.decode(device, b"", driver.from_payload(payload, address), at).observations)
