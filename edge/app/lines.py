"""The serial lines of the settings file: what each is made of, and which look for their port."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from edge.app.drivers import is_urgent
from edge.app.house import House
from edge.app.inputs import input_ports
from edge.config import Config, Serial
from edge.domain import Device, Instant, Sync
from edge.drivers import DRIVERS, shape_of
from edge.drivers.base import SerialFrame, Shape
from edge.errors import DecodeError
from edge.events import Fault
from edge.transports.lanes import LaneQueue
from edge.transports.lines import port_claims
from edge.transports.lines.handshake import PortFinder
from edge.transports.lines.port_claims import Doubt, Seeker
from edge.transports.lines.serial import SerialLine, SerialSettings

AUTO = "auto"
# A handshake asks whether a frame is the device's; when it was heard makes no difference to that.
_WHENEVER = Instant(boot="", boottime_ms=0, wall_ms=0, sync=Sync.NONE)


class Lines:
    """Every serial line of a home, and the finder of the ports that have no name."""

    def __init__(
        self,
        house: House,
        queue: LaneQueue,
        *,
        on_fault: Callable[[Fault], None],
        beat: Callable[[str], None],
    ) -> None:
        devices = house.devices
        # A row of a device that was removed, or whose driver is gone, is passed over.
        rows = [
            row
            for row in house.config.serial
            if row.device in devices and shape_of(devices[row.device]) is Shape.SERIAL
        ]
        by_name = [row.port for row in rows if isinstance(row.port, str) and row.port != AUTO]
        # A probe locks its port for half a minute: a stove guard's contact would be deaf meanwhile.
        kept = (*by_name, *input_ports(house.config))
        seekers = seekers_of(rows, house.devices)
        self.finder = (
            PortFinder(seekers, house.clock, taken=lambda: kept, beat=beat) if seekers else None
        )
        self.by_device = {
            row.device: SerialLine(
                _settings(row, house.devices[row.device]),
                DRIVERS[house.devices[row.device].driver],
                house.driver_states.get(row.device, b""),
                queue,
                house.clock,
                on_fault=on_fault,
                beat=beat,
                finder=self.finder,
            )
            for row in rows
        }

    def open_lines(self) -> dict[str, bool]:
        """Each line by its device: whether its port is open now."""
        return {device: line.is_open for device, line in self.by_device.items()}


def doubtful_ports(config: Config, devices: Mapping[str, Device]) -> tuple[Doubt, ...]:
    """Devices whose ports no handshake can tell, by the settings alone; for an installer."""
    return port_claims.doubtful_ports(seekers_of(config.serial, devices))


def seekers_of(rows: Iterable[Serial], devices: Mapping[str, Device]) -> tuple[Seeker, ...]:
    """The rows that name no port, or a choice of them. Rows of unknown devices are left out."""
    return tuple(
        _seeker(row, devices[row.device])
        for row in rows
        if row.device in devices
        and shape_of(devices[row.device]) is Shape.SERIAL
        and (row.port == AUTO or not isinstance(row.port, str))
    )


def _seeker(row: Serial, device: Device) -> Seeker:
    driver = DRIVERS[device.driver]

    def accepts(frame: bytes) -> bool:
        try:
            driver.decode(device, b"", SerialFrame(data=frame), _WHENEVER)
        except DecodeError:
            return False
        return True

    return Seeker(
        device=device.id,
        driver=driver,
        line=_settings(row, device).line(driver.line),
        ports=() if isinstance(row.port, str) else row.port,
        accepts=accepts,
    )


def _settings(row: Serial, device: Device) -> SerialSettings:
    named = isinstance(row.port, str) and row.port != AUTO
    return SerialSettings(
        device=row.device,
        port=str(row.port) if named else None,
        baud=row.baud,
        parity=row.parity,
        stop_bits=row.stop_bits,
        alarm=is_urgent(device),
    )
