"""`kotivahti why`: the reasons of an alert or a level, what was not known, and the proof."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
import msgspec

from edge.cli.call import Asking, asking, call, load, told
from edge.cli.common import EXIT_STATE, EXIT_USAGE, print_json, refuse
from edge.cli.household_words import usual
from edge.cli.why_words import alert_lines, assessment_lines, drift_lines, verdict_lines
from edge.config import Config
from edge.domain import Alert, RiskAssessment

DAY_MS = 86_400_000


@click.command()
@click.argument("ref", required=False, default="")
@click.option("--drift", is_flag=True, help="Whether a model still sees what it was trained on.")
@usual
def why(*, ref: str, drift: bool, config_path: Path, as_json: bool, lang: str) -> None:
    """Why REF is what it is, and whether it comes out the same from what is stored.

    REF is the id of an alert or of an assessment, or its first signs (six at least);
    fire, fall and wellbeing are the newest assessments. First the word itself, then its
    reasons, then what was not known, what could have been noticed, and last the proof:
    a level is scored again from the answers of then and the model asked again about the
    stored numbers; for an alert the rules run again over the stored readings.

    Exit code 1 when it comes out otherwise or cannot be made again.

    \b
    Examples:
      kotivahti why fire --lang fi
      kotivahti why 019cae6b-66
      kotivahti why wellbeing --json | jq .again.verdict
      kotivahti why --drift
    """
    if bool(ref) == drift:
        refuse("why_what", EXIT_USAGE)
    if drift:
        shown = call(load(config_path), "why_drift")
        if as_json:
            print_json(shown)
        for line in () if as_json else drift_lines(shown, lang):
            click.echo(line)
        return
    config = load(config_path)
    with told(), asking(config) as ask:
        found = ask("why", {"ref": ref})
        found["coverage"] = _coverage(config, ask, found)
        found["again"] = msgspec.to_builtins(_again(config, ask, found))
    if as_json:
        print_json(found)
    else:
        words = assessment_lines if found["kind"] == "assessment" else alert_lines
        for line in (*words(found, lang), *verdict_lines(found, lang)):
            click.echo(line)
    if found["again"]["verdict"] != "same":
        raise SystemExit(EXIT_STATE)


def _again(config: Config, ask: Asking, found: dict[str, Any]) -> Any:
    # Only here: `--help` needs neither the rules nor the store.
    from edge.app.checklists import load_all  # noqa: PLC0415
    from edge.replay.again import alert_again, assessment_again  # noqa: PLC0415
    from edge.resources import resource  # noqa: PLC0415
    from edge.risk.runtime import ModelProcess  # noqa: PLC0415

    dirs = config.checklists.dir, config.models.dir
    lists, models = (
        Path(own) if own else resource(release)
        for own, release in zip(dirs, ("config/checklists", "models"), strict=True)
    )
    loaded = load_all(lists, {})
    if found["kind"] == "alert":
        history = [msgspec.convert(one, Alert) for one in found["history"]]
        return alert_again(history, ask, loaded)
    one = msgspec.convert(found["record"], RiskAssessment)
    return assessment_again(one, ask, loaded, ModelProcess(models))


def _coverage(config: Config, ask: Asking, found: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The questions of the time it stands on with their shares; None: no device is part of it."""
    if found["kind"] == "alert":
        until_ms = found["history"][0]["raised"]["wall_ms"]
        from_ms = until_ms - DAY_MS
    elif found["record"].get("day"):
        start = date.fromisoformat(found["record"]["day"])
        from_ms, until_ms = (
            _midnight_ms(day, config) for day in (start, start + timedelta(days=1))
        )
    else:
        return None
    asked: dict[str, int] = {}
    missed: dict[str, dict[str, int]] = {}
    args: dict[str, Any] = {"from_ms": max(0, from_ms), "until_ms": max(0, until_ms)}
    while True:
        piece = ask("coverage", args)
        for _, question, asked_s, known_s, reason in piece["hours"]:
            asked[question] = asked.get(question, 0) + asked_s
            whys = missed.setdefault(question, {})
            whys[reason] = whys.get(reason, 0) + asked_s - known_s
        if piece["next"] is None:
            break
        args["after"] = piece["next"]
    return [
        {
            "question": question,
            "share": round(1 - sum(missed[question].values()) / seconds, 4),
            "reason": max(missed[question], key=lambda why: (missed[question][why], why)),
        }
        for question, seconds in asked.items()
        if seconds
    ]


def _midnight_ms(day: date, config: Config) -> int:
    zone = ZoneInfo(config.gateway.zone)
    return int(datetime.combine(day, datetime.min.time(), zone).timestamp() * 1000)
