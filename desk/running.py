"""One run of the desk, from the first line on the screen to an orderly end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from desk.board import Board
from desk.config import DeskConfig
from desk.happened import Happened
from desk.lines import Lines
from desk.service import Desk, leaf, session
from edge import log
from edge.clock import RandomIds, SystemClock
from edge.uplink.mqtt import MqttBroker


def run_lines(config: DeskConfig, clock: SystemClock, show: Callable[[Happened], None]) -> None:
    """Receive and answer until interrupted; everything that happens goes to `show`."""
    log.configure()
    asyncio.run(_until_told(_serve(config, clock, show)))


def run_board(
    config: DeskConfig,
    clock: SystemClock,
    connection: sqlite3.Connection,
    lines: Lines,
    lang: str,
    look: Callable[[list[str]], None],
) -> None:
    """The live view; log lines would tear it, and what they say stands on it."""
    log.configure(level=logging.CRITICAL)

    async def both(board: Board) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(board.keep_drawing(), name="desk-board")
                tasks.create_task(_serve(config, clock, board.show), name="desk-service")
        except BaseExceptionGroup as group:
            raise leaf(group) from group

    with Board(connection, lines, lang, lambda: clock.now().wall_ms, look) as board:
        asyncio.run(_until_told(both(board)))


async def _serve(config: DeskConfig, clock: SystemClock, show: Callable[[Happened], None]) -> None:
    service = Desk(
        desk_id=config.desk.id,
        path=Path(config.store.path),
        broker=MqttBroker(config.mqtt, session(config.desk.id)),
        clock=clock,
        ids=RandomIds(),
        show=show,
        deputies=config.notify.deputy,
    )
    await service.run()


async def _until_told(work: Coroutine[Any, Any, None]) -> None:
    """Run until SIGINT, SIGTERM or the terminal's end, and end in an orderly way."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    for told in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(told, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task
