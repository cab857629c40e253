"""The model's process from outside: answers, refusals, crashes, hangs, and nothing left behind."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from edge.domain import Hazard
from edge.errors import ModelUnavailableError
from edge.ports import Model
from edge.risk.runtime import COMMAND, ModelProcess
from edge.risk.runtime_memory import RSS_MAX_BYTES
from edge.risk.said import said
from edge.risk.signature import sign
from edge.risk.wire import ROWS_MAX
from tests.risk.lists import differs, features, in_order

MODELS = Path(__file__).resolve().parents[2] / "models"
IN_ORDER = features(Hazard.FIRE, in_order("fire"))
FOLDER = Path("home-risk") / "2.0.0"

# What is tested is not how fast a machine is that runs the whole suite at once.
PATIENCE_S = 50.0

pytestmark = pytest.mark.timeout(60)


def children() -> set[int]:
    """The processes, dead or alive, that this one has started and not reaped."""
    found: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a thread may end while we look
            found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


@pytest.fixture
def no_child_left() -> Any:
    """No process is left behind by the test, not even as a zombie."""
    before = children()
    yield
    assert children() - before == set()


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A copy of the shipped models that the test may break."""
    copied = tmp_path / "models"
    for name in ("current.json", *(str(FOLDER / p.name) for p in (MODELS / FOLDER).iterdir())):
        (copied / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(MODELS / name, copied / name)
    return copied


def python(code: str) -> tuple[str, ...]:
    """A stand-in for the model's process."""
    return (sys.executable, "-c", code)


def process(
    models: Path, command: Sequence[str] = COMMAND, timeout_s: float = PATIENCE_S
) -> ModelProcess:
    own = models / "signers.json"
    return ModelProcess(models, command, timeout_s, own if own.exists() else None)


async def refusal(model: Model, rows: int = 1) -> ModelUnavailableError:
    with pytest.raises(ModelUnavailableError) as caught:
        await model.assess("home-risk", [IN_ORDER] * rows)
    return caught.value


@pytest.mark.usefixtures("no_child_left")
async def test_a_home_gets_an_index_with_its_reasons() -> None:
    """The shipped model over the real process: index, contributions, what was missing."""
    answers = differs(in_order("fire"), FS_05="bed", FS_24="alone")
    del answers["FS-07"]
    told = [features(Hazard.FIRE, one) for one in (answers, in_order("fire"))]
    worse, best = await process(MODELS).assess("home-risk", told)
    assert worse.model == "home-risk/2.0.0"
    raw = (MODELS / FOLDER / "manifest.json").read_bytes()
    assert worse.manifest == hashlib.sha256(raw).hexdigest()
    assert tuple(worse.indices) == ("fire_start", "fire_harm", "fall")
    # The fire list says nothing of memory, which counts at its worst.
    memory = best.indices["fire_harm"].contributions["memory"]
    assert best.indices["fire_harm"].logit == pytest.approx(-1.8262 + memory, abs=1e-3)
    found = said(Hazard.FIRE, told[0], worse)
    assert [(r.code, round(r.weight, 3)) for r in found.reasons] == [
        ("home-risk:smoking", 0.849),
        ("home-risk:night", 0.321),
        ("home-risk:alcohol:unknown", 1.219),
        ("home-risk:memory:unknown", 0.312),
    ]
    assert found.index == found.outputs["fire_harm"] == worse.indices["fire_harm"].index
    assert set(found.outputs) == {
        name + end for name in ("fire_start", "fire_harm") for end in ("", ":floor")
    }
    assert found.outputs["fire_harm:floor"] < found.outputs["fire_harm"]


@pytest.mark.usefixtures("no_child_left")
async def test_a_floor_is_the_index_with_all_that_is_not_known_in_order() -> None:
    """Worked out from what the model said, it is what the model says of that home."""
    gone = features(Hazard.FALL, differs(in_order("fall"), FA_01="once", FA_03="unknown"))
    known = features(Hazard.FALL, differs(in_order("fall"), FA_01="once"))
    with_gap, without = await process(MODELS).assess("home-risk", [gone, known])
    told = said(Hazard.FALL, gone, with_gap).outputs
    assert told["fall:floor"] == pytest.approx(without.indices["fall"].index, abs=1e-4)
    assert told["fall"] > told["fall:floor"]
    whole = said(Hazard.FALL, known, without).outputs
    assert whole["fall"] == whole["fall:floor"]


@pytest.mark.usefixtures("no_child_left")
async def test_a_batch_comes_back_in_order_and_nothing_is_nothing() -> None:
    """As many answers as rows, in their order; no rows, no process."""
    rows = [{"smoking": float(i % 4)} for i in range(ROWS_MAX)]
    found = await process(MODELS).assess("home-risk", rows)
    by_level = [found[i].index for i in range(4)]
    assert by_level == sorted(by_level)
    assert [answer.index for answer in found] == [by_level[i % 4] for i in range(ROWS_MAX)]
    assert await process(MODELS, python("raise SystemExit(1)")).assess("home-risk", []) == []


async def test_too_many_rows_are_refused_before_a_process_starts() -> None:
    """A batch beyond the bound is the caller's fault, and costs nothing."""
    assert (await refusal(process(MODELS), ROWS_MAX + 1)).code == "too_large"


@pytest.mark.parametrize("name", ["manifest.json", "model.onnx", "golden.json", "MODEL_CARD.md"])
async def test_a_flipped_bit_is_refused_by_the_process(models: Path, name: str) -> None:
    """The process itself checks: one bit of any file of the model."""
    file = models / FOLDER / name
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)
    error = await refusal(process(models))
    assert error.code == "wrong_hash"
    assert name in str(error)


