"""What the screen says of an alert: its doubts in words, its urgency by its place."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console

from desk import board as board_module
from desk import reads
from desk.board import ALERTS_MAX, Board
from desk.happened import AlertShown, Decided, DeviceShown
from desk.lines import MARKS_MAX, Lines
from edge.domain import Alert, AlertState, Priority, Sync
from edge.uplink import envelope
from edge.uplink.envelope import AckKind
from tests.desk.helpers import AT_MS, alert_body, fresh, say
from tests.support.clock import instant
from tests.uplink import samples
from tests.uplink.samples import NOW, ORIGIN, uid

ZONE = "Europe/Helsinki"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """An empty desk."""
    connection = fresh(tmp_path)
    yield connection
    connection.close()


def board(database: sqlite3.Connection, language: str = "en") -> Board:
    """Return a board that nobody looks at."""
    return Board(database, Lines(language, ZONE), language, lambda: AT_MS)


def drawn(board: Board, width: int = 140) -> str:
    """Return what stands in the board's table of alerts."""
    console = Console(file=io.StringIO(), width=width)
    with console.capture() as captured:
        console.print(board._alerts())
    return captured.get()


def shown(told: Alert, *, late: bool = False) -> AlertShown:
    """Return the record that an incoming alert makes."""
    return AlertShown(
        at_ms=AT_MS,
        gateway="gw-0001",
        envelope=envelope.parse_alert(alert_body(told, 1), "gw-0001"),
        raised_ms=AT_MS,
        changed_ms=AT_MS,
        late=late,
        received_ms=AT_MS,
    )


def test_a_home_that_comes_later_is_looked_at_too(database: sqlite3.Connection):
    """Each is told once, before it is drawn; also one that appears in the middle of a shift."""
    seen: list[list[str]] = []
    live = Board(database, Lines("en", ZONE), "en", lambda: AT_MS, seen.append)
    live.draw()
    say(database, alert_body(samples.smoke_alert(), 1))
    live.draw()
    live.draw()
    assert seen == [[ORIGIN.customer]]


@pytest.mark.parametrize(
    "language, says",
    [
        ("en", "the message may be a repetition"),
        ("fi", "viesti voi olla toistettu"),
        ("sv", "meddelandet kan vara en upprepning"),
    ],
)
def test_doubts_stand_beside_the_alert_in_words(
    database: sqlite3.Connection, language: str, says: str
):
    """On the line and on the board; a code helps nobody at night."""
    told = samples.smoke_alert(flags=("possible_replay", "reopened"))
    assert f"  {says}  " in Lines(language, ZONE).line(shown(told))
    say(database, alert_body(told, 1), at_ms=AT_MS + 120_000)
    told_here = drawn(board(database, language))
    assert says in told_here
    assert Lines(language, ZONE)._word("late") in told_here


def test_a_narrow_board_wraps_the_title_and_cuts_nothing(database: sqlite3.Connection):
    """Title and doubt are wrapped; home, state and id stand uncut beside them."""
    long = samples.smoke_alert(flags=("possible_replay",))
    say(database, alert_body(long, 1))
    text = drawn(board(database), 80)
    cells = [line.split("│")[4] for line in text.splitlines() if line.count("│") > 4]
    assert "themessagemaybearepetition" in "".join("".join(cells).split())


def test_a_clock_that_was_not_set_is_said(database: sqlite3.Connection):
    """A time that may be wrong by hours."""
    body = alert_body(samples.smoke_alert(flags=()), 1)
    unset = body.replace(b'"sync":"ntp"', b'"sync":"none"')
    assert unset != body
    say(database, unset)
    assert "clock not set" in drawn(board(database))


LONG_AGO = replace(instant(-60_000), wall_ms=90_000_000, offset_min=0, sync=Sync.NONE)


@pytest.mark.parametrize(
    "boot, sync, raised_ms",
    [("earlier", "none", 90_000_000), (NOW.boot, "ntp", NOW.wall_ms - 60_000)],
)
def test_the_mark_of_the_clock_goes_with_the_raised_time(
    database: sqlite3.Connection, boot: str, sync: str, raised_ms: int
):
    """Raised in 1970 and closed once the clock is set: marked, or dated where that can be."""
    early = replace(LONG_AGO, boot=boot)
    told = samples.smoke_alert(flags=(), raised=early, changed=early)
    message = envelope.alert(ORIGIN, told, samples.TITLES, id=uid(1), sequence=1, at=early)
    say(database, message.body)
    (row,) = reads.alerts(database)
    assert (row["sync"], row["raised_ms"]) == ("none", early.wall_ms)
    closed = replace(told, rev=2, state=AlertState.CLOSED, changed=NOW)
    (happened,) = say(database, alert_body(closed, 2)).happened
    (row,) = reads.alerts(database)
    assert (row["state"], row["sync"], row["raised_ms"]) == ("closed", sync, raised_ms)
    assert isinstance(happened, AlertShown)
    assert ("clock not set" in Lines("en", ZONE).line(happened)) is (sync == "none")
    assert Lines("en", ZONE).marks_of(row) == (["clock not set"] if sync == "none" else [])


