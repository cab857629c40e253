"""What a manifest cannot hold of itself, with the reason; the same for every model."""

from __future__ import annotations

SELF: dict[str, str | None] = {
    "git_commit": None,
    "git_commit_why": (
        "a file cannot name the commit that it is part of; make models builds the same bytes from "
        "any checkout of the same sources"
    ),
    "signing_key_id": None,
    "signing_key_id_why": "stands in manifest.sig, so that a key can change without its models",
}
