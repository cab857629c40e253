"""A bond with the real bluetoothd: the installer's command, and a reading over the bonded link."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest

from tests.vm.house import KOTIVAHTI, NURSE, SOON_S, Inside
from tests.vm.machine import GuestError, eventually

pytestmark = [pytest.mark.vm, pytest.mark.timeout(20 * 60)]

CUFF = "bp-bonded"
SAID = "/run/pairing.jsonl"
# Seconds without its batteries: longer than it must be silent to count as switched off, and a
# second try for a gateway that heard its last advertisement late.
OFF_S = (8.0, 16.0)
SYSTOLIC = (
    "SELECT o.value FROM observation AS o JOIN kind AS k ON k.key = o.kind "
    "JOIN device AS d ON d.key = o.device "
    "WHERE d.id = 'bp-bonded' AND k.kind = 'blood_pressure_systolic'"
)


def steps(inside: Inside) -> list[dict[str, Any]]:
    """What the command has said so far; a line that is half written comes the next time."""
    whole, _, _ = inside.machine.run(f"cat {SAID}").rpartition("\n")
    return [json.loads(line) for line in whole.splitlines()]


def reaches(inside: Inside, step: str, within_s: float) -> bool:
    """Whether it gets there in time; False as soon as it has failed."""

    def look() -> set[str]:
        return {row["step"] for row in steps(inside)} & {step, "failed"}

    try:
        found: set[str] = eventually(step, look, within_s)
    except GuestError:
        return False
    return step in found


def test_a_cuff_is_paired_and_measures(inside: Inside) -> None:
    """Its button, its batteries, then a value that it shows to nobody without a bond."""
    machine, house = inside.machine, inside.house
    words = f"{KOTIVAHTI} device pair {CUFF} --json --config /etc/kotivahti/gateway.toml"
    machine.run(
        f"rm -f {SAID}; systemd-run --unit pairing -p User={NURSE} "
        f"-p StandardOutput=file:{SAID} {words}"
    )
    machine.until("the command runs", f"[ -e {SAID} ]", SOON_S)
    try:
        assert reaches(inside, "looking", SOON_S), steps(inside)
        house.happen("pairing", CUFF)
        assert reaches(inside, "power_cycle", SOON_S), steps(inside)
        for seconds in OFF_S:
            house.happen("power", CUFF, "off")
            assert not reaches(inside, "failed", seconds), steps(inside)
            house.happen("power", CUFF, "on")
            if reaches(inside, "reconnecting", 30):
                break
        assert reaches(inside, "done", SOON_S), steps(inside)
    finally:
        machine.run("systemctl stop pairing; systemctl reset-failed pairing", check=False)
    kept = machine.run("cat /var/lib/bluetooth/*/C4:4B:56:48:02:08/info")
    assert "LongTermKey" in kept
    house.happen("measure", CUFF, "128", "79", "61")
    found = eventually("the reading is stored", partial(inside.sql, SYSTOLIC), SOON_S)
    assert [row["value"] for row in found] == [128]
