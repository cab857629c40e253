"""A machine that does not know the time: 1970 after the boot, and a time source only later."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.vm.house import SOON_S, Inside
from tests.vm.machine import eventually

pytestmark = [pytest.mark.vm, pytest.mark.timeout(20 * 60)]

# The kernel takes no wall time before its own boot, so not the first second of 1970.
LONG_AGO_S = 86_400 + 3_600
# NTP counts from 1900 (RFC 5905).
NTP_EPOCH_S = 2_208_988_800
CHRONY = "server 10.0.2.2 port {port} iburst minpoll 0 maxpoll 2\nrtcsync\nmakestep 1 -1\n"
# chrony asks four times in six seconds, and the gateway looks at the kernel every ten.
SYNC_MAX_S = 120.0


def _ntp_time() -> bytes:
    now = time.time() + NTP_EPOCH_S
    return struct.pack("!II", int(now), int((now % 1) * 2**32))


@contextmanager
def time_server() -> Iterator[int]:
    """An NTP server (RFC 5905, mode 4) on the host's loopback; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(0.5)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    asked, whence = sock.recvfrom(1024)
                except TimeoutError:
                    continue
                now = _ntp_time()
                # No leap second, version 4, server; stratum 1; precision 2^-20 s.
                head = struct.pack("!BBbb", 0x24, 1, 4, -20) + bytes(8) + b"HOST"
                sock.sendto(head + now + asked[40:48] + now + _ntp_time(), whence)

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield sock.getsockname()[1]
        finally:
            stop.set()
            serving.join()


def press(inside: Inside) -> dict[str, object]:
    """One press, to the desk."""
    known = inside.known()
    inside.house.happen("press", "help-button")
    found: dict[str, object] = inside.on_desk("help_button", known)
    return found


def test_alerts_go_out_before_the_clock_is_set(inside: Inside) -> None:
    """In 1970 a press is delivered and says that its time is not known; after NTP it is clean."""
    machine = inside.machine
    inside.close_all()
    machine.run("systemctl stop chrony kotivahti")
    machine.run(f"date -s @{LONG_AGO_S}; systemctl start kotivahti", timeout_s=SOON_S * 2)
    inside.wait_until_hearing()
    assert inside.gateway("status")["clock"] == "none"
    pressed = time.monotonic()
    early = press(inside)
    assert (early["sync"], early["state"], early["priority"]) == ("none", "raised", "critical")
    assert int(str(early["raised_ms"])) < 10 * 86_400_000
    print(f"in 1970: raised and received, sync {early['sync']}, flags {early['flags']}")

    with time_server() as port:
        machine.monitor("netdev_add", type="user", id="net")
        machine.monitor("device_add", driver="virtio-net-pci", id="nic", netdev="net")
        machine.until("a network card", "ls -d /sys/class/net/e*", 60)
        machine.run(
            "ip addr add 10.0.2.15/24 dev $(ls /sys/class/net | grep ^e | head -1); "
            "ip link set $(ls /sys/class/net | grep ^e | head -1) up"
        )
        machine.write("/etc/chrony/chrony.conf", CHRONY.format(port=port))
        machine.run("systemctl start chrony")
        began = time.monotonic()
        eventually(
            "the gateway knows that its clock is right",
            lambda: inside.gateway("status")["clock"] == "ntp",
            SYNC_MAX_S,
        )
        print(f"clock: ntp {time.monotonic() - began:.1f} s after chrony's start")
        inside.close_all()
        late = press(inside)
    assert late["sync"] == "ntp"
    assert abs(int(str(late["raised_ms"])) / 1000 - time.time()) < SOON_S
    # Nothing was lowered by the clock: the early alert ended by the nurse's word alone.
    (row,) = [row for row in inside.desk_alerts() if row["id"] == early["id"]]
    assert row["state"] == "closed"
    # Closed in the boot in which it was raised: by then the gateway could say when that was.
    assert row["sync"] == "ntp"
    between_ms = int(str(late["raised_ms"])) - int(str(row["raised_ms"]))
    assert 0 <= between_ms < (time.monotonic() - pressed) * 1000
