"""The tables of the settings file: what each key means, its bounds, an example of it."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from edge.config.ruling import Rules
from edge.config.wires import Contact, Modbus, Pager, Serial, Sounder
from edge.config.words import FilePath, GatewayId, Ident, Port, Seconds, Section
from edge.domain import CommandName, Role
from edge.domain.rescue import Rescue


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
    power_supplies: Annotated[
        FilePath,
        Meta(
            description="where the kernel tells of mains and battery",
            examples=["/sys/class/power_supply"],
        ),
    ] = "/sys/class/power_supply"


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
    ca_file: FilePath | None = None  # whose certificates the broker may have; no other authority's
    cert_file: FilePath | None = None
    key_file: FilePath | None = None
    # The second slot: taken when the first is refused, has ended or cannot be read.
    next_ca_file: FilePath | None = None  # None: ca_file
    next_cert_file: FilePath | None = None
    next_key_file: FilePath | None = None
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


# Those of edge.risk.daily.places, which these settings may not import; a test compares them.
Place = Literal[
    "back-door",
    "bathroom",
    "bedroom",
    "fridge-door",
    "front-door",
    "hallway",
    "kitchen",
    "lounge",
]


class DayPlace(Section, frozen=True, kw_only=True):
    """Where a sensor looks, for the model of daily change. Without one, that model is not asked."""

    device: Annotated[Ident, Meta(description="a device", examples=["pir-hallway"])]
    place: Annotated[
        Place, Meta(description="the place of the model that it stands for", examples=["hallway"])
    ]


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


class Retention(Section, frozen=True, kw_only=True):
    """For how many days the gateway keeps what; what is in force stays as long as the home."""

    # Below a week nobody could look back at what led to an alert of a holiday; beyond three
    # months raw readings serve no purpose of a home-care service.
    readings_days: Annotated[
        int, Meta(ge=7, le=90, description="7 to 90 days of raw readings", examples=[30])
    ] = 30
    # An incident is looked into within weeks, and a home is reviewed once a year; beyond two
    # years the record is the service's, not the home's.
    alerts_days: Annotated[
        int, Meta(ge=90, le=730, description="90 to 730 days of closed alerts", examples=[365])
    ] = 365
    # A received message is kept to show what went out; its content stands elsewhere.
    messages_days: Annotated[
        int, Meta(ge=1, le=30, description="1 to 30 days of received messages", examples=[7])
    ] = 7
    # A log that ends before somebody thinks of asking is none; a person may ask for two years
    # back (as of the log of a client register), and it grows by ten lines a day.
    disclosures_days: Annotated[
        int,
        Meta(ge=365, le=1830, description="365 to 1830 days of who got what", examples=[730]),
    ] = 730


class CommandKey(Section, frozen=True, kw_only=True):
    """A key whose signed commands this gateway obeys, and which. Without one, it obeys none."""

    id: Annotated[Ident, Meta(description="how a command names the key", examples=["area-07-2026"])]
    public_key: Annotated[
        str,
        Meta(
            pattern=r"^[A-Za-z0-9+/]{43}=$",
            description="the Ed25519 public key, 32 bytes in base64, "
            "as `kotivahti desk command-key` shows it",
            examples=["11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="],
        ),
    ]
    commands: Annotated[
        tuple[CommandName, ...],
        Meta(min_length=1, description="what it may ask", examples=[["ping", "status"]]),
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
    pager: Pager | None = None  # None: no text messages
    sounder: Sounder | None = None  # None: nothing in the home is loud by itself
    # The state of a home holds 64 devices (edge.home.state.DEVICES_MAX).
    device: Annotated[
        tuple[DeviceImport, ...], Meta(max_length=64, description="at most 64 devices")
    ] = ()
    drivers: Drivers = Drivers()
    rules: Rules = Rules()
    control: Control = Control()
    models: Models = Models()
    # The state of a home holds 64 devices (edge.home.state.DEVICES_MAX).
    day_place: Annotated[
        tuple[DayPlace, ...], Meta(max_length=64, description="at most 64 sensors")
    ] = ()
    checklists: Checklists = Checklists()
    share: tuple[Share, ...] = ()
    rescue: Rescue = Rescue()
    retention: Retention = Retention()
    # A key a desk, and the next one of each while they change.
    command_key: Annotated[
        tuple[CommandKey, ...], Meta(max_length=8, description="at most 8 keys")
    ] = ()
