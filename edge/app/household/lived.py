"""What a home in which nobody lives any more, or of which nothing was told, refuses."""

from __future__ import annotations

from edge.app.house import House
from edge.errors import NotNowError
from edge.home.state import Home
from edge.home.staying import is_ended
from edge.locale.refusing import worded


def living(home: Home, person: str | None = None) -> None:
    """Raise NotNowError when the residence of this person (None: of everybody) has ended.

    What begins a stay or moves a home would bring to life what somebody ended, without saying so.
    """
    if not is_ended(home, person):
        return
    if person is None or is_ended(home, None):
        raise worded(NotNowError, "home_ended")
    raise worded(NotNowError, "person_ended", person=person)


def something(house: House) -> None:
    """Raise NotNowError when the home is as empty as one that was erased."""
    home = house.keeper.home
    if not home.persons and not home.rooms and not house.devices:
        raise worded(NotNowError, "home_empty")
