"""Keys of devices: from a file or typed unseen, never on the command line and never echoed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from edge.cli.common import EXIT_USAGE, fail, refuse

F = TypeVar("F", bound=Callable[..., Any])
KeyFile = Path | None

# AES-128: 16 bytes, in hexadecimal digits.
KEY_DIGITS = 32
_KEY = re.compile(rf"[0-9A-Fa-f]{{{KEY_DIGITS}}}")


def key_options(command: F) -> F:
    """`--key-file` and `--key-prompt`. The arguments of a process are there for all to see."""
    command = click.option(
        "--key-prompt", is_flag=True, help="Ask for the key; it is not shown while typed."
    )(command)
    return click.option(
        "--key-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A file with the key, 32 hexadecimal digits.",
    )(command)


def read_key(file: KeyFile, prompt: bool) -> str | None:
    """The key's digits; out with exit code 2 when there are none. Digits are never told back."""
    if file is not None and prompt:
        refuse("one_key", EXIT_USAGE)
    if prompt:
        try:
            text = str(click.prompt("key", hide_input=True, err=True))
        except click.Abort:
            refuse("no_key_given", EXIT_USAGE)
        key = digits(text)
        if key is None:
            refuse("no_key_digits", EXIT_USAGE)
        return key
    if file is None:
        return None
    key, wrong = key_of(file)
    if wrong:
        fail(f"--key-file: {wrong}", EXIT_USAGE)
    return key


def key_of(file: Path) -> tuple[str | None, str]:
    """The key in a file, or what is wrong with it."""
    try:
        text = file.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        return None, f"{file} is unreadable ({type(error).__name__}); check path and rights"
    key = digits(text)
    if key is None:
        return None, f"{file} holds no key; write {KEY_DIGITS} hexadecimal digits into it"
    return key, ""


def digits(text: str) -> str | None:
    """The key without the signs that people write between its bytes; None for no key."""
    bare = re.sub(r"[\s:-]", "", text)
    return bare if _KEY.fullmatch(bare) else None
