"""The tables of the settings file: what each key means, its bounds, an example of it."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.domain import Role

Ident = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        description="a short name of lower-case letters, digits and hyphens",
        examples=["help-button"],
    ),
]
# MQTT topic levels and certificate names have to carry it.
GatewayId = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]{2,39}$",
        description="the gateway's name: lower-case letters, digits and hyphens, 3 to 40 long",
        examples=["gw-0001"],
    ),
]
Port = Annotated[int, Meta(ge=1, le=65535, description="a TCP port", examples=[8883])]
Seconds = Annotated[int, Meta(ge=1, le=30 * 86400, description="seconds", examples=[1800])]
Minute = Annotated[int, Meta(ge=0, le=1440, description="minutes after midnight", examples=[480])]
FilePath = Annotated[
    str, Meta(min_length=1, description="a file's path", examples=["/etc/kotivahti/ca.pem"])
]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; an unknown key is a fault, not a surprise."""


class Gateway(Section, frozen=True, kw_only=True):
    id: GatewayId
    site: Annotated[
        Ident, Meta(description="the dwelling's pseudonymous name", examples=["site-88"])
    ]
    customer: Annotated[
        Ident, Meta(description="the customer's pseudonymous name", examples=["c-0188"])
    ]
    zone: Annotated[str, Meta(description="an IANA time zone", examples=["Europe/Helsinki"])] = (
        "Europe/Helsinki"
    )
    trusted_clock: Annotated[
        bool,
        Meta(
            description="true only when a battery keeps the clock right without a network",
            examples=[False],
        ),
    ] = False


class StoreSection(Section, frozen=True, kw_only=True):
    path: Annotated[
        FilePath, Meta(description="the database", examples=["/var/lib/kotivahti/home.db"])
    ] = "/var/lib/kotivahti/home.db"


class Mqtt(Section, frozen=True, kw_only=True):
    host: Annotated[
        str, Meta(min_length=1, description="the broker's host name", examples=["mqtt.example.org"])
    ]
    port: Port = 8883
    version: Annotated[
        Literal["auto", "5", "3.1.1"],
        Meta(description="the MQTT version; auto tries 5, then 3.1.1", examples=["auto"]),
    ] = "auto"
    tls: Annotated[
        bool, Meta(description="false only for a broker on this machine", examples=[True])
    ] = True
    ca_file: FilePath | None = None
    cert_file: FilePath | None = None
    key_file: FilePath | None = None
    username: (
        Annotated[str, Meta(description="the broker account", examples=["gw-0001"])] | None
    ) = None
    password_file: FilePath | None = None


class Satellite(Section, frozen=True, kw_only=True):
    """A second receiver of the home's advertisements (docs/satellites.md)."""

    id: Ident
    room: Annotated[Ident, Meta(description="a room's short name", examples=["bedroom"])] | None = (
        None
    )


class Ingest(Mqtt, frozen=True, kw_only=True):
    """The home's own broker: satellites, dispenser bridges, Wi-Fi alarms publish there."""

    host: Annotated[
        str, Meta(min_length=1, description="the broker's host name", examples=["127.0.0.1"])
    ] = "127.0.0.1"
    port: Port = 1883
    tls: Annotated[
        bool, Meta(description="false only for a broker on this machine", examples=[False])
    ] = False
    # A receiver in each room of a large flat; each has its own counters and its own deadline.
    satellite: Annotated[
        tuple[Satellite, ...], Meta(max_length=8, description="at most 8 satellites")
    ] = ()


class Ble(Section, frozen=True, kw_only=True):
    backend: Annotated[
        str,
        Meta(
            pattern=r"^(off|bluez|bumble:.+)$",
            description="'bluez' for this machine's radio, 'off' for none, "
            "'bumble:<transport>' for a controller spoken to over HCI",
            examples=["bluez"],
        ),
    ] = "bluez"
    adapter: Annotated[
        str, Meta(pattern=r"^hci\d+$", description="the adapter's name", examples=["hci0"])
    ] = "hci0"


PortName = Annotated[
    str,
    Meta(
        min_length=1,
        description="the port by its stable name, or 'auto' to find it by what answers there",
        examples=["/dev/serial/by-id/usb-FTDI_FT232R_A1029-if00-port0"],
    ),
]


class Serial(Section, frozen=True, kw_only=True):
    device: Ident
    # A list: it is one of these. More than a home has sockets for is a mistake.
    port: (
        Annotated[
            tuple[PortName, ...],
            Meta(min_length=1, max_length=32, description="the ports that it may be on"),
        ]
        | PortName
    )
    # Without these three, the line is as the device's driver has it.
    baud: Annotated[int, Meta(ge=300, le=921600, description="baud", examples=[115200])] | None = (
        None
    )
    parity: (
        Annotated[
            Literal["N", "E", "O"],
            Meta(description="none, even or odd", examples=["N"]),
        ]
        | None
    ) = None
    stop_bits: Annotated[Literal[1, 2], Meta(description="stop bits", examples=[1])] | None = None


