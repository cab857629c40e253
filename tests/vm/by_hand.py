"""`make vm`: a living home to look at. The devices live outside, the gateway is installed by the
documented lines, and this terminal becomes the guest's console.

    python -m tests.vm.by_hand [--bare] [--dir DIR]

Exit codes: 0 the person left, 1 the guest did not come up, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import os
import select
import socket
import sys
import tempfile
import termios
import tty
from pathlib import Path

from tests.vm.house import CABLES, House, Inside
from tests.vm.machine import ROOT, GuestError, Machine

# What ends the session: Ctrl-], as in telnet. Ctrl-C is the guest's.
LEAVE = b"\x1d"
READ_BYTES = 65536

WELCOME = """
The gateway runs and hears its devices. You are root on its console; Ctrl-] ends all of it.
In the guest:            kotivahti status      kotivahti watch      journalctl -fu kotivahti
In another terminal:     .venv/bin/kotivahti sim tell --dir {home} press help-button
                         (or smoke smoke-1 on, measure bp-1 140 85 70, event meal-1 jam 1, status)
"""
# Root's shell finds the command, and the first thing it shows is the home.
PROFILE = """PATH=$PATH:/opt/kotivahti/current/bin
stty rows {rows} cols {columns} 2>/dev/null
kotivahti status
"""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def console(path: Path) -> None:
    """This terminal and the guest's first serial line, until Ctrl-] or the guest's end."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(path))
        keyboard = sys.stdin.fileno()
        before = termios.tcgetattr(keyboard) if sys.stdin.isatty() else None
        if before is not None:
            tty.setraw(keyboard)
        try:
            line.sendall(b"\n")  # a prompt
            while True:
                ready, _, _ = select.select([keyboard, line], [], [])
                if line in ready:
                    data = line.recv(READ_BYTES)
                    if not data:
                        return
                    os.write(sys.stdout.fileno(), data)
                if keyboard in ready:
                    data = os.read(keyboard, READ_BYTES)
                    if not data or LEAVE in data:
                        return
                    line.sendall(data)
        finally:
            if before is not None:
                termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def live(folder: Path, *, bare: bool) -> None:
    """Boot, install, connect, and hand over; all of it ends with the person's leave."""
    house = House(folder)
    machine = Machine(folder, "--disk", str(folder / "disk.qcow2"), "--hci", house.come_alive())
    inside = Inside(machine, house)
    try:
        say(f"booting (half a minute; the console is in {folder}/console.log)")
        machine.power_on()
        for cable in CABLES:
            machine.plug_serial(cable, house.port_of(cable))
        if not bare:
            say("installing the gateway, a broker and a desk by the documented lines (minutes)")
            inside.install()
            say(f"hearing its devices after {inside.wait_until_hearing():.0f} s")
            columns, rows = os.get_terminal_size() if sys.stdout.isatty() else (100, 40)
            machine.write("/etc/profile.d/home.sh", PROFILE.format(rows=rows, columns=columns))
            machine.run("systemctl restart serial-getty@ttyS0")
            say(WELCOME.format(home=house.home))
        # The agent serves one at a time: `make test-vm` with KOTIVAHTI_VM may want it meanwhile.
        machine.hang_up()
        console(folder / "console.sock")
    finally:
        machine.cut_power()
        house.end()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[0])
    parser.add_argument("--bare", action="store_true", help="Debian alone, nothing installed")
    parser.add_argument("--dir", type=Path, help="where disk, sockets and logs go")
    given = parser.parse_args()
    os.chdir(ROOT)
    try:
        with tempfile.TemporaryDirectory(prefix="kotivahti-vm-") as fresh:
            live(given.dir or Path(fresh), bare=given.bare)
    except GuestError as error:
        sys.exit(f"the guest: {error}")


if __name__ == "__main__":
    main()
