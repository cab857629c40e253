"""`kotivahti checklist print` and `lint`: a list as a blank form, and the files that lists are."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from edge.app.checklists import lint as lint_files
from edge.cli.call import call, load, told
from edge.cli.checklist_words import AT_HOME
from edge.cli.common import (
    EXIT_STATE,
    EXIT_USAGE,
    config_option,
    json_option,
    lang_option,
    print_json,
    refuse,
)
from edge.domain import Checklist
from edge.locale import render
from edge.paper.form import form as paper_form
from edge.paper.render import printed
from edge.resources import resource

# Which form: who fills it in. The role that is kept with the answers follows from it.
FORMS = {"worker": "home_care", "self": "self", "relative": "relative", "officer": "rescue"}

form_option = click.option(
    "--form",
    type=click.Choice(list(FORMS)),
    default="worker",
    show_default=True,
    help="Who fills it in; the resident and relatives see no level, but whom to turn to.",
)


@click.command("print")
@click.argument("name", default="ten")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@form_option
@config_option
@lang_option
def print_form(name: str, file: Path, form: str, config_path: Path, lang: str) -> None:
    """Write checklist NAME as a blank form to FILE, .pdf or .html.

    \b
    Examples:
      kotivahti checklist print ten ten.pdf --lang fi
      kotivahti checklist print fire fire.html --form relative --lang sv
    """
    found = call(load(config_path), "checklist_show", {"checklist": name})
    listed = msgspec.convert(found["checklist"], Checklist)
    html = paper_form(listed, lang, at_home=form in AT_HOME)
    if file.suffix not in (".pdf", ".html"):
        refuse("form_kind", EXIT_USAGE, file=str(file))
    with told():
        data = printed(html) if file.suffix == ".pdf" else html.encode()
    try:
        file.write_bytes(data)
    except OSError as error:
        refuse("unwritable", EXIT_STATE, file=str(file), why=error.strerror)
    click.echo(f"{file}  {len(data)} B")


@click.command("lint")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@json_option
@lang_option
def lint(files: tuple[Path, ...], as_json: bool, lang: str) -> None:
    """Check checklist FILES, each alone and with the lists beside it; without any, those shipped.

    Every fault is told with line, key, reason and mend; exit 2 when there is one.

    \b
    Example:
      kotivahti checklist lint /etc/kotivahti/checklists/fire.toml
    """
    paths = list(files) or sorted(resource("config/checklists").glob("*.toml"))
    flaws = lint_files(paths)
    if as_json:
        print_json({"files": [str(p) for p in paths], "faults": msgspec.to_builtins(flaws)})
    else:
        for flaw in flaws:
            click.echo(str(flaw))
        if not flaws:
            click.echo(render(lang, "ask.clean", {"n": len(paths)}))
    if flaws:
        raise SystemExit(EXIT_USAGE)
