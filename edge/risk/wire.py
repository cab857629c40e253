"""What gateway and model process say to each other: one JSON request in, one JSON reply out."""

from __future__ import annotations

import msgspec

# One row per home and day: a replay of three months sends 92 at once, a year 366.
ROWS_MAX = 1_000

# A row of the widest model, 172 features, is about 4 kB of JSON.
REQUEST_MAX_BYTES = 4 * 1024 * 1024

# An answer of 172 contributions is about 8 kB.
REPLY_MAX_BYTES = 8 * 1024 * 1024


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows are in the model's own names; null is "not known"."""

    models_dir: str
    model: str
    signers: dict[str, str]  # whose signature under a manifest counts
    rows: list[dict[str, float | None]]
    # To ask again what was asked once: this version, whose manifest's SHA-256 begins so. "": the
    # version in force.
    version: str = ""
    manifest: str = ""


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why there is no answer; `code` is one of those of `ModelUnavailableError`."""

    code: str
    text: str


class IndexReply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One index of a model that has several."""

    index: float
    logit: float
    contributions: dict[str, float]


class RowAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    index: float
    contributions: dict[str, float]
    missing: list[str]
    outside: float = 0.0  # share of known features beyond what training saw
    indices: dict[str, IndexReply] = {}  # {}: the model has one index


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either a refusal, or one answer a row."""

    refusal: Refusal | None = None
    model: str = ""
    manifest: str = ""
    alert_from: float | None = None  # of the default budget; None: the model tells nobody
    calm_below: float | None = None
    answers: list[RowAnswer] = []
