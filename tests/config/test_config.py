"""The settings file: every fault at once, each with file, key, what is wrong and the mend."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge import config
from edge.app.imports import devices_of
from edge.config.senses import senses
from edge.domain.rescue import Rescue
from edge.errors import ConfigError
from edge.settings import check

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config" / "gateway.example.toml"
SCHEMA = ROOT / "config" / "gateway.schema.json"

TEN_FAULTS = """
[gateway]
id = "GW 1"
sit = "site-88"
customer = "c-0188"
zone = "Mars/Olympus"

[mqtt]
host = "mqtt.example.org"
port = 99999
tls = false
cert_file = "/etc/kotivahti/gw.pem"

[ble]
backend = "serial"

[[device]]
id = "button"
driver = "bthome"
role = "panic"
address = "54:48:E6:8F:80:A5"

[[device]]
id = "button"
driver = "bthome"
role = "smoke_alarm"
address = "54:48:E6:8F:80:A6"

[rules]
day_from_min = 1400
day_until_min = 300
"""

EXPECTED = {
    "gateway.id",
    "gateway.sit",
    "gateway.site",
    "gateway.zone",
    "mqtt.port",
    "mqtt.tls",
    "mqtt.cert_file",
    "ble.backend",
    "device[0].role",
    "device[1].id",
    "rules.day_from_min",
}


def _faults(text: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        config.parse(text, "gateway.toml")
    return caught.value


def test_the_example_is_in_order():
    """The example file that people copy loads without a fault."""
    loaded = config.load(EXAMPLE)
    assert loaded.gateway.id == "gw-0001"
    assert [d.id for d in loaded.device] == ["help-button", "smoke-1", "robot-1"]


def test_what_the_example_has_in_comments_is_in_order_too():
    """Each commented table holds when its marks are taken away: people do just that."""
    text = re.sub(r"^# (?=\[|[a-z_]+ = )", "", EXAMPLE.read_text(), flags=re.MULTILINE)
    loaded = config.parse(text, "gateway.toml")
    assert [len(rows) for rows in (loaded.serial, loaded.contact, loaded.modbus)] == [2, 1, 1]
    assert loaded.ingest is not None
    assert loaded.rules.night_door is not None
    assert loaded.drivers.enable


def test_the_schema_beside_the_example_is_the_one_of_the_code_and_fits_it():
    """Editors check against the same rules as the gateway."""
    schema = json.loads(SCHEMA.read_text())
    assert schema == json.loads(json.dumps(config.schema()))
    jsonschema.Draft202012Validator(schema).validate(tomllib.loads(EXAMPLE.read_text()))


def test_every_fault_of_a_bad_file_is_told_at_once():
    """Eleven faults in one file give eleven entries, one per key."""
    found = _faults(TEN_FAULTS).faults
    assert {f.key for f in found} == EXPECTED
    assert len(found) == len(EXPECTED)


def test_each_fault_names_file_wrong_and_mend():
    """A fault is of use in a hallway: it says what to write instead."""
    for fault in _faults(TEN_FAULTS).faults:
        assert fault.file == "gateway.toml"
        assert fault.wrong
        assert len(fault.mend) > len("mend it")


def test_a_misspelt_key_is_answered_with_the_right_one():
    """`sit` gets `did you mean 'site'?`."""
    fault = next(f for f in _faults(TEN_FAULTS).faults if f.key == "gateway.sit")
    assert "'site'" in fault.mend


def test_a_missing_key_shows_an_example_of_that_key():
    """The mend of a missing site is a site, not some other name."""
    fault = next(f for f in _faults(TEN_FAULTS).faults if f.key == "gateway.site")
    assert 'site = "site-88"' in fault.mend


def test_a_syntax_error_names_its_line():
    """Broken TOML is told with line and column."""
    (fault,) = _faults("[gateway\nid = 1\n").faults
    assert re.search(r"line 1", fault.wrong)


def test_a_missing_file_and_one_that_is_no_text_are_told(tmp_path):
    """Neither ends in a traceback."""
    with pytest.raises(ConfigError, match="cannot be read"):
        config.load(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="byte 0 is not UTF-8"):
        config.load(tmp_path / "bytes.toml")


def test_a_file_that_is_too_large_is_refused():
    """A settings file of megabytes is some other file."""
    (fault,) = _faults("# " + "x" * 300_000).faults
    assert "larger than" in fault.wrong


@pytest.mark.parametrize("host", ["localhost", "broker.localhost", "127.0.0.1", "127.8.9.1", "::1"])
def test_only_loopback_may_do_without_tls(host):
    """A readable line to a broker on this machine is allowed."""
    text = f'[gateway]\nid="gw-1"\nsite="s"\ncustomer="c"\n[mqtt]\nhost="{host}"\ntls=false\n'
    assert config.parse(text, "f").mqtt.tls is False


HEAD = '[gateway]\nid="gw-1"\nsite="s"\ncustomer="c"\n[mqtt]\n'
TLS = 'host="mqtt.example.org"\nca_file="ca"\ncert_file="c"\nkey_file="k"\n'
KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "128.0.0.1", "localhost.example.org", "127.0.0.1.example.org", "::2"]
)
def test_a_readable_line_that_leaves_the_machine_is_refused(host):
    """What only looks like this machine is not."""
    (fault,) = _faults(f'{HEAD}host="{host}"\ntls=false\n').faults
    assert fault.key == "mqtt.tls"


@pytest.mark.parametrize(
    "text, key",
    [
        ('host="m.example.org"\ncert_file="c"\nkey_file="k"\n', "mqtt.ca_file"),
        ('host="m.example.org"\nca_file="ca"\n', "mqtt.cert_file"),
        (f'{TLS}next_cert_file="n"\n', "mqtt.next_cert_file"),
        (f'{TLS}next_key_file="n"\n', "mqtt.next_key_file"),
        (f'{TLS}next_ca_file="n"\n', "mqtt.next_ca_file"),
        (
            f'{TLS}[[command_key]]\nid="a"\ncommands=["ping"]\npublic_key="{"A" * 43}="\n',
            "command_key[0].public_key",
        ),
        (
            f'{TLS}[[command_key]]\nid="a"\ncommands=["unlock"]\npublic_key="{KEY}"\n',
            "command_key[0].commands",
        ),
    ],
)
def test_half_a_line_is_refused(text, key):
    """No authority, no name, half a slot, a key that everybody has, a command that is none."""
    (fault,) = _faults(HEAD + text).faults
    assert fault.key == key


def test_a_second_slot_and_a_key_for_commands():
    """The names that the maintainer's page uses."""
    more = 'next_cert_file="n"\nnext_key_file="k"\n[[command_key]]\nid="a"\ncommands=["ping"]\n'
    loaded = config.parse(f'{HEAD}{TLS}{more}public_key="{KEY}"\n', "f")
    assert (loaded.mqtt.next_cert_file, loaded.command_key[0].id) == ("n", "a")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)
