"""Door codes, sealed with the desk's own key: AES-256-GCM, bound to whose home it is."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from edge.errors import EdgeError
from edge.locale.refusing import worded

KEY_BYTES = 32
# NIST SP 800-38D: 96 bits, random; one key seals some thousands of door codes, far below 2^32.
NONCE_BYTES = 12
# base64 of 32 bytes and a line end.
KEY_FILE_BYTES_MAX = 128


class SealingError(EdgeError):
    """There is no key, or it does not open this; the text says which, and the mend."""


def make_key(path: Path) -> None:
    """Write a new key that nobody else can read; raises SealingError when a file is there."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "w", encoding="ascii") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
    except OSError as error:
        raise worded(SealingError, "unwritable", file=str(path), why=error.strerror) from error


def read_key(path: str | None) -> bytes:
    """The desk's key; raises SealingError."""
    if path is None:
        raise worded(SealingError, "door_key_none")
    try:
        with Path(path).open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise worded(SealingError, "door_key_open", file=path)
            key = base64.b64decode(file.read(KEY_FILE_BYTES_MAX).strip(), validate=True)
    except (OSError, binascii.Error) as error:
        raise worded(SealingError, "door_key_unreadable", file=path, why=str(error)) from error
    if len(key) != KEY_BYTES:
        raise worded(SealingError, "door_key_bytes", file=path, n=len(key), size=KEY_BYTES)
    return key


def seal(key: bytes, data: bytes, of: str) -> tuple[bytes, bytes]:
    """Nonce and sealed data; `of` says whose it is, and it opens for nobody else."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce, AESGCM(key).encrypt(nonce, data, of.encode())


def unseal(key: bytes, nonce: bytes, sealed: bytes, of: str) -> bytes:
    """What was sealed; raises SealingError for another key or another home's."""
    try:
        return AESGCM(key).decrypt(nonce, sealed, of.encode())
    except InvalidTag as error:
        raise worded(SealingError, "door_key_other") from error
