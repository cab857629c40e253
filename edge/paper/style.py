"""How a certificate looks: A4, one family of type, few colours, words beside every mark."""

from __future__ import annotations

# Ink on paper first: printed in grey, every verdict still has its shape and its word.
INK, SOFT, LINE, ACCENT = "#1b2630", "#5d6b78", "#d6dde3", "#1d5a66"
COLOUR = {
    "passed": "#1f7a4d",
    "failed": "#b3261e",
    "open": "#a15c00",
    "skipped": "#5d6b78",
    "not_applicable": "#8a96a1",
}
_SHAPE = {
    "passed": '<path d="M3 8.6l3.2 3.2L13 4.6" fill="none" stroke-width="2.2"/>',
    "failed": '<path d="M4 4l8 8M12 4l-8 8" fill="none" stroke-width="2.2"/>',
    "open": '<circle cx="8" cy="8" r="5" fill="none" stroke-width="2"/>',
    "skipped": '<path d="M3 4l5 4-5 4M8 4l5 4-5 4" fill="none" stroke-width="1.8"/>',
    "not_applicable": '<path d="M4 8h8" fill="none" stroke-width="2"/>',
}

CSS = f"""
@page {{
  size: A4; margin: 18mm 16mm 20mm 16mm;
  @top-left {{ font: 6.6pt Inter, "DejaVu Sans", sans-serif; color: {SOFT}; width: 100%; }}
  @bottom-left {{ font: 6.6pt Inter, "DejaVu Sans", sans-serif;
                  color: {SOFT}; width: 84%; vertical-align: top; padding-top: 3mm; }}
  @bottom-right {{ font: 6.6pt Inter, "DejaVu Sans", sans-serif; color: {SOFT};
                   vertical-align: top; padding-top: 3mm; }}
}}
* {{ box-sizing: border-box; }}
html {{ font: 8.6pt/1.38 Inter, "DejaVu Sans", sans-serif; color: {INK};
        font-feature-settings: "tnum"; }}
body {{ margin: 0; }}
header {{ border-bottom: 1.4pt solid {ACCENT}; padding-bottom: 3mm; margin-bottom: 4mm; }}
header .over {{ font-size: 7.4pt; letter-spacing: .06em; text-transform: uppercase;
                color: {ACCENT}; font-weight: 600; }}
h1 {{ font-size: 19pt; line-height: 1.15; font-weight: 650; margin: .6mm 0 0; }}
.draft {{ color: {COLOUR["failed"]}; font-weight: 700; }}
.verdict {{ border: .8pt solid {LINE}; border-left: 3.2pt solid; border-radius: 1mm;
            padding: 2.2mm 3.4mm; margin-bottom: 4mm; font-size: 10pt; font-weight: 600; }}
.verdict small {{ float: right; font-weight: 400; font-size: 8pt; color: {SOFT};
                  padding-top: .8mm; }}
dl {{ display: grid; grid-template-columns: 1fr 1fr 1fr; column-gap: 6mm; row-gap: 2mm;
      margin: 0 0 3.5mm; }}
dl div.wide {{ grid-column: span 2; }}
dt {{ font-size: 6.8pt; color: {SOFT}; text-transform: uppercase; letter-spacing: .05em; }}
dd {{ margin: 0; font-weight: 500; }}
dd.big {{ font-size: 10.4pt; font-weight: 600; }}
h2 {{ font-size: 9.6pt; font-weight: 650; color: {ACCENT}; margin: 4.2mm 0 1.2mm;
      break-after: avoid; }}
table {{ width: 100%; border-collapse: collapse; }}
th {{ text-align: left; font-size: 6.8pt; font-weight: 500; color: {SOFT}; padding: 0 2mm 1mm 0;
      border-bottom: .6pt solid {INK}; text-transform: uppercase; letter-spacing: .04em; }}
td {{ padding: 1.15mm 2mm 1.15mm 0; border-bottom: .4pt solid {LINE}; vertical-align: top; }}
tr {{ break-inside: avoid; }}
thead {{ display: table-header-group; }}
td.n, th.n {{ text-align: right; }}
td.n {{ white-space: nowrap; }}
td:last-child, th:last-child {{ padding-right: 0; }}
td.s {{ font-weight: 550; min-width: 24mm; }}
span.v {{ white-space: nowrap; }}
td.s small {{ font-size: 7.6pt; font-weight: 400; color: {SOFT}; }}
td.what {{ font-weight: 550; width: 45mm; }}
.soft {{ color: {SOFT}; }}
svg.mark {{ width: 2.9mm; height: 2.9mm; vertical-align: -.45mm; margin-right: 1.2mm; }}
.trip {{ display: flex; margin: 3.6mm 0 1mm; }}
.trip div {{ flex: 1; border-top: 1.6pt solid {ACCENT}; padding-top: 2.2mm; position: relative; }}
.trip div::before {{ content: ""; position: absolute; left: 0; top: -2.2mm; width: 2.8mm;
                     height: 2.8mm; border-radius: 50%; background: {ACCENT}; }}
.trip div.none {{ border-top: 1.2pt dashed {LINE}; }}
.trip div.none::before {{ background: #fff; border: 1pt solid {SOFT}; }}
.trip div:last-child {{ flex: .72; border-top-color: transparent; }}
.trip b {{ font-size: 13pt; font-weight: 650; display: block; line-height: 1.2; }}
ul.limits {{ margin: 0; padding: 0; list-style: none; columns: 2; column-gap: 8mm; }}
ul.limits li {{ break-inside: avoid; padding-left: 3.4mm; text-indent: -3.4mm;
                 margin-bottom: .8mm; }}
ul.limits li::before {{ content: "\\2013\\00a0\\00a0"; color: {SOFT}; }}
.signs {{ display: flex; gap: 10mm; margin-top: 12mm; break-inside: avoid; }}
.signs div {{ flex: 1; border-top: .7pt solid {INK}; padding-top: 1mm; margin-top: 9mm; }}
.signs span {{ float: right; color: {SOFT}; }}
.keep {{ break-inside: avoid; }}
section.rests {{ break-before: page; }}
section.rests > h2:first-child {{ margin-top: 0; }}
"""


def margins(which: str, digest: str, page: str) -> str:
    """Around every page: the digest of the data, which page it is, and above all but the first
    which certificate it is of.
    """
    return (
        f"@page {{ @top-left {{ content: {_quoted(which)} }} "
        f"@bottom-left {{ content: {_quoted(digest)} }} "
        f'@bottom-right {{ content: {_quoted(page)} " " counter(page) " / " counter(pages) }} }} '
        "@page :first { @top-left { content: none } }"
    )


def _quoted(text: str) -> str:
    """A string of CSS; what could end it is taken out."""
    return '"' + "".join(c for c in text if c.isprintable() and c not in '"\\<') + '"'


def mark(verdict: str) -> str:
    """The shape of a verdict; its word stands beside it."""
    shape = _SHAPE.get(verdict, _SHAPE["open"])
    colour = COLOUR.get(verdict, COLOUR["open"])
    return f'<svg class="mark" viewBox="0 0 16 16" stroke="{colour}">{shape}</svg>'
