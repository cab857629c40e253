"""Writes the model card of daily-change: every number in it is computed by the builder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from daily_manifest import ATTRIBUTION, INTENDED_USE, LICENCE_CONFLICT, NOT_FOR
from daily_protocol import Protocol
from daily_scores import BUDGETS

HEAD = """# Model card: daily-change {version}

An index from 0 to 100 for one home and one local day: how much the day's activity is like days on
which nurses had noted agitation. **It never sets a level, and it lowers, delays and suppresses
nothing.**

- Form: additive. {features} features, a table of scores for each, one of them for "not known"; the
  index is 100 x sigmoid of their sum, calibrated (Platt). Every contribution is an output.
- Input: activations by place (eight places), vital signs, and the three weeks before the day.
- Silent: a day without an activation has no index, since silence is a fault of an installation and
  not a behaviour; nor has a day with fewer than {least} seen days in the three weeks before it, nor
  one with more than {outside:.0%} of its features far outside all that training saw. Up to
  {settled} seen days the assessment says that it is still learning the home.
- Created {created}. Licence of the weights {licence}, see "Data".

## Use

{use}

{not_for}
"""

LIMITS = """## Limits

- The labels are alerts of an earlier system, driven by activity too, that nurses then verified.
  What that system did not raise, nobody labelled: figures of the same day are flattered, and a day
  without a label is no proof of a quiet day.
- 20 of 42 homes have a label at all, and two of them a third of all: intervals are wide.
- People with dementia in England, April to June 2019, living at home with one make of sensors.
  Finnish homes, other seasons, other sensors, people without dementia, homes of two: not tried.
- Labels were given on rounds at about 8, 12 and 18 o'clock. Windows that begin or end there were
  left out of the features, so that the model does not learn the rounds. Counts by blocks of six
  hours remain, and touch two of those hours.
- A feature with a weight is not a cause. Weights of features that go together are shared by chance.
- Vital signs and deviations from the person's own weeks added nothing here (see the variants); they
  are in, held down, because homes differ more elsewhere than these did.
- The settings were chosen among the variants below on the same homes. The final partitions are
  others, but the homes are the same: expect less on homes of another region.
- A home with two people, a visitor or a cat gives activity that is nobody's agitation.
"""


def card(
    protocol: Protocol,
    figures: dict[str, Any],
    manifest: dict[str, Any],
    weights: Sequence[tuple[str, float]],
) -> str:
    """The whole card as Markdown."""
    abstain = manifest["abstain"]
    head = HEAD.format(
        version=protocol.told["version"],
        created=protocol.told["created"],
        licence=protocol.told["licence"],
        features=len(manifest["features"]),
        least=abstain["min_baseline_days"],
        settled=abstain["learning_until_days"],
        outside=abstain["outside_max_share"],
        use=INTENDED_USE,
        not_for=NOT_FOR,
    )
    parts = [
        head,
        _data(figures),
        _scores(protocol, figures),
        _goals(protocol, figures),
        _groups(figures),
        _thresholds(manifest),
        _weights(weights),
        LIMITS,
        _variants(protocol),
    ]
    return "\n".join(parts)


def _data(figures: dict[str, Any]) -> str:
    missed = figures["positives_missed_by_abstaining"]
    return f"""## Data

TIHM 1.5, {figures["homes"]} of its 56 homes; {figures["days"]} home-days, of which
{figures["positives"]} have at least one Agitation label, in {figures["homes_with_positives"]}
homes; {figures["silent_days"]} silent days and {figures["short_baseline_days"]} with a short
baseline (together they miss {missed} labelled days, which count as missed below).
No row of the data is in this release.

{ATTRIBUTION}

**Licence: CC BY 4.0, with a conflict.** {LICENCE_CONFLICT}
"""


def _scores(protocol: Protocol, figures: dict[str, Any]) -> str:
    rows = []
    names = {
        "homes_out": "homes it did not know",
        "homes_out_event_count": "- activations of the day",
        "homes_out_label_history": "- earlier labels of the home",
        "forward": "five weeks ahead",
        "forward_event_count": "- activations of the day",
        "forward_label_history": "- earlier labels of the home",
    }
    for key, name in names.items():
        rows.append([name, *_line(figures[key])])
        if key in {"homes_out", "forward"}:
            rows.append(["- challenger, trees", *_line(figures["challenger"][key])])
    header = ["", "days", "labels", "area (95 %)", *(f"at {b:g}" for b in BUDGETS)]
    within = figures["homes_out_within"]
    return f"""## How well it ranks

Area under the ROC curve, and the share of labelled days that are caught at so many alerts per
home-week. Days without an index count, rank lowest, and never alert. Intervals: homes drawn with
replacement. Protocol: `models/daily-change/protocol.toml`, SHA-256 `{protocol.sha256}`.

