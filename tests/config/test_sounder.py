"""The settings of the sounder."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from edge.config import parse
from edge.errors import ConfigError
from edge.escalation.plan import plan_of, schema

ROOT = Path(__file__).parents[2]
HEAD = (
    '[gateway]\nid = "gw-1"\nsite = "s"\ncustomer = "c"\n[mqtt]\nhost = "127.0.0.1"\ntls = false\n'
)


def test_line_and_hook_are_read() -> None:
    config = parse(
        HEAD + '[sounder]\nline = "/dev/serial/by-id/a:rts"\nhook = ["/usr/bin/x", "y"]\n', "t"
    )
    assert config.sounder is not None
    assert config.sounder.hook == ("/usr/bin/x", "y")
    assert config.sounder.hook_timeout_s == 10
    assert parse(HEAD, "t").sounder is None
    config = parse(HEAD + '[sounder]\nask = ["/usr/bin/say"]\n', "t")
    assert config.sounder is not None
    assert config.sounder.ask == ("/usr/bin/say",)


@pytest.mark.parametrize(
    "text, says",
    [
        ("[sounder]\n", "sounder: has neither line nor hook"),
        ('[sounder]\nhook = ["x"]\n', "sounder.hook: 'x' is no absolute path"),
        ('[sounder]\nask = ["x"]\n', "sounder.ask: 'x' is no absolute path"),
        ('[sounder]\nline = "/dev/x:cts"\n', "sounder.line"),
        ('[sounder]\nhook = ["/x"]\nhook_timeout_s = 61\n', "sounder.hook_timeout_s"),
        (
            '[[serial]]\ndevice = "d"\nport = "/dev/x"\n[sounder]\nline = "/dev/x:rts"\n',
            "sounder.line: '/dev/x' is the port of serial[0]",
        ),
        (
            '[[contact]]\ndevice = "d"\nline = "/dev/x:cts"\n[sounder]\nline = "/dev/x:rts"\n',
            "sounder.line: '/dev/x' is the port of contact[0]",
        ),
    ],
)
def test_a_sounder_that_cannot_work_is_refused(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(HEAD + text, "t")
    assert any(str(fault).startswith(f"t: {says}") for fault in caught.value.faults)


def test_the_schema_of_a_plan_is_the_one_of_the_code_and_fits_the_example() -> None:
    found = json.loads((ROOT / "config/escalation.schema.json").read_text("utf-8"))
    assert found == json.loads(json.dumps(schema()))
    example = tomllib.loads((ROOT / "config/escalation.example.toml").read_text("utf-8"))
    jsonschema.Draft202012Validator(found).validate(example)
    assert plan_of(example, "example")[1] == []
