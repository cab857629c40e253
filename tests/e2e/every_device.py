"""A home with a device of every kind: what its tests do and look for, by public commands alone."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from edge.config.writing import toml
from edge.demo.scene import gateway_settings
from edge.uplink.envelope.wire import OBSERVATION_COLUMNS
from tests.e2e.world import ENV, World, eventually, kotivahti

DWELLING = Path(__file__).with_suffix(".toml")
# Bound of each step. Every one takes a second or two; the machine may have other work.
WITHIN_S = 90.0
# Of the devices, these are enrolled by the tests that need them.
STRANGERS = ("spare-button", "cuff-1")

_READINGS = (
    "SELECT o.device_seq, o.value FROM observation o "
    "JOIN device d ON d.key = o.device JOIN kind k ON k.key = o.kind "
    "WHERE d.id = ? AND k.kind = ? ORDER BY o.seq"
)
_KIND = OBSERVATION_COLUMNS.index("kind")


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=WITHIN_S)


class EveryDevice(World):
    """The world, with the home's own broker: satellites and Wi-Fi alarms publish there too."""

    def start_home(self, *options: str) -> None:
        broker = f"127.0.0.1:{self.broker.port}"
        super().start_home("--home", str(DWELLING), "--broker", broker, *options)
        self.write_settings()

    def write_settings(self, *, without: tuple[str, ...] = STRANGERS) -> None:
        """The home's report as settings, but for the devices named."""
        found = json.loads((self.folder / "home" / "sim.json").read_text())
        found["device"] = [row for row in found["device"] if row["id"] not in without]
        ingest = found["ingest"]
        text = gateway_settings(self.folder, self.broker.port, found)
        text += "\n" + toml({"ingest.satellite": ingest.pop("satellite"), "ingest": ingest})
        self.settings.write_text(text, encoding="utf-8")

    def start_gateway(self) -> None:
        """Until it hears: a button says its press for half a second, and not again."""
        super().start_gateway()

        def hears() -> bool:
            status = self.gateway("status")
            return bool(status["radio"]["adverts"] and status["ingest"]["up"])

        eventually("the gateway hears radio and broker", hears, WITHIN_S)

    # -- the gateway -----------------------------------------------------------------------

    def shown(self, device: str) -> dict[str, Any]:
        """`kotivahti device show`, with the readings by their kind."""
        found: dict[str, Any] = self.gateway("device", "show", device)
        return found | {"readings": {row["kind"]: row for row in found["readings"]}}

    def reading(self, device: str, kind: str) -> Any:
        row = self.shown(device)["readings"].get(kind)
        return None if row is None else row["value"]

    def reads(self, device: str, kind: str, value: object) -> dict[str, Any]:
        """The device as shown, once its newest reading of that kind is `value`."""

        def look() -> bool:
            self.settle()
            return bool(self.reading(device, kind) == value)

        eventually(f"{device} reads {kind} {value}", look, WITHIN_S)
        return self.shown(device)

    def stored(self, device: str, kind: str) -> list[tuple[int, object]]:
        """Number and value of every stored observation; the database is only read.

        The gateway must not be running: it has the database for itself.
        """
        with closing(_opened(self.folder / "home.db")) as database:
            return database.execute(_READINGS, (device, kind)).fetchall()

    def alert(self, code: str, subject: str) -> dict[str, Any]:
        """The gateway's newest alert of that code about that device."""

        def look() -> dict[str, Any] | None:
            rows = self.gateway("alerts")
            fitting = (r for r in rows if (r["code"], r["subject"]) == (code, subject))
            return next(fitting, None)

        found: dict[str, Any] = eventually(f"{code} of {subject}", look, WITHIN_S)
        return found

    def enrolled(self) -> list[str]:
        return [row["id"] for row in self.device("list")]

    def settle(self) -> None:
        """Everything heard by now is stored: an appliance's event was acknowledged after it."""
        self.happen("event", "meal-1", "restocked", "1")
        eventually("an acknowledgement", lambda: ", 0 unack" in self.state("meal-1"), WITHIN_S)

    def all_delivered(self) -> None:
        eventually("nothing is owed", lambda: not self.gateway("status")["outbox"], WITHIN_S)

    # -- the home --------------------------------------------------------------------------

    def state(self, device: str) -> str:
        """What the virtual device says of itself."""
        found = re.search(rf"(?:^|; |ok ){re.escape(device)}: ([^;]*)", self.happen("status"))
        assert found is not None, device
        return found[1]

    def kept_and_sent(self, meter: str) -> tuple[int, int]:
        """How many records a meter has in its memory, and how many it has ever sent."""
        kept, sent = re.findall(r"\d+", self.state(meter))
        return int(kept), int(sent)

    def fill(self, meter: str, values: Sequence[float]) -> None:
        """Measure while its radio is off, so that one session finds it all."""
        self.happen("power", meter, "off")
        for value in values:
            self.happen("measure", meter, str(value))
        self.happen("power", meter, "on")

    def answers(self, meter: str, times: int) -> None:
        """A transfer is over when the meter has said so; before, its last record may come again."""
        said = re.compile(rf"{re.escape(meter)} +answered 0600")
        eventually(
            f"{meter} has answered {times} times",
            lambda: len(said.findall(self.log("home"))) == times,
            WITHIN_S,
        )

    # -- the desk --------------------------------------------------------------------------

    def at_desk(self, code: str, label: str, state: str | None = None) -> dict[str, Any]:
        """The newest alert of that code about the device with that label."""

        def look() -> dict[str, Any] | None:
            for row in self.desk_alerts():
                named = row["params"].get("device", row["params"].get("part"))
                if (row["code"], named) == (code, label) and state in (None, row["state"]):
                    return row
            return None

        what = f"{code} of {label} {state or ''} at the desk"
        found: dict[str, Any] = eventually(what, look, WITHIN_S)
        return found

    def flagged(self, code: str, label: str, flag: str) -> dict[str, Any]:
        """The same, once it has that flag."""

        def look() -> dict[str, Any] | None:
            row = self.at_desk(code, label)
            return row if flag in row["flags"] else None

        found: dict[str, Any] = eventually(f"{code} of {label} says {flag}", look, WITHIN_S)
        return found

    def kinds_at_desk(self) -> set[str]:
        """The kinds of the readings that the desk was sent; its database is only read."""
        with closing(_opened(self.folder / "desk.db")) as database:
            bodies = database.execute("SELECT body FROM observations").fetchall()
        return {row[_KIND] for (body,) in bodies for row in json.loads(body)["data"]["rows"]}

    def desk_bytes(self) -> bytes:
        files = self.folder.glob("desk.db*")
        return b"".join(file.read_bytes() for file in files)

    # -- by hand, while a command runs -------------------------------------------------------

    @contextmanager
    def pairing(self, device: str) -> Iterator[Pairing]:
        """`kotivahti device pair DEVICE` in the installer's hand."""
        command = ["device", "pair", device, "--config", str(self.settings), "--json"]
        with subprocess.Popen(
            [sys.executable, "-m", "edge", *command],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=ENV,
        ) as process:
            try:
                yield Pairing(process)
            finally:
                process.kill()

    def device(self, *command: str) -> Any:
        args = ("device", *command, "--config", str(self.settings), "--json")
        return json.loads(kotivahti(*args, timeout_s=WITHIN_S))


class Pairing:
    """The steps of a pairing, as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.steps: list[str] = []
        self._process = process
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def reaches(self, step: str, within_s: float = WITHIN_S) -> bool:
        """Whether that step comes, as long as the command runs."""
        try:
            eventually(step, lambda: step in self.steps or not self._thread.is_alive(), within_s)
        except AssertionError:
            return False
        return step in self.steps

    def exit_code(self) -> int:
        return self._process.wait(WITHIN_S)

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.steps.append(json.loads(line)["step"])
