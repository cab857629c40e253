"""Writes the model card of home-risk from its weights: every number in it is computed here."""

from __future__ import annotations

import math
from typing import Any

import weights as w

HEAD = """# Model card: home-risk {version}

An index from 0 to 100 that ranks homes by fire risk, made of five answers of the fire
checklist. **It is not validated on outcomes, it is no probability, and it never sets a level.**
Levels come from the checklist's points and open criticals alone.

- Form: additive. Each answer adds a fixed log odds; the index is 100 x sigmoid of their sum.
  Index 50 is the average home under the assumed shares below.
- Training: none. The weights are published odds ratios and relative risks, multiplied by
  {shrink} (see "Shrinking").
- Not known: every feature has its own value for "not known", never below the average home and
  never below the mildest hazard. The model says which features it had to do without.
- Created {created}. Licence {licence}.

## Use

For the attention of home-care and rescue professionals who plan visits: which homes to look at
first, and which answers weigh most. Home-safety observation and service planning.

Not for: a probability of fire or death; setting, lowering or delaying a level or an alert;
granting, cutting or pricing a service; comparing persons. It is no alarm.
"""

LIMITS = """## Shrinking

The published values describe one factor at a time, or a few adjusted for each other. In real
homes they go together: who lives alone more often drinks and smokes. Adding them as they stand
counts the same frailty several times over and gives differences that no follow-up study of older
people at home has found. All log odds are therefore multiplied by {shrink}. The order of the
levels within a feature does not change.

## Limits

- No outcome data: residential fires are about one per 1,000 dwellings a year, deaths about one
  per 100,000 people; a home-care customer base is too small to learn from, or to validate on.
- Two North Carolina studies and one from King County, of fires of the 1980s, carry the weights.
  Building stock, cigarettes and alarms have changed since, and Finland is not there.
- Most levels are proxies: the studies asked something near, not the same (first table).
- The studies differ in what they compare: being hurt in a fire (Ballard), a fatal against a
  non-fatal fire (Runyan), dying against surviving in the same fire (Marshall). Fire start and
  harm once it burns are not separated in this version.
- Alarms helped less where somebody was impaired (Runyan); the additive form cannot say so.
- Cooking, electrical faults, hoarding and earlier fires are in the checklist and its levels, not
  in this index: no odds ratio for them was found.
- Older people have fewer fires and die in them more often. The index speaks of harm.
"""


def card(weights: dict[str, Any], scores: tuple[w.Score, ...]) -> str:
    """The whole card as Markdown."""
    parts = [
        HEAD.format(**weights),
        _published(weights),
        _shipped(weights, scores),
        LIMITS.format(**weights),
        _left_out(weights),
        _sources(weights),
    ]
    return "\n".join(parts)


def _rows(header: str, rows: list[list[str]]) -> str:
    columns = [cell.strip() for cell in header.split("|")]
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def _published(weights: dict[str, Any]) -> str:
    rows = []
    for feature in weights["feature"]:
        for level, ratio in zip(feature["levels"], w.published(feature), strict=True):
            interval = f"{level['low']:g}-{level['high']:g}" if "low" in level else ""
            rows.append(
                [
                    feature["name"],
                    level["level"],
                    f"{ratio:.2f}",
                    interval,
                    f"{math.log(ratio):.3f}",
                    level.get("source", ""),
                    level.get("fit", "reference"),
                    level.get("note", ""),
                ]
            )
    header = "feature | level | ratio | interval | log odds | source | fit | what the study asked"
    return "## Weights as published, before shrinking\n\n" + _rows(header, rows)


def _shipped(weights: dict[str, Any], scores: tuple[w.Score, ...]) -> str:
    shrink = weights["shrink"]
    rows = []
    for feature, score in zip(weights["feature"], scores, strict=True):
        for level, value in zip(feature["levels"], score.log_odds, strict=True):
            interval = ""
            if "low" in level:
                low, high = level["low"] ** shrink, level["high"] ** shrink
                interval = f"{low:.2f}-{high:.2f}"
            share = f"{100 * level['share']:.0f} %"
            rows.append(
                [
                    score.name,
                    level["level"],
                    f"{math.exp(value):.2f}",
                    interval,
                    f"{value:.3f}",
                    share,
                ]
            )
        unknown = [f"{math.exp(score.unknown):.2f}", "", f"{score.unknown:.3f}"]
        rows.append([score.name, "not known", *unknown, f"average {score.mean:.3f}"])
    header = "feature | level | ratio | interval | log odds | assumed share"
    best = w.index(w.intercept(scores))
    worst = w.index(w.intercept(scores) + sum(score.log_odds[-1] for score in scores))
    nothing = w.index(w.intercept(scores) + sum(score.unknown for score in scores))
    return (
        "## Weights as shipped, after shrinking\n\n"
        + _rows(header, rows)
        + f"\nIntercept {w.intercept(scores):.4f}. Index of the best home {best:.1f}, of the worst "
        f"{worst:.1f}, of a home of which nothing is known {nothing:.1f}.\n"
        "The shares are assumptions; they place index 50 and the weight of the unknown, and never\n"
        "change the order of two homes that are known.\n"
    )


def _left_out(weights: dict[str, Any]) -> str:
    rows = [[x["factor"], x["value"], x["source"], x["why"]] for x in weights["left_out"]]
    return "## Left out\n\n" + _rows("factor | value | source | why", rows)


def _sources(weights: dict[str, Any]) -> str:
    lines = [
        f"- **{name}**: {source['cite']}. {source['design'].capitalize()}."
        for name, source in weights["sources"].items()
    ]
    return "## Sources\n\n" + "\n".join(lines) + "\n"
