"""What the commands share: where the gateway is, how results and refusals come out."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from edge.domain import Scalar
from edge.errors import ConfigError, EdgeError
from edge.locale import LANGUAGES, render
from edge.locale.refusing import said

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_CONFIG = "/etc/kotivahti/gateway.toml"

LANG_DEFAULT = "en"

EXIT_STATE = 1
EXIT_USAGE = 2

config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_CONFIG,
    envvar="KOTIVAHTI_CONFIG",
    show_default=True,
    help="The site's settings file.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")

lang_option = click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default=LANG_DEFAULT,
    envvar="KOTIVAHTI_LANG",
    show_default=True,
    help="Language of the words.",
)


def sure(lang: str, question: str, *, default: bool = False, err: bool = True) -> bool:
    """A yes or no by the word of the language or its first letter; y and n do everywhere.

    click.Abort when there is nobody to ask. click's own question takes English alone.
    """
    yes, no = (render(lang, f"sure.{key}", {}) for key in ("yes", "no"))
    hint = f"{yes[0].upper()}/{no[0]}" if default else f"{yes[0]}/{no[0].upper()}"
    while True:
        shown = f"{question} [{hint}]"
        typed = str(click.prompt(shown, default="", show_default=False, err=err)).strip().casefold()
        if not typed:
            return default
        if typed in (yes, yes[0], "y", "yes"):
            return True
        if typed in (no, no[0], "n", "no"):
            return False
        click.echo(render(lang, "sure.again", {"yes": yes, "no": no}), err=err)


def fail(text: str, code: int = EXIT_STATE) -> NoReturn:
    """Say what is wrong on standard error and leave with `code`."""
    click.echo(text, err=True)
    sys.exit(code)


def refuse(name: str, code: int = EXIT_STATE, /, **params: Scalar) -> NoReturn:
    """Say `refused.<name>` in the language that was asked for, and leave with `code`."""
    fail(render(asked_lang(), f"refused.{name}", params), code)


def asked_lang() -> str:
    """What `--lang` says, also where nobody hands it over."""
    asked = click.get_current_context(silent=True)
    return (None if asked is None else asked.params.get("lang")) or LANG_DEFAULT


def fail_with(error: EdgeError) -> NoReturn:
    """The exit of an error raised on purpose: settings are the caller's input."""
    code = EXIT_USAGE if isinstance(error, ConfigError) else getattr(error, "code", EXIT_STATE)
    fail(said(error, asked_lang()), code if isinstance(code, int) else EXIT_STATE)


def print_json(value: object) -> None:
    """One JSON document, stable key order, for scripts and for reading."""
    click.echo(json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False))
