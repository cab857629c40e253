"""The control socket: one line in, one line out; a client's mistake is its own."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.control.client import GatewayNotRunningError, RefusedError, ask, follow
from edge.control.protocol import CLIENTS_MAX, LINE_MAX_BYTES, STREAMS_MAX, Peer
from edge.control.server import ControlServer
from edge.errors import ControlError, StoreError


async def echo(args: dict[str, Any], peer: Peer) -> dict[str, Any]:
    return {"args": args, "uid": peer.uid, "pid": peer.pid}


async def refuse(_: dict[str, Any], __: Peer) -> None:
    raise ControlError("say who answers")


async def refuse_in_words(_: dict[str, Any], __: Peer) -> None:
    error = ControlError("no room 'attic'")
    error.words = ("refused.unknown", {"name": "attic", "count": 2})
    raise error


async def broken(_: dict[str, Any], __: Peer) -> None:
    raise StoreError("disk full")


async def misread(args: dict[str, Any], _: Peer) -> dict[str, Any]:
    return {}[args["checklist"]]


async def huge(_: dict[str, Any], __: Peer) -> str:
    return "x" * (2 * LINE_MAX_BYTES)


async def count(args: dict[str, Any], _: Peer) -> AsyncGenerator[int, None]:
    for n in range(args["to"]):
        yield n


@pytest_asyncio.fixture
async def path(tmp_path: Path) -> AsyncIterator[Path]:
    where = tmp_path / "run" / "control.sock"
    handlers = {
        "echo": echo,
        "refuse": refuse,
        "refuse_in_words": refuse_in_words,
        "broken": broken,
        "misread": misread,
        "huge": huge,
    }
    async with ControlServer(where, handlers, {"count": count}).serving():
        yield where


async def _raw(path: Path, line: bytes) -> bytes:
    reader, writer = await asyncio.open_unix_connection(str(path), limit=2 * LINE_MAX_BYTES)
    writer.write(line)
    await writer.drain()
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_a_command_gets_its_result_and_the_kernels_word_on_the_caller(path):
    """The peer's uid and pid come from the socket, not from what it says."""
    result = await asyncio.to_thread(ask, path, "echo", {"a": [1, None, "ä"]})
    assert result == {"args": {"a": [1, None, "ä"]}, "uid": os.getuid(), "pid": os.getpid()}


async def test_the_socket_is_for_owner_and_group_only(path):
    """0660: nobody else on the machine reads a home."""
    assert stat.S_IMODE(path.stat().st_mode) == 0o660


async def test_refusals_carry_text_and_exit_code(path):
    """Wrong input is 2, the state of things is 1."""
    with pytest.raises(RefusedError, match="who answers") as caught:
        await asyncio.to_thread(ask, path, "refuse")
    assert caught.value.code == 2
    with pytest.raises(RefusedError, match="disk full") as caught:
        await asyncio.to_thread(ask, path, "broken")
    assert caught.value.code == 1


async def test_a_refusal_carries_its_words(path: Path):
    """So that the command line says it in the language it was asked for."""
    with pytest.raises(RefusedError, match="no room 'attic'") as caught:
        await asyncio.to_thread(ask, path, "refuse_in_words")
    assert caught.value.words == ("refused.unknown", {"name": "attic", "count": 2})
    with pytest.raises(RefusedError) as plain:
        await asyncio.to_thread(ask, path, "refuse")
    assert plain.value.words is None


async def test_an_unknown_command_lists_the_known_ones(path):
    """A newer command line on an older gateway is told what there is."""
    with pytest.raises(RefusedError, match=r"known: .*count.*echo|known: .*echo.*count"):
        await asyncio.to_thread(ask, path, "dispense")


@pytest.mark.parametrize("args", [{}, {"checklist": []}, {"checklist": "fire"}])
async def test_arguments_of_another_shape_are_refused(path, args):
    """A list where a name belongs: exit code 2, and the server goes on."""
    with pytest.raises(RefusedError, match="wrong shape") as caught:
        await asyncio.to_thread(ask, path, "misread", args)
    assert caught.value.code == 2
    assert (await asyncio.to_thread(ask, path, "echo"))["args"] == {}


async def test_an_answer_that_is_too_long_is_refused_instead_of_cut(path):
    """The client reads a bounded line; half a JSON document helps nobody."""
    with pytest.raises(RefusedError, match="longer than"):
        await asyncio.to_thread(ask, path, "huge")


