"""`kotivahti locator`: in which room the worn tag is, and how well that is known."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from edge.cli.common import fail_with, json_option, lang_option, print_json
from edge.cli.device_words import table
from edge.cli.locator_live import check, fit, forget, walk
from edge.cli.locator_record import record
from edge.cli.locator_show import show
from edge.domain import Scalar
from edge.errors import EdgeError
from edge.locale import render


@click.group()
def locator() -> None:
    """In which room the worn tag is: the walk that teaches it, and how well it is known.

    \b
    Examples:
      kotivahti locator walk kitchen
      kotivahti locator fit --by kalle
      kotivahti locator show
    """


for _command in (walk, fit, show, check, record, forget):
    locator.add_command(_command)


@locator.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--fit",
    "fits",
    multiple=True,
    metavar="NAMES",
    help="Sessions to fit on, with commas or repeated; * and ? stand for others. "
    "The rest is scored. Without it each session is scored by all others.",
)
@json_option
@lang_option
def evaluate(folder: Path, fits: tuple[str, ...], as_json: bool, lang: str) -> None:
    """Score the locator on recorded levels with room labels in FOLDER.

    FOLDER has rssi.csv (time, session, tag, receiver, rssi), truth.csv (time,
    session, room) and, if known, adjacency.csv (two rooms a line). A row that
    cannot be read is named, left out and counted. docs/locator.md has the format.

    \b
    Examples:
      kotivahti locator evaluate ./recording --fit 'anna-*,bo-1' --json
      kotivahti locator evaluate ./recording           each session by all others
    """
    from edge.app import rooms_score, rssi_files  # noqa: PLC0415 (for this command alone)

    patterns = [one.strip() for given in fits for one in given.split(",") if one.strip()]

    def progress(name: str) -> None:
        if sys.stderr.isatty():
            click.echo(_say(lang, "fitting", session=name), err=True)

    try:
        recording = rssi_files.read(folder)
        for fault in recording.faults:
            click.echo(fault, err=True)
        scores = rooms_score.evaluate(recording, patterns, time.process_time, progress)
    except EdgeError as error:
        fail_with(error)
    if as_json:
        print_json(scores.told() | {"skipped": recording.skipped})
        return
    for line in _lines(scores, recording.skipped, lang):
        click.echo(line)


def _lines(scores: object, skipped: int, lang: str) -> list[str]:
    """The scores as a small table, the whole at the end."""
    from edge.app.rooms_score import LEAVE_ONE_OUT, Scores  # noqa: PLC0415 (as above)

    assert isinstance(scores, Scores)  # noqa: S101 (narrows the type)
    head = [_say(lang, f"column.{name}") for name in ("room", "windows", "right", "unknown", "as")]
    rows = []
    for room, count in sorted(scores.by_room.items()):
        others = sorted(
            ((n, name) for name, n in scores.confusion[room].items() if name != room), reverse=True
        )
        taken = ", ".join(f"{name} {n}" for n, name in others[:3])
        share = f"{100 * count.right / count.windows:.1f} %"
        rows.append([room, str(count.windows), share, str(count.unknown), taken])
    whole = scores.whole
    way = "leave_one_out" if scores.method == LEAVE_ONE_OUT else "named"
    told = scores.told()
    lines = [
        *table(head, rows),
        _say(
            lang,
            "whole",
            percent=round(100 * whole.right / max(1, whole.windows), 1),
            right=whole.right,
            windows=whole.windows,
            unknown=whole.unknown,
        ),
        _say(lang, way, windows=scores.fit_windows),
        _say(lang, "cost", ms=round(1000 * scores.took_s / max(1, scores.followed), 2)),
    ]
    if told["rooms_not_fitted"]:
        lines.append(_say(lang, "not_fitted", rooms=", ".join(sorted(scores.not_fitted))))
    if skipped:
        lines.append(_say(lang, "skipped", rows=skipped))
    return lines


def _say(lang: str, key: str, **params: Scalar) -> str:
    return render(lang, f"locator.evaluate.{key}", params)
