"""The unit's sandbox in a real kernel: attempts from within it, and outside, where they work."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vm.house import SOON_S, Inside, documented

pytestmark = [pytest.mark.vm, pytest.mark.timeout(20 * 60)]

PROBE = Path(__file__).with_name("probe.py")
CHILDREN = Path(__file__).with_name("children.py")
# Of the addresses for documentation (RFC 5737): the guest gives it to itself.
FOREIGN = "192.0.2.7"
BROKER = "127.0.0.1"
DROP_INS = "/etc/systemd/system/kotivahti.service.d"
# Every group whose files it tries: what refuses is the sandbox, not the file's mode.
PROBED = """[Service]
SupplementaryGroups=disk air tty gpio
ExecStartPre=/bin/sh -c '/usr/bin/python3 /usr/local/lib/probe.py {module} {foreign} {broker} \\
    > /var/lib/kotivahti/probe.json'
"""
# As the gateway starts them: from its own folder's Python.
FERTILE = """[Service]
TimeoutStartSec=600
ExecStartPre=/bin/sh -c '/opt/kotivahti/current/bin/python -P /usr/local/lib/children.py \\
    > /var/lib/kotivahti/children.json'
"""
MAY = {"a USB serial adapter", "the broker's address"}
# Only root may, with or without a sandbox; the file's mode or a capability refuses as well.
ROOTS_ALONE = {"password hashes", "a program", "a kernel module"}


@pytest.fixture(scope="module")
def probed(inside: Inside) -> Iterator[Inside]:
    """A guest with all that a probe reaches for."""
    machine = inside.machine
    machine.write("/usr/local/lib/probe.py", PROBE.read_bytes())
    machine.write("/home/anna/notes", "hers\n", "644")
    machine.run(
        "chmod 755 /home/anna; chgrp tty /dev/ttyS0; chmod 660 /dev/ttyS0; "
        "major=$(awk '$2 == \"gpiochip\" {print $1}' /proc/devices); "
        "[ -e /dev/gpiochip0 ] || mknod -m 660 /dev/gpiochip0 c $major 0; "
        "chgrp gpio /dev/gpiochip0; "
        f"ip link add elsewhere type dummy; ip addr add {FOREIGN}/32 dev elsewhere; "
        "ip link set elsewhere up; "
        f"systemd-run --unit elsewhere python3 -m http.server 8883 --bind {FOREIGN}; "
        "cp /bin/sleep /usr/local/bin/traced; "
        "systemd-run --unit traced -p User=kotivahti /usr/local/bin/traced 3600"
    )
    machine.until("somebody else listens", f": < /dev/tcp/{FOREIGN}/8883", 60)
    yield inside
    machine.run(
        f"rm -rf {DROP_INS}; systemctl daemon-reload; systemctl restart kotivahti; "
        "systemctl stop elsewhere traced; ip link del elsewhere"
    )


def module_of(inside: Inside) -> str:
    return inside.machine.run("modinfo -n dummy").strip()


def within(inside: Inside, *drop_ins: str) -> dict[str, str]:
    """What the probe says within the unit, with these drop-ins besides."""
    machine = inside.machine
    machine.run(f"rm -rf {DROP_INS}")
    texts = [
        PROBED.format(module=module_of(inside), foreign=FOREIGN, broker=BROKER),
        *drop_ins,
    ]
    for number, text in enumerate(texts):
        machine.write(f"{DROP_INS}/{number}.conf", text)
    machine.run("systemctl daemon-reload; systemctl restart kotivahti", timeout_s=SOON_S * 2)
    found: dict[str, str] = json.loads(machine.run("cat /var/lib/kotivahti/probe.json"))
    return found


def outside(inside: Inside, how: str) -> dict[str, str]:
    said = inside.machine.run(
        f"{how} /usr/bin/python3 /usr/local/lib/probe.py {module_of(inside)} {FOREIGN} {BROKER}"
    )
    found: dict[str, str] = json.loads(said)
    return found


def done(said: dict[str, str]) -> set[str]:
    return {name for name, verdict in said.items() if verdict == "done"}


def test_every_attempt_works_outside(probed: Inside) -> None:
    """As root all of it, as the gateway's user all that is not root's: the probe is real."""
    said = outside(probed, "")
    assert done(said) == set(said), said
    groups = "kotivahti,dialout,disk,air,tty,gpio"
    said = outside(probed, f"setpriv --reuid kotivahti --regid kotivahti --groups {groups}")
    assert set(said) - done(said) <= ROOTS_ALONE, said


def test_nothing_but_its_own_works_within(probed: Inside) -> None:
    """The unit as it is installed: its serial adapters and the network, and nothing else."""
    said = within(probed)
    print(said)
    assert done(said) == {*MAY, "a foreign address"}, said


def test_the_documented_address_drop_in_holds(probed: Inside) -> None:
    """With the broker's address named, another one is refused by the kernel."""
    (drop_in,) = [
        text for text in documented("maintainer.md", "The unit", "") if "IPAddressDeny" in text
    ]
    said = within(probed, drop_in.replace("192.0.2.1", BROKER))
    assert done(said) == MAY, said
    known = probed.known()
    probed.wait_until_hearing()
    probed.house.happen("press", "help-button")
    probed.on_desk("help_button", known)


def test_the_documented_gpio_drop_in_opens_the_chip(probed: Inside) -> None:
    """The board's lines are open to the unit with the drop-in, and only with it."""
    (drop_in,) = [
        text for text in documented("maintainer.md", "The unit", "") if "gpiochip" in text
    ]
    said = within(probed, drop_in)
    assert done(said) == {*MAY, "a foreign address", "a GPIO chip"}, said


def test_the_documented_uart_drop_in_opens_the_port(probed: Inside) -> None:
    """A port of the board's own is open to the unit with the drop-in, and only with it."""
    (drop_in,) = [
        text for text in documented("maintainer.md", "The unit", "") if "char-ttyAMA" in text
    ]
    said = within(probed, drop_in)
    assert done(said) == {*MAY, "a foreign address", "the board's own UART"}, said


def test_its_own_processes_work_within(probed: Inside) -> None:
    """The locator's fit, the model and the certificate's printer, each a process of its own."""
    machine = probed.machine
    machine.write("/usr/local/lib/children.py", CHILDREN.read_bytes())
    machine.run(f"rm -rf {DROP_INS}")
    machine.write(f"{DROP_INS}/0.conf", FERTILE)
    machine.run("systemctl daemon-reload; systemctl restart kotivahti", timeout_s=600)
    said = json.loads(machine.run("cat /var/lib/kotivahti/children.json"))
    peak = int(machine.run("cat /sys/fs/cgroup/system.slice/kotivahti.service/memory.peak"))
    print(f"{said}, {peak / 2**20:.0f} MiB at most with the gateway after them")
    assert said["fit"] > 0
    assert said["model"] == 1
    assert said["paper"] == "%PDF-"
