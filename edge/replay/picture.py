"""One home's three months as one picture: a row is a day, the colour is the room.

Everything in a row belongs to the same day: movement by quarter of an hour on
the left, then what could be seen, alerts, movement at night and the vitals.
A stretch without data is hatched and named a fault of the equipment; it never
looks like a quiet day. Colours are Paul Tol's "bright" scheme (Tol, Colour
Schemes, SRON/EPS/TN/09-002, 2021), which stays apart for colour-blind readers.
"""

from __future__ import annotations

from edge.domain import Level
from edge.errors import ConfigError, ConfigFault
from edge.replay.legend import legend
from edge.replay.panels import panels
from edge.replay.raster import day_labels, hour_axis, raster, usual_day
from edge.replay.story import Story
from edge.replay.style import CSS, INK, MARGIN, PAPER, WIDTH, Frame
from edge.replay.words import Words, words
from edge.svg import element, prose, rect, text, wrapped

# A year of rows is three pixels each; beyond it nobody can read a day.
PICTURE_DAYS_MAX = 370
_SUMMARY_PX = 16
_SUMMARY_LINE_PX = 23


def draw(story: Story, lang: str = "en") -> str:
    """The picture as an SVG document of 1200 px width: no script, no outside resource.

    Raises ConfigError when the recording is longer than rows can be read.
    """
    if story.days > PICTURE_DAYS_MAX:
        wrong, mend = f"has {story.days} days", f"a picture shows {PICTURE_DAYS_MAX} at most"
        raise ConfigError([ConfigFault("picture", f"home {story.result.home}", wrong, mend)])
    say = words(lang)
    lines = wrapped(summary(story, say), _SUMMARY_PX, WIDTH - 2 * MARGIN)
    frame = Frame.of(story.days, top=74 + len(lines) * _SUMMARY_LINE_PX)
    parts = [
        *_head(story, say, lines),
        *usual_day(story, frame, say),
        *hour_axis(frame),
        *raster(story, frame, say),
        *day_labels(story, frame, say),
        *panels(story, frame, say),
    ]
    below, height = legend(frame, say)
    return _document(story, say, [*parts, *below], height)


def summary(story: Story, say: Words) -> list[str]:
    """The picture in sentences, the most important ones first."""
    result = story.result
    about, faults = result.about_resident(), len(result.alerts) - result.about_resident()
    silent = len(result.silent_days)
    levels = {hazard: say(f"level_{level}") for hazard, level in result.levels.items()}
    all_grey = set(result.levels.values()) <= {Level.GREY.value}
    return [
        say(
            "size",
            days=say.count("days", result.days),
            n=say.number(result.observations),
            devices=say.count("devices", result.devices),
        ),
        say("coverage", n=say.number(100 * result.coverage_share)),
        say.count("silent", silent) if silent else say("silent_none"),
        say(
            "alerts",
            n=say.number(about),
            rate=say.number(about / result.weeks, 1),
            faults=say.number(faults),
        ),
        say("levels_grey") if all_grey else say("levels", **levels),
    ]


def _head(story: Story, say: Words, lines: list[str]) -> list[str]:
    first, last = say.long_date(story.day(0)), say.long_date(story.day(story.days - 1))
    title = f"{say('title', home=story.result.home)}  ·  {first} \u2013 {last}"
    return [
        text(MARGIN, 52, title, class_="title"),
        *(
            text(MARGIN, 84 + i * _SUMMARY_LINE_PX, line, font_size=_SUMMARY_PX)
            for i, line in enumerate(lines)
        ),
    ]


def _document(story: Story, say: Words, parts: list[str], height: float) -> str:
    name = say("title", home=story.result.home)
    body = [
        prose("title", name),
        prose("desc", " ".join(summary(story, say))),
        element("style", {}, CSS),
        rect(0, 0, WIDTH, height, fill=PAPER),
        *parts,
    ]
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" '
        f'viewBox="0 0 {WIDTH} {height:.0f}" role="img" xml:lang="{say.lang}" fill="{INK}">'
    )
    return "\n".join([opening, *body, "</svg>"]) + "\n"
