"""The conformance kit finds what it says that it finds: one fault put into a sound driver each."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from edge.cli import main
from edge.conformance import purity, sheets
from edge.conformance.check import check
from edge.conformance.probe import AT, device_for, unsound
from edge.domain import Quality
from edge.drivers import DRIVERS
from edge.kinds import observation
from tests.drivers.tools import VECTORS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "developer" / "acme_mat"
FRAMES = "1000"


@pytest.mark.parametrize("name", DRIVERS)
def test_our_own_drivers_pass(name: str) -> None:
    """What is asked of a stranger holds for us, with the published vectors."""
    known = sheets.load([VECTORS], name)
    module = DRIVERS[name].decode.__module__
    found = list(check(module, DRIVERS[name], known, frames=300, seed=3))
    assert [one for one in found if not one.good] == []


def run(folder: Path, *options: str) -> tuple[int, dict[str, str]]:
    """Exit code, and what failed with its detail."""
    path = folder / "acme_mat.py"
    command = ["driver", "check", str(path), "--frames", FRAMES, "--json", *options]
    done = CliRunner().invoke(main, command, catch_exceptions=False)
    if done.exit_code == 2:
        return 2, {"usage": done.output}
    told = json.loads(done.stdout)
    return done.exit_code, {f["question"]: f["detail"] for f in told["findings"] if not f["good"]}


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the walk-through's driver under a module name that nothing has imported."""
    for name in ("acme_mat.py", "acme_mat.vectors.json"):
        (tmp_path / name).write_text((EXAMPLE / name).read_text("utf-8"), "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "acme_mat", raising=False)
    yield tmp_path
    monkeypatch.delitem(sys.modules, "acme_mat", raising=False)


def test_the_walk_through_is_sound(example: Path) -> None:
    """The driver that the documentation shows passes."""
    assert run(example) == (0, {})


@pytest.mark.parametrize(
    "old, new, question",
    [
        ("import struct\n", "import struct\nimport socket\n", "it decodes and does nothing else"),
        (
            "import struct\n",
            "import struct\nimport importlib\n",
            "it decodes and does nothing else",
        ),
        ("    form, counter", "    open('/dev/null')\n    form, counter", "it decodes and does"),
        ("if len(data) != _FIELDS.size:", "if False:", "a vector cut at any byte"),
        (
            '"occupancy",\n            occupied',
            '"occupation",\n            occupied',
            "each vector",
        ),
        ("battery_mv if measured else None", "battery_mv", "each vector reads"),
        ("if data[1:3] == state:", "if len(state) == 2 and 1 / (state[0] - 7):", "random frames"),
        ("state=data[1:3])", "state=state + data * 2000)", "random frames"),
        ("    broken =", "    sum(range(200_000))\n    broken =", "random frames"),
        ('silent_reason="it sends', 'silent_reason="x" or "', "its row of the table"),
        ("    match=match,\n", "", "its row of the table"),
    ],
)
def test_a_fault_is_found(example: Path, old: str, new: str, question: str) -> None:
    """I/O, a crash, a wrong kind, a number that is none, a growing state, a slow frame."""
    path = example / "acme_mat.py"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    code, failed = run(example)
    assert code == 1
    assert any(question in one for one in failed), failed


def test_a_vector_that_says_otherwise_is_found(example: Path) -> None:
    """A sheet and a driver that disagree: nobody guesses who is right."""
    path = example / "acme_mat.vectors.json"
    path.write_text(path.read_text("utf-8").replace("2956", "2957"), "utf-8")
    code, failed = run(example)
    assert code == 1
    assert "2956" in failed["each vector reads as its source says"]


def test_no_vectors_is_a_fault_and_a_broken_sheet_names_itself(example: Path) -> None:
    """Proof is asked for; a sheet that cannot be read is the caller's input."""
    sheet = example / "acme_mat.vectors.json"
    sheet.write_text('{"source": 1}', "utf-8")
    code, failed = run(example)
    assert code == 2
    assert "acme_mat.vectors.json" in failed["usage"]
    sheet.unlink()
    code, failed = run(example)
    assert code == 1
    assert "it has vectors with a source" in failed


def test_what_is_no_driver_is_told(tmp_path: Path) -> None:
    """A module without DRIVER, and one that is not there."""
    (tmp_path / "hollow.py").write_text("DRIVER = 3\n", "utf-8")
    for name in (str(tmp_path / "hollow.py"), "no_such_module_anywhere"):
        done = CliRunner().invoke(main, ["driver", "check", name])
        assert done.exit_code == 2


def test_the_rings_bind_a_stranger_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store, a relative import and the time are refused by line."""
    (tmp_path / "nosy.py").write_text(
        "from edge.store import store\nfrom . import x\nfrom datetime import datetime\n"
        "datetime.now()\n",
        "utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = "\n".join(purity.faults("nosy"))
    for line, what in ((1, "edge.store"), (2, "relative"), (4, "time")):
        assert f"line {line}" in found
        assert what in found


@pytest.mark.parametrize("quality", list(Quality))
def test_a_value_stands_beside_a_flag_and_nothing_else(quality: Quality) -> None:
    """Every quality is judged: a doubt has its number, "no value" has none, as the scale says."""
    driver = DRIVERS["ruuvitag"]
    device = device_for(driver)
    # Whether a device is what it was enrolled as is the gateway's word, and no driver's.
    doubts = set(list(Quality)[-6:]) - {Quality.IDENTITY_DOUBTFUL}
    there = unsound(observation(device.id, "temperature", 21.5, AT, quality), device)
    missing = unsound(observation(device.id, "temperature", None, AT, quality), device)
    assert (there is None) == (quality is Quality.OK or quality in doubts)
    assert (missing is None) == (quality is not Quality.OK and quality not in doubts)