{_table(header, rows)}
"Homes it did not know": eight folds by home, {len(protocol.told["homes_out"]["partitions"])}
partitions. "Five weeks ahead": weeks up to {protocol.told["forward"]["last_day"]}, trained on all
days before each. Challenger: {protocol.told["challenger"]["what"]}. Within a home the mean area is
{within["mean_auc"]:.3f} ({within["homes"]} homes).

![caught on a budget](budget.svg)

![reliability](reliability.svg)

Expected calibration error {figures["calibration_error"]:.4f}, in tenths of the scored days,
calibrated on other homes.
"""


def _line(measured: dict[str, Any]) -> list[str]:
    area = f"{measured['auc']:.3f}"
    if measured.get("auc_ci95"):
        area += " ({:.3f}-{:.3f})".format(*measured["auc_ci95"])
    caught = []
    for budget in BUDGETS:
        text = f"{100 * measured['caught'][str(budget)]:.0f} %"
        if "caught_ci95" in measured:
            low, high = measured["caught_ci95"][str(budget)]
            text += f" ({100 * low:.0f}-{100 * high:.0f})"
        caught.append(text)
    return [str(measured["days"]), str(measured["positives"]), area, *caught]


def _goals(protocol: Protocol, figures: dict[str, Any]) -> str:
    told, out = protocol.told["goals"], figures["homes_out"]
    behind = figures["challenger"]["homes_out"]["auc"] - out["auc"]
    rows = [
        ["area", f"{told['auc'][0]:.2f}", f"{told['auc'][1]:.2f}", f"{out['auc']:.3f}"],
        *(
            [
                f"caught at {budget}",
                f"{100 * told[key][0]:.0f} %",
                f"{100 * told[key][1]:.0f} %",
                f"{100 * out['caught'][budget]:.1f} %",
            ]
            for key, budget in (("caught_1_5", "1.5"), ("caught_1_0", "1.0"))
        ),
        [
            "calibration error, at most",
            f"{told['calibration_error']:.2f}",
            "",
            f"{figures['calibration_error']:.4f}",
        ],
        ["behind the challenger, at most", f"{told['behind_challenger']:.2f}", "", f"{behind:.3f}"],
    ]
    return "## Goals that were set before\n\n" + _table(["", "goal", "floor", "found"], rows)


def _groups(figures: dict[str, Any]) -> str:
    rows = []
    for group in figures["subgroups"]:
        area = "-" if group["auc"] is None else f"{group['auc']:.3f}"
        if group["auc_ci95"]:
            area += " ({:.3f}-{:.3f})".format(*group["auc_ci95"])
        rows.append(
            [
                group["group"],
                str(group["homes"]),
                str(group["days"]),
                str(group["positives"]),
                area,
                *(_share(group["caught"][b]) for b in ("0.25", "1.5")),
                *(f"{group['alerts_per_home_week'][b]:.2f}" for b in ("0.25", "1.5")),
            ]
        )
    header = [
        "group", "homes", "days", "labels", "area (95 %)", "caught at 0.25", "at 1.5",
        "alerts at 0.25", "at 1.5",
    ]  # fmt: skip
    return f"""## By sex and age band

Homes it did not know, thresholds of all homes together. The youngest and the men have most labels,
and get most alerts: a budget is one of all homes, not of each.

{_table(header, rows)}"""


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def _thresholds(manifest: dict[str, Any]) -> str:
    rows = [
        [f"{t['budget_per_home_week']:g}", f"{t['value']:.3f}", t["tier"]]
        for t in manifest["thresholds"]
    ]
    conformal = manifest["conformal"]
    return f"""## Thresholds

From the index of days whose home the model did not know. The default of a gateway is 0.25 alerts
per home-week; the others are for comparison with published work.

{_table(["alerts per home-week", "index at least", "for"], rows)}
An attention list that is to hold {100 * (1 - conformal["alpha"]):.0f} % of the labelled days begins
at {conformal["q"]:.3f} and has {conformal["flags_per_home_week"]:.1f} entries per home-week.
"""


def _weights(weights: Sequence[tuple[str, float]]) -> str:
    nothing = sum(weight == 0 for _, weight in weights)
    return f"""## What weighs

![weights](contributions.svg)

{nothing} of {len(weights)} features weigh nothing: the fit never took them.
"""


def _variants(protocol: Protocol) -> str:
    rows = [
        [
            variant["name"],
            variant["abstain"],
            f"{variant['auc']:.4g}",
            " / ".join(f"{100 * share:.0f}" for share in variant.get("caught", ())) or "-",
        ]
        for variant in protocol.told["variant"]
    ]
    return f"""## Every variant that was tried

On partitions 0 to 2, before the final scoring; "the same" refers to the lines above it.

{_table(["variant", "abstains on", "area", "caught at 0.25 / 0.5 / 1.0 / 1.5, %"], rows)}"""


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
