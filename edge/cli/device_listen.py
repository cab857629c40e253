"""`kotivahti device scan` and `identify`: what is in the air and on the ports now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from edge.cli.call import load
from edge.cli.common import EXIT_STATE, config_option, fail, json_option, lang_option, print_json
from edge.cli.device_key import KeyFile, key_options, read_key
from edge.cli.device_stream import Listening
from edge.cli.device_words import dbm, progress, reading, reasons, say, table


@click.command(short_help="What sends right now, and who reads it.")
@click.option("--seconds", type=click.FloatRange(1, 900), default=10.0, show_default=True)
@click.option("--all", "everything", is_flag=True, help="Telephones and other people's things too.")
@config_option
@json_option
@lang_option
def scan(seconds: float, everything: bool, config_path: Path, as_json: bool, lang: str) -> None:
    """What sends right now, and which driver reads it, and why; ends by Ctrl-C or by itself.

    A claim goes from 0 to 100. Other people's addresses are shown here and kept nowhere.

    \b
    Examples:
      kotivahti device scan
      kotivahti device scan --seconds 60 --all
      kotivahti device scan --json | jq '.rows[] | select(.claim > 0 and .device == null)'
    """

    def tell(row: dict[str, Any]) -> None:
        if not row["done"]:
            counts = {name: row[name] for name in ("packets", "advertisers")}
            progress(say(lang, "scan.progress", left=round(row["left_s"]), **counts))

    found = Listening(load(config_path), "device_scan", {"seconds": seconds}, lang).each(tell).last
    if not found:
        return
    noise = [row for row in found["rows"] if row["noise"]]
    if not everything:
        found["rows"] = [row for row in found["rows"] if not row["noise"]]
    found["noise"] = len(noise)
    if as_json:
        print_json({name: value for name, value in found.items() if name not in ("done", "left_s")})
        return
    for line in _table(found, lang):
        click.echo(line)
    if noise and not everything:
        click.echo(say(lang, "scan.noise", count=len(noise)))
    if found["not_shown"]:
        click.echo(say(lang, "scan.not_shown", count=found["not_shown"]))
    for line in _ports(found["ports"], lang):
        click.echo(line)


def _table(found: dict[str, Any], lang: str) -> list[str]:
    if not found["radio"]:
        return [say(lang, "scan.no_radio")]
    if not found["rows"]:
        return [say(lang, "scan.nothing")] if not found["noise"] else []
    head = [say(lang, f"column.{n}") for n in ("address", "signal", "packets", "name", "what")]
    return table(
        head,
        [
            [
                row["address"],
                dbm(row["rssi_dbm"]),
                str(row["packets"]),
                row["name"] or "-",
                _what(row, lang),
            ]
            for row in found["rows"]
        ],
    )


def _what(row: dict[str, Any], lang: str) -> str:
    """Driver, claim and reason; then what an installer does with it."""
    said = []
    if row["device"] is not None:
        said.append(say(lang, "scan.enrolled", device=row["device"]))
    if row["driver"] is None:
        said.append(say(lang, "scan.no_driver"))
    else:
        model = f" {row['model']}" if row.get("model") else ""
        said.append(f"{row['driver']}{model} {row['claim']} ({reasons(lang, row['why'])})")
    if row["needs_key"]:
        said.append(say(lang, "scan.needs_key"))
    return "; ".join(said)


def _ports(ports: list[dict[str, Any]], lang: str) -> list[str]:
    if not ports:
        return []
    lines = [f"{say(lang, 'scan.ports')}:"]
    for port in ports:
        if port["device"] is None:
            state = say(lang, "scan.port_free")
        else:
            key = "scan.port_of" if port["there"] else "scan.port_gone"
            state = say(lang, key, device=port["device"])
        product = f", {port['product']}" if port["product"] else ""
        lines.append(f"  {port['port']}: {state}{product}")
        if not port["stable"]:
            lines.append("    " + say(lang, "scan.port_unstable"))
        if port["warning"]:
            lines.append("    " + say(lang, "scan.port_doubtful", warning=port["warning"]))
    return lines


@click.command(short_help="One sender or serial port in depth.")
@click.argument("target", metavar="ADDRESS|PORT")
@click.option(
    "--seconds", type=click.FloatRange(1, 900), help="30; a port as long as its drivers need."
)
@key_options
@config_option
@json_option
@lang_option
def identify(
    target: str,
    seconds: float | None,
    key_file: KeyFile,
    key_prompt: bool,
    config_path: Path,
    as_json: bool,
    lang: str,
) -> None:
    """One sender or serial port in depth: who reads it, what it says, what to do next.

    Nothing is written to a port. Exits 1 when nothing was heard.

    \b
    Examples:
      kotivahti device identify 54:48:E6:8F:80:A5
      kotivahti device identify 54:48:E6:8F:80:A5 --key-prompt
      kotivahti device identify /dev/serial/by-id/usb-FTDI_FT232R_A1029-if00-port0
    """
    key = read_key(key_file, key_prompt)
    args = {"target": target, "seconds": seconds, "key": key}
    found = identified(Listening(load(config_path), "device_identify", args, lang), lang)
    if not found:
        fail(say(lang, "hint.not_heard"), EXIT_STATE)
    if as_json:
        print_json({name: value for name, value in found.items() if name != "done"})
    else:
        for line in _in_depth(found, lang):
            click.echo(line)
    if not found["heard"]:
        raise SystemExit(EXIT_STATE)


def identified(listening: Listening, lang: str) -> dict[str, Any]:
    """The last word of `device identify`, or {} when Ctrl-C came first."""

    def tell(row: dict[str, Any]) -> None:
        if not row["done"]:
            key = "identify.port_progress" if "port" in row else "identify.progress"
            progress(say(lang, key, left=round(row["left_s"]), packets=row["packets"]))

    listening.each(tell)
    return listening.last if listening.last.get("done") else {}


def _in_depth(found: dict[str, Any], lang: str) -> list[str]:
    lines = [_headline(found, lang)]
    if found.get("claims"):
        lines.append(f"{say(lang, 'identify.claims')}:")
    lines += [
        f"  {one['claim']:>3}  {one['driver']}: {one['title']} ({reasons(lang, one['why'])})"
        for one in found.get("claims", [])
    ]
    for kind in ("service", "manufacturer"):
        lines += [f"  {ident}  {data or '-'}" for ident, data in found.get(kind, {}).items()]
    if found.get("sample"):
        lines.append(f"{say(lang, 'identify.sample')}:")
    lines += [f"  {reading(row, lang)}" for row in found.get("sample", [])]
    if found.get("raw"):
        lines += [f"{say(lang, 'identify.raw')}:", f"  {found['raw']}"]
    roles = found.get("roles", [])
    if found.get("suggested_role"):
        lines.append(say(lang, "identify.suggested", role=found["suggested_role"]))
    elif roles:
        lines.append(say(lang, "identify.roles", roles=", ".join(roles)))
    return lines + [f"! {say(lang, f'hint.{hint}')}" for hint in found["hints"]]


def _headline(found: dict[str, Any], lang: str) -> str:
    if "port" in found:
        return f"{found['port']}: {found['bytes']} B"
    if not found["heard"]:
        known = found["device"]
        return f"{found['address']} ({known})" if known else str(found["address"])
    parts = [found["address"], dbm(found["rssi_dbm"])]
    parts += [str(found[name]) for name in ("name", "model") if found.get(name)]
    if found["device"] is not None:
        parts.append(say(lang, "scan.enrolled", device=found["device"]))
    return ", ".join(parts)
