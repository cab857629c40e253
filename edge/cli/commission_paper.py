"""`kotivahti commission certificate`: the certificate as data, and on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import call, load, told
from edge.cli.common import EXIT_STATE, config_option, lang_option, refuse
from edge.commissioning.certificate import as_bytes, digest
from edge.paper.render import pdf_of

Row = dict[str, Any]


@click.command(short_help="The certificate of a commissioning, as JSON and PDF.")
@click.option("--pdf", "pdf_path", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
@click.option(
    "--json", "json_path", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
    help="Without a file: to standard output.", is_flag=False, flag_value=Path("-"),
)  # fmt: skip
@click.option("--id", "ident", metavar="ID", help="An earlier run, by the beginning of its id.")
@config_option
@lang_option
def certificate(
    pdf_path: Path | None,
    json_path: Path | None,
    ident: str | None,
    config_path: Path,
    lang: str,
) -> None:
    """The certificate of the last commissioning, or of the one that --id names.

    The paper carries the SHA-256 of the JSON, so that both can be held together later.

    \b
    Examples:
      kotivahti commission certificate --pdf certificate.pdf --lang fi
      kotivahti commission certificate --json certificate.json
      kotivahti commission certificate --id 01a20065 --pdf earlier.pdf
    """
    config = load(config_path)
    found = call(config, "commission_certificate", {"id": ident} if ident else {})
    data = as_bytes(found)
    if json_path is None and pdf_path is None:
        json_path = Path("-")
    if json_path is not None:
        _write(json_path, data)
    if pdf_path is not None:
        with told():
            _write(pdf_path, pdf_of(found, digest(data), lang))
    if pdf_path is not None or str(json_path) != "-":  # it left: the customer can see that it did
        call(config, "certificate_given", {"id": digest(data)[:16]})


def _write(path: Path, data: bytes) -> None:
    if str(path) == "-":
        click.echo(data, nl=False)
        return
    try:
        path.write_bytes(data)
    except OSError as error:
        refuse("unwritable", EXIT_STATE, file=str(path), why=error.strerror)
    click.echo(f"{path}  {len(data)} B")
