"""The sealed form: a readable header, and a body that only the recovery code opens.

    bytes 0-3   "KVHP"
    byte  4     version of this form
    bytes 5-6   length of the header, big endian
    ...         header: JSON, authenticated, not secret
    ...         HPKE (RFC 9180): X25519, HKDF-SHA256, ChaCha20-Poly1305, base mode, one shot;
                32 bytes of encapsulated key, then the ciphertext with its tag

Everything before the body goes into HPKE's `info`, so a changed header opens
nothing. The plaintext is compressed and filled up to a multiple of PAD_BYTES: its
length tells whoever stores it little more than "a home". The ephemeral key is the
library's own randomness.
"""

from __future__ import annotations

import struct
import zlib
from hashlib import sha256
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from msgspec import Meta

from edge.domain import Record
from edge.profile.errors import ProfileError

MAGIC = b"KVHP"
VERSION = 1
# A home of a dozen devices fits into one or two of these.
PAD_BYTES = 4096
# A home with 64 devices and every answer with a full note stays below this, compressed; and in
# base64 it is one line of the control socket (256 KiB).
SEALED_MAX_BYTES = 160 * 1024
# What the compressed text may grow to: JSON of such a home has 1.2 MB at the very most.
TEXT_MAX_BYTES = 2 * 1024 * 1024
# Names and numbers; a name has 200 characters at most.
HEADER_MAX_BYTES = 2048

_FRONT = struct.Struct(">4sBH")
_LENGTH = struct.Struct(">I")
_INFO = b"kotivahti home profile v1\0"
_ENCAPSULATED_BYTES = 32
_TAG_BYTES = 16
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)

_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Header(Record, frozen=True, kw_only=True):
    """Who sealed it, and when; `message` is the last sequence number given to a message."""

    gateway: _Name
    store_id: _Name
    message: _Count
    made_ms: int  # wall time, UTC
    number: _Count  # of this gateway's profiles
    recipient: str  # of the public key: tells a wrong code from damage


def fingerprint(public: bytes) -> str:
    """The first 64 bits of the key's SHA-256: it names a key and gives none of it away."""
    return sha256(public).hexdigest()[:16]


def seal(text: bytes, public: bytes, header: Header) -> bytes:
    """Seal `text` for the holder of the code; `header.recipient` is filled in.

    Raises ProfileError when the home is larger than a profile can be.
    """
    if len(text) > TEXT_MAX_BYTES:
        raise ProfileError("too_large", f"profile of {len(text)} bytes, at most {TEXT_MAX_BYTES}")
    named = msgspec.structs.replace(header, recipient=fingerprint(public))
    front = msgspec.json.encode(named)
    packed = zlib.compress(text, 9)
    plain = _LENGTH.pack(len(packed)) + packed
    plain += bytes(-len(plain) % PAD_BYTES)
    before = _FRONT.pack(MAGIC, VERSION, len(front)) + front
    key = X25519PublicKey.from_public_bytes(public)
    sealed = before + _SUITE.encrypt(plain, key, _INFO + before)
    if len(sealed) > SEALED_MAX_BYTES:
        raise ProfileError(
            "too_large", f"profile of {len(sealed)} bytes, at most {SEALED_MAX_BYTES}"
        )
    return sealed


def header_of(sealed: bytes) -> Header:
    """What anybody can read of a profile; not authenticated until it was opened."""
    return _split(sealed)[0]


def open_sealed(sealed: bytes, private: bytes) -> tuple[Header, bytes]:
    """Header and text; raises ProfileError for a wrong code and for anything changed."""
    header, before, body = _split(sealed)
    key = X25519PrivateKey.from_private_bytes(private)
    if header.recipient != fingerprint(key.public_key().public_bytes_raw()):
        text = "this recovery code belongs to another profile; use the code of this home"
        raise ProfileError("other_code", f"{text} (or a newer profile, when the code was renewed)")
    try:
        plain = _SUITE.decrypt(body, key, _INFO + before)
    except InvalidTag as error:
        text = "the profile was changed after it was sealed; fetch it again from the desk"
        raise ProfileError("damaged", text) from error
    return header, _unpacked(plain)


def _split(sealed: bytes) -> tuple[Header, bytes, bytes]:
    """Header, all that stands before the body, and the body; lengths are checked here."""
    if sealed[:4] != MAGIC[: len(sealed)]:
        raise ProfileError("not_ours", "byte 0: not a home profile; name the file of a profile")
    if len(sealed) > SEALED_MAX_BYTES:
        text = f"profile of {len(sealed)} bytes, at most {SEALED_MAX_BYTES}"
        raise ProfileError("too_large", f"{text}; fetch it again from the desk")
    if len(sealed) < _FRONT.size:
        raise _truncated(sealed, _FRONT.size)
    _, version, size = _FRONT.unpack_from(sealed)
    if version != VERSION:
        text = f"byte 4: form {version} of a profile, this release reads {VERSION}"
        raise ProfileError("newer", f"{text}; install the release that wrote it")
    start = _FRONT.size + size
    if size > HEADER_MAX_BYTES:
        text = f"byte 5: header of {size} bytes, at most {HEADER_MAX_BYTES}"
        raise ProfileError("damaged", f"{text}; fetch it again from the desk")
    fixed = _ENCAPSULATED_BYTES + _TAG_BYTES
    body = sealed[start:]
    padded = len(body) - fixed
    if padded < PAD_BYTES or padded % PAD_BYTES:
        whole = start + fixed + max(1, -(-padded // PAD_BYTES)) * PAD_BYTES
        raise _truncated(sealed, whole)
    try:
        header = msgspec.json.decode(sealed[_FRONT.size : start], type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = f"byte {_FRONT.size}: the header cannot be read; fetch it again from the desk"
        raise ProfileError("damaged", text) from error
    return header, sealed[:start], body


def _truncated(sealed: bytes, whole: int) -> ProfileError:
    text = f"the profile ends at byte {len(sealed)}, it should have {whole} or more"
    error = ProfileError("truncated", f"{text}; fetch it again from the desk")
    error.words = ("profile_refused.truncated", {"n": len(sealed), "whole": whole})
    return error


def _unpacked(plain: bytes) -> bytes:
    """Undo length, filling and compression; what was authenticated can still be nonsense."""
    (size,) = _LENGTH.unpack_from(plain)
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(plain[_LENGTH.size : _LENGTH.size + size], TEXT_MAX_BYTES)
    except zlib.error as error:
        raise _inside() from error
    if not unpacking.eof or size > len(plain) - _LENGTH.size:
        raise _inside()
    return text


def _inside() -> ProfileError:
    text = "the profile opened, but what is inside is not whole; take an older one from the desk"
    return ProfileError("damaged", text)
