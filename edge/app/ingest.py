"""From frames to stored observations: the one path that every reading takes."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import msgspec
import structlog

from edge.app.house import House
from edge.domain import Device, Instant, Observation
from edge.drivers import DRIVERS
from edge.drivers.base import Advert, Decoded, Frame, MessageFrame, Notification
from edge.errors import DecodeError
from edge.events import Counted
from edge.transports.lanes import Heard, LaneQueue
from edge.transports.local.echoes import Echoes
from edge.waking import BEAT_MS, slice_end_ms

log = structlog.get_logger()

# Frames that arrive together share one commit before their devices are told so.
FRAMES_PER_TURN = 500

# What a receiver can report (Core Vol 4 Part E 7.7.65.2).
WEAKEST_DBM, LOUDEST_DBM = -127, -1

Reply = Callable[[str, bytes], Awaitable[None]]
Received = Callable[[Device, Advert, Instant], None]


class Reception(msgspec.Struct):
    """How one device comes in, since the start: for whoever stands beside it."""

    frames: int = 0
    rssi_dbm: int | None = None  # of the last advertisement
    by: dict[str, int] = {}  # dBm of the last one at each receiver; "" is the gateway's own


class Ingest:
    """Decodes what the transports heard, tells the house, commits, and only then replies."""

    def __init__(self, house: House, queue: LaneQueue, reply: Reply) -> None:
        self._house = house
        self._queue = queue
        self._reply = reply
        self.echoes = Echoes()
        # Without satellites there is one receiver, and no echo of anything.
        settings = house.config.ingest
        self._several = settings is not None and bool(settings.satellite)
        self.refused: Counter[tuple[str, str]] = Counter()
        self.frames = 0
        self.reception: dict[str, Reception] = {}  # by device; a home has DEVICES_MAX of them
        # Called for every advertisement of an enrolled device, copies by other receivers too:
        # who heard it how well is the same news in each. Listeners may not raise.
        self.when_received: list[Received] = []

    async def run(self, beat: Callable[[], None]) -> None:
        while True:
            beat()
            try:
                now_ms = self._house.clock.now().boottime_ms
                async with asyncio.timeout((slice_end_ms(now_ms, BEAT_MS) - now_ms) / 1000):
                    heard = await self._queue.get_batch(FRAMES_PER_TURN)
            except TimeoutError:
                heard = []
            await self.take(heard)

    async def take(self, heard: list[Heard]) -> None:
        """One turn: everything heard, one commit when it is due, then the replies."""
        replies: list[tuple[str, bytes]] = []
        for one in heard:
            replies += [(one.device, data) for data in self._decode(one)]
        keeper = self._house.keeper
        owed = bool(replies) or any(_is_forgotten(one.frame) for one in heard)
        if owed or keeper.urgent or keeper.due(self._house.clock.now().boottime_ms):
            durable = await self._house.keep()
            if not durable:
                return  # what is only in memory is not stored: the device keeps it, and repeats it
        for device, data in replies:
            await self._reply(device, data)

    def _decode(self, heard: Heard) -> tuple[bytes, ...]:
        self.frames += 1
        device = self._house.devices.get(heard.device)
        if device is None:
            return ()  # removed while the frame was waiting
        received = self._received(heard)
        if self.when_received and isinstance(heard.frame, Advert):
            for listener in self.when_received:
                listener(device, heard.frame, heard.at)
        if self._several and self._is_echo(heard):
            return ()
        self._note_reception(received, heard)
        state = self._house.driver_states.get(device.id, b"")
        try:
            decoded = DRIVERS[device.driver].decode(device, state, heard.frame, heard.at)
        except DecodeError as error:
            self._refuse(device, error)
            self._remember(device, error.state)
            return ()
        return decoded.replies if self._keep(device, decoded) else ()

    def _is_echo(self, heard: Heard) -> bool:
        frame = heard.frame
        return isinstance(frame, Advert) and self.echoes.is_echo(
            heard.device, frame, heard.at.boottime_ms
        )

    def _keep(self, device: Device, decoded: Decoded) -> bool:
        """False when the rules would not have it: the device is not told that it is stored."""
        house = self._house
        for seen in _user_first(decoded.observations):
            if not house.hear(_placed(seen, device)):
                self._note_refused(device, "not_enrolled", None)
                return False
        self._remember(device, decoded.state)
        return True

    def _remember(self, device: Device, state: bytes | None) -> None:
        if state is not None:
            self._house.driver_states[device.id] = state
            self._house.keeper.remember(device.id, state)

    def _received(self, heard: Heard) -> Reception:
        """At which receiver it came in, also when another one had it before."""
        received = self.reception.get(heard.device)
        if received is None:
            received = self.reception[heard.device] = Reception()
        if type(heard.frame) is Advert and _is_level(heard.frame.rssi_dbm):
            received.by[heard.frame.source] = heard.frame.rssi_dbm
        return received

    def _note_reception(self, received: Reception, heard: Heard) -> None:
        received.frames += 1
        if type(heard.frame) is Advert:
            received.rssi_dbm = heard.frame.rssi_dbm

    def forget(self, device: str) -> None:
        """Count anew: the device is gone, or another one under the same name."""
        self.reception.pop(device, None)
        self.echoes.forget(device)
        for key in [key for key in self.refused if key[0] == device]:
            del self.refused[key]

    def _refuse(self, device: Device, error: DecodeError) -> None:
        self._note_refused(device, error.reason, error.byte)
        self._house.tell(Counted(device=device.id, reason=error.reason))

    def _note_refused(self, device: Device, reason: str, byte: int | None) -> None:
        """Count it; say it the first time."""
        self.refused[device.id, reason] += 1
        if self.refused[device.id, reason] == 1:
            log.warning(
                "frame_refused", device=device.id, driver=device.driver, reason=reason, byte=byte
            )


def _is_level(dbm: int) -> bool:
    """Receivers say 127, and some 0, where they do not know it."""
    return WEAKEST_DBM <= dbm <= LOUDEST_DBM


def _is_forgotten(frame: Frame) -> bool:
    """Whether its sender takes it for delivered by now: nobody has it but us.

    An indication was confirmed to the device by the radio's stack, a message to the broker by
    the MQTT client.
    """
    return isinstance(frame, MessageFrame) or (isinstance(frame, Notification) and frame.indicated)


def _user_first(seen: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """Whose readings these are, before the readings: an instrument says it at the end."""
    if len(seen) < 2 or not any(one.kind == "user" for one in seen):  # noqa: PLR2004
        return seen
    return tuple(sorted(seen, key=lambda one: one.kind != "user"))


def _placed(seen: Observation, device: Device) -> Observation:
    if device.room is None and device.person is None:
        return seen
    return msgspec.structs.replace(seen, room=device.room, person=device.person)
