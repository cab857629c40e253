"""The commands: exit codes, who may, and what stands on the screen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from desk.cli import desk
from desk.database import opened
from desk.happened import AlertShown, Decided, Presence, Readings, Refused
from desk.lines import Lines, plain
from desk.words import LANGUAGES, WORDS
from edge.domain import AlertState
from edge.uplink import envelope
from edge.uplink.envelope import AckKind
from tests.desk.helpers import (
    AT_MS,
    PASSWORD,
    add_account,
    alert_body,
    fresh,
    say,
    write_config,
)
from tests.support.mosquitto import Mosquitto
from tests.uplink import samples
from tests.uplink.samples import uid
from tests.uplink.test_envelope import built

# Argon2id is dear on purpose, and some tests start processes.
pytestmark = pytest.mark.timeout(60)

ALERT = uid(0xA1)


class Shell:
    """Runs desk commands against one desk; `anna` and `ben` have accounts."""

    def __init__(self, directory: Path) -> None:
        self.config = write_config(directory, 1)
        connection = fresh(directory)
        for name, role in (("anna", "nurse"), ("ben", "coordinator")):
            add_account(connection, name, role)
        say(connection, built()["hb-1.0"], topic="gw-0001/up/hb")
        say(connection, alert_body(samples.smoke_alert(), 1))
        connection.close()

    def __call__(self, *arguments: str, password: str | None = PASSWORD) -> Result:
        env = {"KOTIVAHTI_DESK_CONFIG": str(self.config), "KOTIVAHTI_PASSWORD": password}
        return CliRunner().invoke(desk, arguments, env=env)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A desk with one smoke alert."""
    return Shell(tmp_path)


def test_accept_decline_and_close_are_written_down_with_the_person(shell: Shell):
    """Exit 0, and the decision names account and role."""
    assert shell("accept", ALERT[:8], "--as", "anna", "--eta", "15").exit_code == 0
    assert shell("decline", ALERT, "--as", "anna").exit_code == 0
    closed = shell("close", ALERT, "--as", "ben", "--outcome", "false_alarm")
    assert (closed.exit_code, closed.output) == (
        0,
        f"{ALERT} closed by ben; the home is being told\n",
    )
    (told,) = json.loads(shell("alerts", "--json").output)
    decided = [(d["kind"], d["account"], d["role"], d["eta_s"]) for d in told["decisions"]]
    assert decided == [
        ("accepted", "anna", "nurse", 900),
        ("declined", "anna", "nurse", None),
        ("closed", "ben", "coordinator", None),
    ]
    assert (told["standing"], told["raised_to_received_ms"]) == ("closed", 40)


def test_what_the_state_refuses_exits_with_1(shell: Shell):
    """And says who has it."""
    shell("accept", ALERT, "--as", "anna")
    refused = shell("accept", ALERT, "--as", "ben")
    assert (refused.exit_code, "taken already by anna" in refused.output) == (1, True)
    assert shell("accept", ALERT, "--as", "ben", "--take-over").exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("accept", "ffff", "--as", "anna"),
        ("accept", ALERT),
        ("accept", ALERT, "--as", "anna", "--eta", "0"),
        ("close", ALERT, "--as", "anna"),
        ("close", ALERT, "--as", "anna", "--outcome", "sold"),
        ("account", "add", "Anna", "--role", "nurse"),
        ("account", "add", "cara", "--role", "king"),
        ("accept", ALERT, "--as", "anna", "--password-file", "/absent"),
        ("alerts", "--config", "/absent/desk.toml"),
    ],
)
def test_wrong_input_exits_with_2(shell: Shell, arguments: tuple[str, ...]):
    """Before anything is written."""
    assert shell(*arguments).exit_code == 2
    (told,) = json.loads(shell("alerts", "--json").output)
    assert told["decisions"] == []


def test_no_password_anywhere_exits_with_2_and_says_where_to_put_it(shell: Shell):
    """A pipe cannot be asked."""
    result = shell("accept", ALERT, "--as", "anna", password=None)
    assert (result.exit_code, "--password-file" in result.output) == (2, True)


def test_a_password_file_is_read(shell: Shell, tmp_path: Path):
    """For scripts; the line's end is not part of it."""
    (tmp_path / "secret").write_text(PASSWORD + "\n", encoding="utf-8")
    arguments = ("accept", ALERT, "--as", "anna", "--password-file", str(tmp_path / "secret"))
    assert shell(*arguments, password=None).exit_code == 0


def test_five_wrong_passwords_exit_with_3_and_lock(shell: Shell):
    """The sixth, right one is refused with the very same words."""
    outputs = {
        shell("accept", ALERT, "--as", "anna", password=word).output
        for word in [*["wrong password"] * 5, PASSWORD]
    }
    assert len(outputs) == 1
    assert shell("accept", ALERT, "--as", "anna").exit_code == 3
    assert shell("accept", ALERT, "--as", "nobody").output in outputs
    assert shell("accept", ALERT, "--as", "ben").exit_code == 0


def test_accounts_are_listed_without_their_passwords(shell: Shell):
    """Who there is, and what they are."""
    assert shell("account", "add", "cara", "--role", "relative").exit_code == 0
    assert shell("account", "list").output == "anna  nurse\nben  coordinator\ncara  relative\n"
    assert "argon2" not in shell("account", "list", "--json").output


def test_looking_at_customers_is_written_down(shell: Shell):
    """Who looked, at what, when."""
    shell("alerts")
    shell("homes")
    with opened(shell.config.parent / "desk.db") as connection:
        rows = connection.execute("SELECT who, what, client FROM access ORDER BY key").fetchall()
    assert [tuple(row)[1:] for row in rows] == [("alerts", "c-0188"), ("homes", "c-0188")]
    assert all(row["who"].startswith("os:") for row in rows)


