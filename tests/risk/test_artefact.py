"""A model's folder: one wrong byte anywhere, and it is refused with its code."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper

from edge.errors import ModelUnavailableError
from edge.risk.artefact import Artefact, verify
from edge.risk.onnx_scan import scan
from edge.risk.signature import read_signers, sign

MODELS = Path(__file__).resolve().parents[2] / "models"
FOLDER = "home-risk/2.0.0"
FILES = {
    path: (MODELS / path).read_bytes()
    for path in [
        "current.json",
        *(f"{FOLDER}/{file.name}" for file in sorted((MODELS / FOLDER).iterdir())),
    ]
}
# A bit of another model's line is no matter of this one.
FILES["current.json"] = json.dumps(
    {"home-risk": json.loads(FILES["current.json"])["home-risk"]}
).encode()
TEST_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
TEST_PUBLIC = base64.b64encode(TEST_KEY.public_key().public_bytes_raw()).decode()
SIGNERS = read_signers((MODELS.parent / "config" / "model-signers.json").read_bytes()) | {
    "test": TEST_PUBLIC
}


def reader(files: dict[str, bytes]) -> Callable[[str, int], bytes]:
    def read(path: str, most: int) -> bytes:
        if path not in files:
            raise ModelUnavailableError("missing_file", path)
        if len(files[path]) > most:
            raise ModelUnavailableError("too_large", path)
        return files[path]

    return read


def refused(files: dict[str, bytes]) -> ModelUnavailableError:
    with pytest.raises(ModelUnavailableError) as caught:
        verify("home-risk", reader(files), SIGNERS)
    return caught.value


def signed(change: Callable[[dict[str, Any]], None], **replaced: bytes) -> dict[str, bytes]:
    """The shipped files with a changed manifest and files, hashed and signed again."""
    files = dict(FILES)
    manifest = json.loads(files[f"{FOLDER}/manifest.json"])
    for name, raw in replaced.items():
        file = {"model": "model.onnx", "golden": "golden.json"}[name]
        files[f"{FOLDER}/{file}"] = raw
        facts = {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)}
        manifest["files"][file] = facts
    change(manifest)
    raw = json.dumps(manifest).encode()
    files[f"{FOLDER}/manifest.json"] = raw
    files[f"{FOLDER}/manifest.sig"] = sign(raw, "test", TEST_KEY)
    digest = hashlib.sha256(raw).hexdigest()
    pointer = {"home-risk": {"version": "2.0.0", "manifest_sha256": digest}}
    files["current.json"] = json.dumps(pointer).encode()
    return files


def unchanged(_: dict[str, Any]) -> None:
    """Leave the manifest as it is."""


def test_the_shipped_model_is_whole() -> None:
    """Everything fits together, and the bytes handed on are the bytes that were hashed."""
    artefact: Artefact = verify("home-risk", reader(FILES), SIGNERS)
    assert artefact.name == "home-risk/2.0.0"
    assert artefact.onnx == FILES[f"{FOLDER}/model.onnx"]
    assert verify("home-risk", reader(signed(unchanged)), SIGNERS).name == "home-risk/2.0.0"


@pytest.mark.parametrize("path", sorted(FILES))
@pytest.mark.timeout(60)
def test_a_flipped_bit_anywhere_is_refused(path: str) -> None:
    """One bit of any byte of any file: refused, by its hash, or because nothing is there."""
    # Every byte of a short file; of a long one two thousand, on every place of a line and a word.
    step = max(len(FILES[path]) // 2_000, 1)
    for at in range(0, len(FILES[path]), step):
        flipped = bytearray(FILES[path])
        flipped[at] ^= 1 << (at % 8)
        error = refused(FILES | {path: bytes(flipped)})
        allowed = {
            "current.json": {"wrong_hash", "missing_file"},
            f"{FOLDER}/manifest.sig": {"wrong_signature"},
        }.get(path, {"wrong_hash"})
        assert error.code in allowed, (path, at, error)


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_missing_file_is_named(path: str) -> None:
    """Each file that is gone is refused as missing, by its name."""
    error = refused({name: raw for name, raw in FILES.items() if name != path})
    assert error.code == "missing_file"
    assert path in str(error)


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_truncated_or_longer_file_is_refused(path: str) -> None:
    """A byte less or a byte more is as wrong as another byte."""
    codes = {"wrong_hash", "wrong_signature"}
    assert refused(FILES | {path: FILES[path][:-2]}).code in codes
    longer = refused(FILES | {path: FILES[path] + b"x"})
    assert longer.code in codes | {"too_large"}


def test_whole_but_signed_by_nobody_we_know_is_refused() -> None:
    """All hashes fit: with another's signature, another's key or a signature of other bytes."""
    whole = signed(unchanged)
    manifest, told = whole[f"{FOLDER}/manifest.json"], f"{FOLDER}/manifest.sig"
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    for signature in (
        sign(manifest, "test", stranger),
        sign(manifest, "stranger", stranger),
        sign(manifest + b" ", "test", TEST_KEY),
        FILES[told],
    ):
        error = refused(whole | {told: signature})
        assert (error.code, told in str(error)) == ("wrong_signature", True)
    with pytest.raises(ModelUnavailableError, match="knows: none"):
        verify("home-risk", reader(FILES), {})
    with pytest.raises(ModelUnavailableError, match="does not fit"):
        verify("home-risk", reader(FILES), dict.fromkeys(SIGNERS, "c2hvcnQ="))


def test_signers_that_cannot_be_read_are_refused() -> None:
    """A list of keys that is none vouches for nothing."""
    for raw in (b"", b"[]", b'{"Key": 1}', b"\xff"):
        with pytest.raises(ModelUnavailableError, match="model-signers"):
            read_signers(raw)


def test_a_file_beyond_its_bound_is_too_large() -> None:
    """A manifest that allows no larger a model than this."""
    shrunk = signed(lambda manifest: manifest["onnx"].update(max_bytes=10))
    assert refused(shrunk).code == "too_large"


@pytest.mark.parametrize(
    "change,code",
    [
        (lambda m: m.update(schema=2), "wrong_hash"),
        (lambda m: m.update(id="daily-change"), "wrong_hash"),
        (lambda m: m.update(version="1.0.1"), "wrong_hash"),
        (lambda m: m.update(feature_hash="0" * 64), "wrong_hash"),
        (lambda m: m["onnx"].update(opset=16), "wrong_hash"),
        (lambda m: m.pop("indices"), "wrong_hash"),
        (lambda m: m["indices"].reverse(), "wrong_hash"),
        (lambda m: m["files"].pop("golden.json"), "missing_file"),
        (lambda m: m["files"].update({"../../etc/passwd": {}}), "wrong_hash"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    change: Callable[[dict[str, Any]], None], code: str
) -> None:
    """Another schema, model, version, feature list or operator set; a path out of the folder."""
    error = refused(signed(change))
    assert error.code == code
    assert "restore models/" in str(error)


@pytest.mark.parametrize("version", ["../1.0.0", "1.0.0/..", "1.0", ""])
def test_a_version_is_a_version_and_no_path(version: str) -> None:
    """What current.json names can lead nowhere but into the model's own folder."""
    digest = hashlib.sha256(FILES[f"{FOLDER}/manifest.json"]).hexdigest()
    pointer = {"home-risk": {"version": version, "manifest_sha256": digest}}
    assert refused(FILES | {"current.json": json.dumps(pointer).encode()}).code == "wrong_hash"


