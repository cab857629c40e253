"""Runs every measurement, or those that are named, and prints them with their limits.

    python -m benchmarks                  all
    python -m benchmarks latency replay   some
    python -m benchmarks --json           for a machine

Figures are ratios against something measured in the same run: this machine's
disk, its broker, or the packaged parser. Exit code 1 when one misses its limit.
"""

from __future__ import annotations

import argparse
import importlib
import json
import logging
import platform
import sys
import time
from typing import Any

import structlog

MODULES = (
    "decode",
    "desk",
    "vitals",
    "store",
    "latency",
    "flood",
    "drain",
    "gatt",
    "serial",
    "footprint",
    "locator",
    "model",
    "replay",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", choices=[*MODULES, []], help="which; default all")
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    options = parser.parse_args()
    # What is measured logs as it does in a home; here only its errors are of interest.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    rows: list[dict[str, Any]] = []
    for name in options.names or MODULES:
        began = time.monotonic()
        print(f"{name} ...", file=sys.stderr, flush=True)
        found = importlib.import_module(f"benchmarks.{name}").run()
        rows += [{"benchmark": name} | row for row in found]
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if options.json:
        print(json.dumps({"machine": _machine(), "rows": rows}, indent=2))
    else:
        _table(rows)
    return 1 if any(row.get("ok") is False for row in rows) else 0


def _machine() -> str:
    return f"{platform.machine()}, Python {platform.python_version()}, {platform.system()}"


def _table(rows: list[dict[str, Any]]) -> None:
    print(_machine())
    for row in rows:
        mark = {True: "ok  ", False: "MISS", None: "    "}[row.get("ok")]
        limit = f"   limit {row['limit']}" if "limit" in row else ""
        print(f"{mark} {row['benchmark']:<10} {row['measure']:<58} {row['value']}{limit}")


if __name__ == "__main__":
    sys.exit(main())
