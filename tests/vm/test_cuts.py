"""Twenty times the power fails, on a disk that loses what was not flushed.

What the gateway has told as stored (its `watch`, and its acknowledgement to the robot on a cable)
is compared with what the database holds at the next boot, before the gateway opens it.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.vm.house import CABLES, KOTIVAHTI, NURSE, House, Inside
from tests.vm.machine import ROOT, GuestError, Machine, eventually

# CUTS=3 for a short look; CUTS_DIR=DIR keeps the prepared disk there, for another run.
CUTS = int(os.environ.get("CUTS", "20"))
# Seconds under load before the plug is pulled, at random.
LOAD_S = (4.0, 15.0)
# Whatever waits for a boot or a start, on a machine that others use too.
SLOW_S = 600.0
PRESS_EVERY_S = 1.0

pytestmark = [pytest.mark.cuts, pytest.mark.timeout(90 * 60)]

PLUGIN = ROOT / "tests/vm/volatile_disk.py"

# Runs before the gateway opens its database, on a copy: what the power cut left.
LOOK = """#!/bin/sh
mkdir -p /run/found && cd /run/found || exit 1
for part in home.db home.db-wal; do
    [ ! -e /var/lib/kotivahti/$part ] || cp /var/lib/kotivahti/$part .
done
sqlite3 home.db 'PRAGMA integrity_check' > integrity
sqlite3 -csv home.db 'SELECT alert, rev FROM alert_history' > alerts
sqlite3 -csv home.db "SELECT o.device_seq FROM observation AS o
    JOIN device AS d ON d.key = o.device JOIN kind AS k ON k.key = o.kind
    WHERE d.id = 'robot-1' AND k.kind = 'dose' ORDER BY o.seq" > doses
