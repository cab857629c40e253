"""The composition root: builds, starts and stops the one process of a home."""

import sys

# structlog loads rich and Pygments when it finds them installed: 8 MB and a tenth of a second
# that a gateway never uses. A module that is None cannot be imported (PEP 328); once structlog
# has looked, the commands that draw tables can have rich again.
if "structlog" not in sys.modules and "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog  # noqa: F401

    del sys.modules["rich"]
