"""The whole line as a state machine, in virtual time, with faults that it must notice."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from proofs.records import Figure, Proof
from proofs.running import ROOT, Run
from proofs.whole_line.mutations import MUTATIONS

STEPS = 100_000
QUICK_STEPS = 4_000
# Seeds are numbers that nobody chose for their result.
SEEDS = (1, 10_001)
DAYS = 30
QUICK_DAYS = 1
# What a process keeps of a month beyond its first ten days; the judge's own memory is in it.
GROWTH_MB_MAX = 20.0
DAYS_WARM = 10
# The steps to a broken promise, one a line, and what broke at their beginning.
STDERR_CHARS = 40_000


def prove(run: Run) -> Proof:
    steps = run.of(STEPS, QUICK_STEPS) // len(SEEDS)
    days = run.of(DAYS, QUICK_DAYS)
    # A month takes longest, so it begins first; two processes at a time, for two cores.
    asked = [("month", str(days)), *(("search", str(steps), str(seed)) for seed in SEEDS)]
    with ThreadPoolExecutor(2) as pool:
        working = [pool.submit(_shard, run, *what) for what in asked]
        noticing = {m.name: pool.submit(_noticed, run, m.name) for m in MUTATIONS}
        month, *searches = (work.result() for work in working)
        noticed = {name: work.result() for name, work in noticing.items()}
    counts: dict[str, int] = month["counts"]
    happened = ", ".join(f"{count} {what}" for what, count in counts.items())
    rss: Sequence[float] = month["rss_mb"]
    return Proof(
        promise=(
            "No loss, no double effect, and the same at both ends, whatever happens on the way."
        ),
        how=(
            "A gateway with its real drivers, rules, SQLite store, outbox, delivery loop and "
            "escalator, and a desk with its real intake and decisions, in one process; between "
            "them a broker on paper, and an event loop whose time passes when nobody has anything "
            "left to do. `hypothesis` draws the steps: press, smoke, reading; take, lose, forget, "
            "double and reorder messages and receipts; freeze, kill and cut; accept, decline, "
            "close, escalate; erase readings, erase the home; kill the gateway before or after "
            "any commit, reboot it, kill the desk around its own. Beside the code a judge hears "
            "every commit: the outbox lets go of nothing that the desk has not committed, each "
            "message has one effect, each decision is obeyed once, a level never falls, only a "
            "named person takes or ends what is no fault of ours. After each run of steps "
            "everything is mended, and both ends must hold the same. "
            f"Then {days} days of one home: {happened}. "
            f"The model itself is tried with {len(MUTATIONS)} faults put into the code: "
            + "; ".join(m.says for m in MUTATIONS)
            + "."
        ),
        figures=[
            Figure(
                name="steps without a broken promise",
                value=sum(one["steps"] for one in searches),
                at_least=steps * len(SEEDS),
            ),
            Figure(name="revisions of alerts in them", value=sum(o["revisions"] for o in searches)),
            Figure(name="deaths of the gateway in them", value=sum(o["deaths"] for o in searches)),
            Figure(name="homes erased in them", value=sum(o["erasures"] for o in searches)),
            Figure(
                name="faults put into the code that the model noticed",
                value=sum(noticed.values()),
                at_least=len(MUTATIONS),
            ),
            Figure(name="virtual days of one home", value=days, at_least=days),
            Figure(name="their real time", value=month["took_s"], unit="s"),
            Figure(name="processor time of it", value=month["cpu_s"], unit="s"),
            Figure(
                name="alerts of those days that the desk has not", value=month["lost"], at_most=0
            ),
            Figure(
                name="alerts that home and desk tell differently",
                value=month["differing"],
                at_most=0,
            ),
            Figure(
                name="memory that the days after the tenth added",
                value=max(0.0, rss[-1] - rss[min(DAYS_WARM, len(rss) - 2)]),
                unit="MB",
                at_most=GROWTH_MB_MAX,
            ),
        ],
        unproved=[
            "Broker and lines are on paper here; real ones are killed, cut and held elsewhere.",
        ],
    )


def _shard(run: Run, *what: str) -> dict[str, Any]:
    done = _python("proofs.whole_line.shard", *what)
    if done.returncode:
        run.say(f"{' '.join(what)}: broke a promise")  # the others go on, and are waited for
        raise AssertionError(f"{' '.join(what)}: {done.stderr[-STDERR_CHARS:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    run.say(f"{' '.join(what)}: {found['took_s']:.0f} s")
    return found


def _noticed(run: Run, name: str) -> bool:
    done = _python("proofs.whole_line.mutations", name)
    run.say(done.stdout.strip().replace("\n", ": ")[:160] or done.stderr[-300:])
    return done.returncode == 0


def _python(*module_and_words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *module_and_words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
