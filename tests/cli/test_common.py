"""What the commands share: a yes or no in the language of who is asked, and refusals in words."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from edge.cli.common import sure
from edge.locale import LANGUAGES, catalogue
from edge.uplink.envelope import ClaimCodeError, ClaimRefusal, make_code, read_code


def asked(lang: str, typed: str, *, default: bool = False) -> tuple[str, str]:
    """What `sure` makes of it, and what stood on the screen."""

    @click.command()
    def command() -> None:
        click.echo(f"={sure(lang, 'Go on?', default=default)}")

    result = CliRunner().invoke(command, input=typed)
    return result.stdout.rpartition("=")[2].strip() or "aborted", result.stderr


@pytest.mark.parametrize(
    "lang, typed, said",
    [
        ("fi", "k\n", "True"),
        ("fi", "Kyllä\n", "True"),
        ("fi", "e\n", "False"),
        ("sv", "j\n", "True"),
        ("sv", "nej\n", "False"),
        ("en", "yes\n", "True"),
        ("fi", "y\n", "True"),
        ("sv", "y\n", "True"),
        ("fi", "\n", "False"),
        ("fi", "joo\nk\n", "True"),
        ("fi", "", "aborted"),
    ],
)
def test_yes_and_no_are_words_of_the_language(lang: str, typed: str, said: str) -> None:
    """By word or first letter; y and n everywhere; anything else is asked again."""
    assert asked(lang, typed)[0] == said


def test_enter_is_what_is_written_large() -> None:
    """The hint shows what Enter means, and nonsense is answered in the language."""
    assert "[k/E]" in asked("fi", "\n")[1]
    said, screen = asked("sv", "\n", default=True)
    assert (said, "[J/n]" in screen) == ("True", True)
    assert "Svara ja eller nej." in asked("sv", "kanske\nnej\n")[1]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_refusal_of_a_code_has_words(lang: str) -> None:
    """What a desk refuses, and what a code that was typed wrong is."""
    right = make_code(lambda _: 97)
    reasons = {refusal.value for refusal in ClaimRefusal}
    for typed in ("ABC", "U" + right[1:], "1" + right[1:]):
        with pytest.raises(ClaimCodeError) as caught:
            read_code(typed)
        reasons.add(caught.value.reason)
    assert reasons >= {"length", "character", "sum"}
    words = catalogue(lang)
    assert [reason for reason in sorted(reasons) if f"claim_why.{reason}" not in words] == []
