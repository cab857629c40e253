"""The home's profile: what a spare box needs to be this home, sealed for a code on paper.

The gateway holds a public key and can seal; whoever holds the recovery code can
open. Upstream keeps the sealed bytes, and they say nothing to it. Pure:
entropy and time are arguments.
"""

from edge.profile.code import make_code, private_of, public_of, read_code
from edge.profile.content import (
    CertificatePart,
    ClaimPart,
    Enrolment,
    EscalationPart,
    FitPart,
    Profile,
    decode,
    digest_of,
    encode,
)
from edge.profile.errors import CodeError, ProfileError
from edge.profile.sealing import SEALED_MAX_BYTES, Header, header_of, open_sealed, seal

__all__ = [
    "SEALED_MAX_BYTES",
    "CertificatePart",
    "ClaimPart",
    "CodeError",
    "Enrolment",
    "EscalationPart",
    "FitPart",
    "Header",
    "Profile",
    "ProfileError",
    "decode",
    "digest_of",
    "encode",
    "header_of",
    "make_code",
    "open_sealed",
    "private_of",
    "public_of",
    "read_code",
    "seal",
]
