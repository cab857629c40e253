"""Proves what the gateway promises, or those promises that are named.

    python -m proofs --list                  what there is, and how long each takes
    python -m proofs kills                   one, in full; its result is stored
    python -m proofs kills --quick           the same in short; never takes a full one's place
    python -m proofs --page docs/reliability.md        all, and the page from the stored results
    python -m proofs --only-page docs/reliability.md   the page alone

Exit code 1 when a limit is missed or a proof could not be run, 2 for a wrong name.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import traceback
from pathlib import Path
from typing import Any

import msgspec
import structlog

from proofs.catalogue import BY_NAME, PROOFS, Entry
from proofs.page import page
from proofs.records import Result, stored
from proofs.running import missing, run_one
from proofs.together import run_together


def main() -> int:
    options = _options()
    if options.list:
        for entry in PROOFS:
            print(f"{entry.name:<12} {entry.minutes:>4g} min  {entry.title}")
        return 0
    # What is proved logs as it does in a home; here only its errors are of interest.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    code = 0
    if not options.only_page:
        wanted = [BY_NAME[name] for name in options.names] or list(PROOFS)
        code = _prove(wanted, quick=options.quick, as_json=options.json)
    where = options.only_page or options.page
    if where:
        Path(where).write_text(page(), encoding="utf-8")
        print(f"written: {where}", file=sys.stderr)
    return code


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m proofs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", choices=[*BY_NAME, []], help="which; default all")
    parser.add_argument("--list", action="store_true", help="what there is")
    parser.add_argument("--quick", action="store_true", help="fewer rounds; a result of its own")
    parser.add_argument("--json", action="store_true", help="the results on standard output")
    parser.add_argument("--page", metavar="FILE", help="write the page afterwards")
    parser.add_argument("--only-page", metavar="FILE", help="write the page, prove nothing")
    return parser.parse_args()


def _prove(wanted: list[Entry], *, quick: bool, as_json: bool) -> int:
    skipped = {entry.name: why for entry in wanted if (why := missing(entry))}
    able = [entry for entry in wanted if entry.name not in skipped]
    for name, why in skipped.items():
        print(f"NOT PROVED: {name}: {why}", file=sys.stderr)
    broken: dict[str, str] = {}
    if len(able) == 1:
        try:
            run_one(able[0], quick=quick)
        except Exception:  # noqa: BLE001 (whatever broke a proof is told, and fails it)
            broken[able[0].name] = traceback.format_exc()
    else:
        codes = run_together(able, quick=quick)
        broken = {name: f"ended with {code}" for name, code in codes.items() if code not in (0, 1)}
    results = [
        found
        for entry in able
        if entry.name not in broken and (found := stored(entry.name, quick=quick))
    ]
    for name, why in broken.items():
        print(f"BROKEN: {name}: {why}", file=sys.stderr)
    if as_json:
        rows: list[Any] = [msgspec.to_builtins(result) for result in results]
        print(json.dumps({"results": rows, "skipped": skipped, "broken": broken}, indent=2))
    else:
        _table(results)
    if broken:
        return 3 if len(wanted) == 1 else 1
    return 1 if skipped or not all(result.passed for result in results) else 0


def _table(results: list[Result]) -> None:
    for result in results:
        length = "short" if result.quick else "full"
        print(f"{result.name}: {result.title} ({length}, {result.took_s:.0f} s)")
        for figure in result.proof.figures:
            judged = figure.at_most is not None or figure.at_least is not None
            mark = ("ok  " if figure.ok else "MISS") if judged else "    "
            limit = f"   limit {figure.limit}" if judged else ""
            print(f"  {mark} {figure.name:<66} {figure.text}{limit}")


if __name__ == "__main__":
    sys.exit(main())
