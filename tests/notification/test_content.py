"""What a notification may hold, what it lacks, and what gives doubt in its words."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.prompts import sentence
from edge.config.notifying import is_stale, legal_bases, medical_words
from edge.domain.notification import (
    Detection,
    EscapeCapacity,
    InterimMeasure,
    Known,
    NotificationContent,
    NotificationKind,
    ObservedFact,
    RequestedAction,
    SeenBy,
    Site,
)
from edge.errors import ConfigError
from edge.notification.bounds import ContentError, checked, missing
from edge.notification.doubts import doubts, patterns_of
from edge.notification.drafting import amended, draft, site_of
from tests.notification.samples import content

EMPTY = NotificationContent(kind=NotificationKind.DANGER, basis="PelL-379-2011-42")


def test_the_record_has_no_field_for_what_is_excluded() -> None:
    """Diagnoses, medicines, vitals, tracks and RAI items cannot be told: there is no place."""
    names = str(msgspec.json.schema(NotificationContent)["$defs"].keys()) + str(
        [
            name
            for one in msgspec.json.schema(NotificationContent)["$defs"].values()
            for name in one.get("properties", {})
        ]
    )
    for word in ("diagn", "medic", "drug", "vital", "pulse", "track", "location", "rai", "code_of"):
        assert word not in names.lower()


def test_a_draft_is_made_of_findings_and_dated_by_them() -> None:
    """Sentences, categories, escape, and by whom each was seen."""
    made = draft(
        NotificationKind.DANGER,
        "PelL-379-2011-42",
        ["FS-22:no", "FS-02:dead", "FS-07:daily", "FA-07:from_8"],
        say=lambda code: f"<{code}>",
        on="2026-03-04",
        seen={"FS-02:dead": ("2026-03-01", SeenBy.DEVICE)},
        address="Mallikatu 5 A 12, 02100 Espoo",
    )
    told = [(one.text, one.item, one.on, one.seen.value) for one in made.observations]
    assert told == [
        ("<FS-02:dead>", "FS-02", "2026-03-01", "device"),
        ("<FS-22:no>", "FS-22", "2026-03-04", "worker"),
        ("<FS-07:daily>", "", "2026-03-04", "worker"),
    ]
    assert (made.observed_first, made.observed_last) == ("2026-03-01", "2026-03-04")
    assert made.escape.value == "cannot"
    assert made.requested == (RequestedAction.INSPECTION,)
    assert (made.site.street, made.site.number, made.site.flat) == ("Mallikatu", "5", "12")


@given(st.text(max_size=60))
def test_any_address_is_kept_in_parts_or_whole(text: str) -> None:
    """Nothing of it is lost without being seen: it stands in the parts or in the street."""
    site = site_of(text)
    parts = (site.street, site.number, site.stair, site.flat, site.postcode, site.municipality)
    kept = "".join(parts).replace(" ", "")
    assert set(kept) <= set(text)
    if site == Site(street=text.strip()):
        return
    assert site.municipality
    assert site.number


def test_a_personal_identity_code_is_refused_everywhere() -> None:
    """In a sentence, a name, a reason: an authority that needs it asks for it."""
    for field in ("resident.name", "resident.not_informed_why", "site.street"):
        with pytest.raises(ContentError, match="identity code"):
            amended(EMPTY, {field: "Aino 010140-123A"})
    with pytest.raises(ContentError, match="identity code"):
        amended(EMPTY, {}, observe=[ObservedFact(text="tunnus 010101A123B on tiedossa")])


@pytest.mark.parametrize(
    "change, word",
    [
        ({"observe": [ObservedFact(text="x" * 141)]}, "observation 1"),
        ({"observe": [ObservedFact(text="x")] * 7}, "at most 6"),
        ({"measure": [InterimMeasure(what="x")] * 4}, "at most 3"),
        ({"changes": {"site.storey": 200}}, "storey"),
        ({"changes": {"resident.birth_year": 41}}, "birth_year"),
        ({"changes": {"observed_first": "1.3.2026"}}, "observed_first"),
        ({"changes": {"observed_first": "2026-03-01T10:00"}}, "observed_first"),
        ({"changes": {"site.street": "a\nb"}}, "street"),
        ({"drop": [1]}, "no observation 1"),
    ],
)
def test_a_field_out_of_bounds_is_named(change: dict[str, object], word: str) -> None:
    """One page has a size, a day a form."""
    changes = change.pop("changes", {})
    with pytest.raises(ContentError, match=word):
        amended(EMPTY, changes, **change)  # type: ignore[arg-type]


def test_what_two_lists_ask_is_told_once_and_by_the_full_one() -> None:
    """Goods and getting out stand in the ten and in the list of fire; a page has six rows."""
    pairs = ("TE-05:blocked", "FS-18:blocked", "TE-07:no", "FS-22:no")
    made = draft(NotificationKind.DANGER, "42", pairs, say=sentence, on="2026-03-01")
    assert [one.item for one in made.observations] == ["FS-18", "FS-22"]
    short = draft(NotificationKind.DANGER, "42", ("TE-05:blocked",), say=sentence, on="2026-03-01")
    assert [one.item for one in short.observations] == ["TE-05"]


def test_what_findings_say_of_alarms_and_of_help_stands_in_its_field() -> None:
    """And what they do not say is not known."""
    findings = ("FS-01:none", "FS-03:no", "FS-04:no", "FS-22:no")
    made = draft(NotificationKind.DANGER, "42", findings, say=sentence, on="2026-03-01")
    no = Known.NO
    assert made.detection == Detection(alarms=0, working=0, heard=no, linked=no)
    assert made.at_risk.needs_assistance is Known.YES
    less = draft(NotificationKind.DANGER, "42", ("FS-02:dead",), say=sentence, on="2026-03-01")
    assert less.detection == Detection()  # another alarm may sound
    assert less.at_risk.needs_assistance is Known.UNKNOWN


def test_one_finding_says_too_who_has_to_be_carried_out() -> None:
    """The home told last week that the resident cannot get out: no page says "not assessed"."""
    seen = {
        "FS-22:no": ("2026-02-09", SeenBy.WORKER),
        "FS-24:alone": ("2026-02-09", SeenBy.WORKER),
        "FS-04:no": ("2026-02-09", SeenBy.WORKER),
    }
    made = draft(
        NotificationKind.DANGER, "42", ["FS-02:dead"], say=sentence, on="2026-03-01", seen=seen
    )
    assert [one.item for one in made.observations] == ["FS-02"]
    assert (made.escape, made.escape_basis) == (EscapeCapacity.CANNOT, "FS-22 9.2.2026")
    assert (made.at_risk.alone_at_night, made.detection.linked) == (Known.YES, Known.NO)


def test_what_is_lacking_is_named_before_anybody_releases() -> None:
    """A whole one lacks nothing; whoever was not told needs a reason."""
    assert missing(content()) == ()
    assert "informed" in missing(EMPTY)
    assert {"street", "municipality", "observations", "notifier phone"} <= set(missing(EMPTY))
    silent = amended(content(), {"resident.informed": False})
    assert missing(silent) == ("not_informed_why",)


@pytest.mark.parametrize(
    "text",
    [
        "Käyttää verenpainelääkettä", "Alzheimerin tauti", "saa 5 mg päivässä", "RAI-arvio 4",
        "verenpaine 180/95 mmHg", "Tar blodtrycksmedicin", "on insulin", "MMSE 14/30",
        "On muistisairas", "Käyttää Marevania", "Sydänvika", "keuhkoahtauma", "RR 180/90",
        "Masentunut", "dialyysissa", "Diabeetikko", "hjärtsjukdom", "COPD", "GPS-paikannus",
    ],
)  # fmt: skip
def test_health_data_in_free_text_gives_doubt(text: str) -> None:
    """Shown with its place; a release is refused until it was read again."""
    told = amended(EMPTY, {}, observe=[ObservedFact(text=text)])
    (found, *_) = doubts(told, patterns_of(*medical_words()))
    assert found.field == "observation 1"
    assert found.word.lower() in text.lower()


def test_ordinary_sentences_give_no_doubt() -> None:
    """Those of the catalogue, a place name, a measure."""
    patterns = patterns_of(*medical_words())
    assert doubts(content(), patterns) == ()
    assert doubts(amended(EMPTY, {"site.street": "Diagonaalikatu"}), patterns) == ()
    told = amended(EMPTY, {}, observe=[ObservedFact(text="Lieden päällä on sanomalehtiä.")])
    assert doubts(told, patterns) == ()
    for text in ("Levy kuumenee itsestään.", "Asukas tuli humalassa ovelle.", "Hella var het.",
                 "Öljykynttilöitä ja savukkeita.", "Sydämenmuotoinen kynttilä palaa."):  # fmt: skip
        assert doubts(amended(EMPTY, {}, observe=[ObservedFact(text=text)]), patterns) == (), text


def test_the_law_is_dated_data_and_a_stale_review_is_told() -> None:
    """As shipped nobody of a controller has reviewed it; a review holds to the end of its day."""
    bases = legal_bases()
    assert {one.kind for one in bases} == set(NotificationKind)
    assert all(is_stale(one, "2026-12-01") and one.source for one in bases)
    fresh = msgspec.structs.replace(bases[0], reviewed_on="2026-11-30", review_by="2027-11-30")
    assert not is_stale(fresh, "2027-11-30")
    assert is_stale(fresh, "2027-12-01")


def test_a_broken_legal_basis_is_refused_with_file_and_key(tmp_path: Path) -> None:
    """A day that is none, a kind without a law."""
    text = (
        '[[basis]]\ncode = "A"\nkind = "vaarailmoitus"\nsource = ""\nread_on = "yesterday"\n'
        'reviewed_on = ""\nreviewed_by = ""\nreview_by = ""\n'
        'title = { fi = "a", sv = "a", en = "a" }\nnote = { fi = "", sv = "", en = "" }\n'
    )
    (tmp_path / "law.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        legal_bases(str(tmp_path / "law.toml"))
    told = str(caught.value)
    assert "basis A.read_on" in told
    assert "huoli-ilmoitus" in told
    assert checked(EMPTY) == EMPTY
