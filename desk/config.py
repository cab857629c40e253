"""The desk's settings: one TOML file, read once; every fault at once with its mend."""

from __future__ import annotations

import zoneinfo
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from edge.config import FilePath, Mqtt, Section, mqtt_senses, read
from edge.config.notifying import NotifyTable
from edge.errors import ConfigError, ConfigFault
from edge.settings import check, parse_toml

DEFAULT_PATH = "/etc/kotivahti/desk.toml"

# It stands in a CloudEvents source and in an MQTT client id.
DeskId = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        description="the desk's name: lower-case letters, digits and hyphens, at most 40",
        examples=["area-07"],
    ),
]


class DeskTable(Section, frozen=True, kw_only=True):
    id: DeskId
    zone: Annotated[str, Meta(description="an IANA time zone", examples=["Europe/Helsinki"])] = (
        "Europe/Helsinki"
    )
    views: Annotated[
        Literal["account", "machine"],
        Meta(
            description="who may look: named persons with their accounts, or whoever uses this "
            "machine, where one person has a log-in of their own on it"
        ),
    ] = "account"


class StoreTable(Section, frozen=True, kw_only=True):
    path: FilePath = "/var/lib/kotivahti-desk/desk.db"


class LifeTable(Section, frozen=True, kw_only=True):
    terms: Annotated[
        str,
        Meta(
            max_length=200,
            pattern=r"^[^\x00-\x1f\x7f-\x9f]*$",
            description="on what terms forms of a registered mark may be used here: with whom they "
            "were agreed on, when, in which paper; empty: nobody is asked by them",
            examples=["Diak, 2026-11-02, agreement 14"],
        ),
    ] = ""
    form: Annotated[str, Meta(description="the form that is asked by", examples=["3x10d-2"])] = (
        "3x10d-2"
    )


class DeskConfig(Section, frozen=True, kw_only=True):
    desk: DeskTable
    mqtt: Mqtt
    store: StoreTable = StoreTable()
    life: LifeTable = LifeTable()
    notify: NotifyTable = NotifyTable()


def load(path: Path) -> DeskConfig:
    """Read and check the whole file; raises one ConfigError with every fault."""
    return parse(read(path), str(path))


def parse(text: str, file: str) -> DeskConfig:
    """Check the text of a settings file; raises one ConfigError with every fault."""
    data = parse_toml(text, file)
    config, faults = check(DeskConfig, data, file)
    faults += _senses(data, file)
    if faults or config is None:
        raise ConfigError(faults)
    return config


def schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of the file, for editors; `config/desk.schema.json`."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(DeskConfig),
    }


def _senses(data: dict[str, object], file: str) -> list[ConfigFault]:
    """Faults between keys, also of a file that is broken elsewhere."""
    faults: list[ConfigFault] = []
    desk, mqtt = data.get("desk"), data.get("mqtt")
    zone = desk.get("zone") if isinstance(desk, dict) else None
    if isinstance(zone, str) and zone not in zoneinfo.available_timezones():
        mend = 'write an IANA name, for example zone = "Europe/Helsinki"'
        faults.append(ConfigFault(file, "desk.zone", f"'{zone}' is not a time zone", mend))
    if isinstance(mqtt, dict):
        faults += mqtt_senses(mqtt, file)
    return faults
