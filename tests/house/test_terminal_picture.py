"""The script that draws what a terminal showed."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts/terminal-picture"


def draw(folder: Path, said: str, *options: str) -> str:
    """The picture of `said`."""
    source, target = folder / "said.txt", folder / "said.svg"
    source.write_text(said, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, str(SCRIPT), str(source), str(target), *options],
        capture_output=True,
        text=True,
        check=False,
        timeout=9,
    )
    assert result.returncode == 0, result.stderr
    return target.read_text(encoding="utf-8")


def words(svg: str) -> str:
    """All text of a picture, a line of the screen a line."""
    texts = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")  # noqa: S314 - our own
    return "\n".join("".join(one.itertext()).replace("\xa0", " ") for one in texts)


def test_the_same_text_gives_the_same_picture(tmp_path: Path) -> None:
    """Colours, a title and signs of XML come out whole, twice alike."""
    said = "\x1b[32mgateway\x1b[0m ALERT <raised> & told\n"
    first = draw(tmp_path, said, "--title", "make run")
    assert first == draw(tmp_path, said, "--title", "make run")
    shown = words(first)
    assert "gateway" in shown
    assert "ALERT <raised> & told" in shown
    assert "make run" in shown


def test_it_names_no_other_host(tmp_path: Path) -> None:
    """Web fonts are stripped: whoever opens the picture asks nobody for anything."""
    svg = draw(tmp_path, "hello\n").replace("http://www.w3.org/", "")
    assert "http" not in svg
    assert "@font-face" not in svg


def test_of_a_screen_drawn_anew_the_last_drawing_counts(tmp_path: Path) -> None:
    """A live view moves the cursor up and draws again; the picture shows the end."""
    shown = words(draw(tmp_path, "first\r\n\x1b[1A\x1b[2Ksecond\r\n"))
    assert "second" in shown
    assert "first" not in shown


def test_a_long_line_goes_on_below(tmp_path: Path) -> None:
    """Nothing of a line that is longer than the picture is lost."""
    said = " ".join(f"word{number:03d}" for number in range(40))
    shown = words(draw(tmp_path, said + "\n", "--width", "80"))
    assert [f"word{number:03d}" for number in range(40)] == shown.split()
