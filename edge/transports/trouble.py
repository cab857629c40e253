"""Tells a fault of ours once when it comes and once when it is gone."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from edge.events import Fault, FaultKind

log = structlog.get_logger()


class Trouble:
    """One subject (a radio, a line) and whether it is lost."""

    def __init__(self, kind: FaultKind, subject: str, on_fault: Callable[[Fault], None]) -> None:
        self.lost = False
        self._detail = ""
        self._kind = kind
        self._subject = subject
        self._on_fault = on_fault

    def gone(self, detail: str) -> None:
        if not self.lost:
            self._tell(gone=True, detail=detail)

    def still_gone(self, detail: str) -> None:
        """As `gone`; a cause that is known better by now is told too."""
        if not self.lost or detail != self._detail:
            self._tell(gone=True, detail=detail)

    def back(self) -> None:
        if self.lost:
            self._tell(gone=False, detail="")

    def _tell(self, *, gone: bool, detail: str) -> None:
        self.lost = gone
        self._detail = detail
        state = "gone" if gone else "back"
        log.warning(
            "fault", kind=self._kind.value, subject=self._subject, state=state, detail=detail
        )
        self._on_fault(Fault(kind=self._kind, subject=self._subject, gone=gone, detail=detail))
