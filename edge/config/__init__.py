"""The site's settings: one TOML file, read once, into frozen records.

Enrolments, answers and keys live in the store; this file says where things
are, and can import a home the first time the gateway sees it. Changes take
effect by `kotivahti check-config` and a restart; there is no reload.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from edge.config.line import is_loopback, mqtt_senses
from edge.config.ruling import Rules
from edge.config.sections import (
    Ble,
    CommandKey,
    Config,
    DeviceImport,
    Gateway,
    Ingest,
    Mqtt,
    Retention,
    Satellite,
)
from edge.config.senses import senses
from edge.config.wires import Contact, Modbus, Pager, Serial, Sounder
from edge.config.words import FilePath, Section
from edge.errors import ConfigError, ConfigFault
from edge.settings import check, parse_toml

__all__ = [
    "Ble",
    "CommandKey",
    "Config",
    "Contact",
    "DeviceImport",
    "FilePath",
    "Gateway",
    "Ingest",
    "Modbus",
    "Mqtt",
    "Pager",
    "Retention",
    "Rules",
    "Satellite",
    "Section",
    "Serial",
    "Sounder",
    "is_loopback",
    "load",
    "mqtt_senses",
    "parse",
    "read",
    "schema",
]


def read(path: Path) -> str:
    """The text of a settings file; raises ConfigError when there is none to be read."""
    try:
        if not path.is_file():  # a pipe would wait for ever
            raise FileNotFoundError("there is no such file")
        return path.read_text(encoding="utf-8-sig")  # some editors put a mark before the text
    except UnicodeDecodeError as error:  # an office program's own encoding
        wrong = f"byte {error.start} is not UTF-8"
        mend = "save the file again as UTF-8 text"
        raise ConfigError([ConfigFault(str(path), "(file)", wrong, mend)]) from error
    except OSError as error:
        mend = "check path and rights, or give another file"
        fault = ConfigFault(str(path), "(file)", f"cannot be read: {error}", mend)
        raise ConfigError([fault]) from error


def load(path: Path) -> Config:
    """Read and check the whole file; raises one ConfigError with every fault."""
    return parse(read(path), str(path))


def parse(text: str, file: str) -> Config:
    """Check the text of a settings file; raises one ConfigError with every fault."""
    data = parse_toml(text, file)
    config, faults = check(Config, data, file)
    faults += senses(data, file)
    if faults or config is None:
        raise ConfigError(faults)
    return config


def schema() -> dict[str, object]:
    """The JSON Schema (2020-12) of the file, for editors; `config/gateway.schema.json`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | msgspec.json.schema(Config)
