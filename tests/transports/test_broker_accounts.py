"""The access list on the satellites' page, held by a real Mosquitto."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from edge.config import Mqtt
from edge.errors import UpstreamRejectedError
from edge.uplink.mqtt import MqttBroker, Session
from tests.support.mosquitto import mosquitto

PAGE = Path(__file__).parents[2] / "docs/satellites.md"
ACCOUNTS = ("gateway", "kitchen", "R-1", "shellyplussmoke-b0")
KITCHEN = "kotivahti/v1/satellite/kitchen/adv"
SMOKE = "shellyplussmoke-b0/events/rpc"
ROBOT = "kotivahti/v1/dispenser/R-1"

pytestmark = pytest.mark.timeout(60)


def hash_passwords(file: Path) -> None:
    subprocess.run(["mosquitto_passwd", "-U", str(file)], check=True)


async def test_each_account_may_publish_its_own_and_nothing_else(tmp_path: Path):
    """As it stands on the page: nobody speaks for another, and only the gateway listens."""
    shown = re.search(r"```\n(user gateway\n.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    acl, passwords = tmp_path / "acl", tmp_path / "passwords"
    acl.write_text(shown[1], encoding="utf-8")
    passwords.write_text("".join(f"{name}:pw\n" for name in ACCOUNTS), encoding="utf-8")
    acl.chmod(0o600)
    passwords.chmod(0o600)
    hash_passwords(passwords)
    secret = tmp_path / "secret"
    secret.write_text("pw\n", encoding="utf-8")
    extra = f"allow_anonymous false\npassword_file {passwords}\nacl_file {acl}"
    rights = {"kitchen": KITCHEN, "R-1": ROBOT, "shellyplussmoke-b0": SMOKE}
    with mosquitto(tmp_path, extra=extra) as broker:

        def reach(name: str, *topics: str) -> MqttBroker:
            settings = Mqtt(
                host=broker.host,
                port=broker.port,
                tls=False,
                version="5",
                username=name,
                password_file=str(secret),
            )
            return MqttBroker(settings, Session(client_id=name, subscribe=topics or ("none",)))

        async with reach("gateway", *rights.values()).connect() as gateway:
            for name, own in rights.items():
                async with reach(name).connect() as line:
                    await line.publish(own, name.encode())
                    for other in set(rights.values()) - {own}:
                        with pytest.raises(UpstreamRejectedError, match="Not authorized"):
                            await line.publish(other, b"forged")
            with pytest.raises(UpstreamRejectedError, match="Not authorized"):
                await gateway.publish(KITCHEN, b"forged")
            heard: list[bytes] = []
            while len(heard) < len(rights):
                heard += [one.body for one in await gateway.take(10)]
    assert heard == [name.encode() for name in rights]
