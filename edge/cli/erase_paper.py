"""The confirmation of erasing as a file: text, or PDF for somebody's folder."""

from __future__ import annotations

import os
from pathlib import Path

from edge.cli.common import EXIT_STATE, EXIT_USAGE, refuse
from edge.cli.household_words import say
from edge.errors import NotNowError
from edge.locale.refusing import worded
from edge.paper.notice import notice
from edge.paper.render import printed

_SIGNATURE = "_" * 60


def expect_place(path: Path) -> None:
    """Out before anything is erased when the file could not be written afterwards."""
    if path.suffix not in (".txt", ".pdf"):
        refuse("paper_kind", EXIT_USAGE, file=str(path))
    if path.exists():
        refuse("there_already", EXIT_STATE, file=str(path))
    if not os.access(path.parent, os.W_OK):
        refuse("folder_unwritable", EXIT_STATE, file=str(path))


def put(path: Path, lines: list[str], lang: str) -> None:
    """Write it; raises PaperError and NotNowError, which say that only the paper is missing."""
    title, signs = say(lang, "erase.title"), say(lang, "erase.signs")
    if path.suffix == ".pdf":
        data = printed(notice(title, lines, signs, lang))
    else:
        data = "\n".join([title, "", *lines, "", "", _SIGNATURE, signs, ""]).encode()
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as out:
            out.write(data)
    except OSError as error:
        why = error.strerror or str(error)
        raise worded(NotNowError, "paper_not_written", file=str(path), why=why) from error
