"""`kotivahti locator`: which room a worn tag is in, and how good that is."""

from __future__ import annotations

import click

from edge.cli.locator_live import check, fit, forget, walk
from edge.cli.locator_record import record
from edge.cli.locator_show import show


@click.group()
def locator() -> None:
    """Which room a worn tag is in: walk the home, fit it, check it, see what it is worth.

    \b
    Examples:
      kotivahti locator walk kitchen
      kotivahti locator fit --by kalle
      kotivahti locator show
    """


for _command in (walk, fit, show, check, record, forget):
    locator.add_command(_command)