def test_a_model_that_is_not_listed_is_missing() -> None:
    """Asking for a model that this release does not have."""
    with pytest.raises(ModelUnavailableError, match="no model 'no-such'") as caught:
        verify("no-such", reader(FILES), SIGNERS)
    assert caught.value.code == "missing_file"


def _model(**parts: Any) -> bytes:
    node = helper.make_node("Identity", ["x"], ["y"], domain=parts.get("domain", ""))
    if parts.get("inner"):
        inner = helper.make_graph([], "inner", [], [])
        node = helper.make_node("If", ["x"], ["y"], then_branch=inner, else_branch=inner)
    tensor = helper.make_tensor("t", TensorProto.FLOAT, [1], [0.0])
    if parts.get("external"):
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "../elsewhere.bin"
    graph = helper.make_graph([node], "g", [], [], [tensor])
    opsets = [helper.make_opsetid("", 15)]
    if parts.get("domain"):
        opsets.append(helper.make_opsetid(parts["domain"], 1))
    model = helper.make_model(graph, ir_version=8, opset_imports=opsets)
    if parts.get("function"):
        model.functions.append(helper.make_function("", "F", [], [], [], opsets))
    return bytes(model.SerializeToString())


@pytest.mark.parametrize(
    "parts,told",
    [
        ({"domain": "com.example"}, "com.example"),
        ({"external": True}, "outside the file"),
        ({"inner": True}, "graph inside"),
        ({"function": True}, "functions"),
    ],
)
def test_what_a_home_s_model_never_needs_is_refused(parts: dict[str, Any], told: str) -> None:
    """Custom domains, external tensors, control flow and functions, even with fitting hashes."""
    raw = _model(**parts)
    onnx.load_model_from_string(raw)
    assert told in scan(raw).refused
    assert told in str(refused(signed(unchanged, model=raw)))


@given(data=st.binary(max_size=200))
def test_any_bytes_are_scanned_or_refused(data: bytes) -> None:
    """Whatever the bytes: facts, or a ValueError, nothing else and no endless loop."""
    try:
        assert scan(data).opset >= 0
    except ValueError as error:
        assert str(error)  # noqa: PT017 - either outcome is right


def test_a_model_cut_off_anywhere_is_refused_or_seen_as_another() -> None:
    """Every length of the shipped file: no error but ValueError."""
    whole = FILES[f"{FOLDER}/model.onnx"]
    for size in range(len(whole)):
        try:
            scan(whole[:size])
        except ValueError:
            continue
