"""`kotivahti visit work`: what the next planned visit is for, on the screen or on one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load, told
from edge.cli.common import EXIT_STATE, EXIT_USAGE, print_json, refuse
from edge.cli.household_words import usual
from edge.cli.task_words import spoken
from edge.locale import render
from edge.paper.render import printed
from edge.paper.work import grouped, head_texts, line_text, page


@click.command(short_help="What the next visit is for.")
@click.option(
    "--paper",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also as one page: .pdf or .html.",
)
@usual
def work(file: Path | None, config_path: Path, as_json: bool, lang: str) -> None:
    """What waits for the next planned visit: to fix, to ask, to change.

    Whatever is neither critical nor high stands here, asks for no acknowledgement and interrupts
    nobody. Minutes are told where they can be estimated; repairs have none.

    \b
    Examples:
      kotivahti visit work --lang fi
      kotivahti visit work --paper visit.pdf --lang sv
      kotivahti visit work --json | jq '.lines[] | select(.group == "change")'
    """
    found = call(load(config_path), "work_list")
    names = names_of(found, lang)
    if file is not None:
        _write(file, page(found, names, lang))
    if as_json:
        print_json(found)
        return
    for text in head_texts(found, lang):
        click.echo(text)
    if found["tenure"] == "fallback" and found["tasks"]:
        click.echo("! " + render(lang, "work.not_told", {}))
    for group, rows in grouped(found["lines"]).items():
        click.echo(render(lang, f"work_group.{group}", {}))
        for row in rows:
            click.echo("  " + line_text(row, names, lang))
    if not found["lines"]:
        click.echo(render(lang, "work.none", {}))


def names_of(found: dict[str, Any], lang: str) -> dict[str, str]:
    """The words of the lists for what the lines name."""
    names = {item: spoken(words["label"], lang) for item, words in found["words"].items()}
    names |= {f"list:{name}": spoken(title, lang) for name, title in found["titles"].items()}
    for item, task in found["tasks"].items():
        names[f"{item}:{task['code']}"] = spoken(task["answer"], lang, task["code"])
        party = task["responsible"]
        names[f"party:{party}"] = spoken(task["responsible_words"], lang, party)
    return names


def _write(file: Path, html: str) -> None:
    if file.suffix not in (".pdf", ".html"):
        refuse("form_kind", EXIT_USAGE, file=str(file))
    with told():
        data = printed(html) if file.suffix == ".pdf" else html.encode()
    try:
        file.write_bytes(data)
    except OSError as error:
        refuse("unwritable", EXIT_STATE, file=str(file), why=error.strerror)
    click.echo(f"{file}  {len(data)} B", err=True)
