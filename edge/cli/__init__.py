"""`kotivahti`: one command for installers, maintainers and the gateway itself."""

from edge.cli.main import main

__all__ = ["main"]
