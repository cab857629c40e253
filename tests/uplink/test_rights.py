"""The ready list of rights with passwords, by a real Mosquitto; and rights that are missing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from edge.config import Mqtt
from edge.errors import UpstreamRejectedError
from edge.uplink.envelope import Topics
from edge.uplink.mqtt import MqttBroker, MqttLine, Session
from tests.support.mosquitto import mosquitto
from tests.transports.test_broker_accounts import hash_passwords

READY = Path(__file__).parents[2] / "config/broker/mosquitto/acl"
OURS, OTHERS = Topics(gateway="gw-0001"), Topics(gateway="gw-0002")
GATEWAY = Session(
    client_id="gw-0001",
    subscribe=(OURS.down, OTHERS.down_claim, OTHERS.down_profile),
    also=(OURS.down_claim, OURS.down_profile),
)


@pytest.mark.timeout(60)
async def test_nobody_reads_what_another_home_is_told(tmp_path: Path):
    """Each gateway its own answers and profile, also by passwords; the desk writes them."""
    acl, passwords, secret = (tmp_path / name for name in ("acl", "passwords", "secret"))
    acl.write_text(READY.read_text(encoding="utf-8"), encoding="utf-8")
    passwords.write_text("gw-0001:pw\ndesk-area-07:pw\n", encoding="utf-8")
    secret.write_text("pw\n", encoding="utf-8")
    for file in (acl, passwords):
        file.chmod(0o600)
    hash_passwords(passwords)
    rights = f"allow_anonymous false\npassword_file {passwords}\nacl_file {acl}"
    with mosquitto(tmp_path, extra=rights) as broker:

        def reach(name: str, session: Session) -> MqttBroker:
            settings = Mqtt(
                host=broker.host,
                port=broker.port,
                tls=False,
                username=name,
                password_file=str(secret),
            )
            return MqttBroker(settings, session)

        desk = Session(client_id="desk-area-07", subscribe=("kotivahti/v1/+/up/+",))
        async with (
            reach("gw-0001", GATEWAY).connect() as gateway,
            reach("desk-area-07", desk).connect() as office,
        ):
            for topic in (OTHERS.down_claim, OTHERS.down_profile, OURS.down_profile):
                await office.publish(topic, b"sealed")
            await office.publish(OURS.down_claim, b"Aino")
            await office.publish(OURS.down, b"received")
            heard: list[str] = []
            async with asyncio.timeout(10):
                while len(heard) < 3:
                    heard += [one.topic for one in await gateway.take(9)]
            assert sorted(heard) == sorted((OURS.down, OURS.down_claim, OURS.down_profile))
            with pytest.raises(UpstreamRejectedError):
                await gateway.publish(OURS.down_claim, b"forged")
            with pytest.raises(UpstreamRejectedError):
                await office.publish("kotivahti/v1/gw-0001/up/claim", b"forged")


class Granting:
    """A connection whose broker grants what it is told to; `codes` are SUBACK's."""

    def __init__(self, *codes: int) -> None:
        self.codes = codes

    async def subscribe(self, topics: list[Any]) -> tuple[int, ...]:
        assert len(topics) == len(self.codes)
        return self.codes


async def test_a_broker_with_older_rights_carries_alerts_all_the_same():
    """Claims wait, alerts do not; the log says once what is missing."""
    session = Session(client_id="gw-0001", subscribe=("ack",), also=("claim", "profile"))
    refused: set[str] = set()
    with capture_logs() as logs:
        for codes in ((1, 0x87, 1), (1, 0x87, 1), (1, 1, 1), (1, 0x87, 0x87)):
            await MqttLine(Granting(*codes), session, refused).subscribe()  # type: ignore[arg-type]
    assert [log["topic"] for log in logs] == ["claim", "claim", "profile"]
    with pytest.raises(UpstreamRejectedError, match="subscription to ack"):
        await MqttLine(Granting(0x87, 1, 1), session, refused).subscribe()  # type: ignore[arg-type]
