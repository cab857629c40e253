"""`kotivahti replay`: recorded homes through the gateway's own rules, and invented homes."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import click

from edge import log
from edge.errors import ConfigError, ConfigFault, EdgeError
from edge.locale import LANGUAGES
from edge.replay.generate import FIRST_DAY
from edge.replay.generate import generate as invent
from edge.replay.picture import draw
from edge.replay.recording import HomeRecording
from edge.replay.report import Progress, table
from edge.replay.result import HomeResult, Replayed, as_json
from edge.replay.run import replay_home
from edge.replay.story import tell, unseen_stretches
from edge.replay.tihm import read

EXIT_STATE, EXIT_USAGE = 1, 2
ALL = "all"
_SUFFIX = ".svg"
# The rest of the bad rows is counted, and stands in the JSON up to its own bound.
BAD_ROWS_SHOWN_MAX = 20


@click.group()
def replay() -> None:
    """Run recorded homes through the gateway's own rules."""
    log.configure(level=logging.WARNING)


@replay.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--home", "home_id", default=ALL, show_default=True, help="A home's id, or all.")
@click.option(
    "--json", "json_out", metavar="OUT", help="Write the results as JSON to OUT; - is stdout."
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw the home to FILE.svg; with --home all each home gets its own, FILE-<home>.svg.",
)
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="en",
    envvar="KOTIVAHTI_LANG",
    show_default=True,
    help="Language of the picture's words.",
)
def tihm(
    directory: Path, home_id: str, json_out: str | None, picture: Path | None, lang: str
) -> None:
    """Replay the homes of DIR, a directory in the TIHM format.

    DIR holds Activity.csv or Activity.csv.gz, and where they were recorded
    Physiology.csv, Labels.csv and Demographics.csv. Times are UK local time.
    Readings stay on this machine; a day without any event is a fault of the
    equipment and never behaviour. Two runs give the same JSON, byte for byte.

    \b
    Examples:
      kotivahti replay tihm DIR --home all --json result.json
      kotivahti replay tihm DIR --home SYNTH-01 --picture home.svg --lang fi
    """
    with _exits():
        _check_outputs(json_out, picture)
        replayed = _replay(directory, home_id, _painter(picture, lang, home_id))
        if json_out == "-":
            click.echo(as_json(replayed), nl=False)
        elif json_out is not None:
            Path(json_out).write_text(as_json(replayed), encoding="utf-8")


@replay.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--homes", default=1, show_default=True, help="How many homes.")
@click.option("--days", default=91, show_default=True, help="How many days each.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option(
    "--first",
    type=click.DateTime(["%Y-%m-%d"]),
    default=FIRST_DAY.isoformat(),
    show_default=True,
    help="The first day.",
)
def generate(directory: Path, homes: int, days: int, seed: int, first: datetime) -> None:
    """Write invented homes (SYNTH-01, ...) in the TIHM format to DIR.

    Silent days, a dead sensor, wandering at night and a day without movement
    are planted; planted.json says where.

    \b
    Example:
      kotivahti replay generate /tmp/homes --homes 2 --seed 7
    """
    with _exits():
        planted = invent(directory, homes=homes, days=days, seed=seed, first=first.date())
        click.echo(f"{directory}: {', '.join(planted)}, {days} days each")


Paint = Callable[[HomeRecording, HomeResult], None]


def _replay(directory: Path, home_id: str, paint: Paint) -> Replayed:
    """All wanted homes, one after the other; results to stdout, progress to stderr."""
    started = time.perf_counter()
    recording = read(directory, home=None if home_id == ALL else home_id)
    homes = [recording.home(name) for name in recording.homes]
    _show_bad_rows(recording.bad, recording.bad_named)
    results = []
    with Progress(sum(len(home) for home in homes)) as progress:
        for home in homes:
            progress.begin(home.id)
            result = replay_home(home, progress.at)
            progress.end()
            paint(home, result)
            results.append(result)
    took_s = time.perf_counter() - started
    replayed = Replayed(
        homes=tuple(results), bad_rows=recording.bad, bad_rows_named=recording.bad_named
    )
    table(replayed, took_s)
    return replayed


def _painter(picture: Path | None, lang: str, home_id: str) -> Paint:
    def paint(home: HomeRecording, result: HomeResult) -> None:
        if picture is None:
            return
        file = picture
        if home_id == ALL:
            file = picture.with_name(f"{picture.stem}-{home.id}{_SUFFIX}")
        file.write_text(draw(tell(home, result, unseen_stretches(home)), lang), encoding="utf-8")

    return paint


def _check_outputs(json_out: str | None, picture: Path | None) -> None:
    """Before minutes of work: can the results be written?"""
    faults = []
    if picture is not None and picture.suffix != _SUFFIX:
        wrong = f"ends in '{picture.suffix}'"
        faults.append(ConfigFault(str(picture), "--picture", wrong, f"let it end in {_SUFFIX}"))
    outputs = [("--picture", picture)]
    if json_out is not None and json_out != "-":
        outputs.append(("--json", Path(json_out)))
    for option, path in outputs:
        if path is not None and not path.parent.is_dir():
            wrong, mend = f"there is no directory '{path.parent}'", "create it"
            faults.append(ConfigFault(str(path), option, wrong, mend))
    if faults:
        raise ConfigError(faults)


def _show_bad_rows(bad: dict[str, int], named: tuple[str, ...]) -> None:
    for line in named[:BAD_ROWS_SHOWN_MAX]:
        click.echo(f"bad row: {line}", err=True)
    for file, count in bad.items():
        click.echo(f"{file}: {count} bad rows left out", err=True)


class _exits:  # noqa: N801 - reads as a statement
    """Turns what is raised on purpose into a message and an exit code."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, EdgeError | OSError):
            click.echo(str(error), err=True)
            sys.exit(EXIT_USAGE if isinstance(error, ConfigError) else EXIT_STATE)
