"""A home is commissioned by the real command: online, cut in the middle, and without a line."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from edge.commissioning.certificate import digest
from edge.demo import scene
from edge.locale import LANGUAGES, render
from edge.resources import resource
from tests.e2e.installer import BY, Installer
from tests.e2e.world import NURSE, World, eventually, kotivahti
from tests.support.mosquitto import mosquitto

pytestmark = pytest.mark.timeout(150)

NAME, ADDRESS = "Aino Mallikas", "Mallikatu 5 A 12, 02100 Espoo"
# What a person may spend with six devices; the virtual home has eight and no hands.
HANDS_ON_MAX_S = 600
Row = dict[str, Any]


class Site(World):
    """A home, its gateway and a desk that knows the customer."""

    def begin(self) -> None:
        self.start_desk()
        self.desk("customer", "add", "c-demo", "--name", NAME, "--address", ADDRESS)
        self.start_home()
        self.start_gateway()

    def code(self) -> str:
        password = str(scene.password_file(self.folder))
        options = ("--as", NURSE, "--password-file", password, "--json")
        return str(json.loads(self.desk("claim-code", "c-demo", *options))["code"])

    def installer(self, *options: str) -> Installer:
        """Who has a code of the coordinator, and a nurse who takes the alarm when it is there."""
        one = Installer(self, *options)
        one.answers |= {
            "claim.code": lambda _: self.code(),
            "claim.right": lambda _: "y",
            "claim.still": lambda _: "y",
            "claim.address": lambda _: "mallikatu 5 a 12 02100 ESPOO",
            "recovery.write": lambda _: "y",
            "recovery.exists": lambda _: "n",
        }
        one.reactions["take"] = lambda row: self.take(row["alert"])
        return one

    def take(self, alert: str) -> None:
        self.on_desk("help_button")
        self.decide("accept", alert)

    def certificate(self) -> Row:
        settings = str(self.settings)
        found: Row = json.loads(kotivahti("commission", "certificate", "--config", settings))
        return found

    def verdicts(self) -> dict[str, str]:
        return {step["name"]: step["verdict"] for step in self.certificate()["steps"]}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with mosquitto(tmp_path) as broker:
        one = Site(tmp_path, broker)
        try:
            yield one
        finally:
            one.stop()


def is_check(subject: str) -> Any:
    return lambda row: row.get("step") == "check" and row["subject"] == subject


def words_of(pdf: Path) -> str:
    done = subprocess.run(
        ["pdftotext", "-raw", str(pdf), "-"], capture_output=True, text=True, check=True
    )
    return " ".join(done.stdout.split())


def test_a_home_from_the_box_to_the_paper(site: Site, tmp_path: Path) -> None:
    """Every step by public commands: claimed, fired, there and back, certified in three words."""
    site.begin()
    eventually("connected", lambda: site.gateway("status")["path"]["up"])
    assert site.gateway("status")["commissioning"]["state"] == "never"
    walk = site.installer("--by", BY)
    code = walk.walk()
    assert walk.errors == ""
    found = site.certificate()
    steps = {step["name"]: step for step in found["steps"]}
    # What this home has nothing of is said, and takes nothing away.
    nothing = {n for n, s in steps.items() if s["verdict"] == "not_applicable"}
    assert nothing == {"tags", "rooms", "mains"}
    assert {s["verdict"] for n, s in steps.items() if n not in nothing} == {"passed"}
    assert (found["verdict"], code) == ("passed", 0), found["open"]
    (written,) = walk.told("recovery.code")
    assert written["code"] not in json.dumps(found)
    assert (found["home"]["name"], found["home"]["address"]) == (NAME, ADDRESS)
    assert {d["verdict"] for d in found["devices"]} == {"passed"}
    button = next(d for d in found["devices"] if d["id"] == "help-button")
    assert button["receivers"][0]["id"] == "gateway"
    assert button["received_ms"] >= button["stored_ms"] >= 0
    alarm = found["alarm"]
    assert alarm["by"] == NURSE
    assert alarm["acknowledged_ms"] > alarm["received_ms"]
    # Each step is timed, and a person's part of it is not the whole.
    assert all(step["took_s"] is not None for step in found["steps"])
    assert found["hands_on_s"] <= HANDS_ON_MAX_S
    print({n: (s["hands_on_s"], s["took_s"]) for n, s in steps.items()})  # shown with -s

    status = kotivahti("status", "--config", str(site.settings))
    assert f"commissioned: {found['ended'][:10]}\n" in status
    on_paper(site, tmp_path)
    log = site.log("gateway")
    assert not [word for word in (NAME, ADDRESS, BY, "Mallikatu") if word in log]


def on_paper(site: Site, folder: Path) -> None:
    """The JSON keeps to its schema; the PDF has its digest and the words of each language."""
    data = folder / "certificate.json"
    for lang in LANGUAGES:
        pdf = folder / f"certificate-{lang}.pdf"
        kotivahti(
            "commission", "certificate", "--config", str(site.settings), "--lang", lang,
            "--json", str(data), "--pdf", str(pdf), timeout_s=90,
        )  # fmt: skip
        text = words_of(pdf)
        for word in (NAME, ADDRESS, BY, digest(data.read_bytes()), "help-button"):
            assert word in text, (lang, word)
        for key in ("title", "calls_no_112", "no_medical_device", "sign_resident"):
            assert render(lang, f"certificate.{key}", {}) in text, (lang, key)
    schema = json.loads(resource("config/schemas/certificate-1.0.json").read_text())
    Draft202012Validator(schema).validate(json.loads(data.read_bytes()))


def test_a_cut_in_the_middle_goes_on_behind_what_was_done(site: Site) -> None:
    """SIGKILL of the terminal, then of the gateway: nobody is asked twice for the same thing."""
    site.begin()
    first = site.installer("--by", BY, "--skip", "claim=no code yet")
    assert first.walk(until=is_check("door-1")) is None
    first.kill()
    second = site.installer("--by", "Somebody Else")
    assert second.walk(until=is_check("climate-1")) is None
    assert second.told("resumed")[0]["by"] == BY
    asked = {row["device"] for row in second.told("devices.next")}
    assert not asked & {"Help button", "Front door"}
    site.kill("gateway")
    assert second.walk() == 1
    assert "went away" in second.errors or "closed the line" in second.errors
    site.start_gateway()
    third = site.installer()
    assert third.walk() == 1
    # One more may have been kept before the gateway died, without a row that told of it.
    late = {row["subject"] for row in third.rows if row.get("name") == "device"}
    assert "motion-1" in late
    assert late <= {"meal-1", "motion-1", "robot-1"}
    found = site.certificate()
    assert found["by"] == BY
    assert {d["verdict"] for d in found["devices"]} == {"passed"}
    assert site.verdicts()["claim"] == "skipped"
    assert next(s for s in found["steps"] if s["name"] == "claim")["reason"] == "no code yet"
    # The step that was left out, by its name; what is known is offered.
    fourth = site.installer("--again", "claim")
    assert fourth.walk() == 0, site.certificate()["open"]
    assert site.verdicts()["claim"] == "passed"
    assert site.certificate()["revision"] == 2
    again = site.installer("--by", BY, "--again", "all", "--skip", "devices=done an hour ago")
    again.walk()
    assert again.told("claim.known")[0]["address"] == ADDRESS
    assert site.certificate()["reason"] == "again"


def test_a_home_without_a_line_is_completed_when_it_comes(site: Site) -> None:
    """Claim, receipts and the acknowledgement come by themselves; the paper's revision rises."""
    site.broker.stop()
    site.begin()
    walk = site.installer("--by", BY)
    assert walk.walk() == 1
    assert walk.errors == ""
    before = site.certificate()
    left = {(r["step"], r["why"]) for r in before["open"]}
    assert {
        ("box", "no_line"), ("box", "no_receipt_yet"), ("claim", "claim_waiting"),
        ("devices", "no_receipt"), ("alarm", "no_receipt"),
    } <= left  # fmt: skip
    assert before["verdict"] == "open"
    assert ADDRESS not in json.dumps(before)

    site.broker.start()
    eventually(
        "the desk has it and the claim is confirmed",
        lambda: {site.verdicts()[n] for n in ("box", "claim", "devices")} == {"passed"},
        60.0,
    )
    assert site.verdicts()["alarm"] == "open"
    alert = site.on_desk("help_button")["id"]
    site.decide("accept", alert)
    eventually("somebody has taken it", lambda: site.verdicts()["alarm"] == "passed", 30.0)
    after = site.certificate()
    assert after["revision"] > before["revision"]
    assert after["home"]["address"] == ADDRESS
    assert after["alarm"]["by"] == NURSE
    assert after["alarm"]["acknowledged_ms"] > after["alarm"]["received_ms"] > 1_000
