"""Moments as people read them: exact, or between two others."""

from __future__ import annotations

from edge.locale import render


def moment(text: str, lang: str, chars: int = 16) -> str:
    """An ISO moment; of one that the clock did not know, the interval in which it was, in words.

    `chars`: to the minute, or with 19 to the second.
    """
    after, is_interval, before = text.partition("/")
    if not is_interval:
        return _plain(text, chars)
    ends = {"after": after, "before": before}
    known = {name: _plain(end, 16) for name, end in ends.items() if end != ".."}
    return render(lang, f"moment.{'_'.join(known) or 'unknown'}", known)


def _plain(text: str, chars: int) -> str:
    return text[:chars].replace("T", " ")
