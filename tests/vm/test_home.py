"""From a device's bytes to the desk's receipt, through the kernel, BlueZ, udev and systemd."""

from __future__ import annotations

import re
from functools import partial

import pytest

from tests.vm.house import SOON_S, Inside, documented
from tests.vm.machine import eventually

pytestmark = [pytest.mark.vm, pytest.mark.timeout(20 * 60)]

# What the database knows of messages about an alert: the row is there until long after its receipt.
RECEIPTS = "SELECT received_boot FROM outbox WHERE class = 'alert' AND instr(body, '{}') > 0"


def is_settled(inside: Inside, alert: str) -> bool:
    """Whether each message about that alert has the desk's receipt."""
    rows = inside.sql(RECEIPTS.format(alert))
    return bool(rows) and all(row["received_boot"] for row in rows)


def test_the_documented_lines_make_a_running_gateway(inside: Inside) -> None:
    """The unit is up by itself, as its own user, without a warning of systemd's."""
    shown = inside.machine.run(
        "systemctl show kotivahti -P ActiveState -P User; systemctl --failed -q"
    )
    assert shown.split() == ["kotivahti", "active"]
    said = inside.machine.run("systemd-analyze verify kotivahti.service 2>&1 || true")
    assert [line for line in said.splitlines() if "kotivahti" in line] == []


def test_an_advertisement_becomes_an_alert_with_a_receipt(inside: Inside) -> None:
    """Button and smoke alarm, through hci_vhci and bluetoothd."""
    for command, code in (("press help-button", "help_button"), ("smoke smoke-1 on", "smoke")):
        known = inside.known()
        inside.house.happen(*command.split())
        alert = inside.on_desk(code, known)
        eventually("the receipt", partial(is_settled, inside, alert["id"]), 60)
        print(f"{code}: stored and received in {alert['raised_to_received_ms']} ms")
    inside.house.happen("smoke", "smoke-1", "off")


def test_a_burst_of_stored_measurements_is_collected(inside: Inside) -> None:
    """A cuff's GATT session through the real BlueZ: three values stored there, three here."""
    query = (
        "SELECT o.value FROM observation AS o JOIN kind AS k ON k.key = o.kind "
        "WHERE k.kind = 'blood_pressure_systolic' ORDER BY o.seq"
    )
    before = len(inside.sql(query))
    values = [131, 142, 153]
    for value in values:
        inside.house.happen("measure", "bp-1", str(value), "85", "70")
    found = eventually(
        "the measurements are stored",
        lambda: rows if len(rows := inside.sql(query)) >= before + 3 else None,
        120,
    )
    assert sorted(row["value"] for row in found[before:]) == values


def test_an_appliance_on_a_cable_becomes_an_alert(inside: Inside) -> None:
    """A dispenser behind a USB adapter, by udev's stable name; it is told after the commit."""
    known = inside.known()
    inside.house.happen("event", "meal-1", "overtemp", "1")
    alert = inside.on_desk("appliance_fault", known)
    eventually("the receipt", lambda: is_settled(inside, alert["id"]), 60)
    inside.house.happen("event", "robot-1", "taken", "3")
    eventually(
        "the robot is told that it is stored",
        lambda: (
            "robot-1: boot" in (said := inside.house.ask("status"))
            and re.search(r"robot-1: boot \d+, 0 unacknowledged", said)
        ),
        60,
    )
    inside.house.happen("event", "meal-1", "overtemp-over", "1")


def test_the_log_holds_no_address_and_no_name(inside: Inside) -> None:
    """The journal of all that: event names and ids only."""
    text = inside.machine.run("journalctl -u kotivahti -o cat --no-pager")
    assert "gateway_ready" in text
    assert not re.search(r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}", text, re.IGNORECASE)
    assert "Front door" not in text


def test_the_documented_backup_is_whole(inside: Inside) -> None:
    """The lines of the page: a sound copy, and a gateway that hears again."""
    (lines,) = documented("maintainer.md", "Backup")
    inside.machine.run(f"set -e\n{lines}", timeout_s=2 * SOON_S)
    said = inside.machine.run(
        "sqlite3 /var/backups/home.db 'PRAGMA integrity_check; SELECT count(*) FROM observation'"
    )
    verdict, rows = said.split()
    assert verdict == "ok"
    assert int(rows) > 0
    inside.wait_until_hearing()
