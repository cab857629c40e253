"""Who uses a command: by account and password, by a log-in, or by the machine's own user."""

from __future__ import annotations

import contextlib
import functools
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from desk import accounts, sessions
from desk.common import (
    EXIT_USAGE,
    operator,
    owner_only,
    password_option,
    read_password,
    refuse,
    utf8,
)
from desk.config import DeskConfig
from desk.looks import WHY_CHARS_MAX
from desk.rights import MACHINE, Right, demand
from edge.clock import SystemClock
from edge.domain import Actor
from edge.locale.refusing import worded

# Where a log-in is kept: a folder of the user's own that a restart of the machine empties.
SESSION_VARIABLE = "KOTIVAHTI_DESK_SESSION"
TOKEN_CHARS_MAX = 256

F = TypeVar("F", bound=Callable[..., Any])


def utf8_or_none(context: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """As `utf8`, for an option that may be left out."""
    return None if value is None else utf8(context, param, value)


def _line(context: click.Context, param: click.Parameter, value: str) -> str:
    """A reason on one line, bounded."""
    text = " ".join(utf8(context, param, value).split())
    if len(text) > WHY_CHARS_MAX or not text.isprintable():
        raise click.BadParameter(f"is not one line of at most {WHY_CHARS_MAX} characters")
    return text


why_option = click.option(
    "--why", default="", callback=_line, help="Why you look; it stands in the log of looks."
)


class NobodyError(accounts.AuthenticationError):
    """No account was named, and nobody is logged in."""


class Person:
    """What a command was told about who uses it; `proven` asks for the proof."""

    def __init__(self, account: str | None, password_file: Path | None) -> None:
        self._account = account
        self._password_file = password_file

    def proven(
        self,
        config: DeskConfig,
        connection: sqlite3.Connection,
        *rights: Right,
        named: bool = False,
    ) -> Actor:
        """Who it is; raises AuthenticationError, and RightError without one of `rights`.

        `named`: only an account will do, whatever the settings say: something is decided.
        """
        actor = self._actor(config, connection, named=named)
        demand(actor.role, *rights)
        return actor

    def _actor(self, config: DeskConfig, connection: sqlite3.Connection, *, named: bool) -> Actor:
        clock = SystemClock(config.desk.zone)
        if self._account is not None:
            password = read_password(self._password_file)
            at_ms = clock.now().wall_ms
            return accounts.authenticate(connection, self._account, password, at_ms=at_ms)
        token = _read()
        found = None
        if token is not None:
            found = sessions.actor_of(connection, token, clock.now().wall_ms)
        if found is not None:
            return found
        if config.desk.views == "machine" and not named:
            return Actor(account=operator(), role=MACHINE)
        raise worded(NobodyError, "who_are_you")


def person_options(function: F) -> F:
    """Give a command `--as` and `--password-file`, and hand it a Person as `person`."""

    @click.option(
        "--as",
        "account",
        metavar="ACCOUNT",
        callback=utf8_or_none,
        help="Your personal account; without it whoever is logged in.",
    )
    @password_option
    @functools.wraps(function)
    def wrapped(*args: Any, account: str | None, password_file: Path | None, **kwargs: Any) -> Any:
        return function(*args, person=Person(account, password_file), **kwargs)

    return wrapped  # type: ignore[return-value]


def keep(token: str) -> Path:
    """Write a log-in where later commands of this user find it; exits with 2 when that fails."""
    path = _path()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()  # never through a link, and never into a file that others may read
        with open(path, "x", encoding="ascii", opener=owner_only) as file:
            file.write(token)
    except OSError as error:
        refuse(
            "login_unwritable", EXIT_USAGE,
            file=str(path), why=error.strerror, variable=SESSION_VARIABLE,
        )  # fmt: skip
    return path


def leave() -> str | None:
    """Forget the log-in; its token, or None when there was none."""
    token = _read()
    with contextlib.suppress(OSError):
        _path().unlink()
    return token


def _read() -> str | None:
    try:
        with _path().open(encoding="ascii") as file:
            if os.fstat(file.fileno()).st_uid != os.getuid():
                return None
            return file.read(TOKEN_CHARS_MAX).strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def _path() -> Path:
    if named := os.environ.get(SESSION_VARIABLE):
        return Path(named)
    if runtime := os.environ.get("XDG_RUNTIME_DIR"):
        return Path(runtime) / "kotivahti-desk" / "session"
    return Path.home() / ".cache" / "kotivahti-desk" / "session"
