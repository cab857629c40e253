"""Commands that listen with the running gateway: rows as they come, until Ctrl-C."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from edge.cli.call import told
from edge.cli.common import EXIT_STATE, fail
from edge.cli.device_words import clear, say
from edge.config import Config
from edge.control.client import GatewayNotRunningError, follow


class Listening:
    """Iterates over a stream's rows; `stopped` says that Ctrl-C ended it."""

    def __init__(self, config: Config, do: str, args: dict[str, Any], lang: str) -> None:
        self.stopped = False
        self.last: dict[str, Any] = {}
        self._rows = follow(Path(config.control.socket), do, args)
        self._lang = lang

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with told():
            try:
                for row in self._rows:
                    self.last = row
                    yield row
            except KeyboardInterrupt:
                self.stopped = True
            except GatewayNotRunningError:
                fail(say(self._lang, "no_gateway"), EXIT_STATE)
            finally:
                self._rows.close()  # type: ignore[attr-defined]  # a generator, which ends its line
                clear()


def print_row(row: object) -> None:
    """One JSON document on one line, for a stream."""
    click.echo(json.dumps(row, ensure_ascii=False, sort_keys=True))
