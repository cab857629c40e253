"""The few SVG elements that our pictures are made of; text is escaped, numbers are short."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

Number = float | int
Attributes = dict[str, Number | str]


def num(value: Number) -> str:
    """At most one decimal, none when it is zero: the same bytes on every machine."""
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def element(name: str, attributes: Attributes, inner: str | None = None) -> str:
    """One element; attribute names are given with `_` for `-` (`class_`), and in a fixed order."""
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}={_quoted(value)}"
        for key, value in attributes.items()
    )
    return f"<{name}{written}/>" if inner is None else f"<{name}{written}>{inner}</{name}>"


def _quoted(value: Number | str) -> str:
    return quoteattr(value if isinstance(value, str) else num(value))


def box(x: Number, y: Number, width: Number, height: Number) -> str:
    """A rectangle as a piece of a path: thousands of them stay one element."""
    return f"M{num(x)} {num(y)}h{num(width)}v{num(height)}h{num(-width)}z"


def rect(x: Number, y: Number, width: Number, height: Number, **more: Number | str) -> str:
    return element("rect", Attributes({"x": x, "y": y, "width": width, "height": height}) | more)


def line(x1: Number, y1: Number, x2: Number, y2: Number, **more: Number | str) -> str:
    return element("line", Attributes({"x1": x1, "y1": y1, "x2": x2, "y2": y2}) | more)


def circle(x: Number, y: Number, r: Number, **more: Number | str) -> str:
    return element("circle", Attributes({"cx": x, "cy": y, "r": r}) | more)


def path(d: str, **more: Number | str) -> str:
    return element("path", Attributes({"d": d}) | more)


def prose(name: str, words: str) -> str:
    """An element that holds words only: title, desc."""
    return element(name, {}, escape(words))


def text(x: Number, y: Number, words: str, **more: Number | str) -> str:
    return element("text", Attributes({"x": x, "y": y}) | more, escape(words))


def group(parts: list[str], **more: Number | str) -> str:
    return element("g", dict(more), "\n" + "\n".join(parts) + "\n")


def text_width(words: str, size_px: float) -> float:
    """A cautious guess: no sans-serif in common use is wider on ordinary words."""
    # DejaVu Sans, the widest of the usual fonts, averages 0.52 of its size on our sentences.
    return len(words) * size_px * 0.55


def wrapped(sentences: list[str], size_px: float, width: float) -> list[str]:
    """Sentences flowed into lines of at most `width` pixels, broken between words."""
    lines = [""]
    for word in " ".join(sentences).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, size_px) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
