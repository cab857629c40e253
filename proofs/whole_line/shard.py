"""A part of the search, or the month, in a process of its own; its figures as JSON on stdout.

python -m proofs.whole_line.shard search STEPS SEED
python -m proofs.whole_line.shard month DAYS
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time

import structlog

from proofs.whole_line.machine import search
from proofs.whole_line.month import Month


def main(what: str, amount: int, seed: int = 1) -> dict[str, object]:
    began = time.monotonic()
    if what == "search":
        found = search(amount, seed)
        return {
            "steps": found.steps,
            "deaths": found.kills,
            "erasures": found.erasures,
            "revisions": found.revisions,
            "virtual_h": found.virtual_ms / 3_600_000,
            "took_s": time.monotonic() - began,
        }
    month = Month()
    month.live(amount, os.getpid())
    return {
        "counts": dict(month.counts),
        "lost": month.lost,
        "differing": month.differing,
        "rss_mb": month.rss_mb,
        "cpu_s": time.process_time(),
        "took_s": time.monotonic() - began,
    }


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    print(json.dumps(main(sys.argv[1], *(int(arg) for arg in sys.argv[2:]))))
