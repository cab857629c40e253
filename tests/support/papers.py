"""Draws the pictures of the papers on the pages: `python -m tests.support.papers docs/images`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from edge.config.notifying import legal_bases
from edge.paper.notification import notification_page
from edge.paper.rescue_card import PAGES, card_page
from edge.paper.sheet import exactly
from tests.notification.samples import content, frame
from tests.paper.test_rescue_card import made

# Dots an inch: readable on a page, below 150 kB each.
DPI = 80


def draw(folder: Path) -> None:
    """The notification, and both sides of the rescue card, as PNG."""
    page = notification_page(content(), frame(), legal_bases()[0])
    _picture(exactly(page, 1), folder, ["notification"])
    _picture(exactly(card_page(made(), "fi"), PAGES), folder, ["rescue-caller", "rescue-crew"])


def _picture(pdf: bytes, folder: Path, names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "paper.pdf"
        file.write_bytes(pdf)
        for number, name in enumerate(names, 1):
            page = str(number)
            subprocess.run(
                ["pdftoppm", "-r", str(DPI), "-f", page, "-l", page, "-singlefile", "-png",
                 str(file), str(folder / name)],
                check=True,
            )  # fmt: skip


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
