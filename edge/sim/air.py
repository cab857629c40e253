"""The radio waves of the virtual home, and the gateway's controller on them.

Every device shares one `LocalLink` of Bumble. The gateway comes in over HCI on
a loopback TCP port, as it would come to a USB stick, and gets a new controller
with every connection: a gateway that was killed leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

from bumble import hci, ll
from bumble.controller import Controller
from bumble.core import InvalidArgumentError, PhysicalTransport
from bumble.link import LocalLink
from bumble.transport.common import StreamPacketSink, StreamPacketSource

# Bytes towards a gateway that does not read. The air does not wait: beyond this it hears nothing.
UNREAD_MAX_BYTES = 256 * 1024
# How strong everything is heard in a home without a floor plan.
LEVEL_DBM = -50


class Waves(LocalLink):
    """A link is known by the addresses that it was made with (Core Specification, Vol 6 Part B).

    Bumble's names the sender by the random address that its controller has now. BlueZ's kernel
    takes a new one with each scan, also while a link is up, and nothing sent on it would arrive.
    """

    def send_acl_data(
        self,
        sender_controller: Controller,
        destination_address: hci.Address,
        transport: PhysicalTransport,
        data: bytes,
    ) -> None:
        own = sender_controller.le_connections.get(destination_address)
        other = self.find_le_controller(destination_address)
        if own is not None and other is not None:
            asyncio.get_running_loop().call_soon(
                other.on_link_acl_data, own.self_address, transport, data
            )


class Air:
    """What is said is heard by every controller that scans."""

    def __init__(self) -> None:
        self.link = Waves()  # type: ignore[no-untyped-call]
        self.mute = False  # the gateway's radio hears nothing more, without an error
        self.ears: list[Callable[[str, bytes], None]] = []  # satellites
        # What of an address each receiver hears now, in dBm; None: everything, everywhere.
        self.levels: Callable[[str], Mapping[str, int | None]] | None = None
        self._levels: Mapping[str, int | None] | None = None  # of what is being said

    def say(self, address: str, data: bytes) -> None:
        """One legacy advertisement (31 bytes at most) from a static random address."""
        packet = ll.AdvInd(hci.Address(address), data)
        self._levels = None if self.levels is None else self.levels(address)
        loop = asyncio.get_running_loop()
        for controller in self.link.controllers:
            if isinstance(controller, GatewayController):
                level_dbm = self.level_at("")
                if level_dbm is not None:
                    loop.call_soon(controller.hear, packet, level_dbm)
            else:
                loop.call_soon(controller.on_ll_advertising_pdu, packet)
        for hear in self.ears:
            hear(address, data)

    def level_at(self, receiver: str) -> int | None:
        """How strong that receiver hears what is being said, in dBm; None: not at all."""
        return LEVEL_DBM if self._levels is None else self._levels.get(receiver)


class GatewayController(Controller):
    """The gateway's end: legacy advertising only, and a radio that can be struck dumb."""

    # Without these two the host uses the plain commands that this controller answers in full.
    le_features = Controller.le_features & ~(
        hci.LeFeatureMask.LE_EXTENDED_ADVERTISING | hci.LeFeatureMask.LL_PRIVACY
    )

    def __init__(self, air: Air, source: StreamPacketSource, transport: asyncio.Transport) -> None:
        super().__init__("gateway", source, StreamPacketSink(transport), air.link)
        self._air = air
        self._transport = transport
        self._level_dbm = LEVEL_DBM

    def hear(self, packet: ll.AdvertisingPdu, level_dbm: int) -> None:
        """One advertisement at that strength."""
        self._level_dbm = level_dbm
        self.on_ll_advertising_pdu(packet)

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Bumble's controller reports every advertisement at one strength: here it has its own."""
        if isinstance(packet, hci.HCI_LE_Advertising_Report_Event):
            for report in packet.reports:
                report.rssi = self._level_dbm
        super().send_hci_packet(packet)

    def on_ll_advertising_pdu(self, packet: ll.AdvertisingPdu) -> None:
        if not self._air.mute and self._transport.get_write_buffer_size() < UNREAD_MAX_BYTES:
            super().on_ll_advertising_pdu(packet)

    def on_hci_le_create_connection_cancel_command(
        self, _command: hci.HCI_LE_Create_Connection_Cancel_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Core Specification Vol 4 Part E 7.8.13: the pending attempt ends as an event too.

        Bumble's controller only says yes, and refuses every later attempt.
        """
        pending, self.pending_le_connection = self.pending_le_connection, None
        if isinstance(pending, hci.HCI_LE_Create_Connection_Command):
            event = hci.HCI_LE_Connection_Complete_Event(
                status=hci.HCI_ErrorCode.UNKNOWN_CONNECTION_IDENTIFIER_ERROR,
                connection_handle=0,
                role=hci.Role.CENTRAL,
                peer_address_type=pending.peer_address_type,
                peer_address=pending.peer_address,
                connection_interval=0,
                peripheral_latency=0,
                supervision_timeout=0,
                central_clock_accuracy=0,
            )
            self.send_hci_packet(event)
        return hci.HCI_StatusReturnParameters(hci.HCI_ErrorCode.SUCCESS)

    def on_hci_disconnect_command(self, command: hci.HCI_Disconnect_Command) -> None:
        """A device that has vanished cannot confirm the end of a link: it ends all the same."""
        connection = self.find_le_connection_by_handle(command.connection_handle)
        if connection is None or self._air.link.find_le_controller(connection.peer_address):
            super().on_hci_disconnect_command(command)
            return
        self._send_hci_command_status(hci.HCI_ErrorCode.SUCCESS, command.op_code)
        self.on_le_disconnected(connection, command.reason)

    def on_hci_reset_command(
        self, command: hci.HCI_Reset_Command
    ) -> hci.HCI_StatusReturnParameters:
        """Core Specification Vol 4 Part E 7.3.2: whatever it was doing has ended."""
        self.end_links()
        self.le_connections.clear()
        self.le_scan_enable = False
        self.pending_le_connection = None
        return super().on_hci_reset_command(command)

    def leave(self) -> None:
        """The gateway is gone: its links end as by supervision timeout."""
        self.end_links()
        self._air.link.remove_controller(self)

    def end_links(self) -> None:
        for connection in self.le_connections.values():
            with contextlib.suppress(InvalidArgumentError):  # the other side is gone already
                connection.send_ll_control_pdu(
                    ll.TerminateInd(hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
                )


class _HciConnection(StreamPacketSource):
    def __init__(self, port: HciPort) -> None:
        super().__init__()
        self.transport: asyncio.Transport | None = None
        self._port = port
        self._controller: GatewayController | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        self.transport = transport
        self._controller = GatewayController(self._port.air, self, transport)
        self._port.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._port.connections.discard(self)
        if self._controller is not None:
            self._controller.leave()


class HciPort:
    """HCI on 127.0.0.1: one controller for each connection, so for each running gateway."""

    def __init__(self, air: Air) -> None:
        self.air = air
        self.connections: set[_HciConnection] = set()
        self._server: asyncio.Server | None = None

    async def open(self, wish: int = 0) -> int:
        """Listen on port `wish` when it is free, otherwise on any; returns the port."""
        try:
            server = await self._listen(wish)
        except OSError:
            server = await self._listen(0)
        self._server = server
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _listen(self, port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(lambda: _HciConnection(self), "127.0.0.1", port)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)
