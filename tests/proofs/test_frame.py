"""The frame of the proofs: a missed limit fails, a page says what the stored results say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from proofs import records
from proofs.__main__ import main
from proofs.catalogue import BY_NAME, PROOFS, Entry
from proofs.page import page
from proofs.records import Figure, Proof, Result, shown, stored
from proofs.running import Run, machine, missing, run_one

ROOT = Path(__file__).resolve().parents[2]


def proof(value: float = 0) -> Proof:
    lost = Figure(name="lost", value=value, at_most=0)
    told = Figure(name="time", value=1234.6, unit="s", scaled="a minute, times 20")
    return Proof(promise="Nothing is lost.", how="Kill it.", figures=[lost, told])


def result(found: Proof, *, quick: bool = False) -> Result:
    return Result(
        name="kills",
        title=BY_NAME["kills"].title,
        passed=found.passed,
        quick=quick,
        date="2026-03-02T12:00:00+00:00",
        took_s=90.0,
        commit="0123456789",
        command="python -m proofs kills",
        machine=machine(),
        proof=found,
    )


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(records, "RESULTS", tmp_path)
    return tmp_path


def test_a_figure_beyond_its_limit_fails_the_proof() -> None:
    """Limits hold at their own value, and a proof without a figure proves nothing."""
    assert Figure(name="x", value=3, at_most=3, at_least=3).ok
    assert not Figure(name="x", value=3.1, at_most=3).ok
    assert not Figure(name="x", value=2, at_least=3).ok
    assert proof().passed
    assert not proof(1).passed
    assert not Proof(promise="", how="", figures=[]).passed


def test_numbers_are_as_long_as_they_are_worth() -> None:
    """What a reader sees."""
    found = [shown(n) for n in (0, 12345, 1234.6, 0.0123, 99.96)]
    assert found == ["0", "12,345", "1,235", "0.0123", "100"]


def test_a_short_run_never_takes_the_place_of_a_full_one(results: Path) -> None:
    """Both are kept, and the page knows full ones alone: it is made from what is committed."""
    records.store(result(proof(1), quick=True))
    assert "**missed**" not in page()
    records.store(result(proof()))
    records.store(result(proof(1), quick=True))
    found = stored("kills")
    assert found is not None
    assert found.passed
    assert "**missed**" not in page()
    assert len(list(results.iterdir())) == 2


def test_the_page_tells_what_was_missed_and_what_was_scaled(results: Path) -> None:
    """Outcome, figure, limit, machine, command; and what nobody has proved yet."""
    records.store(result(proof(2)))
    text = page()
    assert "**missed**: 0 of 1 limits" in text
    assert "| lost | 2 **missed** | ≤ 0 |" in text
    assert "| time (scaled) | 1,235 s |  |" in text
    assert "- time: a minute, times 20" in text
    assert machine().processor in text
    assert text.count("**not proved yet**") == len(PROOFS) - 1


def test_the_page_in_the_docs_is_that_of_the_stored_results() -> None:
    """`python -m proofs --only-page docs/reliability.md` after a run, or after a merge."""
    assert (ROOT / "docs/reliability.md").read_text(encoding="utf-8") == page()


def test_a_proof_runs_is_stored_and_its_limit_is_the_exit_code(
    results: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 when all limits hold, 1 when one is missed, and the result says which code it was of."""
    from proofs import kills  # noqa: PLC0415

    for lost, code in ((0, 0), (1, 1)):

        def prove(run: Run, lost: int = lost) -> Proof:
            assert run.quick
            assert run.folder.is_dir()
            return proof(lost)

        monkeypatch.setattr(kills, "prove", prove)
        monkeypatch.setattr("sys.argv", ["proofs", "kills", "--quick", "--json"])
        monkeypatch.setattr("proofs.running.missing", lambda _: "")
        monkeypatch.setattr("proofs.__main__.missing", lambda _: "")
        assert main() == code
        (row,) = json.loads(capsys.readouterr().out)["results"]
        assert row["passed"] is (code == 0)
        assert row["commit"]
    assert [path.name for path in results.iterdir()] == ["kills.quick.json"]


def test_what_cannot_be_run_is_told_and_is_no_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without root or a program: loud, by name, exit code 1."""
    entry = Entry(name="kills", title="t", minutes=1, programs=("no-such-program",))
    assert "no-such-program" in missing(entry)
    monkeypatch.setattr("proofs.running.os.geteuid", lambda: 1000)
    assert "root" in missing(Entry(name="x", title="t", minutes=1, root=True))
    monkeypatch.setattr("proofs.__main__.missing", lambda _: "needs root")
    monkeypatch.setattr("sys.argv", ["proofs", "kills", "--quick"])
    assert main() == 1
    assert "NOT PROVED: kills: needs root" in capsys.readouterr().err


def test_a_proof_that_breaks_is_told_apart_from_a_limit(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception is no verdict about the gateway: nothing is stored."""

    def prove(_: Run) -> Proof:
        raise OSError("no room")

    monkeypatch.setattr("proofs.kills.prove", prove)
    with pytest.raises(OSError, match="no room"):
        run_one(BY_NAME["kills"], quick=True)
    assert not list(results.iterdir())
