"""The home's own sounder, and an executable of the site: loud where nobody has answered.

The output is set from what is open now, so a restart sounds on, and an answer ends it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from collections.abc import Iterable, Sequence

import structlog

from edge.app.escalating.book import Book
from edge.app.escalating.opened import Opened
from edge.domain import AlertState, Record
from edge.errors import TransportError
from edge.escalation import deadlines_of
from edge.escalation.asking import HOOK, SOUNDER, elapsed_ms
from edge.events import Fault, FaultKind
from edge.ports import Sounder
from edge.store.pages import PageRow, PageState
from edge.transports.trouble import Trouble

log = structlog.get_logger()

# Three of every five minutes: loud enough to be heard next door, with pauses in which a person at
# the telephone, or at the door, is understood.
SOUND_MS = 180_000
# The output is set again at this distance: an adapter that was pulled out comes back silent.
REFRESH_MS = 5_000
# While it sounds by turns, and while it cannot be switched: its pauses begin and end in time.
TURN_MS = 1_000
# Calls of the hook that wait for their turn; a hook that hangs must not fill memory.
HOOK_WAITING_MAX = 16
SUBJECT = "sounder"


class Hook(Record, frozen=True, kw_only=True):
    """An executable by its absolute path with arguments of its own; no shell reads them."""

    argv: tuple[str, ...]
    timeout_s: int


class Sounding:
    """`run` as one task; `turn` is called by the escalator at each look."""

    def __init__(self, book: Book, sounder: Sounder | None, hook: Hook | None) -> None:
        self._book = book
        self._sounder = sounder
        self._hook = hook
        self._on: bool | None = None
        self._set_ms = 0
        self._trouble = Trouble(FaultKind.LINE, SUBJECT, self._fault)
        self._calls: deque[tuple[tuple[str, ...], PageRow | None]] = deque()
        self._due = asyncio.Event()
        self._started: set[str] = set()  # alerts that the hook was told of, and not of their end

    @property
    def is_on(self) -> bool:
        return self._on is True

    def owe(self, known: Opened, rows: Iterable[PageRow]) -> None:
        """Pages just written down, or read back: the hook's are called, the sounder's follow."""
        for row in rows:
            if row.page.path == HOOK:
                self._started.add(row.alert)
                if row.state is PageState.OWED:
                    self._call("start", known, row)

    def over(self, known: Opened) -> None:
        """Somebody has it, or it has ended."""
        if known.alert.id in self._started:
            self._started.discard(known.alert.id)
            self._call("stop", known, None)

    async def turn(self) -> int | None:
        """Set the output as it should be now; the boottime of the next look, None if silent."""
        now_ms = self._book.now_ms()
        if self._sounder is None:
            return None
        on = any(self._sounds(known) for known in self._book.opened.values())
        if on is not self._on or (on and now_ms - self._set_ms >= REFRESH_MS):
            await self._set(self._sounder, on=on)
        asked = any(known.asking.sounded is not None for known in self._book.opened.values())
        return now_ms + TURN_MS if asked or self._on is None else None

    def silence(self) -> None:
        """The gateway ends: what it cannot watch over must not sound for ever."""
        if self._sounder is not None and self._on:
            try:
                self._sounder.sound(on=False)
            except TransportError as error:
                log.warning("sounder_failed", reason=str(error))

    async def run(self) -> None:
        """Call the hook, one at a time."""
        try:
            while True:
                self._due.clear()
                while self._calls:
                    await self._run_hook(*self._calls.popleft())
                await self._due.wait()
        finally:
            self.silence()

    def _sounds(self, known: Opened) -> bool:
        sounded, alert = known.asking.sounded, known.alert
        if sounded is None or alert.state is not AlertState.RAISED:
            return False
        ms = elapsed_ms(sounded, self._book.house.clock.now())
        return ms % deadlines_of(alert).repeat_ms < SOUND_MS

    async def _set(self, sounder: Sounder, *, on: bool) -> None:
        was, self._set_ms = self._on, self._book.now_ms()
        try:
            sounder.sound(on=on)
        except TransportError as error:
            self._on = None  # tried again at the next look
            self._trouble.gone(str(error))
            return
        self._on = on
        self._trouble.back()
        if was is not on and (on or was is not None):
            log.info("sounder_set", state="on" if on else "off")
        if on:
            await self._sent()

    def _fault(self, fault: Fault) -> None:
        self._book.house.tell(fault)

    async def _sent(self) -> None:
        owed = [
            row
            for known in self._book.opened.values()
            for row in known.pages.values()
            if row.page.path == SOUNDER and row.state is PageState.OWED
        ]
        for row in owed:
            await self._book.note(row, PageState.SENT, attempts=row.attempts + 1)

    # -- the hook ---------------------------------------------------------------------------

    def _call(self, word: str, known: Opened, row: PageRow | None) -> None:
        if self._hook is None:
            return
        alert = known.alert
        told = (word, alert.code, alert.priority.value, str(known.asking.level), alert.id)
        if len(self._calls) >= HOOK_WAITING_MAX:
            self._calls.popleft()
            log.error("hook_call_dropped", count=HOOK_WAITING_MAX)
        self._calls.append((told, row))
        self._due.set()

    async def _run_hook(self, told: Sequence[str], row: PageRow | None) -> None:
        if self._hook is None:
            return
        reason = await run_hook(self._hook, told)
        if reason:
            log.error("hook_failed", state=told[0], reason=reason)
        if row is not None:
            state = PageState.REFUSED if reason else PageState.SENT
            await self._book.note(row, state, attempts=row.attempts + 1, reason=reason)


async def run_hook(hook: Hook, told: Sequence[str]) -> str:
    """Run the executable to its end; '' or why it did not do its work.

    It gets its own arguments, then start or stop, the alert's code, priority and level, and its
    id: no name, no address, no reading. It runs in a session of its own, without our environment,
    and is killed with all its children after its time.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            *hook.argv,
            *told,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env={"PATH": "/usr/bin:/bin"},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        return f"cannot be started: {error.strerror}"
    try:
        async with asyncio.timeout(hook.timeout_s):
            code = await process.wait()
    except TimeoutError:
        return f"did not end within {hook.timeout_s} s"
    finally:
        if process.returncode is None:
            _kill(process.pid)
            await process.wait()
    return "" if code == 0 else f"ended with {code}"


def _kill(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
