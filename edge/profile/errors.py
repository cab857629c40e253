"""What can be wrong with a profile or with the code that should open it."""

from __future__ import annotations

from edge.errors import EdgeError


class ProfileError(EdgeError):
    """These bytes, or this code, are not what they should be; the text names place and mend.

    `reason` is a short stable code: not_ours, newer, truncated, damaged, other_code, too_large,
    code. `code` is the exit code of a command: wrong input.
    """

    code = 2

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.words = (f"profile_refused.{reason}", {})


class CodeError(ProfileError):
    """A recovery code that cannot be one; `group` counts from 1, None for the whole code."""

    def __init__(self, text: str, group: int | None = None) -> None:
        super().__init__("code", text)
        self.group = group
        which = "code" if group is None else "code_group"
        self.words = (f"profile_refused.{which}", {"group": group})
