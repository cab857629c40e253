from __future__ import annotations

import pytest

from edge.app.imports import devices_of
from edge.config import parse
from edge.errors import ConfigError

HEAD = (
    '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
)
SMOKE = (
    '[[device]]\nid = "smoke-1"\ndriver = "shelly_smoke"\nrole = "smoke_alarm"\naddress = "{}"\n'
)


def faults_of(text: str) -> set[str]:
    with pytest.raises(ConfigError) as refused:
        parse(HEAD + text, "f")
    return {fault.key for fault in refused.value.faults}


def test_the_local_broker_has_defaults_of_this_machine() -> None:
    """An empty table is a broker on loopback; without it there is none."""
    assert parse(HEAD, "f").ingest is None
    ingest = parse(
        HEAD + '[ingest]\n[[ingest.satellite]]\nid = "hall"\nroom = "hall"\n', "f"
    ).ingest
    assert ingest is not None
    assert (ingest.host, ingest.port, ingest.tls) == ("127.0.0.1", 1883, False)
    assert [row.id for row in ingest.satellite] == ["hall"]


def test_what_cannot_be_is_said_of_its_own_table() -> None:
    """Readable lines beyond this machine, a password without a name, a name twice, nine of them."""
    assert faults_of('[ingest]\nhost = "192.0.2.1"\npassword_file = "x"\n') == {
        "ingest.tls",
        "ingest.password_file",
    }
    row = '[[ingest.satellite]]\nid = "{}"\n'
    assert faults_of("[ingest]\n" + row.format("a") * 2) == {"ingest.satellite[1].id"}
    nine = "".join(row.format(f"s{n}") for n in range(9))
    assert faults_of("[ingest]\n" + nine) == {"ingest.satellite"}


def test_a_device_of_the_broker_is_wired_and_keeps_its_own_deadline() -> None:
    """Its address is a topic as it stands; it may be quiet for as long as its driver says."""
    found = devices_of(parse(HEAD + "[ingest]\n" + SMOKE.format("home/shelly-B0"), "f"))
    assert [(d.address, d.wired, d.silent_after_s) for d in found] == [
        ("home/shelly-B0", True, 49 * 3600)
    ]


@pytest.mark.parametrize("address", ["a/#", "+", "/a", "a/", "a b", "$SYS"])
def test_a_topic_has_no_wildcards(address: str) -> None:
    """It would be heard for everybody."""
    with pytest.raises(ConfigError, match="without wildcards"):
        devices_of(parse(HEAD + "[ingest]\n" + SMOKE.format(address), "f"))


def test_a_device_of_the_broker_needs_one() -> None:
    """Without [ingest] it would never be heard, and the file says so."""
    with pytest.raises(ConfigError, match=r"add \[ingest\]"):
        devices_of(parse(HEAD + SMOKE.format("a"), "f"))
