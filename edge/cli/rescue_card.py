"""`kotivahti rescue-card`: one sheet for the wall, made offline of what the home knows."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from edge.cli.call import call, load, told
from edge.cli.common import (
    EXIT_STATE,
    EXIT_USAGE,
    config_option,
    json_option,
    lang_option,
    print_json,
    refuse,
)
from edge.domain.rescue import RescueCard
from edge.locale import render
from edge.paper.rescue_card import PAGES, card_lines, card_page
from edge.paper.sheet import exactly


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
@config_option
@json_option
@lang_option
def rescue_card(file: Path | None, config_path: Path, as_json: bool, lang: str) -> None:
    """The rescue card: a script for 112 in front, the crew's page behind; .pdf or .html in FILE.

    Without FILE the script is shown. Building, shut-offs and contacts come from [rescue] of the
    settings; address and name from the confirmed claim. Door codes are never on this card.

    \b
    Examples:
      kotivahti rescue-card card.pdf --lang fi
      kotivahti rescue-card --json
    """
    found = call(load(config_path), "rescue_card")
    card = msgspec.convert(found, RescueCard)
    if file is not None:
        _write(file, card, lang)
    if as_json:
        print_json(found)
        return
    for line in card_lines(card, lang):
        click.echo(line)
    if file is not None:
        click.echo(render(lang, "rescue.written", {"file": str(file), "n": PAGES}))


def _write(file: Path, card: RescueCard, lang: str) -> None:
    if file.suffix not in (".pdf", ".html"):
        refuse("form_kind", EXIT_USAGE, file=str(file))
    html = card_page(card, lang)
    with told():
        data = exactly(html, PAGES) if file.suffix == ".pdf" else html.encode()
    try:
        file.write_bytes(data)
    except OSError as error:
        refuse("unwritable", EXIT_STATE, file=str(file), why=error.strerror)
