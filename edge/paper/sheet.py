"""Papers for authorities: a style of their own, and PDFs with the pages that they should have."""

from __future__ import annotations

from edge.paper.render import COMMAND, printed
from edge.paper.style import ACCENT, INK, LINE, SOFT

RED = "#b3261e"
SHEET_CSS = f"""
@page {{ size: A4; margin: 11mm 14mm 12mm;
  @bottom-left {{ font: 6.8pt Inter, "DejaVu Sans", sans-serif; color: {SOFT}; width: 100%; }} }}
* {{ box-sizing: border-box; }}
html {{ font: 9.3pt/1.36 Inter, "DejaVu Sans", sans-serif; color: {INK};
        font-feature-settings: "tnum"; }}
body {{ margin: 0; }}
h1, h2, p, dl, dd, ul, table {{ margin: 0; padding: 0; }}
h2 {{ font-size: 7pt; font-weight: 650; letter-spacing: .06em; text-transform: uppercase;
      color: {ACCENT}; margin-bottom: .8mm; }}
.soft {{ color: {SOFT}; }}
.red {{ color: {RED}; font-weight: 700; }}
.urgent {{ background: {RED}; color: #fff; font-weight: 700; border-radius: 1mm;
           padding: 1mm 3mm; white-space: nowrap; }}
.pair {{ display: flex; gap: 7mm; margin-top: 3mm; }}
.pair > section {{ flex: 1; min-width: 0; overflow-wrap: anywhere; }}
.big {{ font-size: 12pt; font-weight: 700; line-height: 1.25; }}
ul {{ list-style: none; }}
table {{ width: 100%; border-collapse: collapse; }}
th {{ text-align: left; font-size: 6.8pt; font-weight: 500; color: {SOFT}; padding: 0 2mm .6mm 0;
      border-bottom: .6pt solid {INK}; }}
td {{ padding: .9mm 2mm .9mm 0; border-bottom: .4pt solid {LINE}; vertical-align: top; }}
td:last-child, th:last-child {{ padding-right: 0; }}
.nowrap {{ white-space: nowrap; }}
.box {{ display: inline-block; width: 3.4mm; height: 3.4mm; border: .9pt solid {INK};
        margin-right: 1.4mm; vertical-align: -.5mm; }}
.line {{ display: inline-block; border-bottom: .7pt solid {INK}; min-width: 40mm; }}
"""


def exactly(html: str, pages: int) -> bytes:
    """The document as PDF; raises PaperError when it has another number of pages."""
    return printed(html, (*COMMAND, str(pages)))
