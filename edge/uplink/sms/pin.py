"""The SIM card's PIN: read from a file, tried once, and not again until that file changes.

Three wrong tries lock a card, and a service that restarts would spend them in a minute. So a
mark is written, synced, before each try, and goes when the card has opened.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from pathlib import Path

from edge.errors import TransportError

# TS 31.101 §9.5.1.
_PIN = re.compile(r"[0-9]{4,8}")
# A PIN and a line end; what is longer is another file.
FILE_MAX_BYTES = 64


class PinFile:
    """`path` is the PIN's file, `mark` where a try is noted; own threads for the disk."""

    def __init__(self, path: Path | None, mark: Path) -> None:
        self._path = path
        self._mark = mark

    async def take(self) -> str:
        """The PIN, for one try; TransportError says why there is none."""
        return await asyncio.to_thread(self._take)

    async def opened(self) -> None:
        """The card is open: whatever was tried was right."""
        await asyncio.to_thread(self._forget)

    def _take(self) -> str:
        if self._path is None:
            text = "the SIM card asks for its PIN; name a file that holds it: [pager] pin_file"
            raise TransportError(text)
        try:
            found = self._path.stat()
            # Not of the text: four digits are guessed from any sum of them.
            now = f"{found.st_dev} {found.st_ino} {found.st_mtime_ns} {found.st_size}"
            text = self._path.read_bytes()[:FILE_MAX_BYTES].decode("ascii", "replace").strip()
        except OSError as error:
            wrong = f"{self._path} cannot be read: {type(error).__name__}"
            raise TransportError(f"{wrong}; it must hold the SIM card's PIN") from error
        if _PIN.fullmatch(text) is None:
            raise TransportError(f"{self._path} holds no PIN; write 4 to 8 digits and nothing else")
        with contextlib.suppress(FileNotFoundError):
            if self._mark.read_text(encoding="ascii", errors="replace") == now:
                wrong = f"the SIM card did not open with the PIN of {self._path}"
                raise TransportError(f"{wrong}; write the right one, it is not tried again")
        try:
            self._note(now)
        except OSError as error:
            wrong = f"{self._mark} cannot be written: {type(error).__name__}"
            raise TransportError(f"{wrong}; the PIN is not tried without it") from error
        return text

    def _note(self, now: str) -> None:
        with self._mark.open("w", encoding="ascii") as file:
            file.write(now)
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(self._mark.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _forget(self) -> None:
        with contextlib.suppress(OSError):
            self._mark.unlink(missing_ok=True)