def test_alerts_are_shown_in_the_chosen_language(shell: Shell):
    """Words, state, who has it, milliseconds."""
    line = shell("alerts", "--lang", "fi").output
    assert "HÄLYTTÄÄ  kriittinen  gw-0001  Palovaroitin: keittiö  ei kenelläkään  +40 ms" in line
    assert "Brandvarnare: kök" in shell("alerts", "--lang", "sv").output
    assert "gw-0001" in shell("homes").output


def test_every_word_exists_in_every_language():
    """No screen mixes languages."""
    assert all(set(words) == set(LANGUAGES) for words in WORDS.values())


def test_every_line_has_its_milliseconds():
    """Alert, decision, readings, presence, refusal: one line each."""
    lines = Lines("en", "Europe/Helsinki")
    told = envelope.parse_alert(alert_body(samples.taken_alert(), 2), "gw-0001")
    shown = AlertShown(
        at_ms=AT_MS + 180_000,
        gateway="gw-0001",
        envelope=told,
        raised_ms=AT_MS - 40,
        changed_ms=AT_MS + 179_960,
        late=False,
        received_ms=AT_MS,
    )
    assert lines.line(shown) == (
        '14:03:00.040  gw-0001  taken critical  "Smoke alarm: kitchen"  anna (nurse)  '
        f"{ALERT} rev 2  +40 ms received  (RAISED +180040 ms)"
    )
    decided = Decided(
        at_ms=AT_MS,
        gateway="gw-0001",
        alert=ALERT,
        kind=AckKind.ACCEPTED,
        account="anna",
        state="shown",
        after_ms=31,
    )
    assert lines.line(decided).endswith(f"anna accepted  {ALERT}  confirmed by the home  +31 ms")
    for happened in (
        Readings(
            at_ms=AT_MS,
            gateway="gw-0001",
            rows=60,
            withheld=3,
            first_seq=1,
            last_seq=63,
            newest_ms=AT_MS,
        ),
        Presence(at_ms=AT_MS, gateway="gw-0001", state="lost", silent_s=181),
        Refused(at_ms=AT_MS, gateway="gw-0001", reason="json", text="not JSON", count=2),
    ):
        assert lines.line(happened).startswith("14:00:00.040  gw-0001  ")


def test_reasons_of_a_level_are_shown():
    """A changed level tells why, from the checklist and from the model."""
    told = samples.smoke_alert(
        code="level_changed",
        params={
            "to": "red",
            "reason_1": "FS-02",
            "reason_2": "home_risk:smoking",
            "reason_3": None,
        },
        state=AlertState.RAISED,
    )
    shown = AlertShown(
        at_ms=AT_MS,
        gateway="gw-0001",
        envelope=envelope.parse_alert(alert_body(told, 1), "gw-0001"),
        raised_ms=AT_MS,
        changed_ms=AT_MS,
        late=True,
        received_ms=AT_MS,
    )
    line = Lines("en", "Europe/Helsinki").line(shown)
    assert "reasons: FS-02, home_risk:smoking" in line
    assert "  late  " in line


def test_words_from_outside_cannot_steer_the_terminal():
    """Control characters become spaces, long words are cut."""
    assert plain("a\x1b[2Jb\nc\u202e") == "a [2Jb c "
    assert len(plain("x" * 1_000)) == 160


def start(config: Path, *options: str) -> subprocess.Popen[str]:
    """Start `desk run` as a process."""
    code = "from desk.cli import desk; desk()"
    return subprocess.Popen(
        [sys.executable, "-c", code, "run", "--config", str(config), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def test_run_prints_lines_and_ends_in_an_orderly_way(mosquitto: Mosquitto, tmp_path: Path):
    """Ctrl-C is a normal end."""
    process = start(write_config(tmp_path, mosquitto.port), "--plain")
    assert process.stdout is not None
    assert "broker up" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, "Traceback" in out + err) == (0, False)


def test_the_live_view_draws_and_ends_in_an_orderly_way(mosquitto: Mosquitto, tmp_path: Path):
    """On a terminal of its own (a pty)."""
    config = write_config(tmp_path, mosquitto.port)
    connection = fresh(tmp_path)
    say(connection, built()["hb-1.0"], topic="gw-0001/up/hb")
    say(connection, alert_body(samples.smoke_alert(), 1))
    connection.close()
    main, side = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from desk.cli import desk; desk()", "run", "--config", str(config)],
        stdout=side,
        stderr=side,
        stdin=side,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "140", "LINES": "40"},
    )
    os.close(side)
    seen = b""
    try:
        deadline = time.monotonic() + 20
        while b"Smoke alarm" not in seen or b"broker up" not in seen:
            assert time.monotonic() < deadline, seen
            seen += read(main)
        process.send_signal(signal.SIGTERM)
        while piece := read(main):
            seen += piece
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait(20)
        os.close(main)
    assert b"Traceback" not in seen


def read(terminal: int) -> bytes:
    """Return what comes next from a terminal; nothing when its other side is closed."""
    try:
        return os.read(terminal, 4_096)
    except OSError:
        return b""


def test_a_broken_database_is_said_without_a_traceback(tmp_path: Path):
    """Exit 1 with the file and the mend."""
    config = write_config(tmp_path, 1)
    (tmp_path / "desk.db").write_bytes(b"not a database" * 100)
    process = start(config, "--plain")
    out, err = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "desk.db" in err
    assert "Traceback" not in out + err
