"""Proves the budgets of attention, beside what is caught in the same run.

    python -m proofs.attention                       400 simulated home-weeks
    python -m proofs.attention --data DIR            and the recorded homes of DIR (TIHM format)
    python -m proofs.attention --weeks 8 --json      a short look; stores nothing
    python -m proofs.attention --only-page           the page from the stored result

Exit code 1 when a budget or a sensitivity is missed, 2 for a directory that cannot be read.
"""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import sys
import time
from pathlib import Path

import msgspec
import structlog

from edge.errors import ConfigError, EdgeError
from edge.events import ConfigLoaded
from proofs.attention.measure import Part, Report, of_recorded, simulated
from proofs.attention.page import PICTURE, page
from proofs.attention.picture import draw
from proofs.attention.recorded import recorded
from proofs.attention.story import hands
from proofs.attention.week import Lived, Week
from proofs.running import ROOT, commit, machine

RESULT = ROOT / "proofs" / "results" / "attention.json"
PAGE = ROOT / "docs" / "attention.md"
WEEKS = 400
# Rules and story were fixed on seeds below this one.
FIRST_SEED = 9_000
# A fall told at once, and a dose after half an hour.
BEFORE = ConfigLoaded(fall_walk_s=0, dose_grace_s=1800)


def main() -> int:
    options = _options()
    # What is proved logs as it does in a home; here only its errors are of interest.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if options.only_page:
        return _write(msgspec.json.decode(RESULT.read_bytes(), type=Report))
    began = time.monotonic()
    try:
        found = of_recorded(recorded(options.data, _say)) if options.data else None
    except EdgeError as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, ConfigError) else 1
    report = Report(
        date=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        commit=commit(),
        command="python -m proofs.attention" + (" --data DIR" if options.data else ""),
        took_s=0.0,
        machine=machine(),
        simulated=simulated(weeks(options.weeks)),
        before=simulated(weeks(options.weeks, BEFORE, has_ok=False)),
        bare=simulated(weeks(options.weeks, has_ok=False)),
        recorded=found,
    )
    report = msgspec.structs.replace(report, took_s=round(time.monotonic() - began, 1))
    text = msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"
    if options.json:
        print(text, end="")
    else:
        _table("simulated", report.simulated)
        if report.recorded is not None:
            _table("recorded", report.recorded)
    if options.weeks == WEEKS and options.data:
        RESULT.write_text(text, encoding="utf-8")
        _write(report)
    return 0 if report.passed else 1


def weeks(count: int, settings: ConfigLoaded | None = None, *, has_ok: bool = True) -> list[Lived]:
    """So many home-weeks, each from a seed of its own."""
    found = []
    for number, hand in enumerate(hands(count)):
        found.append(Week(FIRST_SEED + number, hand, settings, has_ok=has_ok).live())
        if (number + 1) % 20 == 0:
            _say(f"{number + 1} of {count} simulated home-weeks")
    return found


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m proofs.attention",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="recorded homes, TIHM format")
    parser.add_argument("--weeks", type=int, default=WEEKS, help="simulated home-weeks")
    parser.add_argument("--json", action="store_true", help="the result on standard output")
    parser.add_argument("--only-page", action="store_true", help="write the page, prove nothing")
    return parser.parse_args()


def _write(report: Report) -> int:
    """The page and its picture, from a whole result."""
    PAGE.write_text(page(report), encoding="utf-8")
    (PAGE.parent / PICTURE).write_text(draw(report), encoding="utf-8")
    _say(f"written: {PAGE}")
    return 0 if report.passed else 1


def _table(name: str, part: Part) -> None:
    print(f"{name}: {part.homes} homes, {part.days} home-days")
    for figure in part.figures:
        mark = "ok  " if figure.ok else "MISS"
        print(f"  {mark} {figure.name:<66} {figure.text}   limit {figure.limit}")


def _say(text: str) -> None:
    print(f"[attention] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
