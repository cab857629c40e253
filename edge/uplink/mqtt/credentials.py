"""What a line is opened with: two slots of certificate, key and authority, and how long each lasts.

The second slot is for renewal: it is taken when the first is refused, has ended or cannot be read.
Files are read anew for every attempt.

A gateway without a battery for its clock starts in 1970, where every certificate is "not yet
valid". While the clock is in doubt OpenSSL is therefore asked not to judge the time, and we judge
the end ourselves after the handshake. The beginning is not judged then: an authority that we
pinned has dated it, so what it proves wrong is our clock (decision 0031).
"""

from __future__ import annotations

import contextlib
import os
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from edge.config import Mqtt
from edge.domain import Instant, Sync
from edge.errors import UpstreamRejectedError

if TYPE_CHECKING:
    from cryptography import x509

CURRENT, NEXT = "current", "next"

# openssl/x509_vfy.h: X509_V_FLAG_NO_CHECK_TIME; Python's ssl has no name for it.
_NO_CHECK_TIME = 0x200000
# A chain of certificates has 6 kB; what is larger is another file.
_FILE_BYTES_MAX = 256 * 1024
_OTHERS = 0o077

_WHERE = "check its path and rights"


class TimeOfDay(msgspec.Struct, frozen=True, kw_only=True):
    """What the clock says, and whether it may be believed."""

    wall_ms: int
    doubtful: bool = False


def time_of_day(at: Instant, floor_ms: int) -> TimeOfDay:
    """In doubt: never synchronised, or before `floor_ms`, a moment that has surely been.

    The second catches a clock that the settings trust and whose battery is flat.
    """
    return TimeOfDay(wall_ms=at.wall_ms, doubtful=at.sync is Sync.NONE or at.wall_ms < floor_ms)


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """Where one set of files is; without a certificate the line is opened by a password."""

    name: str
    ca: str | None
    cert: str | None
    key: str | None


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """What a slot's files say. Moments are UTC milliseconds since 1970."""

    slot: str
    common_name: str | None  # None: no certificate
    cert_ends_ms: int | None
    ca_ends_ms: int | None  # of the authority in the file that lasts longest
    open_key: bool = False  # others on this machine may read the key


def slots(settings: Mqtt) -> tuple[Slot, ...]:
    """The slots that the settings have, the one in use first; none without TLS."""
    if not settings.tls:
        return ()
    found = [
        Slot(name=CURRENT, ca=settings.ca_file, cert=settings.cert_file, key=settings.key_file)
    ]
    if settings.next_cert_file is not None:
        found.append(
            Slot(
                name=NEXT,
                ca=settings.next_ca_file or settings.ca_file,
                cert=settings.next_cert_file,
                key=settings.next_key_file,
            )
        )
    return tuple(found)


def read_paper(slot: Slot, common_name: str | None) -> Paper:
    """What stands in the files; raises UpstreamRejectedError naming the file and the mend.

    `common_name` is whose certificate it must be.
    """
    authorities = _certificates(slot.ca) if slot.ca is not None else []
    paper = Paper(
        slot=slot.name,
        common_name=None,
        cert_ends_ms=None,
        ca_ends_ms=max(map(_ends_ms, authorities), default=None),
    )
    if slot.cert is None or slot.key is None:
        return paper
    own = _certificates(slot.cert)[0]
    name = _common_name(own)
    if common_name is not None and name != common_name:
        text = f"{slot.cert}: the certificate is of '{name}', and this is '{common_name}'"
        raise UpstreamRejectedError(f"{text}; put this one's own certificate there")
    with _named(slot.key):
        open_key = bool(os.stat(slot.key).st_mode & _OTHERS)  # noqa: PTH116 - only the mode
    return msgspec.structs.replace(
        paper, common_name=name, cert_ends_ms=_ends_ms(own), open_key=open_key
    )


class SlotState(msgspec.Struct, frozen=True, kw_only=True):
    """A slot as a person asks about it: what it says, and what is wrong with it, in a sentence."""

    slot: str
    paper: Paper | None
    fault: str = ""

    @property
    def ends_ms(self) -> int:
        """When the first of certificate and authority ends; 0 for what cannot be used."""
        if self.paper is None or self.fault:
            return 0
        ends = (self.paper.cert_ends_ms, self.paper.ca_ends_ms)
        return min(one for one in ends if one is not None) if any(ends) else 0


