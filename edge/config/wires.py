"""The tables of what hangs on a wire: serial lines, contacts, Modbus modules, the modem."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from edge.config.words import FilePath, Ident, Section

PortName = Annotated[
    str,
    Meta(
        min_length=1,
        description="the port by its stable name, or 'auto' to find it by what answers there",
        examples=["/dev/serial/by-id/usb-FTDI_FT232R_A1029-if00-port0"],
    ),
]


class Serial(Section, frozen=True, kw_only=True):
    device: Ident
    # A list: it is one of these. More than a home has sockets for is a mistake.
    port: (
        Annotated[
            tuple[PortName, ...],
            Meta(min_length=1, max_length=32, description="the ports that it may be on"),
        ]
        | PortName
    )
    # Without these three, the line is as the device's driver has it.
    baud: Annotated[int, Meta(ge=300, le=921600, description="baud", examples=[115200])] | None = (
        None
    )
    parity: (
        Annotated[
            Literal["N", "E", "O"],
            Meta(description="none, even or odd", examples=["N"]),
        ]
        | None
    ) = None
    stop_bits: Annotated[Literal[1, 2], Meta(description="stop bits", examples=[1])] | None = None


Line = Annotated[
    str,
    Meta(
        pattern=r"^(/.+:(cts|dsr|dcd|ri)|gpio:/[^:]+:[A-Za-z0-9_.-]+)$",
        description="an input line: a serial adapter's cts, dsr, dcd or ri, or a GPIO line",
        examples=["/dev/serial/by-id/usb-FTDI_FT232R_A1029-if00-port0:cts"],
    ),
]


class Contact(Section, frozen=True, kw_only=True):
    """A potential-free contact on an input line."""

    device: Ident
    line: Line
    rest_line: (
        Annotated[
            Line,
            Meta(
                description="the line of a changeover relay that is closed at rest, on the same "
                "port; it makes a broken wire known",
                examples=["/dev/serial/by-id/usb-FTDI_FT232R_A1029-if00-port0:dsr"],
            ),
        ]
        | None
    ) = None
    active: Annotated[
        Literal["closed", "open"],
        Meta(description="what the contact is when it has something to say", examples=["closed"]),
    ] = "closed"
    # Relays and reed contacts bounce for 5 ms, a cord at the wall for 30; the shortest alarm
    # that we know lasts 1 s, so a twentieth of it leaves room on both sides.
    debounce_ms: Annotated[
        int, Meta(ge=10, le=200, description="milliseconds of bouncing", examples=[50])
    ] = 50
    pull: Annotated[
        Literal["up", "down", "none"],
        Meta(description="the resistor inside the board, GPIO lines only", examples=["up"]),
    ] = "up"
    held_max_s: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=30 * 86400,
                description="seconds after which an active contact counts as stuck, 0 for never",
                examples=[3600],
            ),
        ]
        | None
    ) = None


# A module of contacts has 4 or 8 inputs, one of sensors up to 16 registers; both count from 0.
_Input = Annotated[str, Meta(pattern=r"^[0-7]$")]
_Register = Annotated[str, Meta(pattern=r"^(\d|1[0-5])$")]


class ModbusRegister(Section, frozen=True, kw_only=True):
    """What an input register measures: `scale` times its number, in the unit of the kind."""

    kind: str
    scale: float = 1.0
    signed: bool = False
    absent: Annotated[int, Meta(ge=0, le=65535)] | None = None


class Modbus(Section, frozen=True, kw_only=True):
    """A Modbus RTU module; several may share a port."""

    device: Ident
    port: Annotated[
        str,
        Meta(
            min_length=1,
            description="the port of the bus by its stable name",
            examples=["/dev/serial/by-id/usb-FTDI_FT232R_A1029-if00-port0"],
        ),
    ]
    unit: Annotated[
        int, Meta(ge=1, le=247, description="the module's address on the bus", examples=[1])
    ]
    baud: Annotated[int, Meta(ge=1200, le=115200, description="baud", examples=[9600])] = 9600
    parity: Annotated[
        Literal["N", "E", "O"], Meta(description="the line's parity", examples=["N"])
    ] = "N"
    stop_bits: Annotated[int, Meta(ge=1, le=2, description="stop bits", examples=[1])] = 1
    inputs: Annotated[
        dict[_Input, str],
        Meta(description='the kind of each discrete input that is used: { 0 = "smoke" }'),
    ] = {}
    opens: Annotated[
        tuple[int, ...],
        Meta(description="inputs that are active when their contact is open", examples=[[1]]),
    ] = ()
    registers: Annotated[
        dict[_Register, ModbusRegister],
        Meta(
            description="what each input register measures: "
            '{ 0 = { kind = "temperature", scale = 0.1 } }',
        ),
    ] = {}
    poll_s: Annotated[
        float, Meta(ge=0.2, le=60, description="seconds between two polls", examples=[1.0])
    ] = 1.0


class Pager(Section, frozen=True, kw_only=True):
    """A GSM modem on a serial port that sends text messages (docs/maintainer.md)."""

    port: Annotated[
        str,
        Meta(
            min_length=1,
            pattern=r"^/",
            description="the modem's port for AT commands by its stable name",
            examples=["/dev/serial/by-id/usb-HUAWEI_Mobile-if02-port0"],
        ),
    ]
    # A modem on USB takes any speed; one on a UART has mostly this one.
    baud: Annotated[int, Meta(ge=1200, le=921600, description="baud", examples=[115200])] = 115200
    # The PIN itself stands nowhere else: not here, not on a command line.
    pin_file: FilePath | None = None
    smsc: (
        Annotated[
            str,
            Meta(
                pattern=r"^\+[1-9][0-9]{6,14}$",
                description="the service centre's number; without it, the SIM card's own",
                examples=["+358447983500"],
            ),
        ]
        | None
    ) = None
    # It costs, and rings somewhere: without a number no such message goes out.
    prove_to: (
        Annotated[
            str,
            Meta(
                pattern=r"^\+[1-9][0-9]{6,14}$",
                description="maintenance's number: a test message a month proves the path",
                examples=["+358401234567"],
            ),
        ]
        | None
    ) = None
    prove_language: Annotated[
        Literal["fi", "sv", "en"], Meta(description="of that message", examples=["fi"])
    ] = "fi"


class Sounder(Section, frozen=True, kw_only=True):
    """Something loud in the home: a contact output, an executable of the site, or both."""

    line: (
        Annotated[
            str,
            Meta(
                pattern=r"^/.+:(rts|dtr)$",
                description="an output line of a serial adapter: its rts or dtr",
                examples=["/dev/serial/by-id/usb-FTDI_FT232R_A1029-if00-port0:rts"],
            ),
        ]
        | None
    ) = None
    hook: Annotated[
        tuple[str, ...],
        Meta(
            max_length=16,
            description="an executable by its absolute path, and its own arguments",
            examples=[["/usr/local/bin/sound", "--loud"]],
        ),
    ] = ()
    ask: Annotated[
        tuple[str, ...],
        Meta(
            max_length=16,
            description="an executable that asks the resident aloud to press the OK button, "
            "while a possible fall waits for it",
            examples=[["/usr/local/bin/say", "are-you-all-right.wav"]],
        ),
    ] = ()
    # It is called again every five minutes; what takes longer than one of them hangs.
    hook_timeout_s: Annotated[
        int, Meta(ge=1, le=60, description="seconds that either may take", examples=[10])
    ] = 10
