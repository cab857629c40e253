"""The model's process: checks a model, runs one batch of rows, ends.

    python -m edge.risk.runtime_child < request.json > reply.json

It is the only place where numpy and onnxruntime are imported. It fails closed:
files are hashed before they are parsed, the session is opened from the bytes
that were hashed, and the golden vectors must come out right on this very
machine before the first row is answered.
"""

from __future__ import annotations

import math
import resource
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec

from edge.errors import ModelUnavailableError
from edge.risk.artefact import (
    MEND,
    MODEL,
    Artefact,
    FeatureFacts,
    IndexFacts,
    Pinned,
    verify,
)
from edge.risk.runtime_files import read_below
from edge.risk.wire import REQUEST_MAX_BYTES, IndexReply, Refusal, Reply, Request, RowAnswer

# Address space: numpy and onnxruntime map about 200 MB of it and use 60 MB. A model that wants
# several times as much is not one of ours, and must not take the gateway's memory.
ADDRESS_SPACE_MAX_BYTES = 768 * 1024 * 1024

# Of which data of its own, 130 MB at most in what ships, thread stacks included; what does not get
# it is refused (`memory`) and never swaps the gateway out. Resident memory is bounded from outside.
DATA_MAX_BYTES = 256 * 1024 * 1024

# A batch takes well under a second; this ends a process whose gateway has gone.
CPU_TIME_MAX_S = 30

# float32 arithmetic differs between processors in the sixth digit; a changed weight in the third.
GOLDEN_TOLERANCE = 1e-4

# Of a manifest's thresholds the one that a gateway goes by; the others are for evaluation.
DEFAULT_TIER = "default"

OUTPUTS = ("index", "contributions", "logit", "missing")

Row = Sequence[float | None]


def main() -> None:
    _limit()
    data = sys.stdin.buffer.read(REQUEST_MAX_BYTES + 1)
    try:
        reply = _answer(msgspec.json.decode(data, type=Request))
    except ModelUnavailableError as error:
        reply = Reply(refusal=Refusal(code=error.code, text=str(error)))
    except MemoryError:
        text = f"its process needed more than {DATA_MAX_BYTES} bytes of data; {MEND}"
        reply = Reply(refusal=Refusal(code="memory", text=text))
    sys.stdout.buffer.write(msgspec.json.encode(reply))
    sys.stdout.buffer.flush()


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_TIME_MAX_S, CPU_TIME_MAX_S))
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_MAX_BYTES, DATA_MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_MAX_BYTES, ADDRESS_SPACE_MAX_BYTES))


def _answer(request: Request) -> Reply:
    models = Path(request.models_dir)
    pinned = Pinned(request.version, request.manifest) if request.version else None
    artefact = verify(request.model, partial(read_below, models), request.signers, pinned)
    rows = [_row(artefact, i, row) for i, row in enumerate(request.rows)]
    runner = _Runner(artefact)
    runner.prove()
    alert_from = next((t for t in artefact.manifest.thresholds if t.tier == DEFAULT_TIER), None)
    return Reply(
        alert_from=None if alert_from is None else alert_from.value,
        calm_below=None if alert_from is None else alert_from.value - alert_from.hysteresis,
        model=artefact.name,
        manifest=artefact.manifest_sha256,
        answers=[runner.run(row) for row in rows],
    )


def _row(artefact: Artefact, number: int, row: dict[str, float | None]) -> list[float | None]:
    """The row in the model's order; a value outside its feature's range is not known."""
    features = artefact.manifest.features
    strange = sorted(set(row) - {feature.name for feature in features})
    if strange:
        text = f"row {number}: '{strange[0]}' is no feature of {artefact.name}; update both"
        raise ModelUnavailableError("wrong_hash", text)
    return [_within(feature, row.get(feature.name)) for feature in features]


def _within(feature: FeatureFacts, value: float | None) -> float | None:
    return value if value is not None and feature.min <= value <= feature.max else None


def _outside(artefact: Artefact, row: Row) -> float:
    """The share of known features that lie beyond what training saw."""
    known = [
        (feature, value)
        for feature, value in zip(artefact.manifest.features, row, strict=True)
        if value is not None
    ]
    beyond = [
        value
        for feature, value in known
        if (feature.seen_min is not None and value < feature.seen_min)
        or (feature.seen_max is not None and value > feature.seen_max)
    ]
    return len(beyond) / len(known) if known else 0.0


