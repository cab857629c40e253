"""The notification on paper: exactly one page, in three languages, nothing that is excluded."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from edge.config.notifying import legal_bases
from edge.domain.notification import (
    NotificationKind,
    NotificationState,
    ReceiverAnswer,
    ReceiverOutcome,
)
from edge.errors import PaperError
from edge.locale import LANGUAGES, render
from edge.notification.document import document
from edge.paper.notification import notification_page
from edge.paper.sheet import exactly
from edge.resources import resource
from tests.notification.samples import ID, content, frame, fullest

pytestmark = pytest.mark.timeout(90)
BASES = {one.kind: one for one in legal_bases()}
DOOR = "Ovikoodi 4711"


def as_read(told: dict[str, Any]) -> dict[str, Any]:
    """As whoever gets the JSON has it."""
    read: dict[str, Any] = json.loads(json.dumps(told))
    return read


def words_of(pdf: bytes, folder: Path) -> str:
    file = folder / "paper.pdf"
    file.write_bytes(pdf)
    command = ["pdftotext", "-raw", str(file), "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return " ".join(done.stdout.split())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_fullest_one_fits_one_page_in_each_language(lang: str) -> None:
    """`exactly` refuses any other number of pages: the bounds are what a page holds."""
    basis = BASES[NotificationKind.DANGER]
    answer = ReceiverAnswer(
        receiver="x" * 60, case_number="y" * 60, visit_on="2026-12-01",
        outcome=ReceiverOutcome.PASSED_ON,
    )  # fmt: skip
    html = notification_page(fullest(), frame(access="z" * 60), basis, lang, answer)
    assert exactly(html, 1).startswith(b"%PDF-")
    with pytest.raises(PaperError, match="1 pages and ought to have 2"):
        exactly(html, 2)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", NotificationKind)
def test_it_says_what_the_receiver_needs(lang: str, kind: NotificationKind, tmp_path: Path) -> None:
    """Where, who, what was seen, the law, 112; the index last and as what it is."""
    basis = BASES[kind]
    pdf = exactly(notification_page(content(kind), frame(access=DOOR), basis, lang), 1)
    text = words_of(pdf, tmp_path)
    dead = render(lang, "notify_finding.FS-02:dead", {})
    for word in ("Mallikatu 5 A 12", "02100 Espoo", "Anna Esimerkki", "Aino Mallikas", "FS-05",
                 dead, "20.11.2026", DOOR, ID, "fire/2026.1",
                 "home-risk/2.0.0"):  # fmt: skip
        assert word in text, word
    title = "title_danger" if kind is NotificationKind.DANGER else "title_concern"
    for key in (f"notify_doc.{title}", "notify_doc.urgent", "notify_escape.cannot"):
        assert render(lang, key, {}) in text, key
    assert basis.title[lang] in text
    assert "[" not in text  # a key without words
    index = render(lang, "notify_doc.index", {"level": "red"})
    seen, number = text.index(dead), text.index(index.split(":")[0])
    assert seen < number
    assert render(lang, "notify_doc.draft_mark", {}) not in text


@pytest.mark.parametrize("state", [NotificationState.DRAFT, NotificationState.WITHDRAWN])
def test_a_draft_says_so_and_never_shows_the_door_code(
    state: NotificationState, tmp_path: Path
) -> None:
    """Neither on paper nor as data, whatever somebody hands over."""
    basis = BASES[NotificationKind.DANGER]
    around = frame(state, access=DOOR)
    text = words_of(exactly(notification_page(content(), around, basis), 1), tmp_path)
    mark = "draft_mark" if state is NotificationState.DRAFT else "withdrawn_mark"
    assert render("fi", f"notify_doc.{mark}", {}) in text
    assert "4711" not in text
    assert "4711" not in json.dumps(document(content(), around, basis))


def test_the_data_are_those_of_the_schema_and_of_nothing_else() -> None:
    """A member for what is excluded would be refused by it."""
    text = resource("config/schemas/risk-notification-1.0.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    Draft202012Validator.check_schema(schema)
    check = Draft202012Validator(schema)
    basis = BASES[NotificationKind.DANGER]
    for state in NotificationState:
        for told in (content(), fullest()):
            answer = ReceiverAnswer(receiver="pelastuslaitos", outcome=ReceiverOutcome.ADVISED)
            check.validate(as_read(document(told, frame(state, DOOR), basis, answer)))
    made = as_read(document(content(), frame(access=DOOR), basis))
    assert made["site"]["access"] == DOOR
    assert "FS-05:bed" not in json.dumps(made)  # the answer's code stays at the desk
    for excluded in ("diagnoses", "medicines", "vitals", "location", "rai"):
        assert not check.is_valid(made | {excluded: []})
        seen = made["observations"][0] | {excluded: "x"}
        assert not check.is_valid(made | {"observations": [seen]})


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_finding_speaks_the_language_of_the_page_and_a_person_their_own(lang: str) -> None:
    """A Swedish page of Finnish sentences helps nobody; what somebody wrote is not translated."""
    told = content()
    typed = msgspec.structs.replace(told.observations[0], text="Tuhkaa lattialla.")
    told = msgspec.structs.replace(told, observations=(typed, *told.observations[1:]))
    html = notification_page(told, frame(), BASES[NotificationKind.DANGER], lang)
    assert "Tuhkaa lattialla." in html
    for other in LANGUAGES:
        assert (render(other, "notify_finding.FS-02:dead", {}) in html) is (other == lang)


def test_what_people_typed_is_text_and_nothing_else() -> None:
    """A sentence with angles is no tag."""
    told = content()
    seen = msgspec.structs.replace(told.observations[0], text="<img src=x> & <b>")
    told = msgspec.structs.replace(told, observations=(seen,))
    html = notification_page(told, frame(), BASES[NotificationKind.DANGER])
    assert "&lt;img src=x&gt; &amp; &lt;b&gt;" in html
    assert "<img" not in html
