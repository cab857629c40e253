"""The picture: valid, self-contained, the same bytes every time, in three languages."""

from __future__ import annotations

import re
import tomllib
import xml.etree.ElementTree as ET  # our own output, not a stranger's
from pathlib import Path

import msgspec
import pytest

from edge.errors import ConfigError
from edge.locale import LANGUAGES
from edge.replay import words as words_module
from edge.replay.picture import PICTURE_DAYS_MAX, draw
from edge.replay.raster import cells
from edge.replay.result import HomeResult, RaisedAlert
from edge.replay.story import Story, tell, unseen_stretches
from edge.replay.style import ROOM_COLOURS, shade
from edge.replay.tihm import read
from edge.replay.words import words
from edge.svg import num, wrapped
from tests.replay.conftest import Write
from tests.replay.golden import PICTURE, paint

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def story(synthetic: Path, result: HomeResult) -> Story:
    home = read(synthetic, home="SYNTH-01").home("SYNTH-01")
    return tell(home, result, unseen_stretches(home))


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


@pytest.mark.parametrize("lang", LANGUAGES)
def test_it_is_xml_that_needs_nothing_else(story: Story, lang: str) -> None:
    """Well-formed, no script, no handler, no outside address, no font of its own."""
    svg = draw(story, lang)
    root = ET.fromstring(svg)  # noqa: S314
    assert root.tag == f"{SVG}svg"
    assert root.get("width") == "1200"
    names = {element.tag.removeprefix(SVG) for element in root.iter()}
    assert names <= {
        *("svg", "title", "desc", "style", "defs", "pattern"),
        *("rect", "path", "line", "circle", "text"),
    }
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or "href" in name}
    without_namespace = svg.replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|url\((?!#)|@import|@font-face|javascript", without_namespace)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_legend_says_everything_in_the_language(story: Story, lang: str) -> None:
    """Each sign that the picture uses stands in the legend, in words."""
    shown, say = texts(draw(story, lang)), words(lang)
    for key in (
        *("bedroom", "bathroom", "kitchen", "lounge", "hallway", "doors", "night"),
        *("unseen", "alert_person", "alert_fault", "label", "coverage_legend", "how_to_read"),
    ):
        assert say(key) in shown
    assert say("disclaimer") in shown


def test_the_languages_have_the_same_words() -> None:
    """No key is missing in any language, none is left over, and the blanks are the same."""
    path = Path(words_module.__file__).with_name("words.toml")
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    assert set(tables) == set(LANGUAGES)
    blanks = {
        lang: {key: set(re.findall(r"{\w+}", str(value))) for key, value in table.items()}
        for lang, table in tables.items()
    }
    assert blanks["fi"] == blanks["sv"] == blanks["en"]
    differing = [key for key, value in tables["en"].items() if value != tables["fi"][key]]
    assert len(differing) > len(tables["en"]) * 0.8


def test_every_word_is_used() -> None:
    """A word that no picture shows would be translated for nothing."""
    folder = Path(words_module.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    composed = ("level_", "panel_", "unit_", "days_", "devices_", "silent_")
    rooms = set(ROOM_COLOURS)
    unused = [
        key
        for key in words("en").table
        if not re.search(rf"""["']{key}["']""", code)
        and not key.startswith(composed)
        and key not in rooms
    ]
    assert unused == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_story_is_the_same_picture(story: Story, lang: str) -> None:
    """Byte for byte, and different in another language."""
    assert draw(story, lang) == draw(story, lang)
    other = LANGUAGES[LANGUAGES.index(lang) - 1]
    assert draw(story, lang) != draw(story, other)


@pytest.mark.timeout(60)
def test_the_picture_in_the_documentation_is_todays() -> None:
    """The committed example is what the code draws, and it is of an invented home."""
    committed = PICTURE.read_text(encoding="utf-8")
    assert "SYNTH-01" in committed
    assert committed == paint(), "if that is meant: python -m tests.replay.golden"


def test_silence_is_hatched_and_named_a_fault(story: Story) -> None:
    """A silent day is covered by the hatch from midnight to midnight."""
    assert story.silent
    for day in story.silent:
        assert any(start <= day * 1440 and (day + 1) * 1440 <= end for start, end in story.unseen)
    svg = draw(story, "en")
    assert 'fill="url(#hatch)"' in svg
    assert "a fault of the equipment" in " ".join(texts(svg))


def test_what_is_hatched_is_what_coverage_leaves_out(story: Story) -> None:
    """The hatch in the rows and the bar beside them tell the same story."""
    start, end = story.recorded
    for day, share in enumerate(story.coverage):
        low, high = max(start, day * 1440), min(end, (day + 1) * 1440)
        hidden = sum(max(0, min(high, b) - max(low, a)) for a, b in story.unseen)
        seen = max(0, high - low - hidden) / 1440
        assert share == pytest.approx(seen, abs=0.25), story.day(day)


def test_a_cell_shows_the_busiest_room(write: Write, result: HomeResult) -> None:
    """Two rooms in one quarter of an hour: the one with more movement gives the colour."""
    rows = ["h1,kitchen,2019-05-15 09:01:00", "h1,kitchen,2019-05-15 09:02:00"]
    rows += ["h1,lounge,2019-05-15 09:03:00", "h1,lounge,2019-05-16 09:03:00"]
    home = read(write(Activity=rows)).home("h1")
    days = {"2019-05-15": 1.0, "2019-05-16": 1.0}
    plain = msgspec.structs.replace(
        result, home="h1", coverage=days, silent_days=(), alerts=(), days=2
    )
    found = cells(tell(home, plain, ()))
    assert [(day, start, room) for day, start, _, room, _ in found] == [
        (0, 36, "kitchen"),
        (1, 36, "lounge"),
    ]


def test_alerts_stand_on_their_day(story: Story) -> None:
    """An alert about the resident is marked in its row and at its hour."""
    first_ms = 1_743_465_600_000 + 4 * 86_400_000 + 15 * 3_600_000  # 2025-04-05, 16:00 local
    alert = RaisedAlert(first_ms, "no_activity", "home", "high")
    changed = msgspec.structs.replace(story.result, alerts=(alert,))
    assert not alert.is_fault
    home_story = msgspec.structs.replace(
        story, result=changed, persons=[0] * 4 + [1] + [0] * 16, person_minutes=[4 * 1440 + 960]
    )
    before, after = draw(story, "en"), draw(home_story, "en")
    assert after.count('fill="#b3261e"') == before.count('fill="#b3261e"') + 2
    assert "Alerts about the resident: 1" in after


def test_a_recording_beyond_a_year_is_refused(story: Story) -> None:
    """Rows that nobody can tell apart are no picture."""
    long = msgspec.structs.replace(story, days=PICTURE_DAYS_MAX + 1)
    with pytest.raises(ConfigError, match="a picture shows 370 at most"):
        draw(long)


def test_an_id_cannot_become_markup(story: Story) -> None:
    """Whatever a home is called, it is text."""
    named = msgspec.structs.replace(story.result, home="<script>&")
    svg = draw(msgspec.structs.replace(story, result=named))
    assert "<script" not in svg
    assert any("<script>&" in shown for shown in texts(svg))


@pytest.mark.parametrize(
    "value, text", [(1, "1"), (1.0, "1"), (1.04, "1"), (1.06, "1.1"), (-0.04, "0"), (-2, "-2")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    """One decimal at most, none when it is zero, no negative zero."""
    assert num(value) == text


def test_sentences_are_broken_between_words() -> None:
    """No line is wider than asked, and nothing is lost."""
    lines = wrapped(["one two three", "four five six"], 16, 80)
    assert " ".join(lines) == "one two three four five six"
    assert len(lines) > 1


def test_shades_lie_between_white_and_the_colour() -> None:
    """A share of one is the colour itself, of nothing is white."""
    assert shade((68, 119, 170), 1.0) == "#4477aa"
    assert shade((68, 119, 170), 0.0) == "#ffffff"


def test_numbers_and_dates_follow_the_language() -> None:
    """Decimal comma in Finnish and Swedish; ordinals and month names as each writes them."""
    assert words("en").number(12345.6, 1) == "12,345.6"
    assert words("fi").number(12345.6, 1) == "12\u00a0345,6"
    assert words("sv").count("days", 1) == "1 dygn"
    assert words("en").count("days", 1) == "1 day"
