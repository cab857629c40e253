"""Two network namespaces with a cable between them: the home's, and the region's."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.world import ENV, World, eventually
from tests.support.certificates import Authority
from tests.support.mosquitto import Mosquitto

HOME_ADDRESS, REGION_ADDRESS = "10.213.77.1", "10.213.77.2"
DESK_PORT, BROKER_PORT, PROXY_PORT = 1883, 8883, 8884
# `ip` answers at once; a machine under load is given its time.
_IP_WITHIN_S = 20.0


def ip(*words: str) -> None:
    subprocess.run(("ip", *words), check=True, timeout=_IP_WITHIN_S, capture_output=True)


class Cable:
    """A veth pair, one end in each namespace. Names are ours alone: the process id is in them."""

    def __init__(self) -> None:
        pid = os.getpid()
        self.home, self.region = f"kv-home-{pid}", f"kv-region-{pid}"
        self._home_end, self._region_end = f"kvh{pid}", f"kvr{pid}"

    def lay(self) -> None:
        ip("netns", "add", self.home)
        ip("netns", "add", self.region)
        ip(
            *("link", "add", self._home_end, "netns", self.home, "type", "veth"),
            *("peer", "name", self._region_end, "netns", self.region),
        )
        for space, end, address in (
            (self.home, self._home_end, HOME_ADDRESS),
            (self.region, self._region_end, REGION_ADDRESS),
        ):
            ip("-n", space, "link", "set", "lo", "up")
            ip("-n", space, "address", "add", f"{address}/30", "dev", end)
            ip("-n", space, "link", "set", end, "up")

    def remove(self) -> None:
        """By name; with a namespace go its ends."""
        for space in (self.home, self.region):
            subprocess.run(("ip", "netns", "del", space), check=False, capture_output=True)

    def far_end(self, *, up: bool) -> None:
        """The region's end goes down: at home nothing is told, and nothing is answered."""
        ip("-n", self.region, "link", "set", self._region_end, "up" if up else "down")

    def near_end(self, *, up: bool) -> None:
        """The home's own end goes down: its routes go with it."""
        ip("-n", self.home, "link", "set", self._home_end, "up" if up else "down")

    def answers(self, *, come: bool) -> None:
        """One way only: what the home says arrives, and no answer comes back."""
        verb = "del" if come else "add"
        ip("-n", self.region, "route", verb, "blackhole", f"{HOME_ADDRESS}/32")


class RegionBroker(Mosquitto):
    """Mosquitto in the region's namespace: by TLS to the home, and by loopback to the desk."""

    def __init__(self, directory: Path, space: str) -> None:
        super().__init__(directory, port=DESK_PORT)
        self._space = space
        authority = Authority(directory)
        self.mqtt = {"ca_file": str(authority.file), **authority.issue("gw-0001")}
        papers = authority.issue("broker", host=REGION_ADDRESS)
        self._config.write_text(
            "user root\npersistence false\nallow_anonymous true\n"
            f"listener {DESK_PORT} 127.0.0.1\nlistener {BROKER_PORT} 0.0.0.0\n"
            f"certfile {papers['cert_file']}\nkeyfile {papers['key_file']}\n",
            encoding="utf-8",
        )

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ("ip", "netns", "exec", self._space, "mosquitto", "-c", str(self._config)),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        eventually("the broker runs", lambda: "running" in self.log.read_text("utf-8"))


class TwoPlaces(World):
    """A gateway at home, and a desk in the region."""

    def __init__(self, folder: Path, broker: RegionBroker, cable: Cable) -> None:
        super().__init__(folder, broker)
        self.mqtt = broker.mqtt | {"host": REGION_ADDRESS}  # the gateway's settings
        self._cable = cable

    def start_proxy(self, delay_s: float) -> None:
        """Everything between PROXY_PORT and the broker is late, each way."""
        words = ("-m", "proofs.line_world.load", str(PROXY_PORT), str(BROKER_PORT), str(delay_s))
        self._running["proxy"] = self._in(self._cable.region, "proxy", *words)
        eventually("the proxy runs", lambda: "ready" in self.log("proxy"))

    def _start(self, name: str, *args: str) -> subprocess.Popen[str]:
        space = self._cable.home if name == "gateway" else self._cable.region
        process = self._running[name] = self._in(space, name, "-m", "edge", *args)
        return process

    def _in(self, space: str, name: str, *words: str) -> subprocess.Popen[str]:
        with (self.folder / f"{name}.log").open("a", encoding="utf-8") as log:
            return subprocess.Popen(
                ("ip", "netns", "exec", space, sys.executable, *words),
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                text=True,
                env=ENV,
            )


@contextmanager
def two_places(folder: Path) -> Iterator[tuple[TwoPlaces, Cable]]:
    """Cable and broker for the length of the block; nothing of them is left."""
    cable = Cable()
    try:
        cable.lay()
        broker = RegionBroker(folder, cable.region)
        broker.start()
        world = TwoPlaces(folder, broker, cable)
        try:
            yield world, cable
        finally:
            world.stop()
            broker.kill()
            time.sleep(0.1)  # the kernel takes a moment to let go of a namespace's last process
    finally:
        cable.remove()
