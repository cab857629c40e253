"""One target under atheris, in its own process: `python -m fuzz.one NAME [libFuzzer options]`."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["edge.drivers", "edge.uplink.sms"]):
    from fuzz.targets import target

FOUND = Path(__file__).resolve().parent / "found"
# Instrumented code is several times slower: what seems slow here is timed again without.
SLOW_KEPT_MAX = 100


def main() -> None:
    name = sys.argv.pop(1)
    kept: set[str] = set()

    def slow(data: bytes, _: float) -> None:
        file = f"{name}-slow-{sha256(data).hexdigest()[:16]}"
        if len(kept) < SLOW_KEPT_MAX and file not in kept:
            kept.add(file)
            (FOUND / file).write_bytes(data)

    FOUND.mkdir(exist_ok=True)
    atheris.Setup(sys.argv, target(name, slow))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
