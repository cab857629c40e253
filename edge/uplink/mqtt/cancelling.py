"""Keeps a cancellation apart from an error that comes together with it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def apart(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` in a task of its own; its result, or its error.

    A TaskGroup whose child fails, and a connection that breaks while it is left, raise their
    error instead of the cancellation that came at the same moment (Python before 3.13). Whoever
    catches such an error and tries again would go on for ever, deaf to SIGTERM. Here the one who
    waits is cancelled by itself, whatever the work ends with.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # seen: it ended with an error as it was asked to end
        raise
    return task.result()


async def whole(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end, whatever happens to the one who waits for it.

    A commit that a thread has begun cannot be cancelled: what follows from it is due all the
    same, because nobody will ask for it again. A cancellation is raised when `work` is over.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # seen: whoever is cancelled has no use for it
        raise
    return task.result()
