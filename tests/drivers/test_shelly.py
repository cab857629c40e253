from __future__ import annotations

import pytest

from edge.domain import Role
from edge.drivers import DRIVERS
from edge.drivers.advert.bthome import SERVICE
from edge.drivers.advert.shelly import model_of, suggests
from edge.drivers.base import Advert
from tests.drivers.tools import MAC, sealed


def advert(payload: str = "", name: str | None = None) -> Advert:
    return Advert(address=MAC, name=name, service={SERVICE: bytes.fromhex(payload)})


@pytest.mark.parametrize(
    "name, role",
    [
        ("SBBT-002C", Role.HELP_BUTTON),
        ("SBBT-004CUS", Role.HELP_BUTTON),
        ("SBBT-004CEU", Role.HELP_BUTTON),
        ("SBDW-002C", Role.DOOR),
        ("SBMO-003Z", Role.MOTION),
        ("SBHT-003C", Role.CLIMATE),
    ],
)
def test_a_name_says_the_model_and_its_role(name: str, role: Role) -> None:
    """The short device names of the maker's pages, encrypted or not."""
    sleeping = Advert(address=MAC, name=name, service={SERVICE: sealed(b"\x3a\x01", 5)})
    assert (model_of(sleeping), suggests(sleeping)) == (name, role)
    assert model_of(Advert(address=MAC, name=name.lower())) == name


@pytest.mark.parametrize(
    "payload, model",
    [
        ("40016FF00100", "SBBT-002C"),
        ("40016FF00200F100010204F2000106", "SBDW-002C"),
        ("40F00500", "SBMO-003Z"),
        ("40F00300", "SBHT-003C"),
        ("40F00700", "SBBT-004CUS"),
        ("40F01600", "SBBT-104CUS"),
        ("40F0FFFF", None),
        ("40F001", None),
        ("41F00100", None),
        ("40", None),
        ("", None),
    ],
)
def test_a_device_type_says_the_model(payload: str, model: str | None) -> None:
    """Object 0xF0 of a plain frame; a cut, an unknown or an encrypted one says nothing."""
    assert model_of(advert(payload)) == model


@pytest.mark.parametrize("name", ["", "SBXX-001", "Shelly", "SBBT", "SBBT-" + "9" * 40])
def test_another_name_is_no_model(name: str) -> None:
    """A name that is none of the families' is left to the person."""
    assert model_of(advert("4001", name)) is None


@pytest.mark.parametrize(
    "payload, role",
    [
        ("4001642901", Role.SMOKE_ALARM),
        ("40170002C409", Role.CO_ALARM),
        ("401C00", Role.GAS_ALARM),
        ("401D00", Role.HEAT_ALARM),
        ("402000", Role.WATER_ALARM),
        ("402D01", Role.DOOR),
        ("402100", Role.MOTION),
        ("4002C409", Role.CLIMATE),
        ("443A00", Role.HELP_BUTTON),
        ("400164", None),
    ],
)
def test_an_unnamed_sender_is_taken_for_what_it_measures(payload: str, role: Role | None) -> None:
    """The most urgent thing that a plain frame speaks of."""
    assert suggests(advert(payload)) is role


def test_every_suggestion_is_a_role_of_its_driver() -> None:
    """What is suggested can be enrolled."""
    for name in ("SBBT-002C", "SBDW-002C", "SBMO-003Z", "SBHT-003C"):
        assert suggests(Advert(address=MAC, name=name)) in DRIVERS["bthome"].roles
    for object_id in (0x29, 0x17, 0x1C, 0x1D, 0x20, 0x1A, 0x11, 0x21, 0x23, 0x3A):
        assert suggests(advert(f"40{object_id:02X}00")) in DRIVERS["bthome"].roles
