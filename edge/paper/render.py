"""A document as PDF: the process that makes it is started, given HTML, and ends.

Whatever happens to it (a library that is missing, a crash, a hang) comes out as one PaperError
with the mend; the data of the document are there all the same.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.errors import PaperError
from edge.paper.certificate import page

# Two pages take a second on a desktop core, and 5 to 20 times that on the slowest board.
TIMEOUT_S = 60.0
# Two pages with their fonts are 60 kB.
PDF_MAX_BYTES = 4 * 1024 * 1024
CAUSE_MAX_CHARS = 200
# As edge.paper.child says it; nobody imports that.
OTHER_PAGES = 3

# -P: what lies in the working directory is no part of the process.
COMMAND = (sys.executable, "-P", "-m", "edge.paper.child")
ENVIRONMENT = {
    "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    "PYTHONUTF8": "1",
    "LC_ALL": "C.UTF-8",
    "HOME": "/nonexistent",
}
MEND = (
    "install kotivahti[pdf] and: sudo apt install libpango-1.0-0 libpangoft2-1.0-0 "
    "libharfbuzz-subset0 fonts-inter; the JSON needs none of it"
)


def pdf_of(certificate: dict[str, Any], digest: str, lang: str) -> bytes:
    """The certificate on paper; `digest` is the SHA-256 of its data."""
    return printed(page(certificate, digest, lang))


def printed(html: str, command: Sequence[str] = COMMAND, timeout_s: float = TIMEOUT_S) -> bytes:
    """HTML as PDF; raises PaperError."""
    try:
        done = subprocess.run(  # noqa: S603 (our own program)
            command,
            input=html.encode(),
            capture_output=True,
            timeout=timeout_s,
            env=ENVIRONMENT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        text = f"no PDF within {timeout_s:g} s; see what else loads this machine"
        raise PaperError(text) from error
    except OSError as error:
        raise PaperError(f"{command[0]}: cannot be started ({error.strerror}); {MEND}") from error
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        cause = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        if done.returncode == OTHER_PAGES:
            raise PaperError(f"{cause}; shorten its texts")
        raise PaperError(f"no PDF was made ({cause[:CAUSE_MAX_CHARS]}); {MEND}")
    if len(done.stdout) > PDF_MAX_BYTES:
        raise PaperError(f"a PDF of {len(done.stdout)} bytes; {PDF_MAX_BYTES} is the most")
    return done.stdout