"""
LOOK_UNIT = """
[Unit]
Before=kotivahti.service
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/look
[Install]
RequiredBy=kotivahti.service
"""
# Says on the console what the gateway calls stored.
TELL_UNIT = f"""
[Unit]
After=kotivahti.service
[Service]
User={NURSE}
ExecStart=/bin/sh -c '{KOTIVAHTI} watch --json | grep --line-buffered alert'
StandardOutput=file:/dev/ttyS0
Restart=always
RestartSec=1
[Install]
WantedBy=multi-user.target
"""
# The same load on a database that does not wait for the disk: the harness has to notice.
CARELESS = """
import sqlite3, sys
db = sqlite3.connect("/var/lib/careless.db", isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=OFF")
db.execute("CREATE TABLE IF NOT EXISTS said (id INTEGER PRIMARY KEY)")
console = open("/dev/ttyS0", "w")
while True:
    row = db.execute("INSERT INTO said DEFAULT VALUES RETURNING id").fetchone()
    print("careless", row[0], file=console, flush=True)
"""
TOLD = re.compile(r'\{"alert": \{"id": "([0-9a-f-]{36})", "rev": (\d+),.*\}\}\}\s*$', re.MULTILINE)


@contextmanager
def volatile(disk: Path, keep: float, seed: int) -> Iterator[Path]:
    """The disk behind a socket; what it had not flushed is gone when the block ends."""
    sock = disk.with_suffix(".sock")
    sock.unlink(missing_ok=True)
    server = subprocess.Popen(
        [
            *("nbdkit", "-f", "-U", str(sock), "python", str(PLUGIN)),
            *(f"disk={disk}", f"keep={keep}", f"seed={seed}"),
        ],
    )
    try:
        eventually("the disk is there", sock.exists, 20)
        yield sock
    finally:
        server.terminate()
        server.wait(60)


class Rig:
    """The installed gateway's disk, the home around it, and what was told so far."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.prepared = folder / "prepared.raw"
        self.disk = folder / "disk.raw"
        self.house = House(folder)
        self.hci = self.house.come_alive()
        self.machine = Machine(folder)
        self.inside = Inside(self.machine, self.house)
        self.told: set[tuple[str, int]] = set()
        self.doses = 0
        self.acknowledged = 0

    def prepare(self) -> None:
        """Install the gateway as documented, and what looks and tells; then a raw disk of it."""
        first = self.folder / "installed.qcow2"
        self.machine.arguments = ("--disk", str(first), "--hci", self.hci)
        self.machine.power_on()
        self.plug()
        self.inside.install()
        write, run = self.machine.write, self.machine.run
        write("/usr/local/sbin/look", LOOK, "755")
        write("/etc/systemd/system/look.service", LOOK_UNIT)
        write("/etc/systemd/system/tell.service", TELL_UNIT)
        write("/usr/local/sbin/careless", CARELESS)
        run("systemctl mask --now serial-getty@ttyS0; systemctl enable look tell")
        # The desk has no part in this; its processor time has.
        run("systemctl disable --now kotivahti-desk; systemctl stop kotivahti; sync")
        self.machine.cut_power()
        subprocess.run(
            ["qemu-img", "convert", "-O", "raw", str(first), str(self.prepared)], check=True
        )
        first.unlink()

    def plug(self) -> None:
        for cable in CABLES:
            self.machine.plug_serial(cable, self.house.port_of(cable))

    @contextmanager
    def powered(self, *, keep: float, seed: int) -> Iterator[None]:
        """From power on to a cut, whatever happens in between."""
        (self.folder / "console.log").unlink(missing_ok=True)
        with volatile(self.disk, keep, seed) as sock:
            self.machine.arguments = ("--disk", f"nbd:{sock}", "--hci", self.hci)
            try:
                self.machine.start()
                eventually("QEMU answers", (self.folder / "qmp.sock").exists, 60)
                self.plug()
                self.machine.wait_for_agent()
                yield
            finally:
                self.machine.cut_power()

    @contextmanager
    def loaded(self) -> Iterator[None]:
        """Presses by radio and doses by cable, all the while; also while the power goes."""
        stop = threading.Event()

        def load() -> None:
            while not stop.wait(PRESS_EVERY_S):
                self.house.happen("press", "help-button")
                self.house.happen("event", "robot-1", "taken", str(self.doses % 90 + 1))
                self.doses += 1

        loader = threading.Thread(target=load)
        loader.start()
        try:
            yield
        finally:
            stop.set()
            loader.join()

    def listen(self) -> int:
        """How many doses the gateway has called stored: it acknowledges them in their order."""
        said = re.search(r"robot-1: boot \d+, (\d+) unack", self.house.ask("status"))
        assert said is not None
        self.acknowledged = self.doses - int(said[1])
        return self.acknowledged

    def has_told_more_than(self, doses: int) -> bool:
        return self.listen() > doses

    def hear(self) -> int:
        """Note what was told on the console before the cut; how many are new."""
        found = {(alert, int(rev)) for alert, rev in TOLD.findall(self.machine.console())}
        fresh = found - self.told
        self.told |= found
        return len(fresh)

    def found(self) -> tuple[str, set[tuple[str, int]], list[int]]:
        """Integrity, alert revisions and dose events that the database held at this boot."""
        text = self.machine.until(
            "the look at the database",
            "systemctl is-active -q look && cd /run/found && "
            "cat integrity && echo --- && cat alerts && echo --- && cat doses",
            SLOW_S,
        )
        integrity, alerts, doses = text.split("---\n")
        rows = (line.split(",") for line in alerts.split())
        return (
            integrity.strip(),
            {(alert, int(rev)) for alert, rev in rows},
            [int(number) for number in doses.split()],
        )


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    kept = os.environ.get("CUTS_DIR")
    made = Rig(Path(kept) if kept else tmp_path_factory.mktemp("cuts"))
    try:
        if not made.prepared.exists():
            made.prepare()
        subprocess.run(["cp", "--sparse=always", str(made.prepared), str(made.disk)], check=True)
        yield made
    finally:
        made.machine.cut_power()
        made.house.end()


def say(text: str) -> None:
    print(text, flush=True)


def test_a_careless_writer_is_caught(rig: Rig) -> None:
    """A database that does not wait for the disk loses rows that it has told, and we notice."""
    with rig.powered(keep=0.0, seed=0):
        rig.machine.run("systemd-run --unit careless python3 /usr/local/sbin/careless")
        eventually("rows are told", lambda: rig.machine.console().count("careless ") > 50, 60)
        time.sleep(3)
    told = {int(number) for number in re.findall(r"careless (\d+)\s*\n", rig.machine.console())}
    with rig.powered(keep=0.0, seed=0):
        code, text, error = rig.machine.outcome(
            "sqlite3 /var/lib/careless.db 'SELECT id FROM said'"
        )
    found = {int(number) for number in text.split()} if code == 0 else set()
    say(f"careless writer: told {len(told)}, found {len(found)}, lost {len(told - found)} {error}")
    assert told - found


def judge(rig: Rig, cut: int) -> int:
    """What the last cut left is sound, and nothing that was told is missing; how many doses."""
    integrity, alerts, doses = rig.found()
    assert integrity == "ok", f"cut {cut}: {integrity}"
    lost = rig.told - alerts
    assert not lost, f"cut {cut}: told and not there: {sorted(lost)}"
    holes = set(range(1, rig.acknowledged + 1)) - set(doses)
    assert not holes, f"cut {cut}: acknowledged to the robot and not there: {sorted(holes)}"
    assert len(doses) == len(set(doses)), f"cut {cut}: a dose is there twice"
    return len(doses)


def test_nothing_that_was_told_is_lost(rig: Rig) -> None:
    """After each cut it boots, the database is sound, and all that was called stored is in it."""
    chance = random.Random(int(os.environ.get("CUTS_SEED", "20261122")))
    for cut in range(1, CUTS + 1):
        began = time.monotonic()
        with ExitStack() as stack:
            # Every other disk keeps a part of what nobody asked it to keep, in no order.
            powered = rig.powered(keep=(0.0, 0.5)[cut % 2], seed=cut)
            power = ExitStack()
            power.enter_context(powered)
            stack.callback(power.close)
            doses = judge(rig, cut - 1)
            rig.machine.until("the gateway runs", "systemctl is-active -q kotivahti", SLOW_S)
            up_s = time.monotonic() - began
            stack.enter_context(rig.loaded())
            eventually("the gateway acknowledges", partial(rig.has_told_more_than, doses), SLOW_S)
            # Without a revision of this boot the cut would prove nothing about alerts.
            eventually("an alert is told on the console", rig.hear, SLOW_S)
            time.sleep(chance.uniform(*LOAD_S))
            power.close()  # in the middle of the load
        rig.listen()
        rig.hear()
        say(
            f"cut {cut}/{CUTS}: up in {up_s:.0f} s with {doses} doses; {rig.acknowledged} of "
            f"{rig.doses} acknowledged and {len(rig.told)} alert revisions told at the cut; "
            "lost so far: 0"
        )
    with rig.powered(keep=0.0, seed=0):
        judge(rig, CUTS)


def test_what_was_not_acknowledged_came_again(rig: Rig) -> None:
    """Each dose that the robot ever reported is in the database once, in spite of all cuts."""
    with rig.powered(keep=0.0, seed=0):
        rig.machine.until("the gateway runs", "systemctl is-active -q kotivahti", SLOW_S)

        def all_there() -> bool:
            query = (
                "SELECT count(*) AS n, count(DISTINCT o.device_seq) AS once FROM observation AS o "
                "JOIN device AS d ON d.key = o.device JOIN kind AS k ON k.key = o.kind "
                "WHERE d.id = 'robot-1' AND k.kind = 'dose'"
            )
            try:
                (row,) = rig.inside.sql(query)
            except (GuestError, json.JSONDecodeError):
                return False  # copied in the middle of a write
            return bool(row["n"] == row["once"] == rig.doses)

        eventually(f"all {rig.doses} doses", all_there, 120)
    say(f"doses: {rig.doses} reported, {rig.doses} stored, each once")