_SECTIONS = st.sampled_from(sorted(config.Config.__struct_fields__))


@given(data=st.dictionaries(_SECTIONS, _VALUES, max_size=5))
def test_no_shape_of_data_ends_in_anything_but_faults(data):
    """Whatever stands in the tables, the answer is a list of faults, never a traceback."""
    found, faults = check(config.Config, data, "f")
    faults = faults + senses(data, "f")
    assert found is None or not [f for f in faults if not f.mend]
    assert all(f.key and f.wrong and f.mend for f in faults)


def _home(extra: str) -> str:
    head = '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n'
    return head + '[mqtt]\nhost = "127.0.0.1"\ntls = false\n' + extra


def _device(n: int, address: str) -> str:
    rows = {"id": f"d{n}", "driver": "bthome", "role": "motion", "address": address}
    return "[[device]]\n" + "".join(f'{key} = "{value}"\n' for key, value in rows.items())


def test_more_devices_than_a_home_can_hold_are_refused_before_the_start():
    """The 65th would be enrolled and never heard: the file says so."""
    many = "".join(_device(n, f"54:48:E6:8F:{n // 256:02X}:{n % 256:02X}") for n in range(65))
    (fault,) = _faults(_home(many)).faults
    assert (fault.key, "64" in fault.mend) == ("device", True)
    assert len(config.parse(_home(many[: many.rindex("[[device]]")]), "f").device) == 64


