"""A command to one gateway, over a line of its own: signed, sent, and waited for."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from desk.config import DeskConfig
from edge.commands import Order, sign
from edge.domain import Record
from edge.errors import ConfigError, ConfigFault, NotNowError
from edge.locale.refusing import worded
from edge.ports import Clock, Ids
from edge.uplink.envelope import MessageError, ReplyEnvelope, Topics, parse_reply
from edge.uplink.mqtt import MqttBroker, MqttLine, Session

# Who asks waits in front of a screen; a gateway answers within a second or is not there.
WITHIN_S = 30.0
# For clocks that are a little apart, and a line that comes back; a gateway takes at most 300 s.
LIFETIME_MS = 120_000
NONCE_BYTES = 16
_KEY_BYTES_MAX = 4_096
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Asked(Record, frozen=True, kw_only=True):
    """What a gateway said, and how long it took."""

    reply: ReplyEnvelope
    after_ms: int


def read_key(path: Path) -> Ed25519PrivateKey:
    """The signing key; raises ConfigError for a file that is none, or that others may read."""
    try:
        if path.stat().st_mode & _OTHERS:
            raise _fault(path, "can be read by others", f"chmod 600 {path}")
        key = load_pem_private_key(path.read_bytes()[:_KEY_BYTES_MAX], None)
    except OSError as error:
        raise _fault(path, f"cannot be read: {error}", "check path and rights") from error
    except (ValueError, TypeError) as error:
        mend = "make one with `kotivahti desk command-key`"
        raise _fault(path, "is no private key in PEM without a password", mend) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _fault(path, "is no Ed25519 key", "make one with `kotivahti desk command-key`")
    return key


def write_key(path: Path) -> Ed25519PrivateKey:
    """A new key in a new file that nobody else may read; raises ConfigError."""
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(text)
    except OSError as error:
        mend = "give another path; a key is never written over"
        raise _fault(path, f"cannot be made: {error}", mend) from error
    return key


def _fault(path: Path, wrong: str, mend: str) -> ConfigError:
    return ConfigError([ConfigFault(str(path), "(key)", wrong, mend)])


async def ask(
    config: DeskConfig,
    order: Order,
    key: Ed25519PrivateKey,
    *,
    clock: Clock,
    ids: Ids,
    within_s: float = WITHIN_S,
) -> Asked:
    """Send one command and wait for its answer; raises NotNowError when none comes in time."""
    topics = Topics(gateway=order.gateway)
    account = f"desk-{config.desk.id}"
    session = Session(
        client_id=f"{account}-cmd-{order.nonce[:8]}",
        common_name=account,
        subscribe=(topics.reply,),
        kept=False,
    )
    try:
        async with (
            asyncio.timeout(within_s),
            MqttBroker(config.mqtt, session).connect() as line,
        ):
            began = clock.now()
            body = sign(order, key, id=ids.uuid7(began), at=began, lifetime_ms=LIFETIME_MS)
            await line.publish(topics.down_command, body, expires_s=LIFETIME_MS // 1000)
            reply = await _answer(line, order)
            return Asked(reply=reply, after_ms=clock.now().boottime_ms - began.boottime_ms)
    except TimeoutError as error:
        raise worded(
            NotNowError, "no_command_answer",
            gateway=order.gateway, n=round(within_s), key=order.key, name=order.command.value,
        ) from error  # fmt: skip


async def _answer(line: MqttLine, order: Order) -> ReplyEnvelope:
    while True:
        for message in await line.take(16):
            try:
                found = parse_reply(message.body, order.gateway)
            except MessageError:
                continue  # of another release, or of nobody: no answer to us
            if found.data.nonce == order.nonce and not message.retained:
                return found
