"""What each role may do and see at the desk. Pure.

Data minimisation: whoever mends boxes sees boxes, whoever answers an alert need not see the lists,
and whoever supervises sees who looked and not more of the residents than that.
"""

from __future__ import annotations

from enum import StrEnum

from edge.errors import EdgeError
from edge.locale import catalogue
from edge.locale.refusing import worded

# Alerts about our own equipment that say nothing of the resident.
INSTALLATION_CODES = frozenset(
    {"battery_low", "device_silent", "gateway_fault", "home_silent", "wire_fault"}
)


class Right(StrEnum):
    """One thing that a role may do."""

    ANSWER = "answer"  # take, decline and close any alert
    MEND = "mend"  # the same of INSTALLATION_CODES, silences and incidents
    RESIDENTS = "residents"  # see alerts and homes with whose they are
    INSTALLATIONS = "installations"  # see boxes, silences and their faults, without whose
    REGISTER = "register"  # customers, claim codes, profiles, plans
    COMMAND = "command"  # signed commands to a gateway
    REQUESTS = "requests"  # what customers asked for
    WELFARE = "welfare"  # how customers see their life, their plans, segments, case managers
    LOOKS = "looks"  # who looked at whom
    FIGURES = "figures"  # of areas, never of persons
    NOTICES = "notices"  # draft, read and release notifications to authorities, rescue cards


_CARE = frozenset(
    {
        *(Right.ANSWER, Right.MEND, Right.RESIDENTS, Right.INSTALLATIONS),
        *(Right.REGISTER, Right.COMMAND, Right.REQUESTS, Right.WELFARE, Right.FIGURES),
        Right.NOTICES,
    }
)
_ANSWERS = frozenset({Right.ANSWER})

ROLES: dict[str, frozenset[Right]] = {
    "coordinator": _CARE,
    "nurse": _CARE,
    # A plan may name them; they answer what they were asked, and see no list.
    "relative": _ANSWERS,
    "rescue": _ANSWERS,
    "helper": _ANSWERS,
    "maintenance": frozenset({Right.MEND, Right.INSTALLATIONS, Right.COMMAND}),
    "supervisor": frozenset({Right.INSTALLATIONS, Right.REQUESTS, Right.LOOKS, Right.FIGURES}),
    "privacy": frozenset({Right.REQUESTS, Right.LOOKS}),
}
# Who uses the machine, where the settings say that its log-in is enough: everything but deciding,
# and notifications, which are a named person's from the first look.
MACHINE = "machine"
_MACHINE = frozenset(Right) - {Right.ANSWER, Right.MEND, Right.COMMAND, Right.NOTICES}


class RightError(EdgeError):
    """The role of this person does not do or see this; the text says which do."""


def said(role: str, lang: str) -> str:
    """A role as people read it; one that a home tells and the desk does not know, as it is."""
    return catalogue(lang).get(f"desk_role.{role}", role)


def has(role: str, right: Right) -> bool:
    """A role that is not known has no right."""
    return right in (_MACHINE if role == MACHINE else ROLES.get(role, frozenset()))


def demand(role: str, *rights: Right) -> None:
    """Raise RightError unless the role has one of `rights`."""
    if not any(has(role, one) for one in rights):
        able = ", ".join(name for name, own in ROLES.items() if own & set(rights))
        raise worded(RightError, "not_for_role", role=role, there=able)
