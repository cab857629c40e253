"""The certificate on paper: its words in three languages, and a process that cannot hurt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edge.commissioning.certificate import as_bytes, digest, document
from edge.commissioning.record import ORDER, Verdict
from edge.errors import PaperError
from edge.locale import LANGUAGES, catalogue, render
from edge.paper import words
from edge.paper.certificate import page
from edge.paper.render import MEND, pdf_of, printed
from tests.commissioning.runs import BY, begun, facts, lived_in, paper

DIGEST = digest(as_bytes(paper()))


def words_of(pdf: bytes, folder: Path) -> str:
    file = folder / "paper.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(
        ["pdftotext", "-raw", str(file), "-"], capture_output=True, text=True, check=True
    )
    return " ".join(done.stdout.split())


@pytest.mark.timeout(90)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_paper_says_it_all_in_each_language(lang: str, tmp_path: Path) -> None:
    """Whose home, who, what failed and its mend, what the system does not do, the digest."""
    text = words_of(pdf_of(paper(), DIGEST, lang), tmp_path)
    for word in ("Aino Esimerkki", "Mallikatu 12 B 7", BY, DIGEST, "anna", "the son is not here"):
        assert word in text
    for key in (
        "certificate.title", "certificate.verdict_failed", "certificate.calls_no_112",
        "certificate.no_medical_device", "certificate.sign_installer", "certificate.sign_resident",
        "commission_why.not_heard", "commission_mend.not_heard", "commission_verdict.failed",
        "commission_step.mains", "commission_mend.mains_not_told", "role.help_button",
    ):  # fmt: skip
        assert render(lang, key, {}) in text, key
    assert "[" not in text  # a key without words
    assert "745 ms" in text
    assert "18 s" in text
    # Two pages are enough for two devices.
    assert f"{render(lang, 'certificate.page', {})} 2 / 2" in text


@pytest.mark.timeout(90)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_signed_stands_on_the_first_page(lang: str, tmp_path: Path) -> None:
    """Verdict, what is open, what it does not do and the signatures; then what it rests on."""
    file = tmp_path / "paper.pdf"
    file.write_bytes(pdf_of(paper(), DIGEST, lang))
    pages = []
    for number in ("1", "2"):
        command = ["pdftotext", "-raw", "-f", number, "-l", number, str(file), "-"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        pages.append(" ".join(done.stdout.split()))
    first, second = pages
    for key in ("verdict_failed", "open", "limits", "sign_installer", "sign_resident"):
        assert render(lang, f"certificate.{key}", {}) in first, key
    assert render(lang, "certificate.release_is", {"n": "0.1.0", "m": 3}) in first
    for key in ("steps", "devices"):
        assert render(lang, f"certificate.{key}", {}) in second, key
    # A page that lies about alone says whose it is.
    title, revision = (render(lang, f"certificate.{k}", {"n": 1}) for k in ("title", "revision"))
    assert f"{title} · Aino Esimerkki · 01a200f6-8b2d, {revision}" in second
    assert "Aino Esimerkki · 01a200f6-8b2d" not in first


def test_what_people_typed_is_text_and_nothing_else() -> None:
    """A label with angles is no tag, a reason no style."""
    html = page(paper(), DIGEST, "en")
    assert "Front &lt;door&gt;" in html
    assert "<door>" not in html
    nasty = paper() | {"by": '"</style><script>x'}
    assert "<script>" not in page(nasty, '"} body { display: none } "', "en")


def test_an_unfinished_run_is_marked() -> None:
    """Nobody signs a draft by mistake."""
    html = page(document(begun(), facts()), DIGEST, "fi")
    assert render("fi", "certificate.draft", {}) in html
    assert render("fi", "certificate.draft", {}) not in page(paper(), DIGEST, "fi")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_of_a_certificate_has_its_words(lang: str) -> None:
    """Steps, verdicts, reasons and what to do; nothing open is left without a mend."""
    known = catalogue(lang)
    for name in ORDER:
        assert f"commission_step.{name}" in known
    for verdict in Verdict:
        assert f"commission_verdict.{verdict}" in known
    whys = {key.partition(".")[2] for key in known if key.startswith("commission_why.")}
    mends = {key.partition(".")[2] for key in known if key.startswith("commission_mend.")}
    # What is fine, or not of this home, needs no mend.
    assert whys - mends == {
        "trusted",
        "no_radio",
        "no_battery",
        "heard_only",
        "no_tags",
        "not_decided",
    }
    assert mends <= whys
    source = "".join(
        p.read_text(encoding="utf-8")
        for folder in ("edge/app/commissioning", "edge/app/installing", "edge/commissioning")
        for p in Path(folder).glob("*.py")
    )
    for why in whys:
        assert f'"{why}"' in source, f"nothing says {why}"


@pytest.mark.parametrize(
    "value, unit, text",
    [
        (None, "ms", "-"),
        (True, "", "kyllä"),
        ("ntp", "", "oikeassa ajassa"),
        ("strange", "", "strange"),
        (812, "ms", "812 ms"),
        (18_400, "ms", "18,4 s"),
        (11_800, "MiBy", "12 GB"),
        (900, "MiBy", "900 MB"),
        (12.5, "/s", "12,5 /s"),
        (-58, "dB[mW]", "-58 dBm"),
    ],
)
def test_a_measured_value_reads_as_people_read(value: Any, unit: str, text: str) -> None:
    """In the language's own decimal sign."""
    assert words.value_text("fi", value, unit) == text


ASKS = (
    '<img src="file:///etc/passwd">',
    '<link rel="stylesheet" href="http://127.0.0.1:1/x.css">',
    '<style>@import url("file:///etc/passwd");</style>',
)


@pytest.mark.timeout(30)
def test_the_process_fetches_nothing(tmp_path: Path) -> None:
    """A document that asks for files and addresses is printed without them."""
    pdf = printed(f"<!doctype html><p>only this</p>{''.join(ASKS)}")
    assert words_of(pdf, tmp_path) == "only this"
    assert b"root:" not in pdf


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "program, text, within_s",
    [
        ("import sys; sys.exit('no libpango')", "no libpango", 40.0),
        ("print('hello')", "no PDF was made", 40.0),
        ("import os; os.abort()", "no PDF was made", 40.0),
        ("import time; time.sleep(60)", "no PDF within 0.2 s", 0.2),
    ],
)
def test_whatever_happens_to_it_is_one_error_with_the_mend(
    program: str, text: str, within_s: float
) -> None:
    """The data are there all the same."""
    with pytest.raises(PaperError, match=text):
        printed("<p>", command=(sys.executable, "-c", program), timeout_s=within_s)


def test_a_gateway_without_the_library_says_what_to_install() -> None:
    """Packages of ours, and of Debian."""
    with pytest.raises(PaperError, match="cannot be started") as caught:
        printed("<p>", command=("/nonexistent/python",))
    assert MEND in str(caught.value)
    assert "libpango" in MEND
    assert lived_in().ended is not None


def test_a_refused_claim_and_a_dead_line_are_told_in_words() -> None:
    """The desk's code by its word; what the system said of a line stays in the log."""
    refused = {"why": "claim_refused", "text": "expired"}
    assert words.detail("fi", refused) == "koodi on vanhentunut"
    assert words.detail("sv", {"why": "no_line", "text": "[Errno 111] Connection refused"}) == ""
    assert words.detail("en", {"why": "skipped", "text": "no key today"}) == "no key today"
