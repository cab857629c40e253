"""Bonds by the real bluetoothd: made by the installer's command alone, kept, lost and made anew."""

from __future__ import annotations

import json
import shlex
import time
from pathlib import Path
from typing import Any

import pytest

from tests.vm.house import KOTIVAHTI, NURSE, SOON_S, Inside
from tests.vm.machine import eventually

pytestmark = [pytest.mark.vm, pytest.mark.timeout(20 * 60)]

# Seconds for which the person reads and types: longer than is left of a connection's 15, and well
# within the 30 that Bluetooth gives a pairing between two of its messages.
READS_AND_TYPES_S = 13
# The device counts as switched off after five seconds without a word; the guest is slow.
BATTERIES_OUT_S = 8.0
ROWS = "/run/pair.jsonl"
DIGITS = "/run/pair.digits"
SYSTOLIC = (
    "SELECT o.value FROM observation AS o JOIN kind AS k ON k.key = o.kind "
    "WHERE k.kind = 'blood_pressure_systolic' ORDER BY o.seq"
)
WEIGHT = SYSTOLIC.replace("blood_pressure_systolic", "body_weight")


def enrol(inside: Inside, device: str) -> None:
    """As docs/installer.md has it; a second time changes nothing."""
    row = inside.house.row_of(device)
    inside.gateway(
        *("device", "add", device, "--address", row["address"], "--driver", row["driver"]),
        *("--role", "vitals", "--room", row["room"]),
    )


def is_bonded(inside: Inside, device: str) -> bool:
    address = inside.house.row_of(device)["address"]
    said = inside.machine.run(f"bluetoothctl info {address} || true")
    return "Bonded: yes" in said


class Pairing:
    """`kotivahti device pair` in the guest, with a person who holds the device."""

    def __init__(self, inside: Inside, device: str) -> None:
        self._inside = inside
        self._device = device
        words = shlex.join([KOTIVAHTI, "device", "pair", device, "--json"])
        # The writer holds the line of digits open, as a terminal does.
        inside.machine.run(
            f"rm -f {ROWS} {DIGITS}; touch {ROWS}; mkfifo -m 666 {DIGITS}; "
            f"(sleep 300 > {DIGITS} & sudo -u {NURSE} {words} < {DIGITS} > {ROWS}; kill $!) "
            "> /dev/null 2>&1 &"
        )

    def rows(self) -> list[dict[str, Any]]:
        text = self._inside.machine.run(f"cat {ROWS}")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def step(self, name: str, within_s: float = SOON_S) -> None:
        """Until it says this step; an end that is another one is told at once."""

        def said() -> bool:
            rows = self.rows()
            steps = [row["step"] for row in rows]
            assert name == "failed" or "failed" not in steps, f"{steps}: {rows[-1]}"
            return name in steps

        eventually(f"{self._device}: {name}", said, within_s)

    def read_and_type(self, digits: str) -> None:
        self._inside.machine.run(f"sleep {READS_AND_TYPES_S}; echo {digits} > {DIGITS}")

    def prove(self) -> None:
        """Batteries out and in, when the command asks for it; until its last word."""
        self.step("power_cycle")
        self._inside.house.happen("power", self._device, "off")
        time.sleep(BATTERIES_OUT_S)
        self._inside.house.happen("power", self._device, "on")
        self.step("done")


def measured(inside: Inside, query: str, device: str, *values: str) -> float:
    """Take a measurement, and wait until it is stored; its value."""
    before = len(inside.sql(query))
    inside.house.happen("measure", device, *values)
    rows = eventually(
        f"a measurement of {device}",
        lambda: found if len(found := inside.sql(query)) > before else None,
        SOON_S + 60,
    )
    return float(rows[-1]["value"])


