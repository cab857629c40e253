"""A model's folder, checked byte for byte before anything of it is used.

`current.json` names the version in force and the SHA-256 of its manifest; the
manifest names every other file with its SHA-256 and size, and is signed. So
every byte that decides anything is covered, and whatever does not match is refused. Pure: the
caller reads the files, within the bound that it is given.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from edge.domain import Record
from edge.errors import ModelUnavailableError
from edge.risk.features import feature_hash, index_names
from edge.risk.onnx_scan import scan
from edge.risk.signature import SIGNATURE, SIGNATURE_MAX_BYTES, Signers
from edge.risk.signature import check as check_signature

CURRENT = "current.json"
MANIFEST = "manifest.json"
MODEL = "model.onnx"
GOLDEN = "golden.json"
SCHEMA = 1

# current.json has a line per model, a manifest a line per feature; cards and golden vectors are
# read by people. The model's own bound stands in its manifest, under this one.
CURRENT_MAX_BYTES = 64 * 1024
MANIFEST_MAX_BYTES = 256 * 1024
FILE_MAX_BYTES = 4 * 1024 * 1024
FILES_MAX = 16

# Hex digits of the manifest's SHA-256 that go with every assessment.
MANIFEST_PREFIX_HEX = 12

MEND = "restore models/ from the release"

_FOLDER = re.compile(r"[a-z][a-z0-9-]{0,40}/\d{1,4}\.\d{1,4}\.\d{1,4}")

T = TypeVar("T")

Read = Callable[[str, int], bytes]
"""(path below models/, most bytes) -> the file; raises ModelUnavailableError."""

Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
Version = Annotated[str, Meta(pattern=r"^\d{1,4}\.\d{1,4}\.\d{1,4}$")]
FileName = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,40}\.[a-z]{2,5}$")]


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table of the manifest; keys that only people read are passed over."""


