"""`kotivahti coverage`: for how much of the time each question could have been answered."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from edge.cli.call import asking, load, told
from edge.cli.common import EXIT_STATE, EXIT_USAGE, fail, print_json
from edge.cli.coverage_sums import HOUR_S, Hour, Stretch, Sum, sums
from edge.cli.device_words import table
from edge.cli.household_words import moment_ms, usual, word
from edge.config import Config
from edge.home.asking import Asked
from edge.locale import number, render

QUESTIONS = click.Choice([one.value for one in Asked])
# Without dates: a week, as care is planned.
DAYS_USUAL = 7
# The rows of one picture.
PICTURE_DAYS_MAX = 31
# The stretches that are named; the picture and --json have all.
WORST_MAX = 2
_SHARE_SHOWN = 0.9995
# Hours are counted in milliseconds since then.
EPOCH_YEAR = 1970


@click.command()
@click.option("--from", "from_day", metavar="DAY", help="First day, such as 2026-11-24.")
@click.option("--to", "to_day", metavar="DAY", help="Last day; the whole of it counts.")
@click.option("--month", metavar="MONTH", help="One month, such as 2026-11, in place of days.")
@click.option("--question", "only", multiple=True, type=QUESTIONS, help="Only this; repeatable.")
@click.option(
    "--svg",
    "svg_path",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Write a picture, days by hours: at most {PICTURE_DAYS_MAX} days.",
)
@usual
def coverage(
    *,
    from_day: str | None,
    to_day: str | None,
    month: str | None,
    only: tuple[str, ...],
    svg_path: Path | None,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """For how much of the time each question could have been answered, and why not.

    Would the alarm button have been heard? Would movement have been seen? "Known"
    never says that all was well: it says that we would have noticed. What a silent
    device seemed to answer is taken back when its deadline has passed.

    \b
    Examples:
      kotivahti coverage --lang fi                     the last seven days
      kotivahti coverage --month 2026-11 --svg november.svg
      kotivahti coverage --question alarm_button --from 2026-11-01 --json
    """
    config = load(config_path)
    zone = ZoneInfo(config.gateway.zone)
    today = datetime.now(zone).date()
    from_ms, until_ms, first, last = _range(config, today, (from_day, to_day, month), svg_path)
    site, hours, settled = _asked(config, from_ms, until_ms)
    hours = [hour for hour in hours if not only or hour.question in only]
    found = sums(hours, [one.value for one in Asked])
    if svg_path is not None:
        if not hours:
            fail(render(lang, "coverage.nothing", {}), EXIT_STATE)
        _write(svg_path, _picture(site, found, hours, (first, last), zone, lang))
    if as_json:
        print_json(_as_json(found, hours, settled, (first, last), zone))
        return
    for line in _lines(found, zone, lang):
        click.echo(line)


def _range(
    config: Config, today: date, given: tuple[str | None, str | None, str | None], svg: Path | None
) -> tuple[int, int, date, date]:
    """From when until when, UTC ms, and the first and the last day; out with 2 for no range."""
    from_day, to_day, month = given
    if month is not None:
        if from_day is not None or to_day is not None:
            fail("--month: it stands in place of --from and --to; give one or the other", 2)
        first, last = _month(month)
    else:
        last = _day("--to", to_day) if to_day is not None else today
        back = last.day - 1 if svg is not None else DAYS_USUAL - 1
        first = _day("--from", from_day) if from_day is not None else _back("--to", last, back)
    if first > last:
        fail(f"--from {first} is after --to {last}; turn them round", EXIT_USAGE)
    days = (last - first).days + 1
    if svg is not None and days > PICTURE_DAYS_MAX:
        fail(f"--svg: {days} days; a picture shows {PICTURE_DAYS_MAX} at most", EXIT_USAGE)
    if first.year <= EPOCH_YEAR:
        fail(f"{first}: nothing was counted then; give days after {EPOCH_YEAR}", EXIT_USAGE)
    zone = config.gateway.zone
    from_ms = moment_ms("--from", first.isoformat(), zone)
    until_ms = moment_ms("--to", last.isoformat(), zone, end=True)
    return from_ms or 0, until_ms or 0, first, last


def _month(text: str) -> tuple[date, date]:
    try:
        first = date.fromisoformat(f"{text}-01")
        after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    except (ValueError, OverflowError):
        fail(f"--month: '{text}' is no month; write 2026-11", EXIT_USAGE)
    return first, after - timedelta(days=1)


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option}: '{text}' is no day; write 2026-11-24", EXIT_USAGE)


def _back(option: str, last: date, days: int) -> date:
    try:
        return last - timedelta(days=days)
    except OverflowError:
        fail(f"{option}: there are no {days} days before {last}; give --from too", EXIT_USAGE)


def _asked(config: Config, from_ms: int, until_ms: int) -> tuple[str, list[Hour], dict[str, int]]:
    hours: list[Hour] = []
    after: list[Any] | None = None
    with told(), asking(config) as ask:
        while True:
            args = {"from_ms": from_ms, "until_ms": until_ms, "after": after}
            found = ask("coverage", args)
            hours += [Hour(*row) for row in found["hours"]]
            after = found["next"]
            if after is None:
                return found["site"], hours, found["settled"]


def _lines(found: list[Sum], zone: ZoneInfo, lang: str) -> list[str]:
    if not found:
        return [render(lang, "coverage.nothing", {})]
    head = [render(lang, f"coverage.column.{one}", {}) for one in ("question", "known", "why")]
    rows = []
    for one in found:
        whys = [
            f"{word(lang, 'coverage.why', s.reason)} {_span(s, zone)}"
            for s in one.worst[:WORST_MAX]
        ]
        more = len(one.worst) - WORST_MAX
        if more > 0:
            whys.append(render(lang, "coverage.more", {"count": more}))
        rows.append(
            (word(lang, "coverage.question", one.question), percent(one, lang), "; ".join(whys))
        )
    return [*table(head, rows), "", render(lang, "coverage.means", {})]


def percent(one: Sum, lang: str) -> str:
    """The share that was known; never 100 when some of it was not."""
    share = one.share if one.known_s == one.asked_s else min(one.share, _SHARE_SHOWN - 0.0005)
    return f"{number(lang, round(100 * share, 1))} %"


def _span(stretch: Stretch, zone: ZoneInfo) -> str:
    """Local hours: "2026-11-12 14-19", or with both days when it goes over midnight."""
    first = datetime.fromtimestamp(stretch.from_ms / 1000, zone)
    last = datetime.fromtimestamp(stretch.until_ms / 1000, zone)
    if first.date() == (last - timedelta(seconds=1)).date():
        until = 24 if last.date() != first.date() else last.hour
        return f"{first:%Y-%m-%d} {first.hour}-{until}"
    return f"{first:%Y-%m-%d} {first.hour} .. {last:%Y-%m-%d} {last.hour}"


def _as_json(
    found: list[Sum],
    hours: list[Hour],
    settled: dict[str, int],
    days: tuple[date, date],
    zone: ZoneInfo,
) -> dict[str, Any]:
    def text(at_ms: int) -> str:
        return datetime.fromtimestamp(at_ms / 1000, zone).isoformat(timespec="seconds")

    return {
        "from": days[0].isoformat(),
        "to": days[1].isoformat(),
        "questions": [
            {
                "question": one.question,
                "asked_s": one.asked_s,
                "known_s": one.known_s,
                "share": round(one.share, 4),
                "missed_s": dict(one.missed_s),
                "worst": [
                    {
                        "from": text(s.from_ms),
                        "until": text(s.until_ms),
                        "missed_s": s.missed_s,
                        "reason": s.reason,
                    }
                    for s in one.worst
                ],
                "settled": text(settled[one.question]) if one.question in settled else None,
            }
            for one in found
        ],
        "hours": [
            {
                "hour": text(one.hour_ms),
                "question": one.question,
                "asked_s": one.asked_s,
                "known_s": one.known_s,
                "reason": one.reason,
            }
            for one in hours
        ],
    }


def _picture(
    site: str,
    found: list[Sum],
    hours: list[Hour],
    days: tuple[date, date],
    zone: ZoneInfo,
    lang: str,
) -> str:
    # Only here: who asks for a table loads no picture.
    from edge.replay.hours import Cell, Panel, draw  # noqa: PLC0415

    cells: dict[str, list[Cell]] = {one.question: [] for one in found}
    for hour in hours:
        local = datetime.fromtimestamp(hour.hour_ms / 1000, zone)
        day = (local.date() - days[0]).days
        missed_s = hour.asked_s - hour.known_s
        cells[hour.question].append(
            Cell(day, local.hour, hour.asked_s / HOUR_S, missed_s / HOUR_S, hour.reason)
        )
    panels = [Panel(one.question, percent(one, lang), tuple(cells[one.question])) for one in found]
    return draw(site, days, panels, lang)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        fail(f"--svg: {path}: {error.strerror}; name a file that can be written", EXIT_STATE)
