"""`kotivahti demo`: broker, virtual home, gateway, desk and a nurse in one terminal."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from pathlib import Path
from typing import Any

import click

from edge.demo import scene
from edge.demo.stage import (
    READY_WITHIN_S,
    Actor,
    Stage,
    StageError,
    free_port,
    listening,
    mosquitto,
    program,
)
from edge.demo.story import Story

# The script of the virtual home is 45 s long; the nurse needs six more for the last alert.
STORY_S = 54.0


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=".demo",
    show_default=True,
    help="Where databases, keys and logs are kept; a second run goes on from there.",
)
@click.option("--once", is_flag=True, help="Stop after the story instead of going on.")
@click.option("--amqtt", is_flag=True, help="Use the MQTT 3.1.1 broker even if Mosquitto is there.")
@click.option(
    "--speed",
    type=click.FloatRange(0.1, 10),
    default=1.0,
    show_default=True,
    help="2 tells the story twice as fast.",
)
def demo(folder: Path, *, once: bool, amqtt: bool, speed: float) -> None:
    """Broker, virtual home, gateway and desk in one terminal. Ctrl-C stops all of it.

    Every program is a process of its own. The virtual home speaks only by radio
    and serial lines, and the nurse uses the desk's public commands.

    \b
    Examples:
      kotivahti demo
      kotivahti demo --once --dir /tmp/demo
    """
    folder = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{folder}: {error.strerror}; take another --dir") from error
    try:
        asyncio.run(_play(Stage(folder), once=once, amqtt=amqtt, speed=speed))
    except StageError as error:
        raise click.ClickException(str(error)) from error


async def _play(stage: Stage, *, once: bool, amqtt: bool, speed: float) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    telling = asyncio.create_task(_tell(stage, once=once, amqtt=amqtt, speed=speed), name="demo")
    stopping = asyncio.create_task(stop.wait(), name="demo-stop")
    try:
        await asyncio.wait({telling, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (telling, stopping):
            task.cancel()
        results = await asyncio.gather(telling, stopping, return_exceptions=True)
        click.echo("stopping ...")
        await stage.stop()
        click.echo(f"stopped; databases and logs are in {stage.folder}")
    for result in results:
        if isinstance(result, BaseExceptionGroup):
            raise result.exceptions[0]
        if isinstance(result, Exception):
            raise result


async def _tell(stage: Stage, *, once: bool, amqtt: bool, speed: float) -> None:
    port = await _broker(stage, amqtt=amqtt)
    settings, desk_settings = stage.folder / "gateway.toml", stage.folder / "desk.toml"
    desk_settings.write_text(scene.desk_settings(stage.folder, port), encoding="utf-8")
    await _nurses_account(stage, desk_settings)
    story = Story(stage, settings, desk_settings, speed)
    desk = await stage.start(
        "desk", *program("desk", "run", "--config", str(desk_settings), "--plain"), read=True
    )
    home = await _home(stage, speed)
    report = json.loads((stage.folder / "home" / "sim.json").read_text(encoding="utf-8"))
    settings.write_text(scene.gateway_settings(stage.folder, port, report), encoding="utf-8")
    gateway = await stage.start("gateway", *program("run", "--config", str(settings)))
    await stage.until((stage.folder / "control.sock").exists, gateway, "control socket")
    watch = await stage.start(
        "watch", *program("watch", "--json", "--config", str(settings)), read=True
    )
    urgent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(story.read_home(home)),
            group.create_task(story.read_desk(desk)),
            group.create_task(story.read_gateway(watch, urgent.put_nowait)),
            group.create_task(story.nurse(urgent)),
            group.create_task(_guard(gateway)),
        ]
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await story.hearing.wait()
        except TimeoutError as error:
            text = f"the gateway heard nothing within {READY_WITHIN_S:.0f} s; see {gateway.log}"
            raise StageError(text) from error
        await story.assess()
        await asyncio.sleep(STORY_S / speed)
        await story.summary()
        if not once:
            click.echo("The home lives on. Ctrl-C stops all of it; a second run goes on from here.")
            await asyncio.Event().wait()
        for task in tasks:
            task.cancel()


async def _broker(stage: Stage, *, amqtt: bool) -> int:
    port = free_port()
    found = None if amqtt else mosquitto()
    if found is not None:
        conf = stage.folder / "mosquitto.conf"
        conf.write_text(scene.mosquitto_settings(port), encoding="utf-8")
        broker = await stage.start("broker", found, "-c", str(conf))
    else:
        conf = stage.folder / "amqtt.yaml"
        conf.write_text(scene.amqtt_settings(port), encoding="utf-8")
        broker = await stage.start("broker", *scene.AMQTT, "-c", str(conf))
    await stage.until(lambda: listening(port), broker, "listener")
    name = "amqtt, MQTT 3.1.1" if found is None else "mosquitto, MQTT 5"
    click.echo(f"broker    {name}, on 127.0.0.1:{port}")
    return port


async def _home(stage: Stage, speed: float) -> Actor:
    folder = stage.folder / "home"
    folder.mkdir(exist_ok=True)
    home = await stage.start(
        "home",
        *program("sim", "home", "--dir", str(folder), "--script", "demo"),
        "--speed",
        str(speed),
        read=True,
    )
    await stage.until(lambda: _reported_by(folder, home), home, "virtual home")
    return home


def _reported_by(folder: Path, home: Actor) -> bool:
    """Whether `sim.json` is this run's; the last run's tells the home which port it had."""
    try:
        report = json.loads((folder / "sim.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(report["pid"] == home.process.pid)


async def _nurses_account(stage: Stage, desk_settings: Path) -> None:
    listed = await stage.run(*program("desk", "account", "list", "--config", str(desk_settings)))
    if scene.NURSE in listed:
        return
    await stage.run(
        *program("desk", "account", "add", scene.NURSE, "--role", "nurse"),
        "--password-file",
        str(scene.password_file(stage.folder)),
        "--config",
        str(desk_settings),
    )


async def _guard(gateway: Actor) -> None:
    """The gateway must not end by itself."""
    with contextlib.suppress(asyncio.CancelledError):
        code = await gateway.process.wait()
        raise StageError(f"the gateway ended with {code}; see {gateway.log}")
