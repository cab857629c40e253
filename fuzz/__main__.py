"""`make fuzz`: every target for its number of inputs, two at a time, and one line about each.

Exits 1 when a target broke; the input that broke it stays in fuzz/found/, and
`python -m fuzz.one NAME fuzz/found/NAME-...` runs it again.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from edge.conformance import sheets
from edge.drivers import DRIVERS
from edge.drivers.base import Shape
from fuzz import sms
from fuzz.targets import INPUT_MAX_BYTES, target
from fuzz.targets import names as all_names

HERE = Path(__file__).resolve().parent
CORPUS = HERE / "corpus"
FOUND = HERE / "found"
VECTORS = HERE.parent / "tests" / "drivers" / "vectors"

# The formats that strangers can speak from outside, or that carry the most: ten times the rest.
LONG = ("bthome", "gatt", "appliance")
RUNS_LONG, RUNS = 10_000_000, 1_000_000
# A committed corpus is for coverage from the first second, not an archive.
CORPUS_FILES_MAX = 100
_DONE = re.compile(r"Done (\d+) (?:runs )?in (\d+) second")


def seeds(name: str, folder: Path) -> None:
    """The published vectors as inputs: plain, sealed, keyed."""
    if name == sms.NAME:
        for title, data in sms.seeds():
            (folder / title).write_bytes(data)
        return
    drivers = [d for d in DRIVERS.values() if d.shape is Shape.GATT] if name == "gatt" else []
    for index, driver in enumerate(drivers or [DRIVERS[name]]):
        lead = bytes((index,)) if drivers else b""
        for number, sheet in enumerate(sheets.load([VECTORS], driver.id)):
            for case in sheet.cases:
                data = b"\0" + case.data if drivers else case.data
                if len(data) > 255:  # noqa: PLR2004 (a length byte)
                    continue
                whole = bytes((len(data),)) + data
                file = folder / f"{driver.id}-{number}-{re.sub(r'[^a-z0-9]+', '-', case.name)}"
                file.write_bytes(lead + b"\x01" + whole + whole)
                file.with_name(file.name + "-stream").write_bytes(
                    lead + b"\0" + case.data + b"\r\n"
                )


def fuzz(name: str, runs: int, seed: int, *, keep: bool) -> tuple[bool, str]:
    """Whether the target held, and a line about it."""
    FOUND.mkdir(exist_ok=True)
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as work:
        folder = Path(work) / "corpus"
        folder.mkdir()
        seeds(name, folder)
        kept = CORPUS / name
        for file in sorted(kept.glob("*")) if kept.is_dir() else ():
            shutil.copy(file, folder)
        command = [sys.executable, "-m", "fuzz.one", name, f"-runs={runs}", f"-seed={seed}"]
        command += [f"-max_len={INPUT_MAX_BYTES}", "-timeout=10", "-rss_limit_mb=1024"]
        command += [f"-artifact_prefix={FOUND}/{name}-", "-print_final_stats=1", str(folder)]
        done = subprocess.run(  # noqa: S603 (our own module)
            command, cwd=HERE.parent, capture_output=True, text=True, check=False
        )
        if done.returncode == 0 and keep:
            _keep(folder, kept)
    slowest_ms, slow = _timed_again(name)
    counted = re.search(r"stat::number_of_executed_units: (\d+)", done.stderr)
    ran = int(counted[1]) if counted else 0
    took_s = time.monotonic() - begun
    if slow:
        return False, f"{name:<22} TOO SLOW: {slowest_ms:.2f} ms of CPU for {slow[0]}"
    if done.returncode == 0 and ran >= runs:
        again = f", slowest frame timed again {slowest_ms:.2f} ms" if slowest_ms else ""
        return True, f"{name:<22} {ran:>11,} inputs in {took_s:6.0f} s{again}"
    return (
        False,
        f"{name:<22} BROKE after {ran:,} inputs:\n{done.stdout[-3000:]}{done.stderr[-3000:]}",
    )


def _timed_again(name: str) -> tuple[float, list[Path]]:
    """What seemed slow under the fuzzer, without it: the slowest in ms, and what is too slow."""
    slowest_s, too_slow = 0.0, []
    for file in sorted(FOUND.glob(f"{name}-slow-*")):
        still: list[float] = []
        target(name, lambda _, cpu_s, still=still: still.append(cpu_s))(file.read_bytes())  # type: ignore[misc]
        slowest_s = max(slowest_s, *still, 0.0)
        if still:
            too_slow.append(file)
        else:
            file.unlink()
    return slowest_s * 1e3, too_slow


def _keep(folder: Path, kept: Path) -> None:
    """What reached something new, thinned evenly from the smallest to the largest."""
    files = sorted(folder.iterdir(), key=lambda file: (file.stat().st_size, file.name))
    every = max(1, -(-len(files) // CORPUS_FILES_MAX))
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    for file in files[::every]:
        shutil.copy(file, kept / sha256(file.read_bytes()).hexdigest()[:16])


def main() -> int:
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", help="targets; without any, all of them")
    parser.add_argument("--runs", type=int, help="inputs for each, instead of its own number")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--keep", action="store_true", help="write the smallest corpus back")
    asked = parser.parse_args()
    names = asked.names or all_names()
    unknown = set(names) - set(all_names())
    if unknown:
        parser.error(
            f"no target is called {', '.join(unknown)}; there are {', '.join(all_names())}"
        )
    good = True
    with concurrent.futures.ThreadPoolExecutor(asked.jobs) as pool:
        waiting = [
            pool.submit(
                fuzz,
                name,
                asked.runs or (RUNS_LONG if name in LONG else RUNS),
                asked.seed,
                keep=asked.keep,
            )
            for name in sorted(names, key=lambda n: n not in LONG)
        ]
        for one in concurrent.futures.as_completed(waiting):
            held, line = one.result()
            good = good and held
            print(line, flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
