"""The line to a real broker, and what is assumed about the library below it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from structlog.testing import capture_logs

from edge.config import Mqtt
from edge.errors import UpstreamRejectedError, UpstreamUnavailableError
from edge.uplink.mqtt import MqttBroker, MqttLine, Session, client
from tests.support.mosquitto import Mosquitto, mosquitto
from tests.uplink.brokers import Amqtt, plain

pytestmark = pytest.mark.timeout(60)

SESSION = Session(
    client_id="gw-0001",
    subscribe=("t/gw-0001/down/ack",),
    base="t/gw-0001/down/",
    will_topic="t/gw-0001/state",
    will=b"offline",
)
LISTENER = Session(client_id="desk-1", subscribe=("t/#",), base="t/")


async def hear(line: MqttLine, count: int) -> list[tuple[str, bytes, bool]]:
    """Return the next `count` messages."""
    heard: list[tuple[str, bytes, bool]] = []
    async with asyncio.timeout(10):
        while len(heard) < count:
            heard += [(m.topic, m.body, m.retained) for m in await line.take(count)]
    return heard


async def test_a_message_goes_up_and_an_answer_comes_down(broker: Mosquitto | Amqtt):
    """Over MQTT 5 and over 3.1.1, found out without being told."""
    settings = plain(broker)
    async with (
        MqttBroker(settings, LISTENER).connect() as desk,
        MqttBroker(settings, SESSION).connect() as gateway,
    ):
        await gateway.publish("t/gw-0001/up/alert", b"smoke", expires_s=30)
        assert await hear(desk, 1) == [("gw-0001/up/alert", b"smoke", False)]
        await desk.publish("t/gw-0001/down/ack", b"received")
        messages = gateway.messages()
        assert (await anext(messages)).topic == "ack"
        await messages.aclose()  # type: ignore[attr-defined]


async def test_the_version_that_worked_is_remembered(broker: Mosquitto | Amqtt):
    """Only the first connection has to find out."""
    reach = MqttBroker(plain(broker), SESSION)
    with capture_logs() as logs:
        for _ in range(2):
            async with reach.connect():
                pass
    found = [log["version"] for log in logs if log["event"] == "mqtt_version"]
    assert found == ["5" if isinstance(broker, Mosquitto) else "3.1.1"]


@pytest.mark.parametrize("version", ["5", "auto"])
async def test_a_refused_version_is_said(version: Literal["5", "auto"]):
    """A broker that speaks nothing of what is asked is refused with the mend."""
    with mute_listener(b"\x20\x03\x00\x84\x00") as port:
        settings = Mqtt(host="127.0.0.1", port=port, tls=False, version=version)
        with pytest.raises((UpstreamRejectedError, UpstreamUnavailableError)) as caught:
            async with MqttBroker(settings, SESSION).connect():
                pass
    if version == "5":
        assert "refuses MQTT 5; set mqtt.version" in str(caught.value)


async def test_birth_is_kept_and_the_last_word_is_said_on_leaving(broker: Mosquitto | Amqtt):
    """An orderly end leaves `offline` behind, as a broken line would."""
    settings = plain(broker)
    async with MqttBroker(settings, SESSION).connect() as gateway:
        await gateway.publish("t/gw-0001/state", b"online", retain=True)
    async with MqttBroker(settings, LISTENER).connect() as desk:
        assert await hear(desk, 1) == [("gw-0001/state", b"offline", True)]


async def test_what_was_sent_while_away_is_kept_for_the_same_client(mosquitto: Mosquitto):
    """The session outlives the connection where the broker keeps one (amqtt 0.12 does not)."""
    settings = plain(mosquitto)
    reach = MqttBroker(settings, SESSION)
    async with reach.connect():
        pass
    async with MqttBroker(settings, LISTENER).connect() as desk:
        await desk.publish("t/gw-0001/down/ack", b"accepted")
    async with reach.connect() as gateway:
        assert await hear(gateway, 1) == [("ack", b"accepted", False)]


async def test_a_full_inbox_drops_and_counts(mosquitto: Mosquitto):
    """Memory is bounded; the other side repeats what matters."""
    small = Session(client_id="small", subscribe=("t/x",), inbox_max=5)
    settings = plain(mosquitto)
    async with MqttBroker(settings, small).connect() as line:
        async with MqttBroker(settings, LISTENER).connect() as other:
            for n in range(12):
                await other.publish("t/x", b"%d" % n)
        while line.dropped < 7:
            await asyncio.sleep(0.01)
        assert [body for _, body, _ in await hear(line, 5)] == [b"%d" % n for n in range(5)]


async def test_a_refused_publish_is_an_error_and_not_a_success(tmp_path: Path):
    """Aiomqtt forgets the reason code of a PUBACK (0x87, not authorized); we do not."""
    acl = tmp_path / "acl"
    acl.write_text("topic readwrite t/gw-0001/#\n", encoding="utf-8")
    with mosquitto(tmp_path, extra=f"acl_file {acl}") as broker:
        async with MqttBroker(plain(broker), SESSION).connect() as line:
            await line.publish("t/gw-0001/up/alert", b"mine")
            with pytest.raises(UpstreamRejectedError, match=r"Not authorized \(0x87\)"):
                await line.publish("t/gw-0002/up/alert", b"not mine")


async def test_nobody_listening_is_said_once(mosquitto: Mosquitto):
    """PUBACK 0x10 is a success for the broker, and no receipt will follow."""
    with capture_logs() as logs:
        async with MqttBroker(plain(mosquitto), SESSION).connect() as line:
            for _ in range(3):
                await line.publish("t/gw-0001/up/alert", b"x")
    assert [log["event"] for log in logs].count("upstream_nobody_listens") == 1


async def test_refused_credentials_are_told_from_an_absent_broker(tmp_path: Path):
    """A person must mend the one; the other mends itself."""
    passwords = tmp_path / "passwords"
    passwords.write_text("gw-0001:wrong\n", encoding="utf-8")
    run("mosquitto_passwd", "-U", str(passwords))
    right, wrong = tmp_path / "right", tmp_path / "bad"
    right.write_text("wrong\n", encoding="utf-8")
    wrong.write_text("guess\n", encoding="utf-8")
    extra = f"allow_anonymous false\npassword_file {passwords}"
    with mosquitto(tmp_path, extra=extra) as broker:
        for version in ("auto", "3.1.1"):
            given = {"username": "gw-0001", "version": version}
            async with MqttBroker(
                plain(broker, password_file=str(right), **given), SESSION
            ).connect():
                pass
            reach = MqttBroker(plain(broker, password_file=str(wrong), **given), SESSION)
            with pytest.raises(UpstreamRejectedError, match=r"refuses us.*check \[mqtt\]"):
                async with reach.connect():
                    pass
    with pytest.raises(UpstreamUnavailableError, match="cannot be reached"):
        async with MqttBroker(plain(broker), SESSION).connect():
            pass


async def test_a_missing_password_file_names_the_file(mosquitto: Mosquitto, tmp_path: Path):
    """The mend is in the text."""
    settings = plain(mosquitto, username="gw", password_file=str(tmp_path / "absent"))
    with pytest.raises(UpstreamRejectedError, match="absent"):
        async with MqttBroker(settings, SESSION).connect():
            pass


async def test_a_killed_broker_breaks_the_line_at_once(mosquitto: Mosquitto):
    """Reader and writer both hear of it, and the next attempt finds the new one."""
    reach = MqttBroker(plain(mosquitto), SESSION)
    async with asyncio.timeout(10):
        with pytest.raises(UpstreamUnavailableError):  # noqa: PT012 - the line breaks inside
            async with reach.connect() as line:
                mosquitto.kill()
                await line.take(1)
        mosquitto.start()
        async with reach.connect() as line:
            await line.publish("t/gw-0001/up/alert", b"x")


async def test_a_frozen_broker_is_noticed_within_the_verdict(mosquitto: Mosquitto):
    """5 s without a PUBACK; leaving the frozen line takes no further time."""
    began = time.monotonic()
    with pytest.raises(UpstreamUnavailableError, match="no verdict"):  # noqa: PT012 - as above
        async with MqttBroker(plain(mosquitto), SESSION).connect() as line:
            mosquitto.freeze()
            await line.publish("t/gw-0001/up/alert", b"x")
    assert 4.9 < time.monotonic() - began < 6.5


async def test_a_broker_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch):
    """TCP accepts, nobody speaks: the attempt ends and leaves nothing behind."""
    monkeypatch.setattr(client, "VERDICT_S", 0.3)
    with mute_listener() as port, pytest.raises(UpstreamUnavailableError):
        async with MqttBroker(
            Mqtt(host="127.0.0.1", port=port, tls=False, version="5"), SESSION
        ).connect():
            pass


async def test_a_cancelled_attempt_leaves_nothing_behind(mosquitto: Mosquitto):
    """Cancelled at any moment of connecting: no task, no socket, no noise."""
    noise: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: noise.append(context))
    reach = MqttBroker(plain(mosquitto), SESSION)
    for turns in range(40):

        async def attempt() -> None:
            async with reach.connect():
                await asyncio.sleep(10)

        task = asyncio.create_task(attempt())
        for _ in range(turns):
            await asyncio.sleep(0.000_2)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await asyncio.sleep(0.2)
    assert noise == []


@pytest.mark.parametrize(
    "reply",
    [b"", b"\x20\x02\x00", b"\x20\x02\x00\x05", b"\xff" * 50, b"HTTP/1.1 400 Bad Request\r\n\r\n"],
    ids=["closes", "cut", "refuses-3.1.1", "ones", "http"],
)
async def test_a_listener_that_is_no_broker_is_refused(reply: bytes):
    """Garbage instead of a CONNACK ends the attempt as an error of ours."""
    with mute_listener(reply) as port:
        settings = Mqtt(host="127.0.0.1", port=port, tls=False, version="3.1.1")
        with pytest.raises((UpstreamUnavailableError, UpstreamRejectedError)):
            async with asyncio.timeout(10), MqttBroker(settings, SESSION).connect():
                pass


async def test_twenty_publishes_share_the_line(broker: Mosquitto | Amqtt):
    """A whole window in flight, each with its own verdict."""
    settings = plain(broker)
    async with (
        MqttBroker(settings, LISTENER).connect() as desk,
        MqttBroker(settings, SESSION).connect() as gateway,
    ):
        bodies = [b"%d" % n * 2_000 for n in range(20)]
        await asyncio.gather(*(gateway.publish("t/x", body) for body in bodies))
        assert sorted(body for _, body, _ in await hear(desk, 20)) == sorted(bodies)


async def test_tls_with_a_client_certificate(tmp_path: Path):
    """TLS 1.3 with our CA; a stranger's CA and a missing certificate are refused."""
    make_certificates(tmp_path)
    extra = (
        f"cafile {tmp_path}/ca.pem\ncertfile {tmp_path}/broker.pem\nkeyfile {tmp_path}/broker.key\n"
        "require_certificate true\nuse_identity_as_username true\ntls_version tlsv1.3"
    )
    pair = {"cert_file": f"{tmp_path}/gw.pem", "key_file": f"{tmp_path}/gw.key", "tls": True}
    with mosquitto(tmp_path, extra=extra) as broker:
        settings = plain(broker, ca_file=f"{tmp_path}/ca.pem", **pair)
        async with MqttBroker(settings, SESSION).connect() as line:
            await line.publish("t/gw-0001/up/alert", b"x" * 100_000)
        for changes in ({"ca_file": f"{tmp_path}/other.pem"}, {"cert_file": None}):
            given = {"ca_file": f"{tmp_path}/ca.pem", **pair, **changes}
            if given["cert_file"] is None:
                given["key_file"] = None
            with pytest.raises(UpstreamUnavailableError):
                async with MqttBroker(plain(broker, **given), SESSION).connect() as line:
                    await line.publish("t/gw-0001/up/alert", b"x")


