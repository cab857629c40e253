"""The forged commands: each a file with its bytes and the verdict that it must get.

`python -m tests.commands.corpus` writes them anew. The keys are made up and stand here: a corpus
that nobody can rebuild proves nothing. A case with `before` is judged after those commands.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from edge.commands import IssuerKey, Order, sign, wire
from edge.domain import CommandName, Instant, Sync
from tests.support.clock import instant
from tests.uplink.samples import uid

FOLDER = Path(__file__).parent / "corpus"
GATEWAY = "gw-0001"
AT = instant()
LIFETIME_MS = 120_000


def key_of(name: str) -> Ed25519PrivateKey:
    """A key that everybody can make."""
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())


AREA, PINGER, STRANGER = key_of("area"), key_of("pinger"), key_of("stranger")


def _raw(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


KEYS = {
    "area-07": IssuerKey(public=_raw(AREA), commands=frozenset(CommandName)),
    "pinger": IssuerKey(public=_raw(PINGER), commands=frozenset({CommandName.PING})),
}


def order(n: int = 1, **changes: Any) -> Order:
    """A command that everything is right with, but for `changes`."""
    facts: dict[str, Any] = {
        "command": CommandName.PROFILE_SEND,
        "gateway": GATEWAY,
        "desk": "area-07",
        "issuer": "anna",
        "key": "area-07",
        "nonce": f"{n:032x}",
    }
    return Order(**(facts | changes))


def given(
    n: int = 1,
    *,
    by: Ed25519PrivateKey = AREA,
    at: Instant = AT,
    lifetime_ms: int = LIFETIME_MS,
    **changes: Any,
) -> bytes:
    """The bytes of such a command."""
    return sign(order(n, **changes), by, id=uid(n), at=at, lifetime_ms=lifetime_ms)


def resigned(change: Callable[[dict[str, Any]], None], by: Ed25519PrivateKey = AREA) -> bytes:
    """A message changed as JSON and signed anew over its canonical bytes, whatever it says."""
    told = json.loads(given())
    change(told)
    told["data"]["signature"] = ""
    body = wire.TYPE.encode() + b"\n" + _canonical(told)
    told["data"]["signature"] = base64.b64encode(by.sign(body)).decode()
    return _canonical(told)


def changed(change: Callable[[dict[str, Any]], None]) -> bytes:
    """A message changed after it was signed."""
    told = json.loads(given())
    change(told)
    return _canonical(told)


def _canonical(told: object) -> bytes:
    return msgspec.json.encode(told, order="sorted")


def put(*path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    """Sets one member."""

    def change(told: dict[str, Any]) -> None:
        for name in path[:-1]:
            told = told[name]
        told[path[-1]] = value

    return change


def drop(*path: str) -> Callable[[dict[str, Any]], None]:
    """Takes one member away."""

    def change(told: dict[str, Any]) -> None:
        for name in path[:-1]:
            told = told[name]
        del told[path[-1]]

    return change


def twisted(signature: str) -> str:
    """The same 64 bytes in another spelling: the last sextet has four bits that say nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = alphabet[alphabet.index(signature[85]) ^ 1]
    return signature[:85] + last + "=="


def larger_s(signature: str) -> str:
    """S plus the order of the group: the same point, which RFC 8032 §5.1.7 refuses."""
    raw = base64.b64decode(signature)
    group = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(raw[32:], "little") + group
    return base64.b64encode(raw[:32] + s.to_bytes(32, "little")).decode()


def signature_of(body: bytes) -> str:
    found: str = json.loads(body)["data"]["signature"]
    return found


def _untouched() -> dict[str, tuple[str, bytes]]:
    return {
        "right": ("done", given()),
        "right-ping-by-its-key": ("done", given(by=PINGER, key="pinger", command=CommandName.PING)),
        "right-just-in-time": ("done", given(at=instant(-LIFETIME_MS + 1))),
        "right-clock-a-little-ahead": ("done", given(at=instant(60_000))),
        "right-longest": ("done", given(lifetime_ms=300_000)),
    }


