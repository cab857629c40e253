"""The virtual devices' way to the home's broker: an MQTT client that never gives up.

The gateway's own client is left alone on purpose: the simulator speaks as a
stranger's firmware would, by the public library.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import aiomqtt

# Messages that wait for a broker; a sender of this size keeps no more, and loses the oldest.
WAITING_MAX = 500
RETRY_S = 0.5


class Message(NamedTuple):
    topic: str
    body: bytes
    qos: int


class Post:
    """One client on one broker; `send` returns at once."""

    def __init__(self, host: str, port: int, client_id: str) -> None:
        self.lost = 0
        self.sent = 0
        self._host = host
        self._port = port
        self._client_id = client_id
        self._waiting: asyncio.Queue[Message] = asyncio.Queue()

    def send(self, topic: str, body: bytes, *, qos: int = 0) -> None:
        if self._waiting.qsize() >= WAITING_MAX:
            self._waiting.get_nowait()
            self.lost += 1
        self._waiting.put_nowait(Message(topic, body, qos))

    async def run(self) -> None:
        while True:
            try:
                async with aiomqtt.Client(
                    self._host, self._port, identifier=self._client_id
                ) as client:
                    await self._serve(client)
            except aiomqtt.MqttError:
                await asyncio.sleep(RETRY_S)

    async def _serve(self, client: aiomqtt.Client) -> None:
        while True:
            message = await self._waiting.get()
            try:
                await client.publish(message.topic, message.body, qos=message.qos)
            except aiomqtt.MqttError:
                if message.qos:
                    self.send(*message[:2], qos=message.qos)
                raise
            self.sent += 1