class _Runner:
    """A session over checked bytes; numpy and onnxruntime are imported when it is made."""

    def __init__(self, artefact: Artefact) -> None:
        try:
            import numpy as np  # noqa: PLC0415 - a refused model must not cost the import
            import onnxruntime as ort  # type: ignore[import-untyped]  # noqa: PLC0415
        except ImportError as error:
            text = f"{error}; install it with: pip install 'kotivahti[model]'"
            raise ModelUnavailableError("no_runtime", text) from error
        self._np = np
        self._artefact = artefact
        self._names = [feature.name for feature in artefact.manifest.features]
        alone = IndexFacts(name="", intercept=artefact.manifest.intercept)
        self._indices = artefact.manifest.indices or (alone,)
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        options.log_severity_level = 4  # fatal only: what fails is told by its exception
        self._session = ort.InferenceSession(
            artefact.onnx, options, providers=["CPUExecutionProvider"]
        )
        self._check_names()

    def _check_names(self) -> None:
        shape = self._artefact.manifest.onnx
        inputs = tuple(i.name for i in self._session.get_inputs())
        outputs = tuple(o.name for o in self._session.get_outputs())
        if inputs != shape.inputs or outputs != shape.outputs or outputs != OUTPUTS:
            self._bad(f"has inputs {inputs} and outputs {outputs}, not those of its manifest")
        told = self._session.get_modelmeta().custom_metadata_map.get("feature_hash")
        if told != self._artefact.manifest.feature_hash:
            self._bad("its own feature_hash is not that of its manifest")

    def prove(self) -> None:
        """Run the golden vectors; raises ModelUnavailableError (golden) when one differs."""
        for row in self._artefact.golden.rows:
            told, _ = self._one(row.features)
            for facts, found in zip(self._indices, told, strict=True):
                wanted = row.indices[facts.name] if facts.name else row
                added = sum(found.contributions.values()) + facts.intercept
                pairs = [
                    (found.index, wanted.index),
                    (found.logit, wanted.logit),
                    (added, wanted.logit),
                    *zip(found.contributions.values(), wanted.contributions, strict=True),
                ]
                if any(abs(one - other) > GOLDEN_TOLERANCE for one, other in pairs):
                    text = (
                        f"models/{self._artefact.name}/golden.json: row '{row.name}' came out as "
                        f"index {found.index:.4f}, expected {wanted.index:.4f}; {MEND}"
                    )
                    raise ModelUnavailableError("golden", text)

    def run(self, row: Row) -> RowAnswer:
        told, missing = self._one(row)
        named = {facts.name: one for facts, one in zip(self._indices, told, strict=True)}
        return RowAnswer(
            index=told[0].index,
            contributions=told[0].contributions,
            missing=[name for name, gone in zip(self._names, missing, strict=True) if gone],
            outside=_outside(self._artefact, row),
            indices=named if self._artefact.manifest.indices else {},
        )

    def _one(self, row: Row) -> tuple[list[IndexReply], list[float]]:
        """What each index is for one row, and what of the row was missing.

        One row at a time: in a batch the last digit of a row depends on its place in it, and an
        assessment that is looked at again must come out the same.
        """
        given = [[math.nan if value is None else value for value in row]]
        matrix = self._np.array(given, dtype=self._np.float32)
        outputs = self._session.run(list(OUTPUTS), {self._session.get_inputs()[0].name: matrix})
        axis = (len(self._indices),) if self._artefact.manifest.indices else ()
        shapes = [(1, *axis), (1, *axis, len(row)), (1, *axis), (1, len(row))]
        if [output.shape for output in outputs] != shapes:
            self._bad("its outputs have other shapes than its inputs")
        if not all(self._np.isfinite(output).all() for output in outputs):
            self._bad("it gave a number that is not finite")
        index, contributions, logit, missing = outputs
        told = zip(
            index.ravel().tolist(),
            logit.ravel().tolist(),
            contributions.reshape(-1, len(row)).tolist(),
            strict=True,
        )
        return [
            IndexReply(
                index=value, logit=odds, contributions=dict(zip(self._names, weights, strict=True))
            )
            for value, odds, weights in told
        ], missing.ravel().tolist()

    def _bad(self, wrong: str) -> None:
        text = f"models/{self._artefact.name}/{MODEL}: {wrong}; {MEND}"
        raise ModelUnavailableError("bad_output", text)


if __name__ == "__main__":
    main()
