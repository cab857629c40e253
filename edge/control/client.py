"""The command line's end of the control socket: plain and blocking."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from edge.control.protocol import LINE_MAX_BYTES, VERSION, Answer, Request
from edge.domain import Scalar
from edge.errors import ControlError, Words
from edge.locale.refusing import worded

# A commit takes milliseconds, a model run a second; longer means the gateway hangs.
ANSWER_WITHIN_S = 30.0


class GatewayNotRunningError(ControlError):
    """Nobody listens on the socket."""


class RefusedError(ControlError):
    """The gateway refused the command; `code` is the exit code it suggests."""

    def __init__(self, text: str, code: int, words: Words | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.words = words


def _refused(name: str, /, **params: Scalar) -> RefusedError:
    error = worded(ControlError, name, **params)
    return RefusedError(str(error), 1, error.words)


def ask(path: Path, do: str, args: dict[str, Any] | None = None) -> Any:
    """One command, one result; raises GatewayNotRunningError or RefusedError."""
    for answer in _answers(path, do, args or {}, ANSWER_WITHIN_S):
        return answer.result
    raise _refused("no_answer_came")


def follow(path: Path, do: str, args: dict[str, Any] | None = None) -> Iterator[Any]:
    """A command that streams: results until the gateway ends or closes the line."""
    for answer in _answers(path, do, args or {}, None):
        if answer.end:
            return
        yield answer.result


def _answers(
    path: Path, do: str, args: dict[str, Any], timeout_s: float | None
) -> Iterator[Answer]:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(ANSWER_WITHIN_S)
        try:
            sock.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise worded(GatewayNotRunningError, "nobody_listens", file=str(path)) from error
        except PermissionError as error:
            raise _refused("no_right", file=str(path)) from error
        sock.settimeout(timeout_s)
        with contextlib.suppress(ConnectionError):  # it may have said why it closes the line
            sock.sendall(msgspec.json.encode(Request(do=do, args=args)) + b"\n")
        with sock.makefile("rb") as lines:
            while line := _line(lines, path):
                answer = _decoded(line)
                if answer.error is not None:
                    raise RefusedError(answer.error, answer.code or 1, answer.words)
                if answer.v != VERSION:
                    raise _refused("other_version", theirs=answer.v, ours=VERSION)
                yield answer


def _decoded(line: bytes) -> Answer:
    try:
        return msgspec.json.decode(line, type=Answer)
    except msgspec.DecodeError as error:
        raise _refused("answer_unreadable") from error


def _line(lines: Any, path: Path) -> bytes:
    try:
        line: bytes = lines.readline(LINE_MAX_BYTES + 1)
    except ConnectionError as error:
        raise _refused("line_closed") from error
    except TimeoutError as error:
        raise _refused("no_answer_within", file=str(path), n=round(ANSWER_WITHIN_S)) from error
    return line
