"""The site's settings: one TOML file, read once, into frozen records.

Enrolments, answers and keys live in the store; this file says where things
are, and can import a home the first time the gateway sees it. Changes take
effect by `kotivahti check-config` and a restart; there is no reload.
"""

from __future__ import annotations

import difflib
import re
import zoneinfo
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.domain import Role
from edge.errors import ConfigError, ConfigFault
from edge.kinds import KINDS
from edge.settings import check, parse_toml

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
    path: FilePath = "/var/lib/kotivahti/home.db"


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
    room: Ident | None = None
    person: Ident | None = None
    label: Annotated[str, Meta(max_length=60, description="words for people")] = ""
    silent_after_s: Seconds | None = None
    key_file: FilePath | None = None


class Rules(Section, frozen=True, kw_only=True):
    no_activity_after_s: Seconds = 8 * 3600
    day_from_min: Minute = 8 * 60
    day_until_min: Minute = 22 * 60
    dose_grace_s: Seconds = 30 * 60


class Control(Section, frozen=True, kw_only=True):
    socket: FilePath = "/run/kotivahti/control.sock"
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
    device: tuple[DeviceImport, ...] = ()
    rules: Rules = Rules()
    control: Control = Control()
    models: Models = Models()
    checklists: Checklists = Checklists()
    share: tuple[Share, ...] = ()


def load(path: Path) -> Config:
    """Read and check the whole file; raises one ConfigError with every fault."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fault = ConfigFault(
            str(path), "(file)", f"cannot be read: {error}", "check path and rights"
        )
        raise ConfigError([fault]) from error
    return parse(text, str(path))


def parse(text: str, file: str) -> Config:
    """Check the text of a settings file; raises one ConfigError with every fault."""
    data = parse_toml(text, file)
    config, faults = check(Config, data, file)
    faults += _senses(data, file)
    if faults or config is None:
        raise ConfigError(faults)
    return config


def schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of the file, for editors; `config/gateway.schema.json`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | msgspec.json.schema(Config)


def _senses(data: dict[str, object], file: str) -> list[ConfigFault]:
    """Faults between keys; looks at the raw tables so that it also speaks about a broken file."""
    faults: list[ConfigFault] = []

    def table(name: str) -> dict[str, object]:
        value = data.get(name)
        return value if isinstance(value, dict) else {}

    def rows(name: str) -> list[dict[str, object]]:
        value = data.get(name)
        return [r for r in value if isinstance(r, dict)] if isinstance(value, list) else []

    zone = table("gateway").get("zone", "Europe/Helsinki")
    if isinstance(zone, str) and zone not in zoneinfo.available_timezones():
        mend = 'write an IANA name, for example zone = "Europe/Helsinki"'
        faults.append(ConfigFault(file, "gateway.zone", f"'{zone}' is not a time zone", mend))
    faults += mqtt_senses(table("mqtt"), file)
    faults += _device_senses(rows("device"), rows("serial"), file)
    faults += _share_senses(rows("share"), file)
    rules = table("rules")
    start, end = rules.get("day_from_min", 480), rules.get("day_until_min", 1320)
    if isinstance(start, int) and isinstance(end, int) and start >= end:
        wrong = f"the day begins at {start} and ends at {end}"
        faults.append(
            ConfigFault(file, "rules.day_from_min", wrong, "make day_from_min the smaller one")
        )
    return faults


def mqtt_senses(mqtt: dict[str, object], file: str) -> list[ConfigFault]:
    faults = []
    host = mqtt.get("host")
    if mqtt.get("tls") is False and isinstance(host, str) and not _is_loopback(host):
        wrong = f"no TLS towards '{host}'"
        mend = "set tls = true; readable lines are for a broker on this machine only"
        faults.append(ConfigFault(file, "mqtt.tls", wrong, mend))
    for one, other in (("cert_file", "key_file"), ("key_file", "cert_file")):
        if one in mqtt and other not in mqtt:
            faults.append(
                ConfigFault(file, f"mqtt.{one}", f"stands without {other}", f"give {other} as well")
            )
    if "password_file" in mqtt and "username" not in mqtt:
        faults.append(
            ConfigFault(file, "mqtt.password_file", "stands without username", "give username too")
        )
    return faults


def _share_senses(shares: list[dict[str, object]], file: str) -> list[ConfigFault]:
    faults = []
    for i, share in enumerate(shares):
        kinds = share.get("kinds")
        for kind in kinds if isinstance(kinds, list) else []:
            if isinstance(kind, str) and kind not in KINDS:
                close = difflib.get_close_matches(kind, KINDS, n=1)
                mend = f"did you mean '{close[0]}'?" if close else "take one of edge/kinds.py"
                wrong = f"'{kind}' is no kind of observation"
                faults.append(ConfigFault(file, f"share[{i}].kinds", wrong, mend))
    return faults


def _is_loopback(host: str) -> bool:
    return host in {"localhost", "::1"} or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def _device_senses(
    devices: list[dict[str, object]], lines: list[dict[str, object]], file: str
) -> list[ConfigFault]:
    faults = []
    for key in ("id", "address"):
        seen: dict[object, int] = {}
        for i, device in enumerate(devices):
            value = device.get(key)
            if value is None:
                continue
            if value in seen:
                wrong = f"'{value}' stands at device[{seen[value]}] already"
                faults.append(
                    ConfigFault(
                        file, f"device[{i}].{key}", wrong, f"give each device its own {key}"
                    )
                )
            seen.setdefault(value, i)
    taken: dict[object, int] = {}
    for i, line in enumerate(lines):
        if line.get("port") in taken:
            wrong = f"is used by serial[{taken[line.get('port')]}] already"
            faults.append(ConfigFault(file, f"serial[{i}].port", wrong, "one device per port"))
        taken.setdefault(line.get("port"), i)
    return faults
