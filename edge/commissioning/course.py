"""How a run goes: which step is next, what a check or a skip makes of it. Pure and total.

Every function takes a run and gives the next one; the caller stores what it got. So a run can
be cut after any of them and goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from edge.commissioning.record import ORDER, Build, Check, Reason, Run, Step, StepName, Verdict
from edge.domain import Instant

# Longest piece of a person's time that one answer can claim; a forgotten terminal is no work.
HANDS_ON_MAX_MS = 3_600_000

# Of several verdicts the one that a reader must see first.
_WORST = (
    Verdict.FAILED,
    Verdict.OPEN,
    Verdict.SKIPPED,
    Verdict.PASSED,
    Verdict.NOT_APPLICABLE,
)

_replace = msgspec.structs.replace


def begin(
    ident: str,
    *,
    by: str,
    at: Instant,
    build: Build,
    before: Run | None,
    new: bool,
    replaced: bool = False,
) -> Run:
    """A new run; `new`: the person wants one although nothing changed; `replaced`: this box took
    over from another one since the run before it.
    """
    reason = Reason.FIRST
    if replaced:
        reason = Reason.REPLACED
    elif before is not None:
        reason = Reason.AGAIN if new or before.build == build else Reason.UPDATE
    return Run(id=ident, reason=reason, by=by, begun=at, build=build, changed=at)


def next_step(run: Run) -> StepName | None:
    """The first step that has no verdict; None when every one has."""
    return next((name for name in ORDER if run.step(name).verdict is None), None)


def enter(run: Run, name: StepName, *, at: Instant, by: str, stage: str = "") -> Run:
    """Somebody is at work on this step now."""
    step = run.step(name)
    fresh = step.begun is None or step.begun.boot != at.boot
    begun = at if fresh else step.begun
    return _with(run, _replace(step, begun=begun, by=by or step.by, stage=stage), at)


def note(run: Run, name: StepName, check: Check, *, at: Instant, hands_on_ms: int = 0) -> Run:
    """What one check found; it stands instead of an earlier one of the same thing.

    Also of a step that is over: what is found wrong afterwards leaves nothing passed.
    """
    step = _judged(_noted(run.step(name), check))
    step = _replace(step, begun=step.begun or at, hands_on_ms=step.hands_on_ms + _own(hands_on_ms))
    return _with(run, step, at)


def drop(run: Run, name: StepName, keep: Iterable[str], *, at: Instant) -> Run:
    """Forget checks of subjects that are no longer there, such as a removed device."""
    step = run.step(name)
    there = frozenset(keep)
    checks = tuple(c for c in step.checks if not c.subject or c.subject in there)
    return run if checks == step.checks else _with(run, _judged(_replace(step, checks=checks)), at)


def finish(run: Run, name: StepName, *, at: Instant, hands_on_ms: int = 0) -> Run:
    """The step is over: its verdict is the worst of its checks, open when there is none."""
    step = run.step(name)
    step = _replace(
        step,
        verdict=worst(c.verdict for c in step.checks),
        begun=step.begun or at,
        ended=at,
        stage="",
        hands_on_ms=step.hands_on_ms + _own(hands_on_ms),
    )
    return _ended(_with(run, step, at), at)


def skip(run: Run, name: StepName, reason: str, *, at: Instant, by: str) -> Run:
    """A person leaves the step out; what was checked of it stays visible."""
    step = run.step(name)
    step = _replace(
        step, verdict=Verdict.SKIPPED, begun=step.begun or at, ended=at, by=by, reason=reason,
        stage="",
    )  # fmt: skip
    return _ended(_with(run, step, at), at)


def again(run: Run, names: Iterable[StepName], *, at: Instant) -> Run:
    """These steps are gone through once more; the certificate comes last, always.

    A run that had ended gets the next revision: a paper of it may be signed already.
    """
    rev = run.rev if run.ended is None else run.rev + 1
    run = _replace(run, ended=None, rev=rev)
    for name in {*names, StepName.CERTIFICATE}:
        run = _with(run, Step(name=name), at)
    return run


def resettled(run: Run, build: Build, *, at: Instant) -> Run:
    """The settings file was changed in the middle, for a cable or a satellite: the box is looked
    at again, and what was proved in the rooms stands.
    """
    return again(_replace(run, build=build), [StepName.BOX], at=at)


def complete(run: Run, name: StepName, check: Check, *, at: Instant) -> Run:
    """What the gateway proved by itself after the person had gone on."""
    return _with(run, _judged(_noted(run.step(name), check)), at)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """FAILED before OPEN before SKIPPED before PASSED; nothing looked at is OPEN."""
    found = set(verdicts)
    return next((v for v in _WORST if v in found), Verdict.OPEN)


def verdict(run: Run) -> Verdict:
    """Of the whole: a step without a verdict is open, and so is one that was left out."""
    steps = [run.step(name).verdict or Verdict.OPEN for name in ORDER]
    found = worst(steps)
    return Verdict.OPEN if found is Verdict.SKIPPED else found


def checks_open(run: Run) -> list[tuple[StepName, Check]]:
    """What the gateway may still complete by itself."""
    return [
        (name, check)
        for name in ORDER
        if run.step(name).verdict is not Verdict.SKIPPED
        for check in run.step(name).checks
        if check.verdict is Verdict.OPEN
    ]


def took_ms(step: Step) -> int | None:
    """From begin to end by the clock that does not jump; None over a restart of the box."""
    if step.begun is None or step.ended is None or step.begun.boot != step.ended.boot:
        return None
    return step.ended.boottime_ms - step.begun.boottime_ms


def _noted(step: Step, check: Check) -> Step:
    known = [c.key for c in step.checks]
    if check.key not in known:
        return _replace(step, checks=(*step.checks, check))
    return _replace(step, checks=tuple(check if c.key == check.key else c for c in step.checks))


def _judged(step: Step) -> Step:
    """With the verdict that its checks give now, where one was given.

    A person who left the whole step out gave a reason, and decided.
    """
    left_out = step.verdict is Verdict.SKIPPED and step.reason
    if step.verdict is None or left_out:
        return step
    return _replace(step, verdict=worst(c.verdict for c in step.checks))


def _own(hands_on_ms: int) -> int:
    return min(max(0, hands_on_ms), HANDS_ON_MAX_MS)


def _with(run: Run, step: Step, at: Instant) -> Run:
    rev = run.rev + 1 if run.ended is not None else run.rev
    return _replace(run, steps={**run.steps, step.name: step}, changed=at, rev=rev)


def _ended(run: Run, at: Instant) -> Run:
    if run.ended is None and next_step(run) is None:
        return _replace(run, ended=at)
    return run
