"""Writes the model card of home-risk from its weights: every number in it is computed here."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import home_risk_words as words
import weights as w
from cohort import (
    AUC_CEILING,
    AUC_FLOOR,
    AUC_REFUSED,
    COMMON_FRAILTY,
    FALLEN,
    SEED,
    SLOPE_CEILING,
    SLOPE_FLOOR,
    Verdict,
)
from stability import DRAWS, HOMES, Stability


@dataclass(frozen=True)
class Findings:
    """What the SYNTHETIC cohort says of the weights."""

    verdict: Verdict
    unshrunk: float  # the area under the curve that the weights as published would claim
    order: dict[str, float]  # of the fire indices, Spearman
    stability: dict[str, Stability]
    effects: list[tuple[str, str, float, float, float]]


def card(weights: w.Weights, found: Findings) -> str:
    """The whole card as Markdown."""
    parts = [
        words.HEAD.format(**weights),
        _published(weights),
        _shipped(weights),
        words.SHRINKING.format(**weights),
        _synthetic(found),
        _sensitivity(found),
        words.LIMITS,
        _left_out(weights),
        _sources(weights),
    ]
    return "\n".join(parts)


def _rows(header: str, rows: list[list[str]]) -> str:
    columns = [cell.strip() for cell in header.split("|")]
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _published(weights: w.Weights) -> str:
    rows = []
    for feature in weights["feature"]:
        for part in w.PARTS:
            for level, ratio in w.told(feature, part):
                rows.append(
                    [
                        feature["name"],
                        level["level"],
                        part,
                        f"{ratio:.2f}",
                        _interval(level),
                        f"{math.log(ratio):.3f}",
                        level.get("source", ""),
                        level["fit"],
                        level.get("note", ""),
                    ]
                )
    header = "feature | level | part | ratio | interval | log odds | source | fit | what it is"
    return words.BEFORE + "\n" + _rows(header, rows)


def _interval(level: dict[str, Any]) -> str:
    if "low" not in level:
        return "" if level["fit"] in {"interpolated", "points"} else "not read"
    ends = f"{level['low']:g}-{level['high']:g}"
    return f"({ends})" if level["fit"] == "assumed" else ends


def _shipped(weights: w.Weights) -> str:
    shrink = weights["shrink"]
    by_index = {name: w.scores(weights, name, shrink) for name in w.INDICES}
    rows = []
    for i, feature in enumerate(weights["feature"]):
        for level, share in enumerate(feature["share"]):
            odds = [scores[i].log_odds[level] for scores in by_index.values()]
            told = [f"{math.exp(o):.2f} ({o:.3f})" if o else "" for o in odds]
            rows.append([feature["name"], feature["levels"][level], *told, f"{100 * share:.0f} %"])
        told = [f"{s[i].unknown:.3f}" if s[i].bears else "" for s in by_index.values()]
        rows.append([feature["name"], "not known", *told, feature.get("share_source", "")])
    header = "feature | level | " + " | ".join(by_index) + " | assumed share"
    homes = []
    for name, scores in by_index.items():
        base = w.intercept(scores)
        worst = base + sum(score.log_odds[-1] for score in scores)
        bears = sum(score.bears for score in scores)
        homes.append(
            [name, str(bears), f"{base:.4f}", f"{w.index(base):.1f}", f"{w.index(worst):.1f}"]
        )
    ends = (
        "index | features | intercept | best home | worst home, and one of which nothing is known"
    )
    return words.AFTER + "\n" + _rows(header, rows) + "\n" + _rows(ends, homes)


def _synthetic(found: Findings) -> str:
    one = found.verdict
    low, high = one.auc_ci95
    rows = [
        ["area under the curve", f"{one.auc:.3f} ({low:.3f}-{high:.3f})", _between()],
        ["calibration slope", f"{one.slope:.2f}", f"{SLOPE_FLOOR}-{SLOPE_CEILING}"],
        ["the same in whole points, a quarter of log odds each", f"{one.auc_points:.3f}", ""],
        ["the points of the fall list itself", f"{one.auc_list:.3f}", ""],
        *(
            [
                f"area of those with {name} (n = {n:,})",
                f"{area:.3f} ({ends[0]:.3f}-{ends[1]:.3f})",
                "",
            ]
            for name, n, area, ends in one.subgroups
        ),
        *(
            [f"{name}: order against a formula with interactions", f"{alike:.2f}", "from 0.8"]
            for name, alike in found.order.items()
        ),
    ]
    told = words.SYNTHETIC.format(
        persons=f"{one.persons:,}",
        frailty=COMMON_FRAILTY,
        seed=SEED,
        fallen=f"{100 * FALLEN:.0f}",
        refused=AUC_REFUSED,
        unshrunk=f"{found.unshrunk:.2f}",
    )
    after = words.AFTER_SYNTHETIC.format(
        whole=f"{one.auc - one.auc_points:.3f}", listed=f"{one.auc - one.auc_list:.3f}"
    )
    return told + "\n" + _rows("SYNTHETIC | found | accepted", rows) + after


def _between() -> str:
    return f"{AUC_FLOOR}-{AUC_CEILING}, refused above {AUC_REFUSED}"


def _sensitivity(found: Findings) -> str:
    rows = []
    for name, one in found.stability.items():
        alike, stay = sorted(one.alike), sorted(one.stay)
        tail = max(len(alike) // 40, 1)  # 2.5 %
        rows.append(
            [
                name,
                f"{alike[len(alike) // 2]:.2f} ({alike[tail]:.2f}-{alike[-tail - 1]:.2f})",
                (
                    f"{100 * stay[len(stay) // 2]:.0f} % ({100 * stay[tail]:.0f}-"
                    f"{100 * stay[-tail - 1]:.0f} %)"
                ),
            ]
        )
    header = "index | rank correlation with the shipped order | stays among the first tenth"
    told = words.SENSITIVITY.format(draws=DRAWS, homes=f"{HOMES:,}")
    return told + "\n" + _rows(header, rows)


def _left_out(weights: w.Weights) -> str:
    rows = [[x["factor"], x["value"], x["source"], x["why"]] for x in weights["left_out"]]
    return "## Left out\n\n" + _rows("factor | value | source | why", rows)


def _sources(weights: w.Weights) -> str:
    lines = [
        f"- **{name}**: {source['cite']}. {source['design'][0].upper()}{source['design'][1:]}."
        for name, source in weights["sources"].items()
    ]
    return "## Sources\n\n" + "\n".join(lines) + "\n"
