"""A message bus of a test's own: `dbus-daemon` on a socket in the test's folder."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

READY_S = 10.0
STOP_S = 5.0
# Everybody may own every name and hear everybody: who connects is decided by the socket's folder.
_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


@asynccontextmanager
async def dbus_daemon(folder: Path) -> AsyncIterator[str]:
    """A running bus; yields its address."""
    program = shutil.which("dbus-daemon")
    assert program is not None, "dbus-daemon is missing: apt install dbus-daemon"
    socket = folder / "bus"
    config = folder / "bus.conf"
    config.write_text(_CONFIG.format(socket=socket), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        program, f"--config-file={config}", "--nofork", "--nopidfile", "--print-address",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(READY_S):
            address = (await process.stdout.readline()).decode().strip()
        assert address, "dbus-daemon did not start"
        yield address
    finally:
        if process.returncode is None:
            process.terminate()
        async with asyncio.timeout(STOP_S):
            await process.communicate()
