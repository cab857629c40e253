"""The gateway of one home: every loop in one task group. A loop that dies ends the process.

A half-alive gateway is the worst state, so nothing here restarts a loop; that
is systemd's work. Start-up waits for nobody upstream.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from edge import __version__
from edge.app.beats import Beats
from edge.app.consultant import Consultant
from edge.app.daily import DailyChange
from edge.app.disk import DiskWatch
from edge.app.escalating.escalator import Escalator
from edge.app.escalating.question import Question
from edge.app.escalating.sounding import Hook
from edge.app.house import House
from edge.app.ingest import Ingest
from edge.app.inputs import input_loops
from edge.app.lines import Lines
from edge.app.local import Local
from edge.app.locating.locator import Locator
from edge.app.locating.receivers import Receivers
from edge.app.locating.receptions import Receptions
from edge.app.notify import notify
from edge.app.opening import open_house
from edge.app.pager import modem_of, status_of
from edge.app.papers import faults_of
from edge.app.power import PowerWatch
from edge.app.proving.texting import TextProof
from edge.app.redating import Redating
from edge.app.service import Service
from edge.app.ticker import Ticker
from edge.app.timeline import Timeline
from edge.app.upkeep import Upkeep
from edge.app.upstream import Upstream
from edge.app.working.teller import WorkTeller
from edge.clock import RandomIds, SystemClock
from edge.config import Config
from edge.control.server import ControlServer
from edge.errors import ConfigError, EdgeError, StoreError
from edge.events import Fault
from edge.log import configure, where
from edge.ports import Batch, Pager, Sounder
from edge.transports.lanes import LaneQueue
from edge.transports.outputs.modem_output import ModemOutput

if TYPE_CHECKING:
    from edge.app.ble import Ble
    from edge.transports.ble.radio import Radio

log = structlog.get_logger()

# Measured with a saturated loop: an alarm's commit has p99 1.4 s at Python's 5 ms, 9 ms at this.
SWITCH_INTERVAL_S = 0.0005

EXIT_OK = 0
EXIT_FAILED = 1


class Gateway:
    """All that runs around one house. `radio` stands in for the one that the settings name, and
    `pager` is the modem for text messages, where there is one.
    """

    def __init__(
        self, house: House, radio: Radio | None = None, pager: Pager | None = None
    ) -> None:
        self.house = house
        self.queue = LaneQueue()
        self.beats = Beats(house.clock)
        self.timeline = Timeline()
        self.upkeep = Upkeep(house)
        self.disk = DiskWatch(house)
        self.power = PowerWatch(house)
        self.serial = Lines(house, self.queue, on_fault=self._fault, beat=self.beats.beat)
        self.lines = self.serial.by_device
        self.ble = self._ble(radio)
        self.local = self._local()
        self.ingest = Ingest(house, self.queue, self._reply)
        self.receptions = Receptions(house)
        self.ingest.when_received.append(self.receptions.received)
        receivers = Receivers(house, self.ble, self.local)
        self.locator = Locator(house, self.ingest.when_received, receivers)
        self.ticker = Ticker(house)
        self.consultant = Consultant(house)
        house.after_commit.append(self._committed)
        self.service = Service(house, self.timeline)
        self.upstream = Upstream(house, self.timeline, self.beats, self.upkeep, self.service)
        self.modem = modem_of(house, on_fault=self._fault, beat=self.beats.beat)
        self.service.paging.modem = self.modem
        self.upstream.when_beaten = self.service.disclosures.beaten
        self.upkeep.also += [self.service.disclosures.keep, Redating(house).turn]
        calls = pager or self.modem
        self.text_proof = TextProof(house, calls)
        self.escalator = self._escalator(calls)
        self.service.escalation.in_force = self.escalator.read_plan
        self.service.taking.when_taken = self.escalator.read_plan
        self.service.escalation.has_pager = lambda: calls is not None
        self.service.live = self._live
        self.service.installer.ingest = self.ingest
        self.service.installer.receptions = self.receptions
        self.service.installer.ble = self.ble
        self._tell_installer()
        self.service.profile.ble = self.ble
        self.service.profile.line = self.service.homelink
        self.service.locator.locator = self.locator
        house.when_enrolled.append(self._enrolled)
        self.control = ControlServer(
            Path(house.config.control.socket),
            self.service.handlers(),
            self.service.streams(),
            house.config.control.group,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop`; raises what the first loop that died died of."""
        async with self.control.serving(), asyncio.TaskGroup() as group:
            loops = [group.create_task(work, name=name) for name, work in self._loops()]
            notify("READY=1")
            log.info("gateway_ready", gateway=self.house.config.gateway.id, version=__version__)
            await stop.wait()
            notify("STOPPING=1")
            for loop in loops:
                loop.cancel()

    def _loops(self) -> list[tuple[str, Coroutine[Any, Any, None]]]:
        beat = self.beats.beat
        loops = [
            ("ingest", self.ingest.run(partial(beat, "ingest"))),
            ("ticker", self.ticker.run(partial(beat, "ticker"))),
            ("consultant", self.consultant.run(partial(beat, "consultant"))),
            ("daily", DailyChange(self.house).run(partial(beat, "daily"))),
            ("uplink", self.upstream.run()),
            ("papers", self.service.papers.run(partial(beat, "papers"))),
            ("commands", self.upstream.commander.run(partial(beat, "commands"))),
            ("locator", self.locator.run(partial(beat, "locator"))),
            ("upkeep", self.upkeep.run(partial(beat, "upkeep"))),
            ("disk", self.disk.run(partial(beat, "disk"))),
            ("power", self.power.run(partial(beat, "power"))),
            (
                "commissioning",
                self.service.commissioning.completion.run(partial(beat, "commissioning")),
            ),
            ("profile", self.service.profile.run(partial(beat, "profile"))),
            ("proof", self.service.prover.run(partial(beat, "proof"))),
            ("text-proof", self.text_proof.run()),
            ("digest", self.service.digester.run(partial(beat, "digest"))),
            ("work", WorkTeller(self.house).run(partial(beat, "work"))),
            ("escalation", self.escalator.run(partial(beat, "escalation"))),
            ("store", self.house.store.watch()),
            ("batches", self._batches()),
            ("watchdog", self.beats.feed_watchdog()),
        ]
        loops += [(f"serial:{device}", line.run()) for device, line in self.lines.items()]
        if self.serial.finder is not None:
            loops.append(("ports", self.serial.finder.run()))
        loops += input_loops(self.house, self.queue, self._fault, beat)
        if self.ble is not None:
            loops.append(("ble", self.ble.run()))
        if self.local is not None:
            loops.append(("local-broker", self.local.broker.run()))
        if self.modem is not None:
            loops.append(("pager", self.modem.run()))
        sounder = self.house.config.sounder
        if sounder is not None and sounder.ask:
            ask = Hook(argv=sounder.ask, timeout_s=sounder.hook_timeout_s)
            loops.append(("question", Question(self.house, ask).run()))
        return loops

    def _escalator(self, pager: Pager | None) -> Escalator:
        settings = self.house.config.sounder
        sounder: Sounder | None = None
        hook: Hook | None = None
        if settings is not None and settings.line is not None:
            sounder = ModemOutput(settings.line)
        if settings is not None and settings.hook:
            hook = Hook(argv=settings.hook, timeout_s=settings.hook_timeout_s)
        homelink = self.service.homelink

        async def address() -> str:
            try:
                where = await homelink.where()
            except StoreError as error:
                if not error.fault:
                    raise
                return ""  # a message without an address is better than none
            return "" if where is None else where.address

        return Escalator(self.house, address=address, pager=pager, sounder=sounder, hook=hook)

    def _tell_installer(self) -> None:
        """What commissioning looks at beside the house."""
        ports, ble, local = self.service.commissioning.ports, self.ble, self.local
        ports.path = self.upstream.status
        ports.lines = self.serial.open_lines
        if ble is not None:
            ports.adverts = lambda: ble.scanner.adverts
        if local is not None:
            ports.satellites = lambda: local.status()["satellites"]

    async def _batches(self) -> None:
        """Ends the gateway when a batch could not be stored, whoever had asked for the commit."""
        await self.house.lost.wait()
        raise StoreError(self.house.lost_why)

    def _ble(self, radio: Radio | None) -> Ble | None:
        settings = self.house.config.ble
        if radio is None and settings.backend == "off":
            return None
        # A home without a radio does not load one.
        from edge.app.ble import Ble  # noqa: PLC0415
        from edge.transports.ble.backends import open_radio  # noqa: PLC0415

        used = radio if radio is not None else open_radio(settings.backend, settings.adapter)
        ble = Ble(
            used,
            self.queue,
            self.house.clock,
            on_fault=self._fault,
            beat=self.beats.beat,
            state_of=lambda device: self.house.driver_states.get(device, b""),
        )
        ble.enrol(self.house.devices.values())
        return ble

    def _local(self) -> Local | None:
        settings, house = self.house.config.ingest, self.house
        if settings is None:
            return None
        local = Local(
            settings,
            house.config.gateway.id,
            self.queue,
            house.clock,
            on_fault=self._fault,
            beat=self.beats.beat,
        )
        local.enrol(house.devices.values())
        return local

    async def _reply(self, device: str, data: bytes) -> None:
        line = self.lines.get(device)
        if line is not None:
            line.write(data)

    def _fault(self, fault: Fault) -> None:
        """Something of ours broke or is back; the ticker commits what the rules make of it."""
        self.house.tell(fault)

    def _committed(self, batch: Batch) -> None:
        """What is in force now: alerts' times, and where each line would begin again."""
        now, durable = self.house.clock.now(), not self.house.unstored
        self.timeline.committed(batch, now, durable=durable)
        for device, state in batch.driver_states.items():
            if device in self.lines:
                self.lines[device].state = state

    def _enrolled(self) -> None:
        """Devices came, went or changed: listen for those of now, and for no others."""
        if self.ble is not None:
            self.ble.enrol(self.house.devices.values())
        if self.local is not None:
            self.local.enrol(self.house.devices.values())
        for device, line in self.lines.items():
            if device not in self.house.driver_states:
                line.state = b""  # gone, or another one under the same name

    def _live(self) -> dict[str, Any]:
        """What only a running gateway knows, for `kotivahti status`."""
        refused = {f"{d}: {reason}": n for (d, reason), n in self.ingest.refused.items()}
        found: dict[str, Any] = {
            "path": self.upstream.status(),
            "disk": self.disk.status(),
            "power": self.power.status(),
            "frames": self.ingest.frames,
            "refused": refused,
            "dropped": self.queue.telemetry_dropped,
            "alarms_refused": self.queue.alarm_refused,
            "late_loops": self.beats.late(),
            "escalation": self.escalator.status(),
            "proof": self.service.prover.status() | {"sms": self.text_proof.status()},
        }
        if self.serial.finder is not None:
            found["doubtful_ports"] = list(self.serial.finder.doubtful)
        if self.modem is not None:
            found["pager"] = status_of(self.modem)
        if self.local is not None:
            found["ingest"] = self.local.status() | {"echoes": self.ingest.echoes.dropped}
        if self.ble is not None:
            scanner = self.ble.scanner
            found["radio"] = {
                "adverts": scanner.adverts,
                "strangers": scanner.strangers,
                "noise": scanner.noise,
                "rebuilds": scanner.rebuilds,
            }
        return found


async def serve(config: Config, radio: Radio | None = None) -> int:
    """Run the gateway until SIGTERM or SIGINT; returns the process's exit code."""
    configure()
    # A busy event loop must not keep the store's thread waiting for five milliseconds a turn.
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    clock = SystemClock(config.gateway.zone, trusted=config.gateway.trusted_clock)
    for fault in await asyncio.to_thread(faults_of, config, "[mqtt]"):
        # Said, and gone on: alarms in the home need no line, and the second slot may do.
        log.error("line_unusable", reason=str(fault))
    try:
        async with open_house(config, clock, RandomIds(), mend=True) as house:
            await Gateway(house, radio).run(stop)
    except ConfigError:
        raise
    except EdgeError as error:
        log.error("gateway_failed", reason=str(error))
        return EXIT_FAILED
    except BaseExceptionGroup as group:
        for cause in group.exceptions:
            log.error("loop_died", error=type(cause).__name__, detail=where(cause))
        return EXIT_FAILED
    log.info("gateway_stopped", gateway=config.gateway.id)
    return EXIT_OK
