"""The key that signs commands: made once, kept from others, refused when it is none."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from desk.ordering import read_key, write_key
from edge.commands import public_of
from edge.errors import ConfigError
from tests.support.certificates import Authority


def test_a_key_is_made_for_its_owner_alone_and_never_twice(tmp_path: Path):
    """Whoever has it commands every home that knows it."""
    file = tmp_path / "area-07.key"
    made = write_key(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert public_of(read_key(file)) == public_of(made)
    with pytest.raises(ConfigError, match="never written over"):
        write_key(file)
    assert public_of(read_key(file)) == public_of(made)


def test_a_key_that_others_may_read_signs_nothing(tmp_path: Path):
    """The mend is in the text."""
    file = tmp_path / "area-07.key"
    write_key(file)
    file.chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        read_key(file)


def test_what_is_no_key_is_named(tmp_path: Path):
    """Another kind, no key at all, no file."""
    other = Path(Authority(tmp_path).issue("gw-0001")["key_file"])
    text = tmp_path / "text"
    text.write_text("no key", encoding="ascii")
    text.chmod(0o600)
    for file, wrong in ((other, "no Ed25519"), (text, "no private key"), (tmp_path / "x", "read")):
        with pytest.raises(ConfigError, match=wrong):
            read_key(file)