def test_an_alert_of_a_boot_without_a_clock_shows_its_interval(database: sqlite3.Connection):
    """Between two moments and never at one; asked of nobody anew, and not late."""
    early = replace(LONG_AGO, boot="earlier")
    told = samples.smoke_alert(flags=(), raised=early, changed=early)
    message = envelope.alert(ORIGIN, told, samples.TITLES, id=uid(1), sequence=1, at=early)
    (first,) = [h for h in say(database, message.body).happened if isinstance(h, AlertShown)]
    assert " ms" not in Lines("en", ZONE).line(first)  # 56 years on its way would be a lie
    asked = database.execute("SELECT * FROM asking").fetchall()
    after, before = NOW.wall_ms - 7_200_000, NOW.wall_ms - 60_000
    placed = replace(told, rev=2, changed=NOW, raised_after_ms=after, raised_before_ms=before)
    (happened,) = say(database, alert_body(placed, 2)).happened
    (row,) = reads.alerts(database)
    assert (row["raised_ms"], row["sync"], row["late"]) == (before, "none", False)
    assert (row["raised_after_ms"], row["raised_before_ms"]) == (after, before)
    assert row["raised_to_received_ms"] is None
    assert database.execute("SELECT * FROM asking").fetchall() == asked
    (mark,) = Lines("en", ZONE).marks_of(row)
    assert mark == "time uncertain: 2.3. 12:00 - 2.3. 13:59"
    assert isinstance(happened, AlertShown)
    assert mark in Lines("en", ZONE).line(happened)
    assert Lines("sv", ZONE).raised(row).startswith("tiden osäker: ")


def test_an_open_alert_of_1970_stands_with_the_newest(database: sqlite3.Connection):
    """A screen has room for eight: what nobody could date yet is not what is left out."""
    for n in range(3):
        older = replace(NOW, wall_ms=NOW.wall_ms - 60_000 * (n + 1))
        told = samples.smoke_alert(id=uid(50 + n), raised=older, changed=older)
        say(database, alert_body(told, n + 1))
    early = samples.smoke_alert(id=uid(60), raised=LONG_AGO, changed=LONG_AGO)
    message = envelope.alert(ORIGIN, early, samples.TITLES, id=uid(9), sequence=9, at=LONG_AGO)
    say(database, message.body)
    found = [row["id"] for row in reads.alerts(database, only_open=True, limit=2)]
    assert found == [uid(60), uid(50)]


def test_a_flag_of_a_newer_gateway_stands_for_itself():
    """Not known is shown as it came, bounded and without control characters."""
    line = Lines("fi", ZONE).line(shown(samples.smoke_alert(flags=("sh\x1bny", "x" * 500))))
    assert "  sh ny  " in line
    assert "x" * 161 not in line


def test_the_most_urgent_stands_first_and_then_the_newest(database: sqlite3.Connection):
    """A critical alert of an hour ago before a normal one of now."""
    urgent = (Priority.NORMAL, Priority.CRITICAL, Priority.HIGH, Priority.CRITICAL)
    for n, priority in enumerate(urgent, 1):
        told = samples.smoke_alert(id=uid(n), priority=priority, raised=instant(n))
        say(database, alert_body(told, n))
    assert [row["id"] for row in reads.alerts(database, only_open=True)] == [
        uid(4),
        uid(2),
        uid(3),
        uid(1),
    ]
    assert [row["id"] for row in reads.alerts(database)] == [uid(4), uid(3), uid(2), uid(1)]


def test_the_last_row_counts_what_does_not_fit(
    database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
):
    """And an old critical alert is not among it."""
    for n in range(1, ALERTS_MAX + 4):
        priority = Priority.CRITICAL if n == 1 else Priority.NORMAL
        told = samples.smoke_alert(id=uid(n), priority=priority, raised=instant(n))
        say(database, alert_body(told, n))
    text = drawn(board(database))
    assert "+3 more" in text.splitlines()[-2]
    assert "critical" in text
    monkeypatch.setattr(board_module, "ALERTS_MAX", ALERTS_MAX + 3)
    assert "more" not in drawn(board(database))


def test_long_words_from_outside_push_nothing_off_the_line():
    """Each foreign text is bounded, so that id, milliseconds and marks stay."""
    params = {f"reason_{n}": "r" * 500 for n in range(40)}
    told = samples.smoke_alert(params=params, flags=("unauthenticated",))
    late = shown(told, late=True)
    data = late.envelope.data
    worded = replace(data, alert=replace(data.alert, title={"en": "t" * 500}))
    line = Lines("en", ZONE).line(replace(late, envelope=replace(late.envelope, data=worded)))
    assert "t" * 161 not in line
    assert "r" * 161 not in line
    assert line.endswith(
        f"the sender could not be confirmed  late  {told.id} rev 1  +0 ms received"
    )
    device = DeviceShown(
        at_ms=AT_MS, gateway="gw", device="d" * 500, state="s" * 500, reasons=("r" * 500,) * 50
    )
    assert len(Lines("en", ZONE).line(device)) < (MARKS_MAX + 4) * 170
    decided = Decided(
        at_ms=AT_MS,
        gateway="gw",
        alert=told.id,
        kind=AckKind.ACCEPTED,
        account="a\x1b" * 300,
        state="shown",
        after_ms=31,
    )
    text = Lines("en", ZONE).line(decided)
    assert text.endswith(f"accepted  {told.id}  confirmed by the home  +31 ms")
    assert "\x1b" not in text


def test_words_from_outside_are_never_markup(database: sqlite3.Connection):
    """A device named "[bold]x[/nope]" neither ends the board nor loses a letter."""
    body = alert_body(samples.smoke_alert(), 1)
    words = samples.TITLES["en"].encode()
    assert words in body
    say(database, body.replace(words, b"[bold]x[/nope] [kitchen]"))
    text = drawn(board(database), 120)
    assert "[bold]x[/nope] [kitchen]" in text
