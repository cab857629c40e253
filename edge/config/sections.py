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


class Serial(Section, frozen=True, kw_only=True):
    device: Ident
    port: Annotated[
        str,
        Meta(
            min_length=1,
            description="the port by its stable name",
            examples=["/dev/serial/by-id/usb-FTDI_FT232R_A1029-if00-port0"],
        ),
    ]
    baud: Annotated[int, Meta(ge=300, le=921600, description="baud", examples=[115200])] = 115200


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


class Config(Section, frozen=True, kw_only=True):
    gateway: Gateway
    mqtt: Mqtt
    store: StoreSection = StoreSection()
    ble: Ble = Ble()
    serial: tuple[Serial, ...] = ()
    # The state of a home holds 64 devices (edge.home.state.DEVICES_MAX).
    device: Annotated[
        tuple[DeviceImport, ...], Meta(max_length=64, description="at most 64 devices")
    ] = ()
    rules: Rules = Rules()
    control: Control = Control()
    models: Models = Models()
    checklists: Checklists = Checklists()
    share: tuple[Share, ...] = ()
