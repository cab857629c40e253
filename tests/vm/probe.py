"""Try what a gateway has no business with; runs in the guest, alone, on Debian's Python.

Prints one JSON object: name of the attempt -> "done", or the error's name. Run by the unit itself
(ExecStartPre=, so within its sandbox), and outside of it, where the same attempts succeed.
"""

import ctypes
import errno
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH = 16
PTRACE_DETACH = 17
CLONE_NEWUSER = 0x10000000
FINIT_MODULE = 313  # x86-64


def check(result: int) -> None:
    if result < 0:
        raise OSError(ctypes.get_errno(), "")


def read(path: str) -> None:
    with Path(path).open("rb") as file:
        file.read(1)


def write(path: str) -> None:
    with Path(path).open("ab"):
        pass


def device(path: str) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY))


def chip(path: str) -> None:
    """Debian's kernel has no chip to simulate: a node that leads nowhere shows who may open it."""
    try:
        device(path)
    except OSError as error:
        if error.errno not in (errno.ENXIO, errno.ENODEV):
            raise


def trace() -> None:
    """Attach to a process of the same user that stands outside."""
    found = subprocess.run(["pgrep", "-n", "-x", "traced"], check=False, capture_output=True)
    pid = int(found.stdout or -1)
    if pid < 0:
        raise ProcessLookupError(errno.ESRCH, "")
    check(LIBC.ptrace(PTRACE_ATTACH, pid, None, None))
    os.waitpid(pid, 0)
    LIBC.ptrace(PTRACE_DETACH, pid, None, None)


def load_module(path: str) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        check(LIBC.syscall(FINIT_MODULE, file, b"", 0))
    except FileExistsError:
        pass  # it is loaded already: we would have been allowed to
    finally:
        os.close(file)


def connect(address: str, port: int) -> None:
    with socket.create_connection((address, port), timeout=5):
        pass


def other_user() -> None:
    """See a process of somebody else."""
    read("/proc/1/status")


def namespace() -> None:
    """In a child: a user namespace of its own would be the parent's too."""
    pid = os.fork()
    if pid == 0:
        os._exit(0 if LIBC.unshare(CLONE_NEWUSER) == 0 else ctypes.get_errno())
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if code:
        raise OSError(code, "")


def netlink() -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW).close()


def main() -> None:
    module, foreign, own = sys.argv[1:4]
    attempts: dict[str, Callable[[], None]] = {
        "another user's file": lambda: read("/home/anna/notes"),
        "password hashes": lambda: read("/etc/shadow"),
        "a program": lambda: write("/opt/kotivahti/current/bin/kotivahti"),
        "its settings": lambda: write("/etc/kotivahti/gateway.toml"),
        "the disk": lambda: device("/dev/vda"),
        "the radio's controller": lambda: device("/dev/vhci"),
        "the board's own UART": lambda: device("/dev/ttyS0"),
        "a GPIO chip": lambda: chip("/dev/gpiochip0"),
        "a USB serial adapter": lambda: device("/dev/ttyUSB1"),
        "another process": trace,
        "somebody's process": other_user,
        "a kernel module": lambda: load_module(module),
        "a user namespace": namespace,
        "netlink": netlink,
        "a foreign address": lambda: connect(foreign, 8883),
        "the broker's address": lambda: connect(own, 1883),
    }
    said = {}
    for name, attempt in attempts.items():
        try:
            attempt()
            said[name] = "done"
        except OSError as error:
            said[name] = errno.errorcode.get(error.errno or 0, type(error).__name__)
    print(json.dumps(said))


main()
