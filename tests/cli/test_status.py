"""`kotivahti status` at the terminal: every line in the language that was asked for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from edge.cli import status_words
from edge.config import sections
from edge.domain.alert import OutboxClass
from edge.locale import LANGUAGES, catalogue
from tests.cli.test_life import Terminal

# A gateway with everything that can be wrong, as its `status` answers.
BAD: dict[str, Any] = {
    "running": False,
    "gateway": "gw-1",
    "site": "site-88",
    "version": "0.1.0",
    "now": "2026-03-02T08:00:00.000+02:00",
    "clock": "holdover",
    "levels": {"fire": "red", "fall": "orange", "wellbeing": "green"},
    "indices": {"fire": 94.6},
    "path": {
        "up": False,
        "detail": "ECONNREFUSED",
        "parked": ["m-1"],
        "slot": "current",
        "slots": [
            {
                "slot": "current",
                "certificate": {"days": 3},
                "authority": {"days": 90},
                "fault": "",
            },
            {"slot": "next", "certificate": None, "authority": None, "fault": "ENOENT"},
        ],
    },
    "pager": {"up": False, "detail": "CMS 38"},
    "outbox": [
        {"count": 2, "priority": "critical", "class": "alert"},
        {"count": 7, "priority": None, "class": "obs"},
    ],
    "proof": {
        "state": "late",
        "age_s": 7200,
        "last": {"durable_ms": 3, "sent_ms": 4, "puback_ms": None, "received_ms": 11},
        "waiting": ["m-2"],
    },
    "escalation": {"plan": [1, 2], "sms": False, "asking": 1, "sounding": True},
    "parked": 1,
    "disk": {"trouble": "read_only", "held_alerts": 4, "aside": ["home.db.corrupt-1"]},
    "commissioning": {
        "state": "outdated",
        "at": "2026-01-02T08:00:00+02:00",
        "changes": [{"what": "release", "before": "0.0.9", "now": "0.1.0"}],
    },
    "locator": {
        "on": True,
        "trouble": "",
        "fitted": "2026-02-01T10:00:00+02:00",
        "lapsed": [{"why": "room_added", "what": "sauna"}],
        "rooms_told": True,
    },
    "coverage": None,
    "drift": {"model": "daily-change", "state": "act"},
    "retention": {"readings_days": 30, "alerts_days": 365},
    "faults": {"home-risk": "ENOENT"},
}
DEVICES: list[dict[str, Any]] = [
    {
        "id": "button-1",
        "role": "help_button",
        "room": "bedroom",
        "heard_s_ago": 120,
        "battery": 97.5,
        "identity": ["moved"],
    },
    {
        "id": "climate-1",
        "role": "climate",
        "room": None,
        "heard_s_ago": None,
        "battery": None,
        "identity": [],
    },
]
ENGLISH = """\
NO GATEWAY RUNS: this is what its database holds
gw-1 at site-88, release 0.1.0
time      2026-03-02T08:00:00.000+02:00 (no longer synchronised)
levels    fire red (index 95), fall orange, wellbeing green
upstream  lost: ECONNREFUSED
sms       lost: CMS 38
line      current in use: 3 d left, next: ENOENT
owed      2 alert (at once), 7 obs
proof     LATE: no test alert has come through, 2 h ago, stored +3 ms, sent +4 ms, desk +11 ms, \
1 on the way
asked     a plan of 2 levels, MODEM FAILS, 1 alerts that nobody has, SOUNDING
refused   2 messages that upstream will not take: kotivahti outbox list
disk      READ-ONLY: nothing is stored; 4 alerts in memory only
disk      home.db.corrupt-1 was set aside: a corrupt database; move it off this disk
commissioned: out of date: release 0.0.9 → 0.1.0 (last 2026-01-02)
locator   on, fit of 2026-02-01; walk again: Room sauna is new in the plan and was never walked.
seen      all of today could have been noticed
model     daily-change: has moved: look at it at the next visit
kept      readings 30 d, alerts 365 d
fault     home-risk: ENOENT
"""
# Quoted from elsewhere, or a name; then what is a word or a unit in two of the languages.
QUOTED = re.compile(
    r"ENOENT|ECONNREFUSED|CMS 38|daily-change|home-risk|gw-1|site-88|home\.db\S+"
    r"|kotivahti outbox list|sauna|\d\S*",
    re.IGNORECASE,
)
OFTEN = {"gateway", "sms", "disk", "fall", "plan", "orange", "on", "ms", "h", "d", "i", "all"}


def test_everything_that_can_be_wrong_is_told_in_english() -> None:
    """One part a line, its name in a column."""
    assert "\n".join(status_words.lines(BAD, "en")) + "\n" == ENGLISH


@pytest.mark.parametrize("lang", ["fi", "sv"])
def test_no_line_stays_english(lang: str) -> None:
    """No word of the English lines stands in the others, and no text is missing."""
    told = list(status_words.lines(BAD, lang))
    assert len(told) == len(ENGLISH.splitlines())
    assert not [line for line in told if "[" in line or catalogue(lang)["fallback.any"] in line]
    english = set(re.findall(r"[a-z]+", QUOTED.sub("", ENGLISH.lower()))) - OFTEN
    for line in told:
        words = set(re.findall(r"[a-zåäö]+", QUOTED.sub("", line.lower())))
        assert words & english == set(), line


@pytest.mark.parametrize(
    "lang, first, second",
    [
        ("fi", "kuultu 2 min sitten, paristo 97,5 %, EPÄVARMA", "ei kuultu vielä"),
        ("sv", "hördes för 2 min sedan, batteri 97,5 %, OSÄKER", "aldrig hörd"),
        ("en", "heard 2 min ago, battery 97.5 %, IN DOUBT", "never heard"),
    ],
)
def test_devices_stand_in_columns(lang: str, first: str, second: str) -> None:
    """As wide as the words of the language are; what follows begins in one column."""
    button, climate = status_words.devices(DEVICES, lang)
    assert button.endswith(first)
    assert climate.endswith(second)
    assert button.index(first) == climate.index(second)
    assert list(status_words.devices([], lang)) == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "part, changed",
    [
        ("locator", {"on": False}),
        ("locator", {"fitted": None}),
        ("locator", {"trouble": "x"}),
        ("locator", {"lapsed": []}),
        ("locator", {"lapsed": [], "rooms_told": False}),
        ("commissioning", {"state": "never"}),
        ("commissioning", {"state": "commissioned"}),
        ("commissioning", {"state": "unfinished"}),
        ("commissioning", {"state": "unfinished", "at": None}),
        ("path", {"up": True, "slots": []}),
        ("pager", {"up": True}),
        ("escalation", {"plan": None, "sms": None, "sounding": False}),
        ("escalation", {"sms": True}),
        *(("proof", {"state": state}) for state in ("ok", "waiting", "off")),
        *(("disk", {"trouble": what}) for what in ("full", "io", "corrupt", "")),
    ],
)
def test_every_state_has_words(lang: str, part: str, changed: dict[str, Any]) -> None:
    """No key stands for a missing text, and nothing reads as not known."""
    told = list(status_words.lines(BAD | {part: BAD[part] | changed}, lang))
    assert not [line for line in told if "[" in line or catalogue(lang)["fallback.any"] in line]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_code_has_words(lang: str) -> None:
    """Of what is owed, of how long what is kept, of a fit that no longer holds."""
    wanted = {f"status_class.{one.value}" for one in OutboxClass}
    kept = sections.Retention.__struct_fields__
    wanted |= {f"status_kept.{name.removesuffix('_days')}" for name in kept}
    assert wanted <= catalogue(lang).keys()


def test_status_without_a_gateway_is_told_in_the_language(tmp_path: Path) -> None:
    """The command itself, over a database alone."""
    term = Terminal(tmp_path)
    for lang, first in (("fi", "YHDYSKÄYTÄVÄ EI OLE"), ("sv", "INGEN GATEWAY"), ("en", "NO GATE")):
        told = term.run("status", lang=lang)
        assert (told.exit_code, told.stdout.startswith(first)) == (0, True), told.output
        assert "[" not in told.stdout