def run(*command: str, cwd: Path | None = None) -> None:
    """Run a program that a test needs to its end."""
    subprocess.run(command, check=True, capture_output=True, cwd=cwd)


@contextlib.contextmanager
def mute_listener(reply: bytes | None = None) -> Iterator[int]:
    """Listen and accept; answer with `reply` and close, or say nothing for ever."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.settimeout(10)
                        connection.recv(1_000)
                        if reply is None:
                            connection.recv(1_000)  # until the other side gives up
                        else:
                            connection.sendall(reply)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


def make_certificates(directory: Path) -> None:
    """Make a CA, a broker and a client that it vouches for, and another CA, with openssl."""

    def openssl(*arguments: str) -> None:
        run("openssl", *arguments, cwd=directory)

    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for name in ("ca", "other"):
        openssl(
            "req", "-x509", *curve, "-keyout", f"{name}.key", "-out", f"{name}.pem",
            "-days", "2", "-subj", f"/CN={name}",
            # RFC 5280 §4.2.1.3, which Python 3.13 insists on.
            "-addext", "keyUsage=critical,keyCertSign,cRLSign",
        )  # fmt: skip
    for name, subject in (("broker", "/CN=127.0.0.1"), ("gw", "/CN=gw-0001")):
        openssl("req", *curve, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", subject)
        (directory / "extensions").write_text(
            "subjectAltName=IP:127.0.0.1\nauthorityKeyIdentifier=keyid\n", encoding="utf-8"
        )
        openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", f"{name}.pem", "-days", "2", "-extfile", "extensions",
        )  # fmt: skip
    assert ssl.HAS_TLSv1_3
