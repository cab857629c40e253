"""A region: its authority, and its broker with the settings that the repository gives to it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.config import Mqtt
from edge.uplink.mqtt import MqttBroker, Session
from edge.uplink.mqtt.credentials import system_time
from tests.support.certificates import Authority
from tests.support.mosquitto import HOST, Mosquitto, free_port
from tests.support.rabbitmq import RabbitMq

SETTINGS = Path(__file__).parents[2] / "config/broker/mosquitto"


class Region:
    """One engine with its authority, two gateways and a desk."""

    def __init__(self, papers: Path, authority: Authority, broker: Mosquitto | RabbitMq) -> None:
        self.papers = papers
        self.authority = authority
        self.broker = broker

    def settings(self, who: str, **changes: Any) -> Mqtt:
        """What `who` reaches the broker with."""
        facts: dict[str, Any] = {
            "host": self.broker.host,
            "port": self.broker.port,
            "ca_file": str(self.authority.file),
            "cert_file": str(self.papers / f"{who}.pem"),
            "key_file": str(self.papers / f"{who}.key"),
        }
        return Mqtt(**(facts | changes))

    def reach(self, who: str, *subscribe: str, **changes: Any) -> MqttBroker:
        now = changes.pop("now", system_time)
        client_id = changes.pop("client_id", who)
        session = Session(client_id=client_id, subscribe=subscribe, common_name=who, kept=False)
        return MqttBroker(self.settings(who, **changes), session, now)


@contextlib.contextmanager
def ready(folder: Path, papers: Path, desk: str = "desk-area-07") -> Iterator[Mosquitto]:
    """Mosquitto with the file of the repository; only paths, port and user are the test's."""
    text = (SETTINGS / "kotivahti.conf").read_text(encoding="utf-8")
    port = free_port()
    rights = (SETTINGS / "acl").read_text(encoding="utf-8").replace("desk-area-07", desk)
    (papers / "acl").write_text(rights, encoding="utf-8")
    (papers / "acl").chmod(0o600)
    text = text.replace("/etc/mosquitto/kotivahti", str(papers))
    assert "\nlistener 8883\n" in text
    text = text.replace("\nlistener 8883\n", f"\nlistener {port} {HOST}\n")
    broker = Mosquitto(folder, port=port)
    whole = broker._config.read_text(encoding="utf-8").splitlines()
    own = "\n".join(line for line in whole if line.startswith("user ") or "persistence" in line)
    broker._config.write_text(f"{own}\n{text}", encoding="utf-8")
    broker.start()
    try:
        yield broker
    finally:
        broker.kill()
