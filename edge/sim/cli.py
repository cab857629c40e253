"""`kotivahti sim ...`: start a virtual home, or tell a running one what happens."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from edge.errors import ConfigError, ControlError
from edge.sim.control import tell as tell_home
from edge.sim.script import load_dwelling, load_scenario


@click.group()
def sim() -> None:
    """A virtual home that speaks by radio and serial lines, for demo, tests and training."""


@sim.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Where ports, keys and sim.json go; made when missing.",
)
@click.option("--script", default="demo", show_default=True, help="A script, or a TOML file.")
@click.option(
    "--home",
    "dwelling_name",
    default="home",
    show_default=True,
    help="Which devices: home, broadcast, instruments, vitals, wired, wide, modem, or a TOML file.",
)
@click.option("--broker", help="HOST:PORT of the home's broker, for satellites and Wi-Fi alarms.")
@click.option("--seed", default=1, show_default=True, help="Same seed, same disorder.")
@click.option("--speed", default=1.0, show_default=True, help="2 plays the script twice as fast.")
@click.option("--stdin", is_flag=True, help="Take commands from standard input too.")
def home(
    folder: Path,
    dwelling_name: str,
    script: str,
    broker: str | None,
    seed: int,
    speed: float,
    *,
    stdin: bool,
) -> None:
    """Live until Ctrl-C; one line for each thing that happens."""
    try:
        from edge.sim.run import Options, Run  # noqa: PLC0415 (loads the extra `sim`)
    except ImportError as error:
        raise click.ClickException(
            f"{error.name} is missing: pip install kotivahti[sim]"
        ) from error
    try:
        dwelling, scenario = load_dwelling(dwelling_name), load_scenario(script)
    except ConfigError as error:
        raise click.ClickException(str(error)) from error
    if speed <= 0:
        raise click.BadParameter("must be above 0", param_hint="--speed")
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    options = Options(
        folder, dwelling, scenario, seed=seed, speed=speed, stdin=stdin, broker=_place(broker)
    )

    async def live() -> None:
        await Run(options, click.echo).until_stopped()

    try:
        asyncio.run(live())
    except ControlError as error:
        raise click.ClickException(str(error)) from error


def _place(broker: str | None) -> tuple[str, int] | None:
    if broker is None:
        return None
    host, _, port = broker.rpartition(":")
    if not host or not port.isdigit():
        raise click.BadParameter("write HOST:PORT, such as 127.0.0.1:1883", param_hint="--broker")
    return host, int(port)


@sim.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="The running home's folder.",
)
@click.argument("command", nargs=-1, required=True)
def tell(folder: Path, command: tuple[str, ...]) -> None:
    """Make something happen: `tell --dir DIR press help-button`, `tell --dir DIR status`."""
    try:
        click.echo(asyncio.run(tell_home(folder / "sim.sock", " ".join(command))))
    except ControlError as error:
        raise click.ClickException(str(error)) from error
