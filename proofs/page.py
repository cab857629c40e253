"""The page for buyers and maintainers, made from the stored results of full runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proofs.catalogue import PROOFS
from proofs.records import Figure, Machine, Result, stored

INTRO = """\
# Reliability

What this gateway promises when things break, how each promise was put to the test, and what was
measured. For those who buy it and those who keep it running. The page is made from stored results
by `make proofs`; nobody types its figures. Every proof ends by comparing what the gateway had
*said* with what is there.

Three words stand for three things. *Stored*: the commit was synced to the disk, and only then is
a device told so. *Received*: the desk has committed the message. *Taken*: a named person said
that they go.

"""

UNPROVED = """\
## What none of this proves

- No Raspberry Pi, no memory card and no radio was involved. A card that says it has synced and has
  not, or that damages what nobody wrote to, is beyond any program; so is a broken antenna.
- Times of milliseconds belong to the machine above. Compare them with its own limits
  (`make bench`), not with those of a Pi.
- A whole computer that loses its power, with its own kernel, is `make test-vm-cuts`
  ([guest](developer/guest.md)).
- Numbers of losses are counts of what was tried, not probabilities of what may come.
"""

AGAIN = """\
## Again, on your machine

```sh
sudo make proofs                                 # all of it
.venv/bin/python -m proofs --list                # one by one, and how long each takes
.venv/bin/python -m proofs kills --quick         # a short look; keeps the full result
```

As root it makes disks and networks of its own, and removes them. Without root it says which
proofs it left out, and ends with exit code 1.
"""


def page() -> str:
    found = {entry.name: stored(entry.name) for entry in PROOFS}
    parts = [INTRO, _overview(found), *(_one(result) for result in found.values())]
    return "".join([*parts, _machines(found), UNPROVED, "\n", AGAIN])


def _overview(found: dict[str, Result | None]) -> str:
    lines = ["| promise | outcome | run |", "|---|---|---|"]
    for entry in PROOFS:
        result = found[entry.name]
        if result is None:
            lines.append(f"| {entry.title} | **not proved yet** | |")
            continue
        limits = [f for f in result.proof.figures if f.limit]
        met = sum(figure.ok for figure in limits)
        outcome = "kept" if result.passed else "**missed**"
        lines.append(
            f"| [{entry.title}](#{_anchor(entry.title)}) | {outcome}: {met} of {len(limits)} limits"
            f" | {result.date[:10]}, {result.took_s / 60:.0f} min |"
        )
    return "\n".join(lines) + "\n\n"


def _one(result: Result | None) -> str:
    if result is None:
        return ""
    proof = result.proof
    lines = [f"## {result.title}", "", f"**Promised.** {proof.promise}", ""]
    lines += [f"**Proved by.** {proof.how}", ""]
    lines += ["| | measured | limit |", "|---|---:|---:|"]
    lines += [_row(figure) for figure in proof.figures]
    lines += [""]
    scaled = [f"{f.name}: {f.scaled}" for f in proof.figures if f.scaled]
    lines += _points("Scaled, not measured whole.", [*scaled, *proof.scaled])
    lines += _points("Not proved by this.", proof.unproved)
    lines += [
        (
            f"{result.date[:10]}, {result.took_s / 60:.1f} min, commit `{result.commit}`,"
            f" `{result.command}`."
        ),
        "",
        "",
    ]
    return "\n".join(lines)


def _row(figure: Figure) -> str:
    missed = "" if figure.ok else " **missed**"
    mark = " (scaled)" if figure.scaled else ""
    return f"| {figure.name}{mark} | {figure.text}{missed} | {figure.limit} |"


def _points(head: str, points: Sequence[str]) -> Iterator[str]:
    if points:
        yield f"**{head}**"
        yield ""
        for point in points:
            yield f"- {point}"
        yield ""


def _machines(found: dict[str, Result | None]) -> str:
    where: dict[str, list[str]] = {}
    for name, result in found.items():
        if result is not None:
            where.setdefault(_told(result.machine), []).append(name)
    lines = ["## The machine", ""]
    lines += [f"- {told}: {', '.join(names)}" for told, names in where.items()]
    return "\n".join(lines) + "\n\n"


def _told(machine: Machine) -> str:
    return (
        f"{machine.processor}, {machine.cores} cores, {machine.memory_mb:,} MB, {machine.system}, "
        f"{machine.kernel}, Python {machine.python}, SQLite {machine.sqlite}, "
        f"Mosquitto {machine.mosquitto}"
    )


def _anchor(title: str) -> str:
    return "".join(c for c in title.lower().replace(" ", "-") if c.isalnum() or c == "-")
