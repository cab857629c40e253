"""A run of each model in force: from the start of its process to the result, and its peak memory.

As a gateway runs it: a process for one row, its files hashed, its golden vectors proved. The peak
is the kernel's own figure (`ru_maxrss`) of the process's whole life.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.machine import percentile
from edge.resources import resource as release_file
from edge.risk.runtime import RUN_TARGET_S, ModelProcess
from edge.risk.runtime_memory import RSS_MAX_BYTES

RUNS = 15
# Each model is measured in a process of its own: the kernel tells the peak of all children.
COMMAND = (sys.executable, "-m", "benchmarks.model")


def run() -> list[dict[str, Any]]:
    models = release_file("models")
    return [row for name in sorted(_in_force(models)) for row in asyncio.run(_measured(name))]


async def _measured(name: str) -> list[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(*COMMAND, name, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    found = json.loads(told)
    took = found["took_s"]
    return [
        {
            "measure": f"{name}: start of its process to the result, p50 of {RUNS}",
            "value": f"{percentile(took, 0.5) * 1000:.0f} ms (the longest {max(took) * 1000:.0f})",
            "limit": f"{RUN_TARGET_S * 1000:.0f} ms",
            "ok": max(took) <= RUN_TARGET_S,
        },
        {
            "measure": f"{name}: its peak resident memory",
            "value": f"{found['peak'] / 1e6:.1f} MB",
            "limit": f"{RSS_MAX_BYTES / 1e6:.0f} MB",
            "ok": found["peak"] <= RSS_MAX_BYTES,
        },
    ]


def _in_force(models: Path) -> dict[str, Any]:
    listed: dict[str, Any] = json.loads((models / "current.json").read_bytes())
    return listed


def _row(models: Path, name: str) -> Mapping[str, float | None]:
    """The last golden vector: a row with every sort of value that the model knows."""
    folder = models / name / _in_force(models)[name]["version"]
    manifest = json.loads((folder / "manifest.json").read_bytes())
    values = json.loads((folder / "golden.json").read_bytes())["rows"][-1]["features"]
    names = (feature["name"] for feature in manifest["features"])
    return dict(zip(names, values, strict=True))


async def _once(name: str) -> None:
    models = release_file("models")
    model, row = ModelProcess(models), _row(models, name)
    took = []
    for _ in range(RUNS):
        began = time.monotonic()
        await model.assess(name, [row])
        took.append(time.monotonic() - began)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(json.dumps({"took_s": took, "peak": peak}))


if __name__ == "__main__":
    asyncio.run(_once(sys.argv[1]))
