"""An appliance in a process of its own: sends event frames as fast as the line takes them.

`python -m benchmarks.appliance_sender FD COUNT SERIAL` writes COUNT frames to the
inherited master side FD, reads the acknowledgements, and prints the seconds from
the first byte to the last acknowledgement and how many distinct frames were acknowledged.
"""

from __future__ import annotations

import binascii
import os
import select
import sys
import time

CHUNK_FRAMES = 50
GIVE_UP_S = 60.0


def frame(serial: str, seq: int, uptime_ms: int) -> bytes:
    """One event of a meal dispenser; CRC-16/CCITT-FALSE over what stands between $ and *."""
    body = f"{serial},EV,1,{seq},{uptime_ms},event=MEAL_SELECTED,id={seq % 1000}".encode()
    return b"$%s*%04X\r\n" % (body, binascii.crc_hqx(body, 0xFFFF))


def main() -> None:
    fd, count, serial = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    os.set_blocking(fd, False)
    # Two frames share each millisecond: a store keyed by time would lose every second one.
    frames = [frame(serial, n, n // 2) for n in range(1, count + 1)]
    acked: set[bytes] = set()
    rest, waiting, sent = b"", b"", 0
    began = time.monotonic()
    while len(acked) < count and time.monotonic() - began < GIVE_UP_S:
        if not waiting and sent < count:
            waiting = b"".join(frames[sent : sent + CHUNK_FRAMES])
            sent = min(count, sent + CHUNK_FRAMES)
        readable, writable, _ = select.select([fd], [fd] if waiting else [], [], 1.0)
        if writable:
            waiting = waiting[os.write(fd, waiting) :]
        if readable:
            *lines, rest = (rest + os.read(fd, 65536)).split(b"\n")
            acked.update(line for line in lines if line.startswith(b"ACK"))
    print(f"{time.monotonic() - began:.4f} {len(acked)}")


if __name__ == "__main__":
    main()
