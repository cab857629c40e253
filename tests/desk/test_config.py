"""The desk's settings: the example, its schema, and every fault at once."""

from __future__ import annotations

import json
import tomllib

import pytest
from jsonschema import Draft202012Validator

from desk.config import load, parse, schema
from edge.errors import ConfigError
from edge.resources import resource


def test_the_example_is_valid_and_fits_the_schema():
    """What an installer copies works, and the schema beside it is the code's own."""
    example = resource("config/desk.example.toml")
    assert load(example).desk.id == "area-07"
    beside = json.loads(resource("config/desk.schema.json").read_text(encoding="utf-8"))
    assert beside == json.loads(json.dumps(schema()))
    Draft202012Validator(beside).validate(tomllib.loads(example.read_text(encoding="utf-8")))


def test_every_fault_is_reported_at_once():
    """File, key, what is wrong and the mend, for all of them."""
    text = """
        colour = "red"
        [desk]
        id = "Area 07"
        zone = "Europe/Turku"
        [store]
        path = ""
        [mqtt]
        host = "mqtt.example.org"
        tls = false
        port = 0
        password_file = "/etc/kotivahti/password"
        cert_file = "/etc/kotivahti/desk.pem"
        prot = 5
    """
    with pytest.raises(ConfigError) as caught:
        parse(text, "desk.toml")
    faults = caught.value.faults
    assert {fault.key for fault in faults} == {
        "colour",
        "desk.id",
        "desk.zone",
        "store.path",
        "mqtt.tls",
        "mqtt.port",
        "mqtt.prot",
        "mqtt.password_file",
        "mqtt.cert_file",
    }
    assert all(fault.file == "desk.toml" and fault.wrong and fault.mend for fault in faults)
