"""What the desk's commands share: settings, authentication, output and exit codes."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import sqlite3
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from desk.accounts import AccountError, AuthenticationError
from desk.config import DEFAULT_PATH, DeskConfig, load
from desk.customers import CustomerError
from desk.database import opened
from desk.decisions import AlertNameError, StateRefusedError
from desk.home_facts import AccessError
from desk.notices import NoticeNameError
from desk.rights import RightError
from edge.domain import Scalar
from edge.errors import ConfigError, EdgeError
from edge.locale import LANGUAGES, render
from edge.locale.refusing import said
from edge.notification.bounds import ContentError

EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_AUTHENTICATION = 3

EPILOG = (
    "Exit codes: 0 done, 1 refused by the state of things, 2 wrong input, "
    "3 not authenticated or not allowed."
)

# A password on the command line would stand in everybody's process list.
PASSWORD_VARIABLE = "KOTIVAHTI_PASSWORD"  # noqa: S105 - the name of a variable
PASSWORD_FILE_BYTES_MAX = 4_096

_NOT_UTF8 = "is not UTF-8 text; type it in a UTF-8 locale, or use a UTF-8 file"

F = TypeVar("F", bound=Callable[..., Any])

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_PATH,
    envvar="KOTIVAHTI_DESK_CONFIG",
    show_default=True,
    help="The desk's settings file.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
lang_option = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="en",
    envvar="KOTIVAHTI_LANG",
    show_default=True,
    help="Language of the words.",
)
password_option = click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help=f"Read the password from this file; otherwise from ${PASSWORD_VARIABLE} or the terminal.",
)

_EXITS: tuple[tuple[type[EdgeError], int], ...] = (
    (AuthenticationError, EXIT_AUTHENTICATION),
    (RightError, EXIT_AUTHENTICATION),
    (StateRefusedError, EXIT_REFUSED),
    (ConfigError, EXIT_USAGE),
    (AlertNameError, EXIT_USAGE),
    (AccountError, EXIT_USAGE),
    (CustomerError, EXIT_USAGE),
    (NoticeNameError, EXIT_USAGE),
    (ContentError, EXIT_USAGE),
    (AccessError, EXIT_USAGE),
)


def fail(text: str, code: int) -> NoReturn:
    """Say what is wrong on standard error and leave with `code`."""
    click.echo(text, err=True)
    sys.exit(code)


def refuse(name: str, code: int, /, **params: Scalar) -> NoReturn:
    """Say `refused.<name>` in the language that was asked for, and leave with `code`."""
    fail(render(asked_lang(), f"refused.{name}", params), code)


def say(lang: str, key: str, /, **params: Scalar) -> str:
    """The words of `desk.<key>`."""
    return render(lang, f"desk.{key}", params)


def asked_lang() -> str:
    """What `--lang` says, also where nobody hands it over."""
    asked = click.get_current_context(silent=True)
    return (None if asked is None else asked.params.get("lang")) or "en"


@contextlib.contextmanager
def exits() -> Iterator[None]:
    """Turn errors raised on purpose into their text and exit code."""
    try:
        yield
    except EdgeError as error:
        code = next((exit_ for kind, exit_ in _EXITS if isinstance(error, kind)), EXIT_REFUSED)
        fail(said(error, asked_lang()), code)


@contextlib.contextmanager
def desk_of(config_path: Path) -> Iterator[tuple[DeskConfig, sqlite3.Connection]]:
    """Settings and database for one command; errors leave as exit codes."""
    with exits():
        config = load(config_path)
        with opened(Path(config.store.path)) as connection:
            yield config, connection


def read_password(password_file: Path | None, *, confirm: bool = False, new: bool = False) -> str:
    """The password from file, environment or terminal; exits with 2 when there is none to read.

    `new`: one that replaces the one in the environment, and so is not there.
    """
    try:
        password = _password(password_file, confirm=confirm, new=new)
    except UnicodeDecodeError:
        refuse("password_not_utf8", EXIT_USAGE)
    if not _is_utf8(password):
        refuse("password_not_utf8", EXIT_USAGE)
    return password


def _password(password_file: Path | None, *, confirm: bool, new: bool) -> str:
    if password_file is not None:
        try:
            with password_file.open(encoding="utf-8") as file:
                return file.read(PASSWORD_FILE_BYTES_MAX).rstrip("\r\n")
        except UnicodeDecodeError:
            refuse("password_file_not_utf8", EXIT_USAGE, file=str(password_file))
        except OSError as error:
            refuse("unreadable", EXIT_USAGE, file=str(password_file), why=error.strerror)
    if PASSWORD_VARIABLE in os.environ and not new:
        return os.environ[PASSWORD_VARIABLE]
    if not sys.stdin.isatty():
        refuse("no_password_terminal", EXIT_USAGE, variable=PASSWORD_VARIABLE)
    lang = asked_lang()
    asked = say(lang, "password_new" if new else "password")
    again = say(lang, "password_again") if confirm else False
    password: str = click.prompt(asked, hide_input=True, confirmation_prompt=again)
    return password


def utf8(_: click.Context, param: click.Parameter, value: str) -> str:
    """Refuse bytes that are no text: Python marks them by lone surrogates (PEP 383)."""
    if not _is_utf8(value):
        raise click.BadParameter(_NOT_UTF8, param=param)
    return value


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def owner_only(path: str, flags: int) -> int:
    """For `open`: a file that nobody else may read."""
    return os.open(path, flags | os.O_CLOEXEC, 0o600)


def operator() -> str:
    """Who uses this machine: for what the operating system already guards."""
    try:
        return f"os:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"os:{os.getuid()}"


def print_json(value: object) -> None:
    """One JSON document, stable key order, for scripts and for reading."""
    click.echo(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False))