Line = Annotated[
    str,
    Meta(
        pattern=r"^(/.+:(cts|dsr|dcd|ri)|gpio:/[^:]+:[A-Za-z0-9_.-]+)$",
        description="an input line: a serial adapter's cts, dsr, dcd or ri, or a GPIO line",
        examples=["/dev/serial/by-id/usb-FTDI_FT232R_A1029-if00-port0:cts"],
    ),
]


class Contact(Section, frozen=True, kw_only=True):
    """A potential-free contact on an input line."""

    device: Ident
    line: Line
    rest_line: (
        Annotated[
            Line,
            Meta(
                description="the line of a changeover relay that is closed at rest, on the same "
                "port; it makes a broken wire known",
                examples=["/dev/serial/by-id/usb-FTDI_FT232R_A1029-if00-port0:dsr"],
            ),
        ]
        | None
    ) = None
    active: Annotated[
        Literal["closed", "open"],
        Meta(description="what the contact is when it has something to say", examples=["closed"]),
    ] = "closed"
    # Relays and reed contacts bounce for 5 ms, a cord at the wall for 30; the shortest alarm
    # that we know lasts 1 s, so a twentieth of it leaves room on both sides.
    debounce_ms: Annotated[
        int, Meta(ge=10, le=200, description="milliseconds of bouncing", examples=[50])
    ] = 50
    pull: Annotated[
        Literal["up", "down", "none"],
        Meta(description="the resistor inside the board, GPIO lines only", examples=["up"]),
    ] = "up"
    held_max_s: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=30 * 86400,
                description="seconds after which an active contact counts as stuck, 0 for never",
                examples=[3600],
            ),
        ]
        | None
    ) = None


# A module of contacts has 4 or 8 inputs, one of sensors up to 16 registers; both count from 0.
_Input = Annotated[str, Meta(pattern=r"^[0-7]$")]
_Register = Annotated[str, Meta(pattern=r"^(\d|1[0-5])$")]


class ModbusRegister(Section, frozen=True, kw_only=True):
    """What an input register measures: `scale` times its number, in the unit of the kind."""

    kind: str
    scale: float = 1.0
    signed: bool = False
    absent: Annotated[int, Meta(ge=0, le=65535)] | None = None


class Modbus(Section, frozen=True, kw_only=True):
    """A Modbus RTU module; several may share a port."""

    device: Ident
    port: Annotated[
        str,
        Meta(
            min_length=1,
            description="the port of the bus by its stable name",
            examples=["/dev/serial/by-id/usb-FTDI_FT232R_A1029-if00-port0"],
        ),
    ]
    unit: Annotated[
        int, Meta(ge=1, le=247, description="the module's address on the bus", examples=[1])
    ]
    baud: Annotated[int, Meta(ge=1200, le=115200, description="baud", examples=[9600])] = 9600
    parity: Annotated[
        Literal["N", "E", "O"], Meta(description="the line's parity", examples=["N"])
    ] = "N"
    stop_bits: Annotated[int, Meta(ge=1, le=2, description="stop bits", examples=[1])] = 1
    inputs: Annotated[
        dict[_Input, str],
        Meta(description='the kind of each discrete input that is used: { 0 = "smoke" }'),
    ] = {}
    opens: Annotated[
        tuple[int, ...],
        Meta(description="inputs that are active when their contact is open", examples=[[1]]),
    ] = ()
    registers: Annotated[
        dict[_Register, ModbusRegister],
        Meta(
            description="what each input register measures: "
            '{ 0 = { kind = "temperature", scale = 0.1 } }',
        ),
    ] = {}
    poll_s: Annotated[
        float, Meta(ge=0.2, le=60, description="seconds between two polls", examples=[1.0])
    ] = 1.0


class DeviceImport(Section, frozen=True, kw_only=True):
    id: Ident
    driver: Annotated[str, Meta(description="a driver's name", examples=["bthome"])]
    role: Annotated[Role, Meta(description="what it is for", examples=["help_button"])]
    address: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=200,
            description="the radio address, or the serial number of a device on a line",
            examples=["54:48:E6:8F:80:A5"],
        ),
    ]
    room: Annotated[Ident, Meta(description="a room's short name", examples=["bedroom"])] | None = (
        None
    )
    person: (
        Annotated[Ident, Meta(description="whose it is, pseudonymous", examples=["resident"])]
        | None
    ) = None
    label: Annotated[str, Meta(max_length=60, description="words for people")] = ""
    silent_after_s: Seconds | None = None
    key_file: FilePath | None = None


