"""An authority of the tests' own, and certificates that begin and end when a test says so."""

from __future__ import annotations

import contextlib
import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

HOUR = timedelta(hours=1)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


class Authority:
    """Makes `<name>.pem` in `folder`, and certificates beside it."""

    def __init__(
        self, folder: Path, name: str = "ca", *, ends: timedelta = timedelta(days=400)
    ) -> None:
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        builder = self._builder(self._name, self._key, -HOUR, ends).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        # RFC 5280 §4.2.1.3, which Python 3.13 insists on.
        usage = x509.KeyUsage(
            digital_signature=False,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        made = builder.add_extension(usage, critical=True).sign(self._key, SHA256())
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(made.public_bytes(Encoding.PEM))

    def issue(
        self,
        common_name: str,
        file: str = "",
        *,
        begins: timedelta = -2 * HOUR,
        ends: timedelta = timedelta(days=365),
        host: str = "localhost",
    ) -> dict[str, str]:
        """Write certificate and key; the two settings that name them."""
        key = ec.generate_private_key(ec.SECP256R1())
        own: list[x509.GeneralName] = []
        with contextlib.suppress(ValueError):  # a name, and no address
            address = "127.0.0.1" if host == "localhost" else host
            own = [x509.IPAddress(ipaddress.ip_address(address))]
        names = x509.SubjectAlternativeName([x509.DNSName(host), *own])
        builder = self._builder(_name(common_name), key, begins, ends)
        made = builder.add_extension(names, critical=False).sign(self._key, SHA256())
        cert = self.folder / f"{file or common_name}.pem"
        private = cert.with_suffix(".key")
        cert.write_bytes(made.public_bytes(Encoding.PEM))
        private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        private.chmod(0o600)
        return {"cert_file": str(cert), "key_file": str(private)}

    def _builder(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        begins: timedelta,
        ends: timedelta,
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins)
            .not_valid_after(now + ends)
            .add_extension(own, critical=False)
            .add_extension(issuer, critical=False)
        )
