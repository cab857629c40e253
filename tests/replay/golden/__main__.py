"""Writes the golden results and the picture anew."""

from __future__ import annotations

from tests.replay.golden import FILE, PICTURE, build, paint

FILE.write_text(build(), encoding="utf-8")
PICTURE.parent.mkdir(parents=True, exist_ok=True)
PICTURE.write_text(paint(), encoding="utf-8")
