"""One terminal of a commissioning: asks, tells, follows, and times the person.

With `--json` every row is one JSON document on one line; a row with "ask" wants one line of
text on standard input. So a script can do what a person does.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from edge.cli.common import EXIT_STATE, fail, sure
from edge.cli.device_words import clear, progress
from edge.config import Config
from edge.control.client import GatewayNotRunningError, RefusedError, ask, follow
from edge.domain import Scalar
from edge.locale import render
from edge.locale.refusing import said

Row = dict[str, Any]

# While these rows come, a person is at work or waited for.
WAITING = frozenset({"ask", "wait", "pull", "restore", "take", "walk"})
SKIP_MARK = "s "
STOP_MARK = "q"


class StoppedError(Exception):
    """The person wants no more now."""


class LeftOutError(Exception):
    """The person leaves this out, for the reason given."""


class Talk:
    def __init__(self, config: Config, lang: str, *, as_json: bool) -> None:
        self.lang = lang
        self.as_json = as_json
        self.site = config.gateway.site
        self._socket = Path(config.control.socket)
        self._spent_s = 0.0

    def take_spent_ms(self) -> int:
        """How long the person was asked or waited for since this was last asked."""
        spent_ms, self._spent_s = round(self._spent_s * 1000), 0.0
        return spent_ms

    @contextmanager
    def watch(self) -> Iterator[None]:
        begun_s = time.monotonic()
        try:
            yield
        finally:
            self._spent_s += time.monotonic() - begun_s

    # -- words -----------------------------------------------------------------------------

    def words(self, key: str, **params: Scalar) -> str:
        return render(self.lang, f"commission.{key}", params)

    def tell(self, key: str, **params: Scalar) -> None:
        if self.as_json:
            self.row({"tell": key, **params})
            return
        clear()
        click.echo(self.words(key, **params))

    def refused(self, error: RefusedError) -> None:
        """The gateway's own sentence, in the language that was asked for."""
        if self.as_json:
            self.row({"refused": said(error, "en")})
            return
        clear()
        click.echo(said(error, self.lang))

    def row(self, row: Row) -> None:
        click.echo(json.dumps(row, ensure_ascii=False, sort_keys=True))

    # -- questions -------------------------------------------------------------------------

    def ask(self, key: str, default: str = "", **params: Scalar) -> str:
        """One line of the person; StoppedError when there is nobody."""
        with self.watch():
            if not self.as_json:
                clear()
                try:
                    text = self.words(key, **params)
                    return str(click.prompt(text, default=default, show_default=bool(default)))
                except click.Abort as error:
                    raise StoppedError from error
            self.row({"ask": key, "default": default, **params})
            line = sys.stdin.readline()
            if not line:
                raise StoppedError
            return line.strip() or default

    def asked(self, key: str, default: str = "", **params: Scalar) -> str:
        """An answer, or "s REASON" for leaving it out, or "q"."""
        text = self.ask(key, default, **params).strip()
        if text.lower() == STOP_MARK:
            raise StoppedError
        if text.lower().startswith(SKIP_MARK):
            raise LeftOutError(text[len(SKIP_MARK) :].strip())
        return text

    def confirm(self, key: str, *, default: bool = False, **params: Scalar) -> bool:
        if self.as_json:
            return self.ask(key, "y" if default else "n", **params).lower() in ("y", "yes")
        with self.watch():
            clear()
            try:
                return sure(self.lang, self.words(key, **params), default=default, err=False)
            except click.Abort as error:
                raise StoppedError from error

    # -- the gateway -----------------------------------------------------------------------

    def call(self, do: str, **args: Any) -> Row:
        """One command; with what the person's time came to, where the step keeps it."""
        try:
            found: Row = ask(self._socket, do, args)
        except GatewayNotRunningError:
            fail(self.words("no_gateway"), EXIT_STATE)
        return found

    def follow(self, do: str, show: Callable[[Row], None], **args: Any) -> Row:
        """A stream to its end; the last row."""
        last: Row = {}
        begun_s: float | None = None
        try:
            for row in follow(self._socket, do, args):
                last = row
                waits = row["step"] in WAITING
                if waits and begun_s is None:
                    begun_s = time.monotonic()
                elif not waits and begun_s is not None:
                    self._spent_s += time.monotonic() - begun_s
                    begun_s = None
                show(row)
        except GatewayNotRunningError:
            fail(self.words("no_gateway"), EXIT_STATE)
        finally:
            if begun_s is not None:
                self._spent_s += time.monotonic() - begun_s
            clear()
        return last

    def progress(self, key: str, **params: Scalar) -> None:
        progress(self.words(key, **params))
