from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Parts of `edge` that never run inside the gateway's own process.
ELSEWHERE = (
    "edge.__main__",
    "edge.cli",
    "edge.demo",
    "edge.paper",
    "edge.replay",
    "edge.risk.runtime_child",
    "edge.sim",
    "edge.transports.ble.bumble_backend",
    "edge.transports.ble.bumble_client",
    "edge.transports.ble.bumble_host",
)

# What the gateway's memory and start-up time must not pay for.
HEAVY = (
    "amqtt", "bumble", "desk", "gpiod", "hypothesis", "numpy", "onnx", "onnxruntime", "pymodbus",
    "rich", "weasyprint",
)  # fmt: skip

IMPORT_ALL = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    importlib.import_module(name)
print(json.dumps(sorted(name for name in sys.modules if "." not in name)))
"""


def gateway_modules() -> list[str]:
    names = []
    for path in sorted((ROOT / "edge").rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if not any(name == part or name.startswith(f"{part}.") for part in ELSEWHERE):
            names.append(name)
    return names


@pytest.mark.timeout(60)
def test_the_gateway_loads_nothing_that_it_does_not_use() -> None:
    """With everything installed, the gateway's process still has no numpy, no desk, no rich."""
    result = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, json.dumps(gateway_modules())],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert result.returncode == 0, result.stderr
    assert set(json.loads(result.stdout)) & set(HEAVY) == set()
