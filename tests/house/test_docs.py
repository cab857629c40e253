"""What the pages say of the code is compared with the code."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from edge.alerts.lifecycle import OUTCOMES, mermaid
from edge.alerts.rules import RULES
from edge.cli.main import main
from edge.domain import Instant
from edge.drivers import DRIVERS
from edge.drivers.base import Driver
from edge.drivers.inspect import decode_payload
from edge.drivers.serial.appliance import EVENTS
from edge.home.silence import SILENT_AFTER_MS
from edge.kinds import KINDS
from edge.sim.air import Air
from edge.sim.verbs import Verbs

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
DECISIONS = sorted((DOCS / "decisions").glob("[0-9]*.md"))
PICTURES = sorted((DOCS / "images").glob("*.svg"))

# README with its pictures and a tour; longer, and nobody reads it to its end.
README_MAX_LINES = 250
# Half a page.
DECISION_MAX_LINES = 30

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
# `edge/app/keeper.py` or `config/schemas/`; what has braces, stars or angles stands for several.
PLACE = re.compile(
    r"`((?:benchmarks|config|desk|docs|edge|models|proofs|scripts|systemd|tests)/[\w./-]*)`"
)
FRAME = re.compile(r"^\$\S+\*[0-9A-F]{4}$", re.MULTILINE)


def pages() -> list[Path]:
    return [*sorted(ROOT.glob("*.md")), *sorted(DOCS.rglob("*.md"))]


def text_of(*names: str) -> str:
    return "\n".join((ROOT / name).read_text(encoding="utf-8") for name in names)


def commands(group: click.Group, path: str) -> Iterator[str]:
    """Every command below `group` by its full name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        full = f"{path} {name}"
        if isinstance(command, click.Group):
            yield from commands(command, full)
        else:
            yield full


def names_missing(names: list[str], text: str) -> list[str]:
    return [name for name in names if f"`{name}`" not in text]


def words_in_code(text: str) -> set[str]:
    """Every word that stands between backquotes."""
    return {
        word for code in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"[\w-]+", code)
    }


def test_what_the_virtual_home_can_be_told_is_on_the_page() -> None:
    """Each command of it, each dwelling and each script; whoever trains with it looks there."""
    told = words_in_code(text_of("docs/developer.md"))
    scenarios = {path.stem for path in (ROOT / "edge/sim/scenarios").glob("*.toml")}
    assert set(Verbs({}, Air(), speed=1.0)._verbs) | scenarios <= told


@pytest.mark.parametrize("page", ["docs/developer.md", "docs/maintainer.md"])
def test_the_packages_of_the_suite_are_named(page: str) -> None:
    """Debian packages that `make test` asks for stand where people look before they run it."""
    wanted = re.search(r"^DEBIAN := (.*)$", text_of("Makefile"), re.MULTILINE)
    assert wanted is not None
    assert names_missing(wanted[1].split(), text_of(page)) == []


def test_the_life_cycle_is_the_one_that_runs() -> None:
    """The diagram on the page is, to the letter, the one drawn from the table."""
    shown = re.search(r"```mermaid\n(.*?)```", text_of("docs/architecture.md"), re.DOTALL)
    assert shown is not None
    assert shown[1] == mermaid()


@pytest.mark.parametrize("page", ["docs/architecture.md", "docs/nurse.md"])
def test_every_alert_is_explained(page: str) -> None:
    """Each code that a rule can raise stands on the page of those who answer it."""
    assert names_missing([rule.code for rule in RULES], text_of(page)) == []


def test_every_outcome_is_explained() -> None:
    """Whoever closes an alert can look up each way in which it may have ended."""
    assert names_missing(sorted(OUTCOMES), text_of("docs/nurse.md")) == []


def test_every_command_is_on_a_page() -> None:
    """No command, and none below another one, is left for people to find by themselves."""
    text = " ".join("\n".join(page.read_text(encoding="utf-8") for page in pages()).split())
    assert [name for name in commands(main, "kotivahti") if name not in text] == []


def test_every_link_leads_somewhere() -> None:
    """A link between pages, or to a picture, names a file that is there."""
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages()
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert dead == []


