"""Which port a device is on, found by what answers there.

Cheap adapters share one serial number, so /dev/serial/by-id has one name for two
of them and their sockets are all that differs. A line that is given no port, or a
choice of ports, is found by a handshake:

- every free port is listened to, with the settings and the framer of each line that
  looks for its own, for as long as such a device may take to be heard; a frame that
  the device's driver reads is the handshake. Appliance links are known by their
  serial number, instruments by the format of their frames alone;
- only where not a byte was heard for longer than an appliance's heartbeat are
  instruments asked that speak when asked, with their driver's poll and nothing else. No
  other byte is ever written to a port whose device is not known, and a port that a line
  has is left alone;
- what cannot be told apart is not guessed: two instruments of one kind without a number,
  or one that is found on two ports. A reading of the wrong person is worse than none.

It is looked for in rounds. A device known by its number has its port at once, others
at the end of a round, when every port has had its say.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import structlog

from edge.drivers.base import Framer, LineSettings
from edge.ports import Clock
from edge.transports.lines.port_claims import Seeker, doubtful_ports, settle
from edge.transports.lines.port_names import candidate_ports, presence
from edge.transports.lines.serial_port import OPEN_ERRORS, Link, open_link

log = structlog.get_logger()

# Nobody is asked anything on a port before it was silent for longer than the heartbeat of an
# appliance, known or not, which is 30 s.
SILENT_MS = 35_000
# What is asked answers within a second, also one that must wake up first.
ANSWER_MS = 5_000
# Between the writes of a poll, for an instrument that the first one wakes.
POLL_GAP_MS = 1_000
# How often a round looks whether it is over.
LOOK_EVERY_MS = 250
# Opening a port may reset what is behind it (DTR), so ports that gave nothing are left alone
# for 10, 20, 40 ... s, until one is plugged in or a line has lost its own.
REST_FIRST_MS = 10_000
REST_MAX_MS = 300_000
REST_LOOK_MS = 1_000
# Ports that are listened to in a round: more than a home has sockets for.
PORTS_MAX = 32


class _Ears:
    """A framer for everybody at once: each seeker cuts the stream in its own way."""

    def __init__(self, seekers: list[Seeker]) -> None:
        self.dropped_bytes = 0
        self.answered: set[str] = set()
        self.silent = True  # not a byte so far, of any format or speed
        self._framers: list[tuple[Seeker, Framer]] = [
            (one, one.driver.framer()) for one in seekers if one.driver.framer is not None
        ]

    def feed(self, chunk: bytes) -> list[bytes]:
        self.silent = False
        for seeker, framer in self._framers:
            if any(seeker.accepts(frame) for frame in framer.feed(chunk)):
                self.answered.add(seeker.device)
        return []


class PortFinder:
    """Finds the ports of the lines that have none by name, for as long as the gateway runs.

    `taken` names the ports that are somebody's by name.
    """

    def __init__(
        self,
        seekers: Iterable[Seeker],
        clock: Clock,
        *,
        taken: Callable[[], Iterable[str]],
        beat: Callable[[str], None],
        candidates: Callable[[], Iterable[str]] = candidate_ports,
    ) -> None:
        self._seekers = {one.device: one for one in seekers}
        self._named = frozenset(d for d, one in self._seekers.items() if one.driver.named)
        self._clock = clock
        self._taken = taken
        self._beat = beat
        self._candidates = candidates
        self._bound: dict[str, str] = {}
        self._verdicts: dict[str, str] = {}
        self._never: set[str] = set()
        for doubt in doubtful_ports(self._seekers.values()):
            self._never |= set(doubt.devices)
            alike = ", ".join(doubt.devices)
            for device in doubt.devices:
                self._say(device, f"{alike} answer alike: name their ports in [[serial]]")

    def port_of(self, device: str) -> str | None:
        """The port on which the device has answered, until it is released."""
        return self._bound.get(device)

    def verdict(self, device: str) -> str:
        """Why the device has no port, for people; empty before the first round is over."""
        return self._verdicts.get(device, "")

    @property
    def doubtful(self) -> tuple[str, ...]:
        """Devices whose port cannot be told, as far as the last round has seen."""
        return tuple(sorted(d for d, text in self._verdicts.items() if text != _NOT_FOUND))

    def release(self, device: str) -> None:
        """The port has ended or cannot be had: look for it again."""
        self._bound.pop(device, None)

    async def run(self) -> None:
        """Look for what is missing, round after round."""
        rest_ms = REST_FIRST_MS
        while True:
            self._beat("ports")
            await self.round()
            changed = await self._rest(rest_ms)
            rest_ms = REST_FIRST_MS if changed else min(REST_MAX_MS, rest_ms * 2)

    async def _rest(self, ms: int) -> bool:
        """Wait `ms`, less when a port has come or a line looks for one again; whether it did."""
        before = self._to_do()
        until_ms = self._clock.now().boottime_ms + ms
        while self._clock.now().boottime_ms < until_ms:
            self._beat("ports")
            await self._wait(REST_LOOK_MS)
            now = self._to_do()
            if now - before:
                return True
            before &= now  # what has gone is news when it comes again
        return False

    def _to_do(self) -> frozenset[str]:
        """Who looks for a port, and the free ports, which a replug renames or renews."""
        waiting = self._waiting()
        free = (f"{name} {presence(name)}" for name in self._free(waiting))
        return frozenset([*free, *(one.device for one in waiting)])

    def _waiting(self) -> list[Seeker]:
        return [
            one
            for device, one in self._seekers.items()
            if device not in self._bound and device not in self._never
        ]

    async def round(self) -> None:
        """Listen to every free port, ask where it is silent, and settle who is where."""
        waiting = self._waiting()
        free = self._free(waiting)
        async with asyncio.TaskGroup() as group:
            probes = {
                port: group.create_task(self._probe(port, able), name=f"probe:{port}")
                for port, able in free.items()
            }
            # A stranger's adapter that hangs while it is opened must not look like a loop of ours
            # that has died: its round waits for it, the gateway goes on.
            while not all(probe.done() for probe in probes.values()):
                self._beat("ports")
                await self._wait(LOOK_EVERY_MS)
        settled = settle({port: probe.result() for port, probe in probes.items()}, self._named)
        for one in waiting:
            device = one.device
            if device in self._bound:  # known by its number, in the middle of the round
                continue
            if device in settled.bound:
                self._bind(device, settled.bound[device])
            elif device in settled.doubtful:
                ports = ", ".join(settled.doubtful[device])
                self._say(device, f"cannot be told apart on {ports}: name its port in [[serial]]")
            else:
                self._say(device, _NOT_FOUND)

    def _free(self, waiting: list[Seeker]) -> dict[str, list[Seeker]]:
        """The ports that are nobody's, each once, with those who may look there."""
        owned = {there.device for name in self._owned() if (there := presence(name)) is not None}
        by_device: dict[int, tuple[str, list[Seeker]]] = {}
        anywhere = tuple(self._candidates()) if any(not one.ports for one in waiting) else ()
        for one in waiting:
            for name in one.ports or anywhere:
                there = presence(name)
                if there is None or there.device in owned or len(by_device) >= PORTS_MAX:
                    continue
                _, able = by_device.setdefault(there.device, (name, []))
                if one not in able:
                    able.append(one)
        return dict(by_device.values())

    def _owned(self) -> list[str]:
        return [*self._taken(), *self._bound.values()]

    async def _probe(self, port: str, seekers: list[Seeker]) -> frozenset[str]:
        """The devices whose drivers have read something on this port."""
        silent, silent_ms = True, 0
        speakers = [one for one in seekers if not one.driver.poll]
        for line in dict.fromkeys(one.line for one in sorted(speakers, key=_patience_ms)):
            able = [one for one in speakers if one.line == line]
            ms = max(_patience_ms(one) for one in able)
            ears = await self._listen(port, line, able, ms)
            if ears is None or ears.answered:
                return self._known(port, ears)
            silent = silent and ears.silent
            silent_ms += ms
        for one in seekers:
            if not one.driver.poll or not silent:  # what speaks at another speed is not asked
                continue
            still_ms = max(0, SILENT_MS - silent_ms)
            ears = await self._listen(port, one.line, [one], still_ms, ask=one.driver.poll)
            if ears is None or not ears.silent:
                return self._known(port, ears)
            silent_ms = SILENT_MS
        return frozenset()

    def _known(self, port: str, ears: _Ears | None) -> frozenset[str]:
        """Who has answered; one that is known by its number has its port at once."""
        answered = frozenset() if ears is None else frozenset(ears.answered)
        known = answered & self._named
        if len(known) == 1 and not answered - known and not known & self._bound.keys():
            self._bind(next(iter(known)), port)
        return answered

    async def _listen(
        self,
        port: str,
        line: LineSettings,
        seekers: list[Seeker],
        ms: int,
        *,
        ask: tuple[bytes, ...] = (),
    ) -> _Ears | None:
        """Listen for `ms`, then ask unless a byte was heard; None: the port cannot be had."""
        ears = _Ears(seekers)
        try:
            link = await open_link(port, line, ears, lambda _link, _frames: None)
        except OPEN_ERRORS as error:
            log.info("port_not_probed", port=port, reason=type(error).__name__)
            return None
        try:
            await self._until_answered(link, ears, ms)
            if ask and ears.silent:
                for part in ask:
                    link.write(part)
                    await self._wait(POLL_GAP_MS)
                await self._until_answered(link, ears, ANSWER_MS)
        finally:
            await link.close()
        return ears

    async def _until_answered(self, link: Link, ears: _Ears, ms: int) -> None:
        until_ms = self._clock.now().boottime_ms + ms
        while self._clock.now().boottime_ms < until_ms:
            if ears.answered or link.lost.done():
                return
            await self._wait(LOOK_EVERY_MS)

    def _bind(self, device: str, port: str) -> None:
        self._bound[device] = port
        self._verdicts.pop(device, None)
        log.info("port_found", device=device, port=port)

    def _say(self, device: str, verdict: str) -> None:
        if self._verdicts.get(device) != verdict:
            self._verdicts[device] = verdict
            log.warning("port_not_found", device=device, detail=verdict)

    async def _wait(self, ms: int) -> None:
        await self._clock.sleep_until(self._clock.now().boottime_ms + ms)


def _patience_ms(seeker: Seeker) -> int:
    return round(seeker.driver.heard_within_s * 1000)


_NOT_FOUND = "no port answers as this device"
