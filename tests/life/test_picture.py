"""The circle of life: drawn from the numbers, readable without seeing it, and without a total."""

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import pytest

from desk.life import forms
from desk.life.words import WORDS
from edge.life.picture import CENTRE_X, CENTRE_Y, COLOURS, STEP_PX, draw
from edge.life.rounds import Answer, Band, Round, answer_of

PRESENT, FIRST = forms.every()
SVG = "{http://www.w3.org/2000/svg}"
NOW = "6/10/8 7/6/8 5/9/8 4/9/7 8/10/9 3/7/6 6/6/6 -/5/- 7/7/8 0/9/8"
BEFORE = "7 6 8 7 8 5 6 4 7 7"


def told(values: str, form: str = PRESENT.id) -> Round:
    return Round(
        form=form, day="2026-11-22", answers=tuple(answer_of(one) for one in values.split())
    )


def picture(lang: str = "en", now: str = NOW, before: str | None = BEFORE) -> str:
    words = {name: texts[lang] for name, texts in WORDS.items()} | {"day": "2026-11-22"}
    earlier = [] if before is None else [told(before)]
    return draw(PRESENT, told(now), earlier, lang, words)


def tree(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - we drew it ourselves


def wedges(svg: str, **wanted: str) -> list[tuple[float, float]]:
    """Radius and the angle of the middle, in degrees from 12 o'clock, of each filled sector."""
    found = []
    for path in tree(svg).iter(f"{SVG}path"):
        if any(path.get(key) != value for key, value in wanted.items()):
            continue
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d)?", str(path.get("d")))]
        x1, y1, radius, x2, y2 = numbers[2], numbers[3], numbers[4], numbers[-2], numbers[-1]
        x, y = (x1 + x2) / 2 - CENTRE_X, CENTRE_Y - (y1 + y2) / 2
        found.append((radius / STEP_PX, math.degrees(math.atan2(x, y)) % 360))
    return found


def test_each_sector_is_as_long_as_its_value_and_stands_where_it_belongs():
    """Health at 12 o'clock, then clockwise by number; ten equal sectors from the centre."""
    filled = [one for band in Band for one in wedges(picture(), fill=COLOURS[band])]
    by_angle = {round(angle): radius for radius, angle in filled if radius}
    expected = {0: 6, 36: 7, 72: 5, 108: 4, 144: 8, 180: 3, 216: 6, 288: 7}
    assert by_angle.keys() - {360} == expected.keys()
    assert all(abs(by_angle[angle] - value) < 0.01 for angle, value in expected.items())


def test_bands_have_their_colours():
    """Four low ones (0 too), four middle ones, one high one; what is not answered has none."""
    svg = picture()
    counts = {band: len(wedges(svg, fill=COLOURS[band])) for band in Band}
    assert counts == {Band.LOW: 4, Band.MIDDLE: 4, Band.HIGH: 1}


def test_rings_stand_where_the_bands_meet():
    """At 5 and at 7."""
    circles = [float(str(one.get("r"))) / STEP_PX for one in tree(picture()).iter(f"{SVG}circle")]
    assert circles == [10, 5, 7]


@pytest.mark.parametrize("lang", ["fi", "sv", "en"])
def test_the_table_says_all_that_the_picture_shows(lang: str):
    """Each theme by name with its numbers and the word of its band, as text."""
    root = tree(picture(lang))
    texts = [one.text or "" for one in root.iter(f"{SVG}text")]
    for theme in PRESENT.theme:
        assert theme.name.of(lang) in texts
    for band in Band:
        assert WORDS[band.value][lang] in texts
    assert "8  (\N{MINUS SIGN}3)" in texts
    assert root.find(f"{SVG}title") is not None
    assert root.get("lang") == lang
    assert PRESENT.mark is not None
    assert PRESENT.mark.of(lang) in texts[-1]


def test_without_a_former_round_there_is_none_to_see():
    """No arc of before, and an empty column."""
    assert picture(before=None).count('stroke-width="4"') == 1  # the legend's own sample
    assert picture().count('stroke-width="4"') == 11


def test_nothing_answered_is_no_zero():
    """A theme that was not answered has a dash, one that was answered with 0 has a 0."""
    words = {name: texts["en"] for name, texts in WORDS.items()} | {"day": "d"}
    empty = Round(form=PRESENT.id, day="d", answers=(Answer(),) * 10)
    texts = [one.text for one in tree(draw(PRESENT, empty, [], "en", words)).iter()]
    assert "0" not in texts
    assert texts.count("\N{EN DASH}") == 40
    assert "0" in [one.text for one in tree(picture()).iter()]


def test_there_is_no_total_in_the_picture():
    """Neither the sum nor the mean of what was answered, in any view."""
    svg = picture(now="9 9 9 9 9 9 9 9 8 8", before="2 2 2 2 2 2 2 2 3 2")
    texts = " ".join(one.text or "" for one in tree(svg).iter(f"{SVG}text"))
    numbers = set(re.findall(r"\d+(?:[.,]\d+)?", texts.replace("2026-11-22", "")))
    assert not numbers & {"88", "8.8", "8,8", "21", "2.1", "2,1", "80", "79"}


def test_no_radius_is_negative_at_either_end_of_the_scale():
    """All 0, all 10: each arc has a radius that a viewer can draw, inside of the wheel."""
    for value in ("0/0/0", "10/10/10"):
        svg = picture(now=" ".join([value] * 10), before=" ".join([value] * 10))
        radii = [float(one) for one in re.findall(r"A(-?[\d.]+) ", svg)]
        assert len(radii) == 40
        assert 0 <= min(radii) <= max(radii) <= 10 * STEP_PX


def test_the_same_round_gives_the_same_bytes():
    """No time, no random name in it."""
    assert picture("fi") == picture("fi")
