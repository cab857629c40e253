"""The twelve homes worked by hand: which tasks follow, who answers for each, and by when."""

from __future__ import annotations

from edge.domain import Tenancy, Tenure
from edge.events import Answered
from tests.homes.test_worked_homes import HOMES, each
from tests.risk.lists import SETTINGS
from tests.support.living import DAY, Living


@each
def test_the_tasks_are_those_that_were_argued_for(name: str) -> None:
    """Every task of the file and no other: one for each open hazard, of one question only once."""
    worked = HOMES[name]
    home = Living(settings=SETTINGS)
    home.tell(Tenancy(tenure=Tenure(worked.tenure), by="anna"))
    home.tell(Answered(answers=worked.given(home.now)))
    found = {
        task.id: (task.responsible, ((task.due_ms or 0) - home.now.wall_ms) // DAY)
        for task in home.home.tasks.values()
    }
    assert found == {one.item: (one.responsible, one.due_days) for one in worked.task}
