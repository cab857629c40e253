"""The fuzzer's corpus, run without the fuzzer: what was found once stays found."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzz.targets import names, target

CORPUS = Path(__file__).resolve().parents[2] / "fuzz" / "corpus"


@pytest.mark.parametrize("name", names())
def test_every_kept_input_is_read_or_refused(name: str) -> None:
    """Each decoder has a corpus, and none of it breaks a rule; time is the fuzzer's business."""
    kept = sorted((CORPUS / name).glob("*"))
    assert kept, f"no corpus: make fuzz ARGS='--keep {name}'"
    run = target(name, lambda _, __: None)
    for file in kept:
        run(file.read_bytes())


def test_no_corpus_is_left_of_a_decoder_that_is_gone() -> None:
    """A renamed driver takes its corpus along."""
    assert {folder.name for folder in CORPUS.iterdir()} == set(names())