@pytest.mark.parametrize("name", ["current.json", *(str(FOLDER / n) for n in ("model.onnx",))])
async def test_a_missing_file_is_named(models: Path, name: str) -> None:
    """A file that is gone: its name and the mend."""
    (models / name).unlink()
    error = await refusal(process(models))
    assert error.code == "missing_file"
    assert name in str(error)


async def test_no_folder_at_all_is_a_missing_file(tmp_path: Path) -> None:
    """A gateway installed without models goes on without them."""
    assert (await refusal(process(tmp_path / "nowhere"))).code == "missing_file"


async def test_a_model_that_is_signed_by_nobody_is_refused(models: Path) -> None:
    """No signature, or none by a key that the release names: refused, though every hash fits."""
    told = models / FOLDER / "manifest.sig"
    signature = told.read_bytes()
    told.unlink()
    assert (await refusal(process(models))).code == "missing_file"
    told.write_bytes(signature.replace(b"kotivahti-models-1", b"somebody-elses-key"))
    assert (await refusal(process(models))).code == "wrong_signature"
    told.write_bytes(signature)
    (models / "signers.json").write_text("{}")
    assert (await refusal(process(models))).code == "wrong_signature"


async def test_a_model_that_computes_otherwise_is_refused(models: Path) -> None:
    """All hashes fit, and a golden vector does not come out: refused on this machine."""
    _rewrite(
        models,
        "golden.json",
        lambda golden: golden["rows"][1]["indices"]["fire_harm"].update(index=50.0),
    )
    error = await refusal(process(models))
    assert error.code == "golden"
    assert "worst" in str(error)


async def test_contributions_that_do_not_add_up_are_refused(models: Path) -> None:
    """Contributions and intercept make the logit, or the explanation is not the model's."""
    _rewrite(models, "manifest.json", lambda manifest: manifest["indices"][1].update(intercept=0.0))
    assert (await refusal(process(models))).code == "golden"


async def test_outputs_other_than_told_are_refused(models: Path) -> None:
    """A manifest that names other outputs than the file has."""
    _rewrite(models, "manifest.json", lambda manifest: manifest["onnx"].update(outputs=["risk"]))
    assert (await refusal(process(models))).code == "bad_output"


async def test_a_feature_the_model_does_not_have_is_refused() -> None:
    """An extractor of another release: refused, not ignored."""
    with pytest.raises(ModelUnavailableError, match="'humidity' is no feature") as caught:
        await process(MODELS).assess("home-risk", [{"humidity": 1.0}])
    assert caught.value.code == "wrong_hash"


async def test_a_value_outside_its_range_is_not_known() -> None:
    """A level that does not exist counts as unknown, and the answer says so."""
    found = await process(MODELS).assess("home-risk", [{"smoking": 9.0}, {"smoking": -1.0}])
    assert all("smoking" in answer.missing for answer in found)


async def test_a_version_that_was_asked_once_is_asked_again_and_no_other(models: Path) -> None:
    """After an update the former version answers as then, while its files are there."""
    _rewrite(models, "golden.json", lambda golden: golden.update(note="signed by the test"))
    (then,) = await process(models).assess("home-risk", [IN_ORDER])
    newer = models / "home-risk" / "2.0.1"
    shutil.copytree(models / FOLDER, newer)
    manifest = json.loads((newer / "manifest.json").read_bytes()) | {"version": "2.0.1"}
    (newer / "manifest.json").write_text(json.dumps(manifest))
    raw = (newer / "manifest.json").read_bytes()
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    (newer / "manifest.sig").write_bytes(sign(raw, "test", key))
    pointer = {"version": "2.0.1", "manifest_sha256": hashlib.sha256(raw).hexdigest()}
    (models / "current.json").write_text(json.dumps({"home-risk": pointer}))
    (now,) = await process(models).assess("home-risk", [IN_ORDER])
    assert (now.model, then.model) == ("home-risk/2.0.1", "home-risk/2.0.0")
    for known in (then.manifest, then.manifest[:12]):  # older releases kept the beginning
        assert await process(models).again(then.model, known, [IN_ORDER]) == [then]
    for model, manifest, code in (
        (then.model, "0" * 64, "wrong_hash"),
        (then.model, then.manifest[:11], "wrong_hash"),
        ("home-risk/0.9.0", then.manifest, "missing_file"),
        ("home-risk/../../x", then.manifest, "missing_file"),
    ):
        with pytest.raises(ModelUnavailableError) as caught:
            await process(models).again(model, manifest, [IN_ORDER])
        assert caught.value.code == code


