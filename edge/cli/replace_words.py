"""What `kotivahti replace` says at its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edge.domain import Scalar
from edge.locale import render


def say(lang: str, key: str, **params: Scalar) -> str:
    """The words of `replace.<key>`."""
    return render(lang, f"replace.{key}", params)


def report(found: dict[str, Any], lang: str) -> Iterator[str]:
    """The result for people: what was done, what is missing, what is left to do."""
    taken = found["taken"]
    yield say(
        lang,
        "taken",
        gateway=taken["gateway"],
        site=taken["site"],
        at=taken["at"][:16].replace("T", " "),
    )
    yield from _card(found, lang)
    settings = found["settings"]
    if settings["changed"]:
        yield say(lang, "settings", file=settings["file"])
    for text in settings["missing"]:
        yield say(lang, "missing", what=text)
    for device in found["unheard"]:
        yield say(lang, "unheard", device=device)
    if found["pair"]:
        yield say(lang, "pair")
        yield from (f"  kotivahti device pair {device}" for device in found["pair"])
    if found["claim"] not in ("confirmed", "waiting", "answered"):
        yield say(lang, "claim_open")
    if found["restart"]:
        yield say(lang, "restart")
    yield say(lang, "commission")
    spent = found["seconds"]
    if spent:
        parts = ", ".join(
            f"{say(lang, 'phase.' + name)} {value} s" for name, value in spent.items()
        )
        yield say(lang, "seconds", parts=parts, total=round(sum(spent.values()), 1))


def _card(found: dict[str, Any], lang: str) -> Iterator[str]:
    """What became of the messages that the old box had not delivered."""
    card, taken = found["card"], found["taken"]
    if card is not None and not card["error"]:
        yield say(lang, "card", carried=card["carried"], known=card["known"], last=card["last"])
        if card["refused"]:
            yield say(lang, "card_refused", n=card["refused"])
        if card["others"]:
            yield say(lang, "card_others", n=card["others"])
        return
    if card is not None:
        yield say(lang, "card_error", text=card["error"])
    gap = found["gap"]
    if gap is None:
        yield say(lang, "gap_at_desk", last=taken["last_message"])
        return
    numbers = ", ".join(f"{a}-{b}" if a != b else str(a) for a, b in gap)
    if numbers:
        yield say(lang, "gap", last=taken["last_message"], numbers=numbers)
    else:
        yield say(lang, "no_gap", last=taken["last_message"])