async def test_a_stream_ends_by_itself(path):
    """`follow` gives each result and stops at the end mark."""
    got = await asyncio.to_thread(lambda: list(follow(path, "count", {"to": 5})))
    assert got == [0, 1, 2, 3, 4]


async def test_nobody_listening_is_told_as_such(tmp_path):
    """No socket, or the socket file of a dead gateway: the same clear error."""
    with pytest.raises(GatewayNotRunningError, match="is it running"):
        ask(tmp_path / "none.sock", "echo")
    dead = tmp_path / "dead.sock"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(dead))
    with pytest.raises(GatewayNotRunningError):
        ask(dead, "echo")


async def test_a_dead_gateways_socket_is_replaced(tmp_path):
    """After a power cut the old file stands there; the new gateway takes its place."""
    where = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(where))
    async with ControlServer(where, {"echo": echo}, {}).serving():
        assert (await asyncio.to_thread(ask, where, "echo"))["args"] == {}
    assert not where.exists()


async def test_a_line_that_is_too_long_ends_that_client_only(path):
    """A megabyte without a newline is refused by name; others go on."""
    answer = await _raw(path, b"x" * (LINE_MAX_BYTES + 10) + b"\n")
    assert b"longer than" in answer
    assert (await asyncio.to_thread(ask, path, "echo"))["args"] == {}


async def test_another_version_is_refused(path):
    """The protocol is versioned; a mismatch is told, not guessed."""
    answer = await _raw(path, b'{"v":2,"do":"echo"}\n')
    assert b"this gateway speaks 1" in answer


async def test_clients_are_bounded(path):
    """One client more than the bound is turned away; a place that is left is free again."""
    held = [await asyncio.open_unix_connection(str(path)) for _ in range(CLIENTS_MAX)]
    await asyncio.sleep(0.05)
    reader, writer = await asyncio.open_unix_connection(str(path))
    assert b"clients already" in await reader.read()
    for _, other in [*held, (reader, writer)]:
        other.close()
        await other.wait_closed()
    await asyncio.sleep(0.05)
    assert (await asyncio.to_thread(ask, path, "echo"))["args"] == {}


async def wait_for_ever(_: dict[str, Any], __: Peer) -> AsyncGenerator[int, None]:
    await asyncio.Event().wait()
    yield 0


async def test_watchers_that_have_gone_give_their_places_back(tmp_path):
    """Eight watchers of a silent home leave; the ninth is let in at once."""
    where = tmp_path / "control.sock"
    async with ControlServer(where, {"echo": echo}, {"wait": wait_for_ever}).serving():
        for _ in range(3):
            watching = [await asyncio.open_unix_connection(str(where)) for _ in range(STREAMS_MAX)]
            for _, writer in watching:
                writer.write(b'{"do":"wait"}\n')
            await asyncio.sleep(0.05)
            assert b"watchers already" in await _raw(where, b'{"do":"wait"}\n')
            assert (await asyncio.to_thread(ask, where, "echo"))["args"] == {}
            for _, writer in watching:
                writer.close()
                await writer.wait_closed()
            await asyncio.sleep(0.05)


async def test_a_reader_that_never_reads_does_not_hold_the_end_up(tmp_path):
    """Thousands of answers that nobody takes: serving ends within its bound all the same."""
    where = tmp_path / "control.sock"
    server = ControlServer(where, {"huge": huge, "echo": echo}, {})
    async with server.serving():
        _, writer = await asyncio.open_unix_connection(str(where))
        writer.write(b'{"do":"echo","args":{"x":"' + b"y" * 1000 + b'"}}\n' * 2000)
        await asyncio.sleep(0.1)
    writer.close()


@settings(max_examples=60)
@given(line=st.binary(max_size=200).filter(lambda b: b"\n" not in b and b))
def test_any_line_gets_an_answer(line):
    """Garbage is answered with a refusal and never ends the server."""

    async def scene() -> None:
        where = Path("/tmp") / f"kotivahti-{os.getpid()}.sock"  # noqa: S108 - short enough for AF_UNIX
        async with ControlServer(where, {"echo": echo}, {}).serving():
            assert b'"error"' in await _raw(where, line + b"\n") or b'"do"' in line

    asyncio.run(scene())