BLOCKED = """
import sys
sys.modules["onnxruntime"] = None
from edge.risk.runtime_child import main
main()
"""


async def test_without_the_runtime_it_says_so() -> None:
    """No onnxruntime installed: the code, and the command that mends it."""
    error = await refusal(process(MODELS, python(BLOCKED)))
    assert error.code == "no_runtime"
    assert "pip install 'kotivahti[model]'" in str(error)


BAD = {
    "ended with status 3": ("crashed", "raise SystemExit(3)"),
    "ended with signal 9": ("crashed", "import os; os.kill(os.getpid(), 9)"),
    "ValueError: boom": ("crashed", "raise ValueError('boom')"),
    "no reply that can be read": ("bad_output", "print('hello')"),
    "0 answers to 1 rows": ("bad_output", 'print(\'{"model":"home-risk/2.0.0"}\')'),
    "wrote more than": (
        "too_large",
        "import sys\nwhile True: sys.stdout.write('x' * 65536)",
    ),
}


@pytest.mark.parametrize("told", BAD)
@pytest.mark.usefixtures("no_child_left")
async def test_a_process_that_fails_is_an_error_with_its_code(told: str) -> None:
    """Crash, signal, traceback, nonsense, too few answers, too much: a code and a sentence."""
    code, script = BAD[told]
    error = await refusal(process(MODELS, python(script)))
    assert (error.code, told in str(error)) == (code, True), str(error)


HOARDER = """
import time
held = [bytearray(b"x" * 1_000_000) for _ in range(%d)]
time.sleep(60)
"""


@pytest.mark.usefixtures("no_child_left")
async def test_a_process_that_takes_too_much_memory_is_ended_while_it_runs() -> None:
    """It really fills 200 MB and would stay: killed for that, long before its time is up."""
    began = asyncio.get_running_loop().time()
    error = await refusal(process(MODELS, python(HOARDER % 200)))
    assert error.code == "memory"
    assert f"may hold {RSS_MAX_BYTES}" in str(error)
    assert asyncio.get_running_loop().time() - began < PATIENCE_S
    # Beside it one that holds half as much is ended for its time.
    model = process(MODELS, python(HOARDER % 50), 1.0)
    assert (await refusal(model)).code == "timeout"


@pytest.mark.usefixtures("no_child_left")
async def test_a_flood_of_complaints_does_not_hold_it_up() -> None:
    """Megabytes on stderr are read and forgotten; the last line is the cause."""
    script = "import sys; sys.stderr.write('x\\n' * 3_000_000 + 'at last'); raise SystemExit(1)"
    error = await refusal(process(MODELS, python(script)))
    assert (error.code, str(error).endswith("at last")) == ("crashed", True)


async def test_a_number_out_of_this_world_is_refused() -> None:
    """An index beyond 100 never reaches an assessment."""
    reply = {
        "model": "home-risk/2.0.0",
        "manifest": "0" * 12,
        "answers": [{"index": 101.0, "contributions": {}, "missing": []}],
    }
    error = await refusal(process(MODELS, python(f"print('''{json.dumps(reply)}''')")))
    assert error.code == "bad_output"


async def test_bytes_that_are_no_text_are_no_reply() -> None:
    """A reply that is not UTF-8 inside its strings."""
    script = r"import sys; sys.stdout.buffer.write(b'{\"model\": \"\xed\"}')"
    assert (await refusal(process(MODELS, python(script)))).code == "bad_output"


async def test_an_unknown_refusal_is_a_crash() -> None:
    """A code that nobody knows is not passed on."""
    reply = {"refusal": {"code": "tired", "text": "no"}}
    error = await refusal(process(MODELS, python(f"print('''{json.dumps(reply)}''')")))
    assert error.code == "crashed"


async def test_a_python_that_is_not_there_is_a_crash(tmp_path: Path) -> None:
    """The interpreter itself cannot be started."""
    error = await refusal(process(MODELS, (str(tmp_path / "python"),)))
    assert error.code == "crashed"


