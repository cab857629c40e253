"""What a driver may import: a driver decodes, and nothing else.

The source is read, never run: a module that opens a socket when it is imported
is found before it is imported.
"""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

# I/O, clocks, randomness and concurrency. What is left of the standard library computes.
FORBIDDEN = frozenset(
    [
        "aiohttp",
        "aiomqtt",
        "asyncio",
        "bleak",
        "builtins",
        "concurrent",
        "ctypes",
        "dbm",
        "dbus_fast",
        "fcntl",
        "fileinput",
        "ftplib",
        "glob",
        "gpiod",
        "http",
        "httpx",
        "imaplib",
        "importlib",
        "io",
        "linecache",
        "logging",
        "mmap",
        "multiprocessing",
        "os",
        "pathlib",
        "pickle",
        "poplib",
        "pty",
        "pymodbus",
        "random",
        "requests",
        "runpy",
        "sched",
        "secrets",
        "select",
        "selectors",
        "serial",
        "shelve",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "socketserver",
        "sqlite3",
        "ssl",
        "structlog",
        "subprocess",
        "sys",
        "tempfile",
        "termios",
        "threading",
        "time",
        "tty",
        "urllib",
        "uuid",
        "webbrowser",
        "xmlrpc",
    ]
)
# Of the gateway itself a driver may use its ground floor and its neighbours.
ALLOWED_EDGE = ("edge.domain", "edge.errors", "edge.kinds", "edge.drivers")
_CALLS = frozenset({"open", "exec", "eval", "input", "print", "__import__", "breakpoint"})
# Files of one driver; more than that is no driver that a person can read.
FILES_MAX = 64


def faults(module: str) -> list[str]:
    """What `module`, and what it imports of its own package, must not do; empty is good."""
    found: list[str] = []
    seen: set[str] = set()
    waiting = [module]
    while waiting and len(seen) < FILES_MAX:
        name = waiting.pop()
        path = source_of(name)
        if name in seen or path is None:
            continue
        seen.add(name)
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        found += [f"{name}, line {line}: {what}" for line, what in _faults_of(tree)]
        waiting += [other for other in _imports(tree) if _is_neighbour(other, module)]
    return found


def source_of(module: str) -> Path | None:
    """The file of a module, found without running it where Python allows that."""
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    origin = None if spec is None else spec.origin
    path = None if origin is None else Path(origin)
    return path if path is not None and path.suffix == ".py" and path.is_file() else None


def _is_neighbour(other: str, module: str) -> bool:
    if other.startswith("edge."):
        return module.startswith("edge.drivers") and other.startswith("edge.drivers.")
    return other.split(".", maxsplit=1)[0] == module.split(".", maxsplit=1)[0]


def _imports(tree: ast.Module) -> list[str]:
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def _faults_of(tree: ast.Module) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found += [(node.lineno, what) for what in _import_faults(node)]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id in _CALLS:
                found.append((node.lineno, f"calls {node.func.id}(); a driver does no I/O"))
        elif isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today"}:
            found.append((node.lineno, f"asks for the time (.{node.attr}); `at` is the time"))
    return found


def _import_faults(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom) and node.level:
        return ["a relative import; write the whole name, so that it can be followed"]
    names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    found = []
    for name in names:
        if name.split(".")[0] in FORBIDDEN:
            found.append(f"imports {name}; a driver does no I/O and keeps no time")
        elif name.startswith("edge") and not name.startswith(ALLOWED_EDGE):
            allowed = ", ".join(ALLOWED_EDGE)
            found.append(f"imports {name}; of the gateway a driver may use {allowed}")
    return found
