"""`kotivahti export`: all data of the home as one file, for the customer."""

from __future__ import annotations

from pathlib import Path

import click

from edge.cli.call import asking, load, told
from edge.cli.common import print_json
from edge.cli.household_words import by_option, say, usual


@click.command(short_help="All data of the home as one ZIP file.")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@by_option
@usual
def export(file: Path, by: str, config_path: Path, as_json: bool, lang: str) -> None:
    """Write all data of the home to FILE, a ZIP of JSON and CSV with a readme in three languages.

    It works while the gateway runs. Keys, recovery material and counters are left out;
    the readme says why. FILE is for its owner alone: it says how somebody lives.
    That it was made stands in 'kotivahti disclosures'.

    \b
    Examples:
      kotivahti export /media/usb/home.zip --by relative.one
      kotivahti export home.zip --by relative.one --json
    """
    # Only here: the writer and what it needs, for this command alone.
    from edge.cli.export_zip import write  # noqa: PLC0415

    config = load(config_path)

    def progress(table: str, rows: int) -> None:
        click.echo(f"{table}: {rows}", err=True)

    with told(), asking(config) as ask:
        found = write(file, ask, by, progress)
    if as_json:
        print_json(found)
        return
    total = sum(found["rows"].values())
    click.echo(say(lang, "export.done", file=found["file"], bytes=found["bytes"], rows=total))
    click.echo(say(lang, "export.careful"))