class Pointer(Table, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: Version
    manifest_sha256: Sha256


class Pinned(Record, frozen=True):
    """A version that was asked once. `manifest`: the beginning of its manifest's SHA-256."""

    version: str
    manifest: str


class FileFacts(Table, frozen=True, kw_only=True):
    sha256: Sha256
    bytes: Annotated[int, Meta(ge=1, le=FILE_MAX_BYTES)]


class OnnxShape(Table, frozen=True, kw_only=True):
    ir_version: int
    opset: int
    inputs: Annotated[tuple[str, ...], Meta(min_length=1)]
    outputs: Annotated[tuple[str, ...], Meta(min_length=1)]
    max_bytes: Annotated[int, Meta(ge=1, le=FILE_MAX_BYTES)]


class FeatureFacts(Table, frozen=True, kw_only=True):
    name: str
    min: float
    max: float
    seen_min: float | None = None  # what training saw, widened; None: nothing was
    seen_max: float | None = None
    deciles: tuple[float, ...] = ()  # of training: nine cuts, for drift; (): nothing was trained


class IndexFacts(Table, frozen=True, kw_only=True):
    """One index of a model that has several, in the order of its outputs."""

    name: str
    intercept: float


class Threshold(Table, frozen=True, kw_only=True):
    tier: str
    value: float
    hysteresis: float = 0.0


class Manifest(Table, frozen=True, kw_only=True):
    schema: int
    id: str
    version: Version
    files: Annotated[dict[FileName, FileFacts], Meta(min_length=1, max_length=FILES_MAX)]
    onnx: OnnxShape
    features: Annotated[tuple[FeatureFacts, ...], Meta(min_length=1)]
    feature_hash: Sha256
    intercept: float = 0.0
    indices: tuple[IndexFacts, ...] = ()  # (): one, with `intercept`
    thresholds: tuple[Threshold, ...] = ()


class GoldenIndex(Table, frozen=True, kw_only=True):
    contributions: tuple[float, ...]
    logit: float
    index: float


class GoldenRow(Table, frozen=True, kw_only=True):
    """What must come out of `features`, in `indices` for a model that has several."""

    name: str
    features: tuple[float | None, ...]
    contributions: tuple[float, ...] = ()
    logit: float = 0.0
    index: float = 0.0
    indices: dict[str, GoldenIndex] = {}


class Golden(Table, frozen=True, kw_only=True):
    rows: Annotated[tuple[GoldenRow, ...], Meta(min_length=1)]


class Artefact(msgspec.Struct, frozen=True, kw_only=True):
    """A model whose every byte was checked; `onnx` are the bytes that were hashed."""

    manifest: Manifest
    manifest_sha256: str
    onnx: bytes
    golden: Golden

    @property
    def name(self) -> str:
        return f"{self.manifest.id}/{self.manifest.version}"


def verify(model: str, read: Read, signers: Signers, pinned: Pinned | None = None) -> Artefact:
    """Check the version in force of `model`, or the one that was once asked (`pinned`).

    Raises ModelUnavailableError at the first doubt.
    """
    pointer = _pointer(model, read(CURRENT, CURRENT_MAX_BYTES))
    if pinned is not None:
        pointer = msgspec.structs.replace(pointer, version=pinned.version)
    folder = f"{model}/{pointer.version}"
    if not _FOLDER.fullmatch(folder):
        raise ModelUnavailableError("missing_file", f"models/{folder}: no name of a model; {MEND}")
    raw = read(f"{folder}/{MANIFEST}", MANIFEST_MAX_BYTES)
    if pinned is not None:
        pointer = msgspec.structs.replace(pointer, manifest_sha256=_pinned_hash(raw, pinned))
    _same(f"{folder}/{MANIFEST}", raw, pointer.manifest_sha256)
    told = read(f"{folder}/{SIGNATURE}", SIGNATURE_MAX_BYTES)
    check_signature(raw, told, signers, f"{folder}/{SIGNATURE}")
    manifest = _decode(raw, Manifest, f"{folder}/{MANIFEST}")
    _check(manifest, model, pointer, folder)
    if pinned is None and manifest.feature_hash != feature_hash(model):
        text = f"models/{folder}/{MANIFEST}: feature_hash: made for other features than this "
        raise ModelUnavailableError("wrong_hash", f"{text}release has; {MEND}")
    files = {name: _file(folder, name, facts, read) for name, facts in manifest.files.items()}
    _check_onnx(files[MODEL], manifest, f"{folder}/{MODEL}")
    return Artefact(
        manifest=manifest,
        manifest_sha256=hashlib.sha256(raw).hexdigest(),
        onnx=files[MODEL],
        golden=_decode(files[GOLDEN], Golden, f"{folder}/{GOLDEN}"),
    )


def _pointer(model: str, raw: bytes) -> Pointer:
    listed = _decode(raw, dict[str, Pointer], CURRENT)
    if model not in listed or not re.fullmatch(r"[a-z][a-z0-9-]{0,40}", model):
        known = ", ".join(sorted(listed)) or "none"
        raise ModelUnavailableError(
            "missing_file", f"models/{CURRENT}: no model '{model}'; known: {known}; {MEND}"
        )
    return listed[model]


def _pinned_hash(raw: bytes, pinned: Pinned) -> str:
    """The whole hash that a remembered beginning means; of another file the beginning itself."""
    found = hashlib.sha256(raw).hexdigest()
    known = len(pinned.manifest) >= MANIFEST_PREFIX_HEX and found.startswith(pinned.manifest)
    return found if known else pinned.manifest


def _check(manifest: Manifest, model: str, pointer: Pointer, folder: str) -> None:
    where = f"models/{folder}/{MANIFEST}"
    if manifest.schema != SCHEMA:
        text = f"{where}: schema {manifest.schema}, this release reads {SCHEMA}; {MEND}"
        raise ModelUnavailableError("wrong_hash", text)
    if (manifest.id, manifest.version) != (model, pointer.version):
        text = f"{where}: is of {manifest.id}/{manifest.version}, not of {folder}; {MEND}"
        raise ModelUnavailableError("wrong_hash", text)
    for name in (MODEL, GOLDEN):
        if name not in manifest.files:
            text = f"{where}: files: does not name {name}; {MEND}"
            raise ModelUnavailableError("missing_file", text)
    if tuple(one.name for one in manifest.indices) != index_names(model):
        text = f"{where}: indices: not those that this release reads; {MEND}"
        raise ModelUnavailableError("wrong_hash", text)
    if manifest.files[MODEL].bytes > manifest.onnx.max_bytes:
        text = f"{where}: {MODEL} is larger than onnx.max_bytes; {MEND}"
        raise ModelUnavailableError("too_large", text)


def _file(folder: str, name: str, facts: FileFacts, read: Read) -> bytes:
    path = f"{folder}/{name}"
    raw = read(path, facts.bytes)
    _same(path, raw, facts.sha256)
    return raw


def _same(path: str, raw: bytes, sha256: str) -> None:
    found = hashlib.sha256(raw).hexdigest()
    if found != sha256:
        text = (
            f"models/{path}: SHA-256 {found[:MANIFEST_PREFIX_HEX]}..., "
            f"expected {sha256[:MANIFEST_PREFIX_HEX]}...; {MEND}"
        )
        raise ModelUnavailableError("wrong_hash", text)


def _check_onnx(raw: bytes, manifest: Manifest, path: str) -> None:
    try:
        facts = scan(raw)
    except ValueError as error:
        text = f"models/{path}: not an ONNX file ({error}); {MEND}"
        raise ModelUnavailableError("wrong_hash", text) from error
    refused = facts.refused
    if (facts.ir_version, facts.opset) != (manifest.onnx.ir_version, manifest.onnx.opset):
        refused = refused or f"IR version {facts.ir_version}, opset {facts.opset}"
    if refused:
        text = f"models/{path}: has {refused}, which its manifest does not allow; {MEND}"
        raise ModelUnavailableError("wrong_hash", text)


def _decode(raw: bytes, kind: type[T], path: str) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = f"models/{path}: {error}; {MEND}"
        raise ModelUnavailableError("wrong_hash", text) from error
