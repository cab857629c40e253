"""What the tables of the settings file share: names, numbers, and their strictness."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Ident = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]{0,39}$",
        description="a short name of lower-case letters, digits and hyphens",
        examples=["help-button"],
    ),
]
# MQTT topic levels and certificate names have to carry it.
GatewayId = Annotated[
    str,
    Meta(
        pattern=r"^[a-z0-9][a-z0-9-]{2,39}$",
        description="the gateway's name: lower-case letters, digits and hyphens, 3 to 40 long",
        examples=["gw-0001"],
    ),
]
Port = Annotated[int, Meta(ge=1, le=65535, description="a TCP port", examples=[8883])]
Seconds = Annotated[int, Meta(ge=1, le=30 * 86400, description="seconds", examples=[1800])]
Minute = Annotated[int, Meta(ge=0, le=1440, description="minutes after midnight", examples=[480])]
FilePath = Annotated[
    str, Meta(min_length=1, description="a file's path", examples=["/etc/kotivahti/ca.pem"])
]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; an unknown key is a fault, not a surprise."""
