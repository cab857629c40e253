"""An installer without hands: the real command's rows are read, its questions answered, and the
virtual home made to do what a person would do.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from tests.e2e.world import ENV, World

Row = dict[str, Any]
BY = "Asta Asentaja"

# What each device of the virtual home is made to do, by its role.
DEEDS = {
    "help_button": ("press {id}",),
    "smoke_alarm": ("smoke {id} on", "smoke {id} off"),
    "motion": ("motion {id}",),
    "door": ("door {id} open", "door {id} closed"),
    "vitals": ("measure {id} 131 82 60",),
    "water_alarm": ("water {id} on", "water {id} off"),
    "tag": ("call {id}",),
}


class Installer:
    """One `kotivahti commission --json` and what is done about its rows."""

    def __init__(self, world: World, *options: str) -> None:
        self.world = world
        self.rows: list[Row] = []
        self.answers: dict[str, Callable[[Row], str]] = {
            "devices.told": lambda _: "y",
            "again": lambda _: "n",
            "devices.room": lambda _: "lounge",
            "alarm.go": lambda _: "",
            "go": lambda _: "",
        }
        self.reactions: dict[str, Callable[[Row], None]] = {}
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "edge", "commission", "--json",
                "--config", str(world.settings), *options,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=ENV,
        )  # fmt: skip

    def walk(self, until: Callable[[Row], bool] = lambda _: False) -> int | None:
        """To the end, or to the first row of which `until` says so; the exit code, or None."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            row = json.loads(line)
            self.rows.append(row)
            if until(row):
                return None
            self._react(row)
        code = self.process.wait(10)
        assert self.process.stderr is not None
        self.errors = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        assert self.process.stdin is not None
        self.process.stdin.close()
        return code

    def kill(self) -> None:
        """SIGKILL, as by a closed laptop."""
        self.process.kill()
        self.process.communicate()

    def _react(self, row: Row) -> None:
        if "ask" in row:
            self._answer(self.answers[row["ask"]](row))
        elif row.get("step") == "ask":
            for deed in DEEDS.get(row["role"], ()):
                self.world.happen(*deed.format(id=row["device"]).split())
        if row.get("step") in self.reactions:
            self.reactions.pop(row["step"])(row)

    def _answer(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def told(self, key: str) -> list[Row]:
        return [row for row in self.rows if row.get("tell") == key]

    def checks(self) -> dict[tuple[str, str], Row]:
        """The last row of each check."""
        return {
            (row["name"], row["subject"]): row for row in self.rows if row.get("step") == "check"
        }
