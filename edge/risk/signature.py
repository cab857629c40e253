"""Who vouches for a model: an Ed25519 signature (RFC 8032) over its manifest.

    manifest.sig          {"key": "kotivahti-models-1", "signature": "<64 bytes in base64>"}
    model-signers.json    {"kotivahti-models-1": "<public key, 32 bytes in base64>"}

Hashes say that a folder is whole; only a signature says that it is ours. The private key stands in
no repository. Pure: files are read by the caller.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Meta

from edge.errors import ModelUnavailableError

SIGNATURE = "manifest.sig"
SIGNATURE_MAX_BYTES = 1024

# A handful of keys: the one in use, its successor, those of releases that still run.
SIGNERS_MAX_BYTES = 4 * 1024

# Says what the signature is about, so that it fits nothing else that the same key may sign.
DOMAIN = b"fi.kotivahti.model-manifest.v1\n"

REFUSED = "wrong_signature"

KeyName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}\Z")]
Signers = Mapping[str, str]
"""Public keys by name, each 32 bytes in base64."""


class _Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key: KeyName
    # 64 bytes fill two bits of the last letter: with others set it would be another text of them.
    signature: Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{85}[AQgw]==\Z")]


def sign(manifest: bytes, name: str, key: Ed25519PrivateKey) -> bytes:
    """The file `manifest.sig` for `manifest`."""
    signature = base64.b64encode(key.sign(DOMAIN + manifest)).decode("ascii")
    return msgspec.json.encode(_Signature(key=name, signature=signature)) + b"\n"


def read_signers(raw: bytes) -> dict[str, str]:
    """The keys of a release; raises ModelUnavailableError (wrong_signature)."""
    try:
        return msgspec.json.decode(raw, type=dict[KeyName, str])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = f"model-signers.json: {error}; restore it from the release"
        raise ModelUnavailableError(REFUSED, text) from error


def check(manifest: bytes, raw: bytes, signers: Signers, path: str) -> None:
    """Raise ModelUnavailableError (wrong_signature) unless one of `signers` signed `manifest`."""
    mend = "restore models/ from the release"
    try:
        told = msgspec.json.decode(raw, type=_Signature)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        text = f"models/{path}: {error}; {mend}"
        raise ModelUnavailableError(REFUSED, text) from error
    if told.key not in signers:
        known = ", ".join(sorted(signers)) or "none"
        text = f"models/{path}: signed by {told.key!r}; this release knows: {known}; {mend}"
        raise ModelUnavailableError(REFUSED, text)
    try:
        public = Ed25519PublicKey.from_public_bytes(
            base64.b64decode(signers[told.key], validate=True)
        )
        public.verify(base64.b64decode(told.signature), DOMAIN + manifest)
    except (InvalidSignature, ValueError, binascii.Error) as error:
        text = f"models/{path}: does not fit the manifest by the key {told.key!r}; {mend}"
        raise ModelUnavailableError(REFUSED, text) from error
