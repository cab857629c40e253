"""The process that puts HTML on paper, and the only place where WeasyPrint is imported.

    python -m edge.paper.child [PAGES] < document.html > document.pdf

With PAGES a document of any other number of pages is refused.
It reads no file and asks no network: the document is all there is.
"""

from __future__ import annotations

import resource
import sys
from typing import NoReturn

# A certificate of 64 devices is 100 kB of HTML.
HTML_MAX_BYTES = 2 * 1024 * 1024
# WeasyPrint with its fonts maps 400 MB and uses 120; a document that wants several times as much
# is none of ours.
ADDRESS_SPACE_MAX_BYTES = 2 * 1024 * 1024 * 1024
# Ends a process whose command has gone; the slowest board needs a third of it.
CPU_TIME_MAX_S = 60
# Exit code: nothing is missing, the document has other pages than it was asked for.
OTHER_PAGES = 3


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_TIME_MAX_S, CPU_TIME_MAX_S))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_MAX_BYTES, ADDRESS_SPACE_MAX_BYTES))
    data = sys.stdin.buffer.read(HTML_MAX_BYTES + 1)
    if len(data) > HTML_MAX_BYTES:
        _out(f"the document is larger than {HTML_MAX_BYTES} bytes")
    try:
        # OSError: a library of the system that it looks for when it is imported.
        from weasyprint import HTML  # type: ignore[import-untyped]  # noqa: PLC0415
        from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]  # noqa: PLC0415
    except (ImportError, OSError) as error:
        _out(str(error).partition("\n")[0])
    nothing = URLFetcher(allowed_protocols=())
    document = HTML(string=data.decode(), url_fetcher=nothing).render(pdf_tags=True)
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else len(document.pages)
    if len(document.pages) != wanted:
        text = f"the paper has {len(document.pages)} pages and ought to have {wanted}"
        _out(text, OTHER_PAGES)
    sys.stdout.buffer.write(document.write_pdf())
    sys.stdout.buffer.flush()


def _out(text: str, code: int = 1) -> NoReturn:
    sys.stderr.write(text + "\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
