"""The settings of a home on another box: what is the home's, with what is the box's own.

Plain functions over files; `kotivahti replace` calls them, with or without a gateway.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge import config as settings
from edge.app.drivers import enable
from edge.app.imports import devices_of
from edge.app.provisioning.profile import BOX_TABLES
from edge.config import Config
from edge.config.writing import toml
from edge.errors import ControlError
from edge.locale.refusing import worded
from edge.profile import Profile
from edge.settings import parse_toml

KEPT_SUFFIX = ".before-replace"
# The box's own tables that come over from the spare's own file; its devices do not.
_OWN = tuple(sorted(BOX_TABLES - {"device"}))


def resettled(own: Mapping[str, Any], profile: Profile) -> str:
    """The text of the spare's new settings file; `own` are the tables of its present one."""
    home = dict(profile.settings)
    gateway = {"id": own["gateway"]["id"], **home.pop("gateway", {})}
    tables: dict[str, Any] = {"gateway": gateway | {"site": profile.site}}
    tables |= {name: own[name] for name in _OWN if name in own}
    head = f"# Written by 'kotivahti replace' from the profile of {profile.gateway}.\n\n"
    return head + toml(tables | home)


def checked(text: str, file: str, devices: frozenset[str]) -> Config:
    """The settings as a start would read them; raises ConfigError with every fault."""
    config = settings.parse(text, file)
    enable(config, file)
    devices_of(config, known=devices, file=file)
    return config


def own_tables(path: Path) -> dict[str, Any]:
    return parse_toml(settings.read(path), str(path))


def put(path: Path, text: str) -> bool:
    """Put the new text in the file's place, all or nothing; False when it stands there already.

    The former file stays beside it, and a second call never overwrites that one.
    Raises ControlError for a full disk or a folder without the right to write.
    """
    try:
        before = path.read_bytes()
        if before == text.encode():
            return False
        kept = path.with_name(path.name + KEPT_SUFFIX)
        if not kept.exists():
            replace_file(kept, before, mode=path.stat().st_mode & 0o777)
        replace_file(path, text.encode(), mode=path.stat().st_mode & 0o777)
    except OSError as error:
        why = error.strerror or str(error)
        raise worded(ControlError, "unwritable", file=str(path), why=why) from error
    return True


def replace_file(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file so that a power cut leaves the old one or the new one; raises OSError."""
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        if path.exists():
            owner = path.stat()
            os.chown(name, owner.st_uid, owner.st_gid)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def missing(config: Config) -> list[str]:
    """Ports and files that the settings name and this box does not have."""
    found: list[str] = []
    for serial in config.serial:
        ports = (serial.port,) if isinstance(serial.port, str) else serial.port
        found += [f"serial {serial.device}: {port}" for port in ports if _is_absent(port)]
    for contact in config.contact:
        lines = [line for line in (contact.line, contact.rest_line) if line is not None]
        found += [f"contact {contact.device}: {line}" for line in lines if _is_absent(_port(line))]
    found += [f"modbus {row.device}: {row.port}" for row in config.modbus if _is_absent(row.port)]
    if config.ingest is not None:
        for name in ("ca_file", "cert_file", "key_file", "password_file"):
            path = getattr(config.ingest, name)
            found += [f"ingest {name}: {path}"] if path is not None and _is_absent(path) else []
    for table in ("models", "checklists"):
        folder = getattr(config, table).dir
        found += [f"{table} dir: {folder}"] if folder is not None and _is_absent(folder) else []
    return found


def _port(line: str) -> str:
    return line.removeprefix("gpio:").rpartition(":")[0]


def _is_absent(path: str) -> bool:
    return path.startswith("/") and not Path(path).exists()
