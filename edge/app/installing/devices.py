"""What an installer asks of devices: list, show, enrol, change, remove.

Served by a running gateway and by a command that opened the database itself.
What changes here takes effect at once: the house tells who listens for devices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from edge.app.house import House
from edge.app.installing.enrolling import is_other_thing, needs_line, planned, stands_in, wishes_of
from edge.app.view import device_row, observation_row, wall_text
from edge.control.protocol import Peer
from edge.control.server import Handler
from edge.domain import ALARM_ROLES, Device, Role
from edge.drivers import DRIVERS, shape_of
from edge.drivers.base import Shape
from edge.errors import ConfigFault, ControlError, MisaskedError
from edge.events import Confirmed, Enrolled, Removed
from edge.home.silence import silent_after_ms
from edge.home.staying import residents
from edge.locale.refusing import given, listed, worded

if TYPE_CHECKING:
    from edge.app.ble import Ble
    from edge.app.ingest import Ingest
    from edge.app.locating.receptions import Receptions

log = structlog.get_logger()

# What they are for raises an alert, also when somebody only tries them.
RAISES = ALARM_ROLES | {Role.WATER_ALARM}
# Readings of one device that are shown: a device has some tens of kinds.
READINGS_MAX = 100
# A name or an account.
BY_MAX_CHARS = 100


class Devices:
    """Handlers for one house. `ingest` and `ble` are set by a running gateway."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.ingest: Ingest | None = None
        self.ble: Ble | None = None
        self.receptions: Receptions | None = None

    def handlers(self) -> Mapping[str, Handler]:
        return {
            "device_list": self.all,
            "device_show": self.show,
            "device_enrol": self.enrol,
            "device_remove": self.remove,
            "device_confirm": self.confirm,
        }

    def named(self, args: dict[str, Any]) -> Device:
        """The enrolled device that `args` names; raises ControlError with those there are."""
        ident = args.get("device")
        device = self.house.devices.get(ident) if isinstance(ident, str) else None
        if device is None:
            there = listed(sorted(self.house.devices))
            raise worded(ControlError, "no_device", name=given(ident), there=there)
        return device

    async def all(self, _: dict[str, Any], __: Peer) -> list[dict[str, Any]]:
        return [self._row(device) for device in self.house.devices.values()]

    async def show(self, args: dict[str, Any], _: Peer) -> dict[str, Any]:
        """One device with its last readings and how it comes in."""
        device = self.named(args)
        house = self.house
        state = house.keeper.home.devices.get(device.id)
        latest = await house.store.latest_observations()
        readings = [
            observation_row(seen, house.times) for _, seen in latest if seen.device == device.id
        ]
        alerts = [a for a in house.keeper.home.alerts.values() if a.subject == device.id]
        looked_ms = None if state is None else state.confirmed_wall_ms
        due_ms = None if state is None else state.due_ms - house.clock.now().boottime_ms
        return self._row(device) | {
            "readings": readings[-READINGS_MAX:],
            "silence": self._silence(device)
            | {"left_s": None if due_ms is None else due_ms // 1000},
            "confirmed_by": None if state is None else state.confirmed_by or None,
            "confirmed_at": None if looked_ms is None else wall_text(looked_ms),
            "refused_frames": 0 if state is None else state.refused,
            "open_alerts": [alert.code for alert in alerts],
            "alerts": [
                {"code": alert.code, "room": alert.room, "params": dict(alert.params)}
                for alert in alerts
            ],
            "state_bytes": len(house.driver_states.get(device.id, b"")),
            "settings": stands_in(house.config, device.id),
            **self._reception(device),
        }

    async def enrol(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """Enrol or change devices, all or none: `{"devices": [{"row": ..., "key": ...}]}`.

        Faults come back as rows, and then nothing was changed. `dry_run` only checks; `merge`
        keeps what is not said of a known device.
        """
        wishes, faults = wishes_of(args.get("devices"))
        if not wishes:
            raise MisaskedError("devices is empty; name at least one")
        merge = args.get("merge") is True
        devices, more = planned(self.house.config, wishes, self.house.devices, merge=merge)
        faults += more
        if faults:
            return {"faults": [_fault_row(f) for f in faults], "devices": []}
        rows = [self._change(device) for device in devices]
        if args.get("dry_run") is not True:
            await self.put_in_force(devices, peer)
        return {"faults": [], "devices": rows}

    async def remove(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """End an enrolment: key and driver state are wiped, what was heard stays."""
        device = self.named(args)
        # From here to `commit` nothing waits: nobody hears the device in between.
        self.house.tell(Removed(device=device.id))
        await self._settle([device.id])
        await self._forget_bond(device)
        log.info("device_removed", device=device.id, driver=device.driver, id=f"uid {peer.uid}")
        return {
            "device": device.id,
            "settings": stands_in(self.house.config, device.id),
            "alarms_left": self._alarms_left(),
        }

    async def confirm(self, args: dict[str, Any], peer: Peer) -> dict[str, Any]:
        """A named person has looked: `{"device": id, "by": name}`; its doubts are over."""
        device = self.named(args)
        by = args.get("by")
        if not isinstance(by, str) or not by.strip() or len(by) > BY_MAX_CHARS:
            raise worded(ControlError, "who_has_looked", most=BY_MAX_CHARS)
        before = self.house.keeper.home.devices[device.id].identity
        self.house.tell(Confirmed(device=device.id, by=by.strip()))
        if self.receptions is not None:
            self.receptions.forget(device.id)
        await self.house.commit()
        log.info("device_confirmed", device=device.id, id=f"uid {peer.uid}")
        return self._row(device) | {"over": list(before)}

    # -- inside --------------------------------------------------------------------------------

    async def put_in_force(self, devices: Sequence[Device], peer: Peer) -> None:
        """Enrol these as they are now; listeners are told, and all of it is stored."""
        house = self.house
        others: list[Device] = []
        for device in devices:
            before = house.devices.get(device.id)
            if before == device:
                continue
            if before is not None and is_other_thing(before, device):
                house.tell(Removed(device=device.id))
                others.append(before)
            house.tell(Enrolled(device=device))
            if self.receptions is not None:
                self.receptions.forget(device.id)
            log.info(
                "device_enrolled",
                device=device.id,
                driver=device.driver,
                role=device.role,
                id=f"uid {peer.uid}",
            )
        await self._settle([former.id for former in others])
        heard = {device.address for device in house.devices.values()}
        for former in others:
            if former.address not in heard:
                await self._forget_bond(former)

    async def _forget_bond(self, device: Device) -> None:
        """The radio's keys of an instrument that is none of ours any more."""
        if self.ble is not None and shape_of(device) is Shape.GATT:
            await self.ble.unpair(device.address)

    async def _settle(self, gone: list[str]) -> None:
        """Listen as is enrolled now, then store it."""
        if self.ingest is not None:
            for ident in gone:
                self.ingest.forget(ident)
        for listener in self.house.when_enrolled:
            listener()
        await self.house.commit()

    def _change(self, device: Device) -> dict[str, Any]:
        before = self.house.devices.get(device.id)
        if before is None:
            change = "new"
        elif before == device:
            change = "same"
        else:
            change = "replaced" if is_other_thing(before, device) else "changed"
        home = self.house.keeper.home
        # Where nobody is told to live, a device is given to a name alone.
        stranger = bool(residents(home)) and device.person not in (None, *home.persons)
        return self._row(device) | {
            "change": change,
            "stranger": stranger,
            "needs_line": needs_line(device, self.house.config),
        }

    def _row(self, device: Device) -> dict[str, Any]:
        driver = DRIVERS.get(device.driver)
        received = None if self.ingest is None else self.ingest.reception.get(device.id)
        state = self.house.keeper.home.devices.get(device.id)
        row = device_row(device, self.house.keeper.home, self.house.clock.now(), self.house.times)
        return row | {
            "address": device.address,
            "person": device.person,
            "title": device.driver if driver is None else driver.title,
            "shape": "" if driver is None else driver.shape.value,
            "wired": device.wired,
            "alarm": device.role in ALARM_ROLES,
            "raises": device.role in RAISES,
            "silent": state is not None and state.silent,
            "rssi_dbm": None if received is None else received.rssi_dbm,
            "must_pair": None if self.ble is None else self.ble.sessions.must_pair(device.id),
        }

    def _silence(self, device: Device) -> dict[str, Any]:
        """After how long it counts as not heard, and who says so."""
        driver = DRIVERS.get(device.driver)
        after_s = silent_after_ms(device) // 1000
        by = "role"
        if driver is not None and after_s == driver.silent_after_s:
            by = "driver"
        elif device.silent_after_s and after_s != self._role_s(device):
            by = "installer"
        reason = "" if driver is None else driver.silent_reason
        return {"after_s": after_s, "by": by, "reason": reason if by == "driver" else ""}

    @staticmethod
    def _role_s(device: Device) -> int:
        from_role = Device(id="", driver="", role=device.role, address="")
        return silent_after_ms(from_role) // 1000

    def _reception(self, device: Device) -> dict[str, Any]:
        """What only a running gateway knows of this device."""
        if self.ingest is None:
            return {"running": False}
        received = self.ingest.reception.get(device.id)
        found: dict[str, Any] = {
            "running": True,
            "frames": 0 if received is None else received.frames,
            "refused": self.refused(device.id),
        }
        if self.ble is not None:
            counts = self.ble.sessions.counts
            found["sessions"] = {
                "held": counts.sessions,
                "completed": counts.completed,
                "link_lost": counts.link_lost,
                "failed": counts.failed,
            }
        return found

    def refused(self, device: str) -> dict[str, int]:
        """Refused frames of this run by reason."""
        if self.ingest is None:
            return {}
        return {reason: n for (d, reason), n in self.ingest.refused.items() if d == device}

    def _alarms_left(self) -> int:
        return sum(d.role in ALARM_ROLES for d in self.house.devices.values())


def _fault_row(fault: ConfigFault) -> dict[str, str]:
    return {"key": fault.key, "wrong": fault.wrong, "mend": fault.mend}
