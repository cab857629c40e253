"""Carries a command to the running gateway, or to the database when none runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge import config as settings
from edge.cli.common import EXIT_STATE, EXIT_USAGE, fail_with, refuse
from edge.config import Config
from edge.control.client import GatewayNotRunningError, RefusedError, ask
from edge.control.protocol import Peer
from edge.errors import ControlError, EdgeError

if TYPE_CHECKING:
    from edge.app.service import Service


def load(path: Path) -> Config:
    """The settings file, or out with every fault."""
    with told():
        return settings.load(path)


@contextlib.contextmanager
def told() -> Iterator[None]:
    """Errors raised on purpose become one message and an exit code."""
    try:
        yield
    except EdgeError as error:
        fail_with(error)


def call(config: Config, do: str, args: dict[str, Any] | None = None) -> Any:
    """Ask the running gateway; without one, open the database, do the same, and leave."""
    with told():
        try:
            return ask(Path(config.control.socket), do, args)
        except GatewayNotRunningError:
            _expect_database(config)
            return asyncio.run(_alone(config, do, args or {}))


Asking = Callable[[str, dict[str, Any]], Any]


@contextlib.contextmanager
def asking(config: Config) -> Iterator[Asking]:
    """Ask several things of one home: the running gateway, or the database opened once.

    What is asked raises what `call` tells of; wrap it in `told`.
    """
    socket = Path(config.control.socket)
    try:
        ask(socket, "sending_list")
    except GatewayNotRunningError:
        _expect_database(config)
    else:
        yield lambda do, args: ask(socket, do, args)
        return
    with asyncio.Runner() as runner:
        stack = contextlib.AsyncExitStack()
        service = runner.run(stack.enter_async_context(_service(config)))
        try:
            yield lambda do, args: runner.run(_answer(service, do, args))
        finally:
            runner.run(stack.aclose())


def _expect_database(config: Config) -> None:
    if not Path(config.store.path).exists():
        refuse("no_home_yet", EXIT_STATE, file=config.store.path)


async def _alone(config: Config, do: str, args: dict[str, Any]) -> Any:
    async with _service(config) as service:
        return await _answer(service, do, args)


async def _answer(service: Service, do: str, args: dict[str, Any]) -> Any:
    try:
        return await service.handlers()[do](args, Peer(os.getpid(), os.getuid()))
    except ControlError as error:
        raise RefusedError(str(error), EXIT_USAGE, error.words) from error  # as over the socket


@contextlib.asynccontextmanager
async def _service(config: Config) -> AsyncIterator[Service]:
    # Only here: a command that reaches a gateway must not load the store.
    from edge.app.opening import open_house  # noqa: PLC0415
    from edge.app.service import Service  # noqa: PLC0415
    from edge.app.timeline import Timeline  # noqa: PLC0415
    from edge.clock import RandomIds, SystemClock  # noqa: PLC0415
    from edge.log import configure  # noqa: PLC0415

    # What the gateway would log is no part of the answer: to standard error, and troubles only.
    configure(level=logging.WARNING)
    clock = SystemClock(config.gateway.zone, trusted=config.gateway.trusted_clock)
    async with open_house(config, clock, RandomIds()) as house:
        yield Service(house, Timeline())
