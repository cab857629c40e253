"""`kotivahti driver`: the drivers that there are, and the conformance kit for a new one."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import click

from edge.cli.common import EXIT_STATE, EXIT_USAGE, fail, json_option, print_json
from edge.drivers import DRIVERS
from edge.drivers.base import Driver

FRAMES = 100_000


@click.group()
def driver() -> None:
    """The drivers that there are, and the check that a new one must pass."""


@driver.command("list")
@json_option
def list_drivers(as_json: bool) -> None:
    """Every driver of this release: what it reads, and for how long it may be silent.

    \b
    Example:
      kotivahti driver list --json
    """
    rows = [
        {
            "id": one.id,
            "title": one.title,
            "shape": one.shape.value,
            "roles": sorted(role.value for role in one.roles),
            "silent_after_s": one.silent_after_s,
            "silent_reason": one.silent_reason,
            "default_on": one.default_on,
        }
        for one in DRIVERS.values()
    ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['id']:<22} {row['shape']:<8} {row['title']}")


@driver.command()
@click.argument("module")
@click.option(
    "--vectors",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="A sheet of vectors, or a folder of them; without it, 'vectors' beside the module.",
)
@click.option("--frames", type=click.IntRange(0, 100_000_000), default=FRAMES, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Which random frames.")
@json_option
def check(module: str, vectors: tuple[Path, ...], frames: int, seed: int, as_json: bool) -> None:
    """Check the driver in MODULE (its name, or the path of its file): the conformance kit.

    MODULE has a `DRIVER`. Exits 0 when everything holds, 1 when something does
    not, 2 when there is no such module. docs/developer/drivers.md walks through it.

    \b
    Examples:
      kotivahti driver check acme_scale --vectors acme_scale.vectors.json
      kotivahti driver check ./acme_scale.py --frames 1000000
      kotivahti driver check edge.drivers.advert.ruuvitag --vectors tests/drivers/vectors
    """
    from edge.conformance import check as kit  # noqa: PLC0415 (for this command alone)
    from edge.conformance import purity, sheets  # noqa: PLC0415

    name = _importable(module)
    source = purity.source_of(name)
    if source is None:
        fail(f"{module}: no such module or file; give its name, or the path of a .py", EXIT_USAGE)
    faults = purity.faults(name)
    if faults and not name.startswith("edge."):
        # What opens sockets when it is imported is told, not imported.
        told = kit.Finding("it decodes and does nothing else", good=False, detail="; ".join(faults))
        _tell([told], as_json)
        sys.exit(EXIT_STATE)
    found = _driver_of(name)
    folders = list(vectors) or [f for f in (source.with_name("vectors"),) if f.is_dir()]
    folders += [f for f in (source.with_suffix(".vectors.json"),) if not vectors and f.is_file()]
    try:
        known = sheets.load(folders, found.id)
    except sheets.SheetError as error:
        fail(str(error), EXIT_USAGE)
    hidden = not sys.stderr.isatty()
    with click.progressbar(
        length=frames, label="random frames", file=sys.stderr, hidden=hidden
    ) as bar:
        findings = list(
            kit.check(
                name,
                found,
                known,
                frames=frames,
                seed=seed,
                progress=lambda at: bar.update(at - bar.pos),
            )
        )
        bar.update(frames - bar.pos)
    _tell(findings, as_json)
    sys.exit(0 if all(one.good for one in findings) else EXIT_STATE)


def _importable(module: str) -> str:
    """The module's name; the folder of a file is put on the search path."""
    path = Path(module)
    if path.suffix != ".py":
        if "" not in sys.path:
            sys.path.insert(0, "")  # a module in this folder, as python -m finds it
        return module
    sys.path.insert(0, str(path.resolve().parent))
    return path.stem


def _driver_of(name: str) -> Driver:
    try:
        found = getattr(importlib.import_module(name), "DRIVER", None)
    except Exception as error:  # noqa: BLE001 (a stranger's module may raise anything)
        fail(f"{name}: cannot be imported: {type(error).__name__}: {error}", EXIT_USAGE)
    if not isinstance(found, Driver):
        fail(f"{name}: has no DRIVER, a row of edge.drivers.base.Driver", EXIT_USAGE)
    return found


def _tell(findings: list[Any], as_json: bool) -> None:
    if as_json:
        rows = [{"question": f.question, "good": f.good, "detail": f.detail} for f in findings]
        print_json({"ok": all(f.good for f in findings), "findings": rows})
        return
    for one in findings:
        mark = "ok   " if one.good else "FAILS"
        click.echo(f"{mark} {one.question}" + (f": {one.detail}" if one.detail else ""))
