"""A plain page of words with a line to sign: what was done, and what was not."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from edge.paper.style import CSS


def notice(title: str, lines: Sequence[str], signs: str, lang: str) -> str:
    """HTML of one document; a line that begins with a gap belongs to the one before it."""
    body = []
    for line in lines:
        tag = "p class=soft" if line.startswith(" ") else "p"
        body.append(f"<{tag}>{escape(line.strip())}</p>")
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8">'
        f"<title>{escape(title)}</title><style>{CSS}</style>"
        f'<header><div class="over">Kotivahti</div><h1>{escape(title)}</h1></header>'
        f'{"".join(body)}<div class="signs"><div>{escape(signs)}</div></div></html>'
    )
