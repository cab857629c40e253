"""The home around a guest, and what people do in it: devices outside, the programs inside.

The devices' radio waves and cables end at the guest's virtual controller and USB sockets; nothing
here writes a table. What installs the gateway are the lines of docs/maintainer.md.
"""

from __future__ import annotations

import io
import json
import re
import shlex
import socket
import subprocess
import sys
import tarfile
import textwrap
import time
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from edge.config.writing import toml
from tests.vm.machine import ROOT, Machine, eventually

GATEWAY = "gw-0001"
DESK = "area-07"
NURSE = "anna"
KOTIVAHTI = "/opt/kotivahti/current/bin/kotivahti"
DATABASE = "/var/lib/kotivahti/home.db"
CABLES = ("robot-1", "meal-1")
# The virtual home, and what is in it besides: not in the settings, an installer enrols it.
DWELLING = ROOT / "edge/sim/scenarios/home.toml"
MORE = Path(__file__).with_name("bonded.toml")
# Seconds: a press or a frame to the desk, under emulation.
SOON_S = 90.0

DESK_UNIT = f"""
[Service]
User=kotivahti-desk
StateDirectory=kotivahti-desk
ExecStart={KOTIVAHTI} desk run --config /etc/kotivahti-desk/desk.toml --plain
Restart=always
RestartSec=5
"""
BROKER = """
listener 1883 127.0.0.1
allow_anonymous false
password_file /etc/mosquitto/passwords
acl_file /etc/mosquitto/rights
persistence false
"""


def documented(page: str, heading: str, language: str = "sh") -> list[str]:
    """The code blocks of one language below a heading of a page, in order."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    section = re.split(r"^## ", text.partition(f"\n## {heading}\n")[2], flags=re.MULTILINE)[0]
    found = re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert found, f"docs/{page} has no {language or 'plain'} block below {heading!r}"
    return found


def build_release() -> Path:
    """The wheel of this checkout, by the documented line."""
    lines = documented("maintainer.md", "Installing a gateway")[0].splitlines()
    (line,) = [line for line in lines if "hatchling build" in line]
    for old in (ROOT / "dist").glob("kotivahti-*.whl"):
        old.unlink()
    subprocess.run(["sh", "-ec", line], cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = (ROOT / "dist").glob("kotivahti-*.whl")
    return wheel


def release_tar() -> bytes:
    """What is carried to the machine: the checkout's part that the install script uses."""
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as tar:
        for place in ("requirements/gateway.txt", "scripts", "systemd", "config"):
            tar.add(ROOT / place, arcname=place)
        wheel = build_release()
        tar.add(wheel, arcname=f"dist/{wheel.name}")
    return sink.getvalue()


class House:
    """A virtual home outside, and the guest that is its gateway's machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self._sim: subprocess.Popen[bytes] | None = None
        self.report: dict[str, Any] = {}

    # -- outside ---------------------------------------------------------------------------

    def come_alive(self, *options: str) -> str:
        """Start the devices; returns HOST:PORT of their radio waves."""
        dwelling = self.folder / "dwelling.toml"
        parts = (DWELLING, MORE)
        dwelling.write_text("".join(part.read_text(encoding="utf-8") for part in parts), "utf-8")
        with (self.folder / "sim.log").open("ab") as log:
            self._sim = subprocess.Popen(
                [
                    *(sys.executable, "-m", "edge", "sim", "home", "--dir", str(self.home)),
                    *("--home", str(dwelling), "--script", "quiet", *options),
                ],
                cwd=ROOT,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        pid = self._sim.pid
        path = self.home / "sim.json"

        def ready() -> bool:
            return path.exists() and json.loads(path.read_text(encoding="utf-8"))["pid"] == pid

        eventually("the virtual home is ready", ready, 30)
        self.report = json.loads(path.read_text(encoding="utf-8"))
        return f"127.0.0.1:{self.report['radio_port']}"

    def happen(self, *command: str) -> None:
        """Make something happen: `happen("press", "help-button")`."""
        self.ask(*command)

    def ask(self, *command: str) -> str:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(str(self.home / "sim.sock"))
            sock.sendall((" ".join(command) + "\n").encode())
            with sock.makefile() as said:
                answer = said.readline().strip()
        assert not answer.startswith("error"), answer
        return answer

    def port_of(self, device: str) -> Path:
        (row,) = [row for row in self.report["serial"] if row["device"] == device]
        return Path(row["port"])

    def end(self) -> None:
        if self._sim is not None:
            self._sim.terminate()
            self._sim.wait(20)

    # -- settings --------------------------------------------------------------------------

    def row_of(self, device: str) -> dict[str, Any]:
        """What settings would say of it."""
        (row,) = [row for row in self.report["device"] if row["id"] == device]
        return dict(row)

    def gateway_settings(self, **tables: Any) -> str:
        """As an installer writes them: the machine's own radio, adapters by their stable names."""
        later = {row["id"] for row in tomllib.loads(MORE.read_text(encoding="utf-8"))["device"]}
        devices = [
            {**row, "key_file": f"/etc/kotivahti/keys/{row['id']}.hex"}
            if "key_file" in row
            else row
            for row in self.report["device"]
            if row["id"] not in later
        ]
        serial = [{**row, "port": stable_name(row["device"])} for row in self.report["serial"]]
        return toml(
            {
                "gateway": {"id": GATEWAY, "site": "site-88", "customer": "c-0188"},
                "mqtt": {
                    "host": "127.0.0.1",
                    "port": 1883,
                    "tls": False,
                    "username": GATEWAY,
                    "password_file": "/etc/kotivahti/mqtt.password",
                },
                "ble": {"backend": "bluez", "adapter": "hci0"},
                "serial": serial,
                "device": devices,
                **tables,
            }
        )

    def keys(self) -> dict[str, str]:
        return {
            row["id"]: Path(row["key_file"]).read_text(encoding="ascii")
            for row in self.report["device"]
            if "key_file" in row
        }