class NightDoorRule(Section, frozen=True, kw_only=True):
    """Outer doors at night: off unless somebody has decided it, on a basis, until a review."""

    basis: Annotated[
        str,
        Meta(
            min_length=3,
            max_length=200,
            description="on what basis the doors are watched",
            examples=["service decision 2026-11-02, agreed with the resident"],
        ),
    ]
    decided_by: Annotated[
        str,
        Meta(
            min_length=3,
            max_length=80,
            description="the account of who decided it",
            examples=["coordinator.one"],
        ),
    ]
    review_by: Annotated[
        str,
        Meta(
            pattern=r"^\d{4}-\d{2}-\d{2}$",
            description="the last day on which it holds without a new decision",
            examples=["2027-05-01"],
        ),
    ]
    devices: Annotated[
        tuple[Ident, ...],
        Meta(min_length=1, max_length=8, description="the door sensors of outer doors"),
    ]
    from_min: Minute = 22 * 60
    until_min: Minute = 6 * 60
    # Taking out the rubbish and fetching the paper are over by then.
    back_within_s: Seconds = 10 * 60


class Rules(Section, frozen=True, kw_only=True):
    no_activity_after_s: Seconds = 8 * 3600
    day_from_min: Minute = 8 * 60
    day_until_min: Minute = 22 * 60
    dose_grace_s: Seconds = 30 * 60
    # Potatoes boil for 25 minutes, and people leave them to it: told earlier, it would be told
    # daily. A pan that catches fire is the stove guard's and the smoke alarm's.
    stove_unattended_after_s: Seconds = 30 * 60
    # A heated meal that stands for an hour is cold.
    meal_grace_s: Seconds = 3600
    # None: no hour is agreed by which a meal is taken.
    meal_by_min: Minute | None = None
    # Who sat down after a bump moves a hand or stands up within five minutes.
    fall_still_s: Annotated[
        int, Meta(ge=60, le=3600, description="seconds, a minute to an hour", examples=[300])
    ] = 300
    # Half a morning by day: a nap is shorter, and by the afternoon somebody can ask.
    tag_unworn_after_s: Seconds = 4 * 3600
    # Filling a robot takes ten minutes.
    appliance_door_open_s: Seconds = 15 * 60
    # None: outer doors are not watched.
    night_door: NightDoorRule | None = None


class Control(Section, frozen=True, kw_only=True):
    # sockaddr_un has room for 107 bytes.
    socket: Annotated[
        FilePath,
        Meta(
            max_length=107,
            description="a path of at most 107 characters",
            examples=["/run/kotivahti/control.sock"],
        ),
    ] = "/run/kotivahti/control.sock"
    group: Annotated[str, Meta(description="who may use it", examples=["kotivahti"])] | None = (
        "kotivahti"
    )


class Models(Section, frozen=True, kw_only=True):
    dir: FilePath | None = None  # None: those that came with the release


class Checklists(Section, frozen=True, kw_only=True):
    dir: FilePath | None = None  # None: those that came with the release


class Share(Section, frozen=True, kw_only=True):
    """Readings that may leave the home, and for what. Without one, none do."""

    purpose: Annotated[
        str, Meta(min_length=3, max_length=120, description="why they leave", examples=["upkeep"])
    ]
    kinds: Annotated[
        tuple[str, ...],
        Meta(min_length=1, description="kinds of observations", examples=[["battery"]]),
    ]


class Drivers(Section, frozen=True, kw_only=True):
    """Drivers beyond those that are always there: off by default, or of another maker."""

    enable: Annotated[
        tuple[str, ...],
        Meta(
            max_length=32,
            description="drivers to use besides: one that is off by default, or the entry point "
            "of an installed package",
            examples=[["acme_scale"]],
        ),
    ] = ()


class Config(Section, frozen=True, kw_only=True):
    gateway: Gateway
    mqtt: Mqtt
    store: StoreSection = StoreSection()
    ble: Ble = Ble()
    ingest: Ingest | None = None  # None: nobody publishes to this gateway
    serial: tuple[Serial, ...] = ()
    contact: tuple[Contact, ...] = ()
    modbus: tuple[Modbus, ...] = ()
    # The state of a home holds 64 devices (edge.home.state.DEVICES_MAX).
    device: Annotated[
        tuple[DeviceImport, ...], Meta(max_length=64, description="at most 64 devices")
    ] = ()
    drivers: Drivers = Drivers()
    rules: Rules = Rules()
    control: Control = Control()
    models: Models = Models()
    checklists: Checklists = Checklists()
    share: tuple[Share, ...] = ()
