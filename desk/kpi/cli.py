"""`kotivahti desk kpi`: figures by area, the weighted key results, CSV and a picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from desk.common import (
    EPILOG,
    EXIT_REFUSED,
    EXIT_USAGE,
    config_option,
    desk_of,
    json_option,
    lang_option,
    print_json,
    refuse,
)
from desk.kpi import facts, imported, periods, results, withheld
from desk.kpi.figures import TOTAL, Facts, Row
from desk.kpi.words import actual, shown, source, word
from desk.lines import plain
from desk.person import Person, person_options
from desk.rights import Right
from edge.clock import SystemClock
from edge.config import read
from edge.locale.refusing import given

# Empty: nothing of which there is a figure. HIDDEN: a figure of so few that it would tell of one.
HIDDEN = "<5"
# The last five are of key results alone.
CSV_COLUMNS = (
    *("period", "area", "figure", "value"),
    *("weight", "target", "better", "source", "attainment"),
)


@click.group(epilog=EPILOG)
def kpi() -> None:
    """Figures of the service by area. Never per employee, and none of fewer than five homes.

    \b
    Examples:
      kotivahti desk kpi show --period 2026-Q3 --lang fi
      kotivahti desk kpi show --table key-results.toml --svg q3.svg --csv q3.csv
      kotivahti desk kpi import nps.csv --as leena
    """


@kpi.command("show", epilog=EPILOG)
@person_options
@config_option
@json_option
@lang_option
@click.option("--period", "period_text", help="2026, 2026-Q3 or 2026-09; the last whole month.")
@click.option(
    "--table",
    "table_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The key results with weights and targets, as config/key-results.example.toml.",
)
@click.option(
    "--csv",
    "csv_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write figures and key results as a table.",
)
@click.option(
    "--svg",
    "svg_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw the key results and the areas side by side.",
)
def show(
    person: Person,
    config_path: Path,
    lang: str,
    *,
    as_json: bool,
    period_text: str | None,
    table_path: Path | None,
    csv_path: Path | None,
    svg_path: Path | None,
) -> None:
    """Figures of a period: by area, over all areas, and against the key results of a table.

    \b
    Examples:
      kotivahti desk kpi show --period 2026-Q3 --lang fi
      kotivahti desk kpi show --table key-results.toml --svg q3.svg --csv q3.csv
    """
    with desk_of(config_path) as (config, connection):
        person.proven(config, connection, Right.FIGURES)
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        zone = ZoneInfo(config.desk.zone)
        period = _period(period_text, now_ms, zone)
        table = results.KeyResults() if table_path is None else results.load(table_path)

        def happened(part: periods.Period) -> dict[str, Facts]:
            return facts.facts(connection, *part.span_ms(zone), now_ms)

        rows = withheld.table(period, happened)
        outcome = results.reached(table, rows, imported.of(connection, period.name))
    labels = {one.id: str(getattr(one.label, lang)) for one in table.key_result}
    if csv_path is not None:
        _write(csv_path, as_csv(period.name, rows, outcome))
    if svg_path is not None:
        from desk.kpi.picture import draw  # noqa: PLC0415 - only who wants a picture pays for it

        _write(svg_path, draw(period.name, rows, outcome, labels, lang))
    if as_json:
        print_json(_as_json(period, rows, outcome))
    else:
        _print(period.name, rows, outcome, labels, lang)


@kpi.command("import", epilog=EPILOG)
@person_options
@config_option
@json_option
@lang_option
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def take(person: Person, config_path: Path, lang: str, file: Path, *, as_json: bool) -> None:
    """Take figures that other systems count (NPS, emergency visits) from a CSV FILE.

    Columns: period, figure, value, source. A figure told again takes the place of the older one.

    \b
    Example of a file:
      period,figure,value,source
      2026-Q3,nps,41,customer survey of September
    """
    with desk_of(config_path) as (config, connection):
        actor = person.proven(config, connection, Right.FIGURES)
        rows = imported.parse(read(file), str(file))
        now_ms = SystemClock(config.desk.zone).now().wall_ms
        count = imported.keep(connection, rows, actor, now_ms)
    if as_json:
        print_json({"imported": count})
    else:
        click.echo(word("taken", lang).format(count=count))


def _period(text: str | None, now_ms: int, zone: ZoneInfo) -> periods.Period:
    """The period asked for; one that is not over has no figures.

    Those of today less those of yesterday would tell what happened in one home.
    """
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    if text is None:
        return periods.before(today)
    found = periods.parse(text)
    if found is None:
        refuse("no_period", EXIT_USAGE, name=given(text))
    if found.end > today:
        refuse(
            "period_open", EXIT_REFUSED,
            name=text, day=found.end.isoformat(), before=periods.before(today).name,
        )  # fmt: skip
    return found


def as_csv(period: str, rows: Mapping[str, Row], outcome: results.Outcome) -> str:
    """One line an area and figure, in the order of the table, then one a key result."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    none = ("",) * (len(CSV_COLUMNS) - 4)
    for area, row in rows.items():
        for name, cell in row.items():
            value = HIDDEN if cell.hidden else _plain(cell.value)
            writer.writerow((period, area or "all", name, value, *none))
    for one in outcome.rows:
        figures = (
            str(one.weight),
            _plain(one.target),
            one.better,
            _text(one.said_by or one.source),
        )
        reached = _plain(one.attainment)
        writer.writerow(
            (period, "all", one.id, HIDDEN if one.hidden else _plain(one.actual), *figures, reached)
        )
    return out.getvalue()


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    """What somebody typed, as text to a spreadsheet: a formula there would be run."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def _as_json(
    period: periods.Period, rows: Mapping[str, Row], outcome: results.Outcome
) -> dict[str, Any]:
    def told(row: Row) -> dict[str, Any]:
        return {name: HIDDEN if cell.hidden else cell.value for name, cell in row.items()}

    return {
        "period": period.name,
        "from": period.first.isoformat(),
        "until": period.end.isoformat(),
        "areas": {area: told(row) for area, row in rows.items() if area != TOTAL},
        "all": told(rows[TOTAL]),
        "key_results": [
            {
                "id": one.id,
                "weight": one.weight,
                "target": one.target,
                "source": one.said_by or one.source,
                "actual": HIDDEN if one.hidden else one.actual,
                "attainment": one.attainment,
            }
            for one in outcome.rows
        ],
        "attainment": outcome.attainment,
        "weight_known": outcome.known,
    }


def _print(
    period: str,
    rows: Mapping[str, Row],
    outcome: results.Outcome,
    labels: Mapping[str, str],
    lang: str,
) -> None:
    click.echo(f"{word('title', lang)} {period}")
    for area, row in rows.items():
        click.echo("")
        click.echo(plain(word("all", lang) if area == TOTAL else f"{word('area', lang)} {area}"))
        for name, cell in row.items():
            value = word("hidden", lang) if cell.hidden else word("none", lang)
            if cell.value is not None and not cell.hidden:
                value = shown(name, cell.value, lang)
            click.echo(plain(f"  {word(name, lang):<48} {value:>12}"))
    if outcome.rows:
        click.echo(f"\n{word('key_results', lang)}")
    for one in outcome.rows:
        value = actual(one.actual, one.source, lang, hidden=one.hidden)
        aim = shown(one.source, one.target, lang)
        head = f"  {one.weight:>3} %  {labels[one.id]:<42}"
        of = source(one.source, one.said_by, lang)
        tail = f"{word('target', lang)} {aim}  {word('source', lang)}: {of}"
        click.echo(plain(f"{head} {value:>10}  {tail}"))
    if outcome.attainment is not None:
        whole = word("reached", lang).format(
            percent=round(100 * outcome.attainment), known=outcome.known
        )
        click.echo(f"  {whole}")
    click.echo(f"\n{word('small', lang)}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        refuse("unwritable", EXIT_USAGE, file=str(path), why=error.strerror)