def stable_name(device: str) -> str:
    """Udev's name for QEMU's adapter with that serial number."""
    return f"/dev/serial/by-id/usb-QEMU_QEMU_USB_SERIAL_{device}-if00-port0"


class Inside:
    """Gateway, broker and desk in the guest: put there, and spoken to by public commands."""

    def __init__(self, machine: Machine, house: House) -> None:
        self.machine = machine
        self.house = house

    # -- installing ------------------------------------------------------------------------

    def install(self) -> None:
        """Run the documented lines on the machine; settings are put where they are said to go."""
        _, on_the_machine, after_settings = documented("maintainer.md", "Installing a gateway")
        run, write = self.machine.run, self.machine.write
        write("/etc/pip.conf", "[global]\nno-index = true\nfind-links = /srv/wheels\n")
        run("mkdir -p /root/checkout && tar -xf - -C /root/checkout", data=release_tar())
        run(f"cd /root/checkout && set -e\n{on_the_machine}", timeout_s=900)
        self.set_up_broker()
        self.set_up_desk()
        write("/etc/kotivahti/gateway.toml", self.house.gateway_settings())
        write("/etc/kotivahti/mqtt.password", f"password of {GATEWAY}\n")
        for name, key in self.house.keys().items():
            write(f"/etc/kotivahti/keys/{name}.hex", key)
        run(f"set -e\n{after_settings}", timeout_s=300)
        run(f"usermod -aG kotivahti {NURSE}")

    def set_up_broker(self) -> None:
        """Mosquitto with an account each and the ready rights, on this machine alone."""
        rights = (ROOT / "config/broker/mosquitto/acl").read_text(encoding="utf-8")
        write = self.machine.write
        write("/etc/mosquitto/rights", rights, "640", "root:mosquitto")
        write("/etc/mosquitto/conf.d/kotivahti.conf", BROKER)
        accounts = "".join(f"{name}:password of {name}\n" for name in (GATEWAY, f"desk-{DESK}"))
        write("/etc/mosquitto/passwords", accounts, "640", "root:mosquitto")
        self.machine.run(
            "sed -i /^persistence/d /etc/mosquitto/mosquitto.conf && "
            "mosquitto_passwd -U /etc/mosquitto/passwords && systemctl enable --now mosquitto"
        )

    def set_up_desk(self) -> None:
        settings = toml(
            {
                "desk": {"id": DESK, "views": "machine"},
                "store": {"path": "/var/lib/kotivahti-desk/desk.db"},
                "mqtt": {
                    "host": "127.0.0.1",
                    "port": 1883,
                    "tls": False,
                    "username": f"desk-{DESK}",
                    "password_file": "/etc/kotivahti-desk/mqtt.password",
                },
            }
        )
        run, write = self.machine.run, self.machine.write
        run("useradd --system --no-create-home --shell /usr/sbin/nologin kotivahti-desk")
        owner = "kotivahti-desk:"
        write("/etc/kotivahti-desk/desk.toml", settings, "600", owner)
        write("/etc/kotivahti-desk/mqtt.password", f"password of desk-{DESK}\n", "600", owner)
        write("/etc/kotivahti-desk/nurse.password", "a password of hers\n", "600", owner)
        run("install -d -m 700 -o kotivahti-desk /var/lib/kotivahti-desk")
        self.desk("account", "add", NURSE, "--role", "nurse", *HER_PASSWORD)
        write("/etc/systemd/system/kotivahti-desk.service", f"{DESK_UNIT}\n{WANTED}")
        run("systemctl enable --now kotivahti-desk")

    # -- asking ----------------------------------------------------------------------------

    def gateway(self, *command: str) -> Any:
        """A command to the gateway by a member of its group, `--json`."""
        words = shlex.join([KOTIVAHTI, *command, "--json"])
        return json.loads(self.machine.run(f"sudo -u {NURSE} {words}"))

    def desk(self, *command: str) -> str:
        words = shlex.join(
            [KOTIVAHTI, "desk", *command, "--config", "/etc/kotivahti-desk/desk.toml"]
        )
        return self.machine.run(f"sudo -u kotivahti-desk {words}")

    def desk_alerts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.desk("alerts", "--json"))
        return found

    def known(self) -> set[tuple[str, int]]:
        """Every alert at the desk, as it is now."""
        return {(row["id"], row["rev"]) for row in self.desk_alerts()}

    def on_desk(
        self, code: str, known: Collection[tuple[str, int]], within_s: float = SOON_S
    ) -> Any:
        """An alert of that code at the desk that is new, or was revised since `known`."""

        def look() -> dict[str, Any] | None:
            for row in self.desk_alerts():
                if row["code"] == code and (row["id"], row["rev"]) not in known:
                    return row
            return None

        return eventually(f"{code} at the desk", look, within_s)

    def close_all(self) -> None:
        """The nurse takes and closes what is open, so that the next alert is a new one."""
        for row in self.desk_alerts():
            if row["state"] in ("raised", "acknowledged"):
                for verb in (("accept",), ("close", "--outcome", "helped")):
                    self.desk(verb[0], row["id"], *verb[1:], "--as", NURSE, *HER_PASSWORD)
        eventually("nothing is open", lambda: not self.gateway("status")["open_alerts"], SOON_S)

    def wait_until_hearing(self, within_s: float = 120.0) -> float:
        """Until the gateway hears advertisements that it did not hear before; seconds it took."""
        began = time.monotonic()
        before = self.adverts()
        eventually("the radio is heard", lambda: self.adverts() > before, within_s)
        return time.monotonic() - began

    def adverts(self) -> int:
        """How many advertisements the running gateway has heard; -1 while none answers."""
        words = shlex.join([KOTIVAHTI, "status", "--json"])
        code, out, _ = self.machine.outcome(f"sudo -u {NURSE} {words}")
        return int(json.loads(out)["radio"]["adverts"]) if code == 0 else -1

    def sql(self, query: str, database: str = DATABASE) -> list[dict[str, Any]]:
        """Ask a copy of a database and its log: what a power cut would leave at this moment.

        The gateway holds its own locked, so that nobody reads or writes it meanwhile.
        """
        text = self.machine.run(
            "rm -rf /tmp/look && mkdir /tmp/look && "
            f"for part in {database} {database}-wal; do [ ! -e $part ] || cp $part /tmp/look/; done"
            f" && sqlite3 -json /tmp/look/{Path(database).name} {shlex.quote(query)}"
        )
        found: list[dict[str, Any]] = json.loads(text or "[]")
        return found

    def main_pid(self) -> int:
        return int(self.machine.run("systemctl show -P MainPID kotivahti"))

    def journal(self, since: str = "") -> str:
        more = f"--since {shlex.quote(since)}" if since else ""
        return self.machine.run(f"journalctl -b -u kotivahti -o cat --no-pager {more}")


HER_PASSWORD = ("--password-file", "/etc/kotivahti-desk/nurse.password")
WANTED = textwrap.dedent("""
    [Install]
    WantedBy=multi-user.target
""")