@pytest.mark.usefixtures("no_child_left")
async def test_a_process_that_hangs_is_ended() -> None:
    """No answer in time: the code, and the process is gone."""
    hanging = process(MODELS, python("import time; time.sleep(600)"), timeout_s=0.3)
    assert (await refusal(hanging)).code == "timeout"


@pytest.mark.usefixtures("no_child_left")
async def test_cancelled_calls_leave_no_process(tmp_path: Path) -> None:
    """Several at once, cancelled while their processes run: all ended and reaped."""
    script = (
        "import os, sys, time, pathlib; "
        f"pathlib.Path({str(tmp_path)!r}, str(os.getpid())).touch(); time.sleep(600)"
    )
    model = process(MODELS, python(script))
    calls = [asyncio.ensure_future(model.assess("home-risk", [{}])) for _ in range(3)]
    async with asyncio.timeout(30):
        while len(started := os.listdir(tmp_path)) < len(calls):  # noqa: PTH208 - another process makes them
            await asyncio.sleep(0.01)
    for call in calls:
        call.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    for pid in started:
        with pytest.raises(ProcessLookupError):
            os.kill(int(pid), 0)


@pytest.mark.usefixtures("no_child_left")
async def test_a_row_comes_out_the_same_wherever_it_stands() -> None:
    """An assessment that is looked at again is the same to the last bit, alone or in a batch."""
    rows = [{"smoking": float(i % 4), "night": 2.0, "escape": float(i % 3)} for i in range(37)]
    model = process(MODELS)
    batch = await model.assess("home-risk", rows)
    alone = await model.assess("home-risk", rows[36:])
    assert batch[36] == alone[0] == batch[0] == batch[12]


@pytest.mark.usefixtures("no_child_left")
async def test_two_at_once_do_not_disturb_each_other() -> None:
    """Calls share nothing: the same answers as one after the other."""
    model = process(MODELS)
    first, second = await asyncio.gather(
        model.assess("home-risk", [IN_ORDER]), model.assess("home-risk", [{}])
    )
    assert first[0].index < second[0].index


async def test_the_process_sees_nothing_of_the_gateway_s_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A secret in the gateway's environment is not handed to the model's process."""
    monkeypatch.setenv("KOTIVAHTI_SECRET", "x")
    script = "import os, sys; sys.exit('KOTIVAHTI_SECRET' in os.environ and 4 or 5)"
    assert "status 5" in str(await refusal(process(MODELS, python(script))))


async def test_the_process_keeps_within_its_memory() -> None:
    """The peak of one run stays below 120 MB (VmHWM: ru_maxrss would count who started it)."""
    script = (
        "import pathlib, re, runpy, sys\n"
        "runpy.run_module('edge.risk.runtime_child', run_name='__main__')\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', pathlib.Path('/proc/self/status').read_text())\n"
        "sys.exit(f'{peak[1]} kB')\n"
    )
    error = await refusal(process(MODELS, python(script)))
    peak_kb = int(str(error).rpartition(": ")[2].removesuffix(" kB"))
    assert 20_000 < peak_kb < 120_000


async def test_a_process_that_wants_too_much_memory_ends(tmp_path: Path) -> None:
    """The address space has a bound: a runaway allocation ends the process, not the gateway."""
    script = (
        "from edge.risk import runtime_child\n"
        "runtime_child._answer = lambda _: bytearray(2 * 1024**3)\n"
        "runtime_child.main()\n"
    )
    error = await refusal(process(MODELS, python(script)))
    assert (error.code, "of data" in str(error)) == ("memory", True)


def test_the_command_takes_nothing_from_the_working_directory() -> None:
    """-P: a file `edge.py` beside the gateway's working directory is not the model's process."""
    assert COMMAND[1:] == ("-P", "-m", "edge.risk.runtime_child")


def _rewrite(models: Path, name: str, change: Any) -> None:
    """Change a file of the model and make every hash and the signature fit again."""
    folder = models / FOLDER
    data = json.loads((folder / name).read_bytes())
    change(data)
    (folder / name).write_text(json.dumps(data))
    manifest = json.loads((folder / "manifest.json").read_bytes())
    for file, facts in manifest["files"].items():
        raw = (folder / file).read_bytes()
        facts.update(sha256=hashlib.sha256(raw).hexdigest(), bytes=len(raw))
    (folder / "manifest.json").write_text(json.dumps(manifest))
    raw = (folder / "manifest.json").read_bytes()
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    (folder / "manifest.sig").write_bytes(sign(raw, "test", key))
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    (models / "signers.json").write_text(json.dumps({"test": public}))
    pointer = {
        "home-risk": {"version": "2.0.0", "manifest_sha256": hashlib.sha256(raw).hexdigest()}
    }
    (models / "current.json").write_text(json.dumps(pointer))
