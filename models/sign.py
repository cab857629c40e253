"""Signs the manifests of the models in force, or makes the key for it.

    python models/sign.py --new-key FILE               a new private key, and its public half
    python models/sign.py --key FILE [--models DIR]    writes manifest.sig beside each manifest

The private key belongs to whoever makes releases and stays off every computer that builds, tests
or runs them. Its public half stands in config/model-signers.json under its name.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

MODELS = Path(__file__).resolve().parent
sys.path[:0] = [str(MODELS.parent)]

from edge.risk.signature import SIGNATURE, check, read_signers, sign  # noqa: E402

SIGNERS = MODELS.parent / "config" / "model-signers.json"

# Nobody but its owner may read a private key.
OWNER_ONLY = 0o600
OTHERS = 0o077


def new_key(file: Path) -> str:
    """Write a new key to `file`, which may not exist; returns the public half in base64."""
    key = Ed25519PrivateKey.generate()
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY), "wb") as opened:
        opened.write(text)
    return public_half(key)


def public_half(key: Ed25519PrivateKey) -> str:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode("ascii")


def sign_all(models: Path, key_file: Path, signers: Path) -> list[Path]:
    """Sign the manifest of each model in force; returns the signatures that were written.

    Raises ValueError for a key that `signers` does not name: a gateway would refuse the models.
    """
    if key_file.stat().st_mode & OTHERS:
        message = f"{key_file}: can be read by others; chmod 600 {key_file}"
        raise ValueError(message)
    key = load_pem_private_key(key_file.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        message = f"{key_file}: is no Ed25519 key; make one with --new-key"
        raise TypeError(message)
    known = read_signers(signers.read_bytes())
    names = [name for name, public in known.items() if public == public_half(key)]
    if not names:
        message = f"{signers}: does not name the public key {public_half(key)}; add it first"
        raise ValueError(message)
    written = []
    for model, pointer in json.loads((models / "current.json").read_bytes()).items():
        folder = models / model / pointer["version"]
        manifest = (folder / "manifest.json").read_bytes()
        signature = sign(manifest, names[0], key)
        check(manifest, signature, known, f"{model}/{pointer['version']}/{SIGNATURE}")
        (folder / SIGNATURE).write_bytes(signature)
        written.append(folder / SIGNATURE)
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--new-key", type=Path, metavar="FILE", help="make a key in a new file")
    what.add_argument("--key", type=Path, metavar="FILE", help="sign with this key")
    parser.add_argument("--models", type=Path, default=MODELS, help="the models folder")
    parser.add_argument("--signers", type=Path, default=SIGNERS, help="the public keys by name")
    given = parser.parse_args()
    try:
        if given.new_key:
            print(f"public key for {given.signers.name}: {new_key(given.new_key)}")
        else:
            for file in sign_all(given.models, given.key, given.signers):
                print(f"signed: {file}")
    except (OSError, ValueError, TypeError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
