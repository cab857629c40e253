"""One picture of a period: key results against their targets, and the areas side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from desk.kpi.figures import TOTAL, Cell, Row
from desk.kpi.results import Outcome, Reached
from desk.kpi.words import actual, shown, word
from edge import svg

WIDTH = 960
MARGIN = 40
LABEL = 300
BAR = 400
ROW = 34
INK, SOFT, RULE = "#1d2733", "#5b6875", "#d4dae0"
GOOD, SHORT = "#2b6e8f", "#c98a1b"
# The columns that an eye compares between areas; the table has them all.
COMPARED = (
    "assessments_per_100",
    "interrupts_per_home_week",
    "useful_share",
    "online_share",
    "worn_share",
)


def draw(
    period: str,
    rows: Mapping[str, Row],
    outcome: Outcome,
    labels: Mapping[str, str],
    lang: str,
) -> str:
    """The picture as SVG text; `labels` are the key results' words in this language."""
    title = f"{word('title', lang)} {period}"
    parts: list[str] = [svg.text(MARGIN, 44, title, font_size=22, font_weight=700, fill=INK)]
    y = 84
    if outcome.rows:
        y = _results(parts, outcome, labels, lang, y)
    y = _areas(parts, rows, lang, y + 20)
    parts.append(svg.text(MARGIN, y + 14, word("small", lang), font_size=12, fill=SOFT))
    height = y + 40
    inner = "".join([svg.prose("title", title), svg.rect(0, 0, WIDTH, height, fill="#ffffff")])
    return svg.element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {WIDTH} {height}",
            "font_family": "system-ui, 'DejaVu Sans', sans-serif",
            "lang": lang,
            "role": "img",
        },
        inner + "".join(parts),
    )


def _results(
    parts: list[str], outcome: Outcome, labels: Mapping[str, str], lang: str, y: int
) -> int:
    """A bar for each key result; the thin line is its target."""
    parts.append(
        svg.text(MARGIN, y, word("key_results", lang), font_size=15, font_weight=700, fill=INK)
    )
    if outcome.attainment is not None:
        whole = word("reached", lang).format(
            percent=round(100 * outcome.attainment), known=outcome.known
        )
        parts.append(svg.text(WIDTH - MARGIN, y, whole, font_size=14, fill=INK, text_anchor="end"))
    y += 18
    for row in outcome.rows:
        _result(parts, row, labels.get(row.id, row.id), lang, y)
        y += ROW
    return y


def _result(parts: list[str], row: Reached, label: str, lang: str, y: int) -> None:
    x = MARGIN + LABEL
    parts.append(svg.text(MARGIN, y + 19, label, font_size=13, fill=INK))
    parts.append(
        svg.text(x - 12, y + 19, f"{row.weight} %", font_size=12, fill=SOFT, text_anchor="end")
    )
    parts.append(svg.rect(x, y + 7, BAR, 16, fill="#eef1f4"))
    if row.attainment is not None:
        colour = GOOD if row.attainment >= 1 else SHORT
        parts.append(svg.rect(x, y + 7, max(1.0, BAR * row.attainment), 16, fill=colour))
    parts.append(svg.line(x + BAR, y + 3, x + BAR, y + 27, stroke=INK, stroke_width=2))
    value = actual(row.actual, row.source, lang, hidden=row.hidden)
    sign = "\N{GREATER-THAN OR EQUAL TO}" if row.better == "higher" else "\N{LESS-THAN OR EQUAL TO}"
    aim = f"{value}  ({sign} {shown(row.source, row.target, lang)})"
    parts.append(svg.text(x + BAR + 14, y + 19, aim, font_size=13, fill=INK))


def _areas(parts: list[str], rows: Mapping[str, Row], lang: str, y: int) -> int:
    """A small bar for each area and compared figure; all areas together at the end."""
    names = [name for name in rows if name != TOTAL]
    columns = [kpi for kpi in COMPARED if any(kpi in row for row in rows.values())]
    parts.append(
        svg.text(MARGIN, y, word("by_area", lang), font_size=15, font_weight=700, fill=INK)
    )
    y += 14
    width = (WIDTH - 2 * MARGIN - 150) / max(1, len(columns))
    for i, kpi in enumerate(columns):
        x = MARGIN + 150 + i * width
        for line, text in enumerate(_wrapped(word(kpi, lang))):
            parts.append(svg.text(x, y + 14 + 14 * line, text, font_size=12, fill=SOFT))
    y += 38
    for name in [*names, TOTAL]:
        parts.append(svg.line(MARGIN, y, WIDTH - MARGIN, y, stroke=RULE))
        weight = 700 if name == TOTAL else 400
        label = word("all", lang) if name == TOTAL else name
        parts.append(svg.text(MARGIN, y + 21, label, font_size=13, font_weight=weight, fill=INK))
        for i, kpi in enumerate(columns):
            most = max((_value(rows[n].get(kpi)) for n in [*names, TOTAL]), default=0.0)
            cell = rows[name].get(kpi)
            _cell(parts, cell, kpi, (MARGIN + 150 + i * width, y, width - 16), most, lang)
        y += ROW
    return y


def _cell(
    parts: list[str],
    cell: Cell | None,
    kpi: str,
    place: tuple[float, float, float],
    most: float,
    lang: str,
) -> None:
    x, y, width = place
    text = word("none", lang)
    if cell is not None and cell.hidden:
        text = word("hidden", lang)
    elif cell is not None and cell.value is not None:
        text = shown(kpi, cell.value, lang)
        long = 1.0 if kpi.endswith("_share") else most
        if long:
            parts.append(svg.rect(x, y + 26, width * cell.value / long, 4, fill=GOOD))
    parts.append(svg.text(x, y + 21, text, font_size=13, fill=INK))


def _value(cell: Cell | None) -> float:
    return 0.0 if cell is None or cell.value is None else cell.value


def _wrapped(text: str, most: int = 20) -> Sequence[str]:
    """On two lines at most."""
    if len(text) <= most:
        return [text]
    cut = text.rfind(" ", 0, most + 1)
    return [text] if cut < 0 else [text[:cut], text[cut + 1 :]]