def test_one_radio_address_in_two_spellings_is_one_address():
    """Lower case and hyphens do not make two devices of one."""
    text = _home(_device(1, "54:48:E6:8F:80:A5") + _device(2, "54-48-e6-8f-80-a5"))
    assert [f.key for f in _faults(text).faults] == ["device[1].address"]


LINE = '[[serial]]\ndevice = "d1"\nport = "/dev/x"\n'
ROBOT = "medication_robot"


@pytest.mark.parametrize(
    "text, key",
    [
        (_device(1, "54-48-E6-8F-80"), "device[0].address"),
        (_device(1, "54:48:E6:8F:80:A5") + LINE, "serial[0].device"),
        (_device(1, "M").replace("bthome", "appliance").replace("motion", ROBOT), "device[0].id"),
        (_device(1, "54:48:E6:8F:80:A5").replace("bthome", "bthom"), "device[0].driver"),
        (_device(1, "54:48:E6:8F:80:A5").replace("motion", "vitals"), "device[0].role"),
    ],
)  # fmt: skip
def test_devices_that_could_never_be_heard_are_faults(text, key):
    """What the drivers know is checked before the start too: addresses, lines, roles."""
    with pytest.raises(ConfigError) as caught:
        devices_of(config.parse(_home(text), "f"))
    assert [f.key for f in caught.value.faults] == [key]


NIGHT_DOOR = """
[gateway]
id = "gw-0001"
site = "site-88"
customer = "c-0188"

[mqtt]
host = "127.0.0.1"
tls = false

[rules.night_door]
devices = ["front-door"]
"""


def test_the_settings_name_doors_and_hours():
    """Whether they are watched is a decision, and stands in the home's own database."""
    assert config.load(EXAMPLE).rules.night_door is None
    night = config.parse(NIGHT_DOOR, "g.toml").rules.night_door
    assert night is not None
    assert (night.devices, night.from_min) == (("front-door",), 22 * 60)


@pytest.mark.parametrize("key", ["basis", "decided_by", "review_by"])
def test_a_decision_in_an_old_file_stops_no_start(key: str):
    """A gateway that does not start after its update hears nobody."""
    night = config.parse(f'{NIGHT_DOOR}{key} = "2027-05-01"\n', "g.toml").rules.night_door
    assert night is not None
    assert getattr(night, key) == "2027-05-01"


@pytest.mark.parametrize(
    "line, key",
    [
        ("devices = []", "devices"),
        ("from_min = 360", "until_min"),
    ],
)
def test_a_watch_over_nothing_is_refused(line: str, key: str):
    """No doors, a night without hours."""
    name = line.split(" ", 1)[0]
    kept = [one for one in NIGHT_DOOR.splitlines() if not one.startswith(name)]
    with pytest.raises(ConfigError) as caught:
        config.parse("\n".join([*kept, line]), "g.toml")
    assert any(fault.key == f"rules.night_door.{key}" for fault in caught.value.faults)


@pytest.mark.parametrize(
    "line, words",
    [
        ('building = "block"', "one of: apartment, terraced, detached, other, unknown"),
        ('lift = "maybe"', "one of: yes, no"),
    ],
)
def test_a_word_of_a_closed_list_is_answered_with_the_list(line: str, words: str) -> None:
    """Whoever wrote "block" has to see what could stand there, not the name of a class."""
    _, faults = check(Rescue, tomllib.loads(line), "home.toml")
    assert [fault.mend for fault in faults] == [words]
