"""Put the data register into docs/privacy.md: `python -m tests.store.privacy_page`."""

from __future__ import annotations

import re
from pathlib import Path

from edge.store.register import page

PAGE = Path(__file__).resolve().parents[2] / "docs/privacy.md"
TABLE = re.compile(r"^\| table \| what for .*\n(?:\|.*\n)*", re.MULTILINE)


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    found = TABLE.search(text)
    if found is None:
        raise SystemExit(f"{PAGE}: has no table of the register; put its first line back")
    PAGE.write_text(text[: found.start()] + page() + text[found.end() :], encoding="utf-8")


if __name__ == "__main__":
    main()