def look(settings: Mqtt, common_name: str, now: TimeOfDay) -> list[SlotState]:
    """Every slot, with its key tried against its certificate. Reads files: own thread."""
    return [_look(slot, common_name, now) for slot in slots(settings)]


def _look(slot: Slot, common_name: str, now: TimeOfDay) -> SlotState:
    paper = None
    try:
        paper = read_paper(slot, common_name)
        context(slot, now)
    except UpstreamRejectedError as error:
        return SlotState(slot=slot.name, paper=paper, fault=str(error))
    fault = ""
    if not now.doubtful:
        for what, file, ends_ms in (
            ("certificate", slot.cert, paper.cert_ends_ms),
            ("authority", slot.ca, paper.ca_ends_ms),
        ):
            if ends_ms is not None and ends_ms <= now.wall_ms:
                fault = f"{file}: the {what} has ended; put its successor there"
    return SlotState(slot=slot.name, paper=paper, fault=fault)


def context(slot: Slot, now: TimeOfDay) -> ssl.SSLContext:
    """TLS 1.3 with the pinned authority and no other; raises UpstreamRejectedError."""
    with _named(slot.ca or "ca_file"):
        made = ssl.create_default_context(cafile=slot.ca)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    if now.doubtful:
        made.verify_flags |= _NO_CHECK_TIME
    made.sslsocket_class = _socket_class(now)
    if slot.cert is not None:
        with _named(f"{slot.cert}, {slot.key}"):
            made.load_cert_chain(slot.cert, slot.key)
    return made


class ClosingSocket(ssl.SSLSocket):
    """Closes itself when the handshake fails; paho would leave that to the collector."""

    def do_handshake(self, block: bool = False) -> None:
        try:
            super().do_handshake(block)
            self.judge()
        except BaseException:
            self.close()
            raise

    def judge(self) -> None:
        """Nothing more than OpenSSL does."""


def _socket_class(now: TimeOfDay) -> type[ClosingSocket]:
    if not now.doubtful:
        return ClosingSocket

    class JudgingSocket(ClosingSocket):
        """Judges the end of each certificate, which OpenSSL was told to leave to us."""

        def judge(self) -> None:
            from cryptography import x509  # noqa: PLC0415 - see _certificates

            for der in _chain(self):
                ends_ms = _ends_ms(x509.load_der_x509_certificate(der))
                if ends_ms <= now.wall_ms:
                    raise ssl.SSLCertVerificationError("certificate has expired")

    return JudgingSocket


def _chain(sock: ssl.SSLSocket) -> list[bytes]:
    """The verified chain as DER. Public from Python 3.13 on; there before under another name."""
    if hasattr(sock, "get_verified_chain"):
        chain: list[bytes] = sock.get_verified_chain()
        return chain
    inner: Any = sock._sslobj  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    return [ssl.PEM_cert_to_DER_cert(one.public_bytes()) for one in inner.get_verified_chain()]


@contextlib.contextmanager
def _named(file: str) -> Any:
    try:
        yield
    except (OSError, ValueError) as error:
        text = f"{file}: a file of [mqtt] cannot be used: {error}; {_WHERE}"
        raise UpstreamRejectedError(text) from error


def _certificates(file: str) -> list[x509.Certificate]:
    # 7 MB and a tenth of a second that a line without TLS need not pay.
    from cryptography import x509  # noqa: PLC0415

    with _named(file):
        if Path(file).stat().st_size > _FILE_BYTES_MAX:
            raise ValueError(f"larger than {_FILE_BYTES_MAX} bytes")
        return x509.load_pem_x509_certificates(Path(file).read_bytes())


def _ends_ms(certificate: x509.Certificate) -> int:
    return int(certificate.not_valid_after_utc.timestamp() * 1000)


def _common_name(certificate: x509.Certificate) -> str:
    from cryptography.x509.oid import NameOID  # noqa: PLC0415 - see _certificates

    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def system_time() -> TimeOfDay:
    """The time of a machine whose clock is kept, such as a desk's."""
    return TimeOfDay(wall_ms=int(datetime.now(UTC).timestamp() * 1000))


Now = Callable[[], TimeOfDay]
