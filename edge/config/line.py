"""Faults between the keys of a line to a broker: readable, unpinned, half a certificate."""

from __future__ import annotations

import base64
import binascii
import ipaddress

from edge.errors import ConfigFault

# What a slot of the line has: the first is in use, the second is for its renewal.
_SLOTS = ("", "next_")
_ED25519_BYTES = 32


def is_loopback(host: str) -> bool:
    """Whether a name can only mean this machine: `localhost` and below (RFC 6761), 127/8, ::1.

    What a name leads to is looked at once more when the line is opened.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        name = host.lower().rstrip(".")
        return name == "localhost" or name.endswith(".localhost")


def mqtt_senses(mqtt: dict[str, object], file: str, section: str = "mqtt") -> list[ConfigFault]:
    """The faults of one table that says how a broker is reached."""
    faults = []
    host = mqtt.get("host")
    if mqtt.get("tls") is False and isinstance(host, str) and not is_loopback(host):
        wrong = f"no TLS towards '{host}'"
        mend = "set tls = true; readable lines are for a broker on this machine only"
        faults.append(ConfigFault(file, f"{section}.tls", wrong, mend))
    if mqtt.get("tls", True) is True:
        faults += _tls_senses(mqtt, file, section)
    for slot in _SLOTS:
        for one, other in (("cert_file", "key_file"), ("key_file", "cert_file")):
            if slot + one in mqtt and slot + other not in mqtt:
                key, wrong = f"{section}.{slot}{one}", f"stands without {slot}{other}"
                faults.append(ConfigFault(file, key, wrong, f"give {slot}{other} as well"))
    if "next_ca_file" in mqtt and "next_cert_file" not in mqtt:
        wrong, mend = "stands without next_cert_file", "give the certificate that goes with it"
        faults.append(ConfigFault(file, f"{section}.next_ca_file", wrong, mend))
    if "password_file" in mqtt and "username" not in mqtt:
        faults.append(
            ConfigFault(
                file, f"{section}.password_file", "stands without username", "give username too"
            )
        )
    return faults


def _tls_senses(mqtt: dict[str, object], file: str, section: str) -> list[ConfigFault]:
    faults = []
    if "ca_file" not in mqtt:
        wrong = "is missing, and TLS would trust every authority in the world"
        mend = 'name the one that vouches for the broker: ca_file = "/etc/kotivahti/ca.pem"'
        faults.append(ConfigFault(file, f"{section}.ca_file", wrong, mend))
    if "cert_file" not in mqtt and "username" not in mqtt:
        wrong = "is missing, and nothing else says who this is"
        mend = "give cert_file and key_file, or username and password_file"
        faults.append(ConfigFault(file, f"{section}.cert_file", wrong, mend))
    return faults


def command_senses(keys: list[dict[str, object]], file: str) -> list[ConfigFault]:
    """Keys that are no keys; whose length is right is a matter of the schema."""
    faults = []
    for i, key in enumerate(keys):
        value = key.get("public_key")
        if isinstance(value, str) and not _is_key(value):
            wrong = "is no Ed25519 public key"
            mend = "copy the line that `kotivahti desk command-key` showed"
            faults.append(ConfigFault(file, f"command_key[{i}].public_key", wrong, mend))
    return faults


def _is_key(text: str) -> bool:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    # All zeros is a point of small order, for which anybody can make a signature.
    return len(raw) == _ED25519_BYTES and any(raw)
