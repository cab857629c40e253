"""The command line's end of the control socket: plain and blocking."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from edge.control.protocol import LINE_MAX_BYTES, VERSION, Answer, Request
from edge.errors import ControlError, Words

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


def ask(path: Path, do: str, args: dict[str, Any] | None = None) -> Any:
    """One command, one result; raises GatewayNotRunningError or RefusedError."""
    for answer in _answers(path, do, args or {}, ANSWER_WITHIN_S):
        return answer.result
    text = "the gateway closed the line without an answer; see its log"
    raise RefusedError(text, 1)


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
            text = f"no gateway listens on {path}; is it running?"
            raise GatewayNotRunningError(text) from error
        except PermissionError as error:
            text = f"no right to use {path}; join its group, or use sudo"
            raise RefusedError(text, 1) from error
        sock.settimeout(timeout_s)
        with contextlib.suppress(ConnectionError):  # it may have said why it closes the line
            sock.sendall(msgspec.json.encode(Request(do=do, args=args)) + b"\n")
        with sock.makefile("rb") as lines:
            while line := _line(lines, path):
                answer = _decoded(line)
                if answer.error is not None:
                    raise RefusedError(answer.error, answer.code or 1, answer.words)
                if answer.v != VERSION:
                    text = f"the gateway speaks version {answer.v}, this command {VERSION}"
                    raise RefusedError(text, 1)
                yield answer


def _decoded(line: bytes) -> Answer:
    try:
        return msgspec.json.decode(line, type=Answer)
    except msgspec.DecodeError as error:
        text = "the gateway's answer cannot be read; is it of another release?"
        raise RefusedError(text, 1) from error


def _line(lines: Any, path: Path) -> bytes:
    try:
        line: bytes = lines.readline(LINE_MAX_BYTES + 1)
    except ConnectionError as error:
        text = "the gateway closed the line; it may have too many clients, or be stopping"
        raise RefusedError(text, 1) from error
    except TimeoutError as error:
        text = f"no answer on {path} within {ANSWER_WITHIN_S:.0f} s; see the gateway's log"
        raise RefusedError(text, 1) from error
    return line
