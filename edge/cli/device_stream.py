"""Commands that listen with the running gateway: rows as they come, until Ctrl-C."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import click

from edge.cli.call import told
from edge.cli.common import EXIT_STATE, fail
from edge.cli.device_words import clear, say
from edge.config import Config
from edge.control.client import GatewayNotRunningError, follow

Row = dict[str, Any]


class Listening:
    """A stream's rows, each given to a function; Ctrl-C at any moment is an end like another."""

    def __init__(self, config: Config, do: str, args: Row, lang: str) -> None:
        self.stopped = False
        self.last: Row = {}
        self._rows = follow(Path(config.control.socket), do, args)
        self._lang = lang

    def each(self, show: Callable[[Row], None]) -> Self:
        """Until the gateway ends it, or the person does (`stopped`)."""
        with told():
            try:
                for row in self._rows:
                    self.last = row
                    show(row)
            except (KeyboardInterrupt, click.Abort):
                self.stopped = True
            except GatewayNotRunningError:
                fail(say(self._lang, "no_gateway"), EXIT_STATE)
            finally:
                clear()
        return self


def print_row(row: object) -> None:
    """One JSON document on one line, for a stream."""
    click.echo(json.dumps(row, ensure_ascii=False, sort_keys=True))