def _of_form() -> dict[str, tuple[str, bytes]]:
    right = given()
    told = json.loads(right)
    spaced = json.dumps(told, sort_keys=True).encode()
    swapped = json.dumps(dict(reversed(told.items())), separators=(",", ":")).encode()
    deep = b"[" * 1_000 + b"]" * 1_000
    return {
        "empty": ("schema", b""),
        "null": ("schema", b"null"),
        "array": ("schema", b"[]"),
        "not-utf8": ("schema", right.replace(b"anna", b"\xff\xfe\xfd\xfc")),
        "nul-byte-after": ("schema", right + b"\x00"),
        "truncated": ("schema", right[:-1]),
        "truncated-in-the-middle": ("schema", right[: len(right) // 2]),
        "oversized": ("size", right + b" " * 2_048),
        "oversized-value": ("size", resigned(put("data", "issuer", value="a" * 3_000))),
        "nested": ("schema", deep),
        "white-space": ("schema", spaced),
        "line-feed-after": ("schema", right + b"\n"),
        "byte-order-mark": ("schema", b"\xef\xbb\xbf" + right),
        "other-order": ("schema", swapped),
        "escaped-letter": ("schema", right.replace(b'"anna"', b'"\\u0061nna"')),
        "duplicate-command": (
            "schema",
            right.replace(b'"command":', b'"command":"ping","command":', 1),
        ),
        "duplicate-data": ("schema", right.replace(b'{"data":', b'{"data":{},"data":', 1)),
        "duplicate-gateway": (
            "schema",
            right.replace(
                b'"gateway":', b'"gateway":"urn:kotivahti:gateway:gw-0002","gateway":', 1
            ),
        ),
    }


def _of_schema() -> dict[str, tuple[str, bytes]]:
    cases: dict[str, bytes] = {
        "unknown-member": resigned(put("more", value="1")),
        "unknown-member-of-data": resigned(put("data", "force", value=True)),
        "an-argument": resigned(put("data", "args", "delay_s", value=1)),
        "args-an-array": resigned(put("data", "args", value=[])),
        "unknown-command": resigned(put("data", "command", value="unlock")),
        "mute-command": resigned(put("data", "command", value="mute")),
        "command-in-capitals": resigned(put("data", "command", value="PING")),
        "command-a-number": resigned(put("data", "command", value=1)),
        "command-a-list": resigned(put("data", "command", value=["ping"])),
        "gateway-a-wildcard": resigned(put("data", "gateway", value="urn:kotivahti:gateway:+")),
        "gateway-a-list": resigned(put("data", "gateway", value=["urn:kotivahti:gateway:gw-0001"])),
        "gateway-with-line-feed": resigned(
            put("data", "gateway", value="urn:kotivahti:gateway:gw-0001\n")
        ),
        "nonce-short": resigned(put("data", "nonce", value="00")),
        "nonce-in-capitals": resigned(put("data", "nonce", value="A" * 32)),
        "nonce-a-number": resigned(put("data", "nonce", value=1)),
        "nonce-missing": resigned(drop("data", "nonce")),
        "issuer-empty": resigned(put("data", "issuer", value="")),
        "issuer-steers-a-terminal": resigned(put("data", "issuer", value="a\x1b[2J")),
        "signature-missing": changed(drop("data", "signature")),
        "signature-short": changed(put("data", "signature", value="AAAA")),
        "signature-null": changed(put("data", "signature", value=None)),
        "signature-for-web-addresses": changed(put("data", "signature", value="_" * 86 + "==")),
        "of-another-type": resigned(put("type", value="fi.kotivahti.ack.v1")),
        "of-a-later-version": resigned(put("type", value="fi.kotivahti.command.v2")),
        "from-a-gateway": resigned(put("source", value="urn:kotivahti:gateway:gw-0001")),
        "no-end": resigned(drop("expirytime")),
        "end-without-offset": resigned(put("expirytime", value="2026-03-02T12:01:00")),
        "end-is-no-moment": resigned(put("expirytime", value="2026-02-30T12:01:00+00:00")),
        "end-beyond-the-calendar": resigned(put("expirytime", value="9999-12-31T23:59:59-23:59")),
        "time-a-number": resigned(put("time", value=1_772_452_800)),
    }
    return {name: ("schema", body) for name, body in cases.items()}


def _of_authority() -> dict[str, tuple[str, bytes]]:
    right = given()
    other = given(2)
    return {
        "other-gateway": ("gateway", given(gateway="gw-0002")),
        "other-gateway-longer": ("gateway", given(gateway="gw-00011")),
        "other-gateway-rewritten": (
            "signature",
            given(gateway="gw-0002").replace(b"gateway:gw-0002", b"gateway:gw-0001"),
        ),
        "unknown-key": ("key", given(key="area-08")),
        "key-not-for-this-command": ("key", given(by=PINGER, key="pinger")),
        "wrong-key": ("signature", given(by=STRANGER)),
        "key-of-another-name": ("signature", given(by=PINGER)),
        "signature-empty": ("signature", changed(put("data", "signature", value=""))),
        "signature-zeros": ("signature", changed(put("data", "signature", value="A" * 86 + "=="))),
        "signature-of-another-message": (
            "signature",
            changed(put("data", "signature", value=signature_of(other))),
        ),
        "signature-in-another-spelling": (
            "signature",
            changed(put("data", "signature", value=twisted(signature_of(right)))),
        ),
        "signature-with-larger-s": (
            "signature",
            changed(put("data", "signature", value=larger_s(signature_of(right)))),
        ),
        "signature-without-domain": ("signature", _without_domain()),
        "command-rewritten": ("signature", changed(put("data", "command", value="status"))),
        "nonce-rewritten": ("signature", changed(put("data", "nonce", value="f" * 32))),
        "issuer-rewritten": ("signature", changed(put("data", "issuer", value="boss"))),
        "id-rewritten": ("signature", changed(put("id", value=uid(99)))),
        "source-rewritten": ("signature", changed(put("source", value="urn:kotivahti:desk:x"))),
        "end-rewritten": (
            "signature",
            given(at=instant(-600_000)).replace(b"11:52:00.000", b"12:02:00.000"),
        ),
    }


def _without_domain() -> bytes:
    told = json.loads(given())
    told["data"]["signature"] = ""
    told["data"]["signature"] = base64.b64encode(AREA.sign(_canonical(told))).decode()
    return _canonical(told)


def _of_time() -> dict[str, tuple[str, bytes]]:
    return {
        "expired": ("expired", given(at=instant(-LIFETIME_MS))),
        "expired-long-ago": ("expired", given(at=instant(-86_400_000))),
        "from-the-future": ("future", given(at=instant(60_001))),
        "lives-too-long": ("lifetime", given(lifetime_ms=300_001)),
        "lives-for-ever": ("lifetime", given(lifetime_ms=10 * 365 * 86_400_000)),
        "lives-no-time": ("lifetime", given(lifetime_ms=0)),
        "ends-before-it-begins": ("lifetime", given(lifetime_ms=-1_000)),
    }


def _of_lasting() -> list[dict[str, Any]]:
    """What needs more than the bytes: what came before, how it came, what the clock says."""
    right, ping = given(), given(command=CommandName.PING)
    same_nonce = given(2, nonce=f"{1:032x}")
    return [
        _case("replayed", "replay", right, before=[right]),
        _case("replayed-after-a-restart", "replay", right, before=[right], restart=True),
        _case("nonce-of-another-command", "replay", same_nonce, before=[right]),
        _case("nonce-of-a-refused-one", "replay", right, before=[given(at=instant(61_000))]),
        _case("one-too-many", "rate", given(99), before=[given(n) for n in range(1, 13)]),
        _case("retained", "retained", right, retained=True),
        _case("clock-not-known", "clock", right, sync="none"),
        _case("clock-not-known-ping", "done", ping, sync="none"),
        _case("clock-not-known-ping-replayed", "replay", ping, sync="none", before=[ping]),
    ]


def _case(name: str, verdict: str, body: bytes, **more: Any) -> dict[str, Any]:
    before = [base64.b64encode(b).decode() for b in more.pop("before", [])]
    told = {"name": name, "verdict": verdict, "body": base64.b64encode(body).decode()}
    return told | ({"before": before} if before else {}) | more


def cases() -> list[dict[str, Any]]:
    """All of them, as they stand in the files."""
    made = _untouched() | _of_form() | _of_schema() | _of_authority() | _of_time()
    return [_case(name, verdict, body) for name, (verdict, body) in made.items()] + _of_lasting()


def load() -> list[dict[str, Any]]:
    """Those that stand in the files; one is never removed."""
    files = sorted(FOLDER.glob("*.json"))
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def clock_of(case: dict[str, Any]) -> Instant:
    return instant(sync=Sync(case.get("sync", "ntp")))


def main() -> None:
    """Write every case into a file of its own."""
    FOLDER.mkdir(exist_ok=True)
    for case in cases():
        text = json.dumps(case, indent=1) + "\n"
        (FOLDER / f"{case['name']}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
