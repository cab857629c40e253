"""Reads files below `models/`, never more of one than it may have."""

from __future__ import annotations

from pathlib import Path

from edge.errors import ModelUnavailableError
from edge.risk.artefact import MEND


def read_below(models: Path, path: str, most: int) -> bytes:
    """The file; raises ModelUnavailableError when it is missing, or larger than `most` bytes."""
    try:
        with (models / path).open("rb") as opened:
            data = opened.read(most + 1)
    except OSError as error:
        text = f"models/{path}: cannot be read ({error.strerror}); {MEND}"
        raise ModelUnavailableError("missing_file", text) from error
    if len(data) > most:
        text = f"models/{path}: larger than the {most} bytes it may have; {MEND}"
        raise ModelUnavailableError("too_large", text)
    return data
