"""One home's gateway in words: how it is, whose it is, and what of it is missing. Pure."""

from __future__ import annotations

from typing import Any

from desk.lines import plain
from desk.words import word


def home_state(home: dict[str, Any]) -> str:
    """The word for a row of `desk.reads.homes`."""
    if home["replaced_by"] is not None:
        return "replaced"
    return "lost" if home["lost"] else "online" if home["online"] else "offline"


def home_more(home: dict[str, Any], lang: str) -> str:
    """Customer, successor and gap of a home, as far as there are any."""
    parts = []
    customer = home.get("customer")
    if customer is not None:
        state = customer["state"]
        state = "" if state == "confirmed" else f" ({word(state, lang)})"
        parts.append(plain(f"{customer['id']} {customer['name']}{state}"))
    if home["replaced_by"] is not None:
        parts.append(f"{word('replaced_by', lang)} {plain(home['replaced_by'])}")
        stretches = [stretch for ranges in home["gaps"].values() for stretch in ranges]
        told = [f"{a}" if a == b else f"{a}\N{EN DASH}{b}" for a, b in stretches]
        if told:
            parts.append(plain(f"{word('gap', lang)} {', '.join(told)}"))
    if home["proof"]["state"] == "late":
        parts.append(word("proof_late", lang))
    return "".join(f"  {part}" for part in parts)