def test_no_bond_is_made_without_the_command(inside: Inside) -> None:
    """In its pairing mode, enrolled and connected to: the gateway has no agent that says yes."""
    enrol(inside, "bp-2")
    inside.house.happen("pairing", "bp-2")
    log = Path(inside.house.folder) / "sim.log"
    eventually(
        "bluetoothd tries to pair by itself",
        lambda: "pairing failure" in log.read_text(encoding="utf-8"),
        SOON_S,
    )
    assert not is_bonded(inside, "bp-2")
    inside.house.happen("power", "bp-2", "off")


def test_a_bond_is_made_used_and_kept(inside: Inside) -> None:
    """Just works: paired, proved by the batteries, read from, and so after bluetoothd is new."""
    enrol(inside, "bp-2")
    inside.house.happen("power", "bp-2", "off")
    pairing = Pairing(inside, "bp-2")
    pairing.step("looking")
    inside.house.happen("power", "bp-2", "on")
    inside.house.happen("pairing", "bp-2")
    began = time.monotonic()
    pairing.prove()
    print(f"paired and proved in {time.monotonic() - began:.1f} s")
    assert is_bonded(inside, "bp-2")
    assert measured(inside, SYSTOLIC, "bp-2", "131", "81", "66") == 131
    # What a replacement of this box would list as to be paired anew.
    assert "bp-2" in inside.gateway("profile", "show")["holds"]["bonded"]

    inside.machine.run("systemctl restart bluetooth")
    inside.wait_until_hearing(SOON_S + 90)
    assert is_bonded(inside, "bp-2")
    assert measured(inside, SYSTOLIC, "bp-2", "142", "82", "67") == 142


def test_a_number_that_the_device_shows_is_typed_in(inside: Inside) -> None:
    """Passkey entry, with the time that a person takes."""
    enrol(inside, "scale-1")
    pairing = Pairing(inside, "scale-1")
    pairing.step("looking")
    inside.house.happen("pairing", "scale-1")
    pairing.step("passkey")
    pairing.read_and_type("123456")
    pairing.prove()
    assert is_bonded(inside, "scale-1")
    assert measured(inside, WEIGHT, "scale-1", "71.5") == 71.5


def test_a_bond_that_is_lost_is_said_and_made_anew(inside: Inside) -> None:
    """The radio's keys are gone, as after a new adapter: what was measured waits, and comes."""
    if not is_bonded(inside, "bp-2"):
        pytest.fail("run it with test_a_bond_is_made_used_and_kept")
    inside.machine.run(f"bluetoothctl remove {inside.house.row_of('bp-2')['address']}")
    before = len(inside.sql(SYSTOLIC))
    inside.house.happen("measure", "bp-2", "153", "83", "68")

    def said() -> bool:
        return bool(inside.gateway("device", "show", "bp-2")["must_pair"])

    eventually("the device is said to need a bond", said, SOON_S)
    listed = inside.machine.run(f"sudo -u {NURSE} {KOTIVAHTI} device list --lang sv")
    assert "kotivahti device pair bp-2" in listed
    print([line for line in listed.splitlines() if line.startswith("!")])
    assert len(inside.sql(SYSTOLIC)) == before

    inside.house.happen("power", "bp-2", "off")
    pairing = Pairing(inside, "bp-2")
    pairing.step("looking")
    inside.house.happen("power", "bp-2", "on")
    inside.house.happen("pairing", "bp-2")
    pairing.prove()
    eventually(
        "what was measured meanwhile",
        lambda: inside.sql(SYSTOLIC)[before:],
        SOON_S,
    )
    assert inside.sql(SYSTOLIC)[-1]["value"] == 153
    assert not inside.gateway("device", "show", "bp-2")["must_pair"]


def test_a_device_that_is_removed_leaves_no_keys(inside: Inside) -> None:
    """Its enrolment ends, and the radio forgets it."""
    enrol(inside, "scale-1")
    inside.gateway("device", "remove", "scale-1", "--yes")
    assert not is_bonded(inside, "scale-1")