def test_every_place_in_the_tree_is_there() -> None:
    """A file or folder that a page names was not moved away since."""
    gone = [
        f"{page.relative_to(ROOT)}: {place}"
        for page in pages()
        for place in PLACE.findall(page.read_text(encoding="utf-8"))
        if not (ROOT / place).exists()
    ]
    assert gone == []


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_says_why_what_and_what_follows(page: Path) -> None:
    """Context, decision and consequences, in this order, on half a page, listed in the index."""
    text = page.read_text(encoding="utf-8")
    places = [text.find(f"**{word}.**") for word in ("Context", "Decision", "Consequences")]
    assert places == sorted(places)
    assert places[0] > 0
    assert len(text.splitlines()) <= DECISION_MAX_LINES
    assert f"]({page.name})" in text_of("docs/decisions/README.md")


def test_decisions_are_numbered_without_holes() -> None:
    """A number names one decision for ever."""
    assert [page.name[:4] for page in DECISIONS] == [
        f"{number:04d}" for number in range(1, len(DECISIONS) + 1)
    ]


def test_the_readme_is_short_enough_to_read() -> None:
    """It ends before its reader does."""
    assert len(text_of("README.md").splitlines()) <= README_MAX_LINES


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
def test_a_picture_fetches_nothing_and_is_shown(picture: Path) -> None:
    """No font, script or image of another host; and a page shows it."""
    text = picture.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
    assert re.findall(r"https?:|@font-face|@import|<script|<image|href=", text) == []
    assert any(picture.name in page.read_text(encoding="utf-8") for page in pages())


def test_the_example_frames_of_the_link_are_right() -> None:
    """A maker who checks their code against the page checks it against ours."""
    frames = FRAME.findall(text_of("docs/appliance-link.md"))
    at = Instant(boot="b", boottime_ms=0, wall_ms=0)
    read = [decode_payload("appliance", frame.encode(), None, None, at) for frame in frames]
    assert [[seen.kind for seen in one] for one in read] == [["hello"], ["dose"]]


def test_every_event_of_the_link_is_published() -> None:
    """The page names each event that becomes a kind, and each kind is one of ours."""
    assert names_missing(list(EVENTS), text_of("docs/appliance-link.md")) == []
    assert {kind for kind, _ in EVENTS.values()} <= set(KINDS)


def test_the_fire_page_lists_the_critical_answers() -> None:
    """Every item with a critical answer stands in the table, with that answer's words; no other."""
    fire = tomllib.loads(text_of("config/checklists/fire.toml"))
    page = text_of("docs/rescue.md")
    expected = {
        (item["id"], answer["label"]["en"])
        for item in fire["item"]
        for answer in item["answers"]
        if answer.get("critical")
    }
    rows = re.findall(r"^\| (FS-\d\d) \| [^|]+ \| ([^|]+) \|", page, re.MULTILINE)
    assert set(rows) == expected
    assert f"version {fire['version']}" in page
    assert f"{len(fire['item'])} items" in page


def test_a_missing_name_is_noticed() -> None:
    """The search for names wants them as code, not as a part of another word."""
    assert names_missing(["smoke"], "the `smoke_alarm`, smoke") == ["smoke"]
    assert names_missing(["smoke"], "the code `smoke`") == []


def span(seconds: int) -> str:
    """Days, hours or minutes, whichever comes out whole."""
    for unit, size in (("d", 86_400), ("h", 3_600)):
        if seconds % size == 0:
            return f"{seconds // size} {unit}"
    return f"{seconds // 60} min"


def device_row(driver: Driver) -> str:
    """One line of the table in docs/devices.md, as the driver itself says it."""
    roles = ", ".join(sorted(role.value for role in driver.roles))
    off = "" if driver.default_on else " Off until the settings name it."
    return (
        f"| `{driver.id}` | {driver.title}.{off} | {driver.shape.value} | {roles} "
        f"| {span(driver.silent_after_s)}: {driver.silent_reason} |"
    )


def test_the_table_of_devices_is_what_the_drivers_say() -> None:
    """Each driver's row stands in docs/devices.md, and no row of a driver that is not there."""
    told = [line for line in text_of("docs/devices.md").splitlines() if line.startswith("| `")]
    assert told == [device_row(driver) for driver in DRIVERS.values()]


def test_the_table_of_roles_is_the_one_that_counts() -> None:
    """How long a role may be silent, as the page and as the gateway has it."""
    text = text_of("docs/devices.md")
    for role, after_ms in SILENT_AFTER_MS.items():
        assert f"| {role.value} | {span(after_ms // 1000)} |" in text
