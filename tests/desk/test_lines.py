"""What stands on a line: words of three languages, bounded texts from outside, milliseconds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from desk.happened import AlertShown, Decided, Presence, Readings, Refused
from desk.lines import Lines, plain
from desk.words import WORDS
from edge.domain import AlertState
from edge.locale import LANGUAGES
from edge.uplink import envelope
from edge.uplink.envelope import AckKind
from tests.desk.helpers import AT_MS, alert_body
from tests.uplink import samples
from tests.uplink.samples import uid

ALERT = uid(0xA1)


def test_every_word_exists_in_every_language():
    """No screen mixes languages."""
    assert all(set(words) == set(LANGUAGES) for words in WORDS.values())


@pytest.mark.parametrize(
    "key, fi, sv",
    [
        ("acknowledged", "hoidettavana", "kvitterat"),
        ("closed", "suljettu", "avslutat"),
        ("critical", "hätä", "akut"),
        ("high", "kiireellinen", "brådskande"),
        ("normal", "kiireetön", "ej brådskande"),
        ("nobody", "ei kenelläkään", "ingen har tagit det"),
        ("accepted", "otti", "åtog sig"),
        ("declined", "ei voinut ottaa", "kan inte ta"),
        ("closed_by", "sulki", "avslutade"),
        ("made", "kirjattu", "beslutat"),
        ("offline", "ei linjoilla", "borta"),
    ],
)
def test_words_are_those_that_people_use(key: str, fi: str, sv: str):
    """An alert's state and what somebody decided are different words."""
    assert (WORDS[key]["fi"], WORDS[key]["sv"]) == (fi, sv)


def test_the_nurses_page_quotes_the_screen():
    """Each Finnish word of the first table is the one that the screen shows."""
    page = (Path(__file__).parents[2] / "docs" / "nurse.md").read_text(encoding="utf-8")
    for key in ("raised", "acknowledged", "closed", "cancelled", "critical", "high", "normal"):
        row = rf"^\| {re.escape(WORDS[key]['en'].lower())} \|.*\| {WORDS[key]['fi']} \|$"
        assert re.search(row, page, re.MULTILINE), key


def test_every_line_has_its_milliseconds():
    """Alert, decision, readings, presence, refusal: one line each."""
    lines = Lines("en", "Europe/Helsinki")
    told = envelope.parse_alert(alert_body(samples.taken_alert(), 2), "gw-0001")
    shown = AlertShown(
        at_ms=AT_MS + 180_000,
        gateway="gw-0001",
        envelope=told,
        raised_ms=AT_MS - 40,
        changed_ms=AT_MS + 179_960,
        late=False,
        received_ms=AT_MS,
    )
    assert lines.line(shown) == (
        '14:03:00.040  gw-0001  taken critical  "Smoke alarm: kitchen"  anna (nurse)  '
        "the sender could not be confirmed  "
        f"{ALERT} rev 2  +40 ms received  (RAISED +180040 ms)"
    )
    decided = Decided(
        at_ms=AT_MS,
        gateway="gw-0001",
        alert=ALERT,
        kind=AckKind.ACCEPTED,
        account="anna",
        state="shown",
        after_ms=31,
    )
    assert lines.line(decided).endswith(f"anna accepted  {ALERT}  confirmed by the home  +31 ms")
    for happened in (
        Readings(
            at_ms=AT_MS,
            gateway="gw-0001",
            rows=60,
            withheld=3,
            first_seq=1,
            last_seq=63,
            newest_ms=AT_MS,
        ),
        Presence(at_ms=AT_MS, gateway="gw-0001", state="lost", silent_s=181),
        Refused(at_ms=AT_MS, gateway="gw-0001", reason="json", text="not JSON", count=2),
    ):
        assert lines.line(happened).startswith("14:00:00.040  gw-0001  ")


def test_reasons_of_a_level_are_shown():
    """A changed level tells why, from the checklist and from the model."""
    told = samples.smoke_alert(
        code="level_changed",
        params={
            "to": "red",
            "reason_1": "FS-02",
            "reason_2": "home_risk:smoking",
            "reason_3": None,
        },
        state=AlertState.RAISED,
    )
    shown = AlertShown(
        at_ms=AT_MS,
        gateway="gw-0001",
        envelope=envelope.parse_alert(alert_body(told, 1), "gw-0001"),
        raised_ms=AT_MS,
        changed_ms=AT_MS,
        late=True,
        received_ms=AT_MS,
    )
    line = Lines("en", "Europe/Helsinki").line(shown)
    assert "reasons: FS-02, home_risk:smoking" in line
    assert "  late  " in line


def test_words_from_outside_cannot_steer_the_terminal():
    """Control characters become spaces, long words are cut."""
    assert plain("a\x1b[2Jb\nc\u202e") == "a [2Jb c "
    assert len(plain("x" * 1_000)) == 160
