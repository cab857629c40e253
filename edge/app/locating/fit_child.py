"""The process that makes a fit: a minute of arithmetic that the gateway's loops must not feel.

    python -m edge.app.locating.fit_child < request > fit

Pure work between two pipes. Exit code 2 and one line on standard error when there is no fit.
"""

from __future__ import annotations

import os
import resource
import sys

import msgspec

from edge.domain import Record
from edge.locating import FitError, Sample, encode_fit, fit

# 96 stays of a quarter of an hour come to a tenth of it.
REQUEST_MAX_BYTES = 64 * 1024 * 1024
# A minute on a desktop core, several on a small board; this ends one whose gateway has gone.
CPU_TIME_MAX_S = 1_800
# Below everything else of this machine: help buttons first.
NICE = 15
EXIT_NO_FIT = 2


class FitRequest(Record, frozen=True, kw_only=True):
    samples: tuple[Sample, ...]
    receivers: tuple[str, ...]
    neighbours: dict[str, tuple[str, ...]] | None = None


def main() -> int:
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_TIME_MAX_S, CPU_TIME_MAX_S))
    data = sys.stdin.buffer.read(REQUEST_MAX_BYTES + 1)
    request = msgspec.msgpack.decode(data, type=FitRequest)
    near = request.neighbours
    try:
        made = fit(
            request.samples,
            request.receivers,
            None if near is None else {room: frozenset(beside) for room, beside in near.items()},
        )
    except FitError as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_NO_FIT
    sys.stdout.buffer.write(encode_fit(made))
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
