"""`kotivahti run` and `kotivahti check-config`."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import click

from edge import config as settings
from edge.cli.common import DEFAULT_CONFIG, EXIT_USAGE, config_option, json_option, print_json
from edge.errors import ConfigError, ConfigFault


@click.command()
@config_option
def run(config_path: Path) -> None:
    """Run the gateway of one home until it is told to stop (SIGTERM, Ctrl-C).

    \b
    Example:
      kotivahti run --config /etc/kotivahti/gateway.toml
    """
    # The gateway's libraries, for this command alone.
    from edge.app.gateway import serve  # noqa: PLC0415

    try:
        config = settings.load(config_path)
        sys.exit(asyncio.run(serve(config)))
    except ConfigError as error:
        click.echo(str(error), err=True)
        sys.exit(EXIT_USAGE)


@click.command("check-config")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=DEFAULT_CONFIG)
@json_option
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the file and leave.")
def check_config(file: Path, as_json: bool, schema: bool) -> None:
    """Check settings FILE; says every fault with its key and the mend.

    Exits 0 when the gateway would start with it, 2 when it would not.

    \b
    Examples:
      kotivahti check-config /etc/kotivahti/gateway.toml
      kotivahti check-config --schema > gateway.schema.json
    """
    if schema:
        click.echo(json.dumps(settings.schema(), indent=2, sort_keys=True))
        return
    from edge.app.drivers import enable  # noqa: PLC0415 - knows the drivers
    from edge.app.imports import devices_of  # noqa: PLC0415 - knows the drivers
    from edge.app.papers import faults_of  # noqa: PLC0415 - reads certificates

    faults: list[ConfigFault] = []
    try:
        config = settings.load(file)
        faults = faults_of(config, str(file))
        enable(config, str(file))
        fresh = None if Path(config.store.path).exists() else frozenset[str]()
        devices_of(config, known=fresh, file=str(file))
    except ConfigError as error:
        faults += error.faults
    if as_json:
        keys = ("file", "key", "wrong", "mend")
        print_json({"ok": not faults, "faults": [{k: getattr(f, k) for k in keys} for f in faults]})
    elif faults:
        click.echo("\n".join(map(str, faults)), err=True)
        click.echo(f"{len(faults)} fault{'s' if len(faults) > 1 else ''} in {file}", err=True)
    else:
        click.echo(f"{file}: in order")
    sys.exit(EXIT_USAGE if faults else 0)
