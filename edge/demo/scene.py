"""The settings of the demonstration: a home's gateway, its desk, one nurse, one broker."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path
from typing import Any

from edge.config.writing import toml

GATEWAY = "gw-demo"
NURSE = "anna"
AMQTT = (str(Path(sys.executable).with_name("amqtt")),)

# The home is what an installer would have asked about on the first visit.
ANSWERS = (
    "FS-01=ok", "FS-02=old_or_untested", "FS-03=unsure", "FS-04=yes", "FS-05=inside",
    "FS-06=old", "FS-07=no", "FS-08=remains", "FS-09=none", "FS-10=missing",
    "FS-21=ok", "FS-22=maybe", "FS-23=yes", "FS-24=alone",
)  # fmt: skip


def gateway_settings(folder: Path, port: int, home: dict[str, Any]) -> str:
    """What a gateway beside the virtual home needs; `home` is the home's own report."""
    return toml(
        {
            "gateway": {
                "id": GATEWAY,
                "site": "site-demo",
                "customer": "c-demo",
                "trusted_clock": True,  # a workstation's battery keeps the time
            },
            "store": {"path": str(folder / "home.db")},
            "mqtt": {"host": "127.0.0.1", "port": port, "tls": False},
            "ble": home["ble"],
            "control": {"socket": str(folder / "control.sock")},
            "share": [{"purpose": "upkeep of the devices", "kinds": ["battery", "battery_low"]}],
            "serial": home["serial"],
            "modbus": home["modbus"],
            "device": home["device"],
        }
        | ({"pager": home["pager"]} if "pager" in home else {})
    )


def password_file(folder: Path) -> Path:
    """The nurse's password: random, made once, readable by this user alone."""
    path = folder / "nurse.password"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(18) + "\n", encoding="ascii")
    return path


def desk_settings(folder: Path, port: int) -> str:
    """The desk beside it, with a database of its own."""
    return toml(
        {
            "desk": {"id": "desk-demo", "views": "machine"},
            "store": {"path": str(folder / "desk.db")},
            "mqtt": {"host": "127.0.0.1", "port": port, "tls": False},
        }
    )


def mosquitto_settings(port: int) -> str:
    """A broker for this machine alone that keeps nothing."""
    return f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\n"


def amqtt_settings(port: int) -> str:
    """The same for amqtt, which speaks MQTT 3.1.1 only."""
    return (
        f"listeners:\n  default:\n    type: tcp\n    bind: 127.0.0.1:{port}\n"
        "plugins:\n  amqtt.plugins.authentication.AnonymousAuthPlugin:\n"
        "    allow_anonymous: true\n"
    )
