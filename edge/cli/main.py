"""The top of the command line: a table of commands, each loaded when it is used.

`kotivahti run` must be hearing within half a second of its start on a small
board, so a command's libraries are imported by that command alone.
"""

from __future__ import annotations

import importlib

import click

from edge import __version__

# command -> (module, attribute, one line for `--help`)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "run": ("edge.cli.run", "run", "Run the gateway of one home."),
    "check-config": ("edge.cli.run", "check_config", "Check a settings file; says every fault."),
    "status": ("edge.cli.status", "status", "What the gateway sees, owes and doubts right now."),
    "alerts": ("edge.cli.status", "alerts", "Alerts of this home, newest first."),
    "watch": ("edge.cli.status", "watch", "Observations and alerts as they happen."),
    "why": ("edge.cli.why", "why", "Why an alert or a level is what it is; makes it again."),
    "coverage": ("edge.cli.coverage", "coverage", "What could have been seen and heard, by hour."),
    "test-alert": ("edge.cli.test_alert", "test_alert", "Prove the way of an alert to the desk."),
    "outbox": ("edge.cli.outbox", "outbox", "Messages that upstream refuses; send them again."),
    "device": ("edge.cli.device", "device", "See, enrol, test and remove devices."),
    "commission": (
        "edge.cli.commission",
        "commission",
        "Walk through a home, and certify what was tested.",
    ),
    "line": ("edge.cli.line", "line", "Certificates of the line to the broker, their renewal."),
    "profile": ("edge.cli.profile", "profile", "The sealed profile and its recovery code."),
    "replace": ("edge.cli.replace", "replace", "Make an empty box the home of one that broke."),
    "person": ("edge.cli.person", "person", "Who belongs to the home."),
    "room": ("edge.cli.room", "room", "The rooms and how they hang together."),
    "stay": ("edge.cli.stay", "stay", "Who is elsewhere, and who is home again."),
    "visit": ("edge.cli.visit", "visit", "Who comes when."),
    "escalation": ("edge.cli.escalation", "escalation", "Who is asked about an alert, and when."),
    "decision": ("edge.cli.decision", "decision", "What is watched only where it is decided."),
    "vitals": ("edge.cli.vitals", "vitals", "Limits of readings that a nurse sets; NEWS2."),
    "home": ("edge.cli.home", "home", "The home on one screen; its move, its end."),
    "rescue-card": (
        "edge.cli.rescue_card",
        "rescue_card",
        "What to tell 112, and the crew's page: one sheet.",
    ),
    "sending": ("edge.cli.sending", "sending", "What may go to whom; the customer's switches."),
    "disclosures": ("edge.cli.sending", "disclosures", "What went to whom, when and why."),
    "export": ("edge.cli.export", "export", "All data of the home as one ZIP file."),
    "erase": ("edge.cli.erase", "erase", "Erase the home's data from this gateway, for good."),
    "checklist": ("edge.cli.checklist", "checklist", "Ask, show and score a safety checklist."),
    "task": ("edge.cli.task", "task", "What is to be done about open hazards, by whom."),
    "locator": ("edge.cli.locator", "locator", "In which room the worn tag is, and how surely."),
    "pager": ("edge.cli.pager", "pager", "The modem for text messages: status, and a test."),
    "decode": ("edge.cli.decode", "decode", "Decode one frame of a device."),
    "driver": ("edge.cli.driver", "driver", "The drivers, and the check of a new one."),
    "replay": ("edge.replay.cli", "replay", "Run recorded homes through the gateway's own rules."),
    "desk": ("desk.cli", "desk", "The coordinator's side: receive, accept, close."),
    "sim": ("edge.sim.cli", "sim", "A virtual home that speaks by radio and serial lines."),
    "demo": ("edge.demo.cli", "demo", "Broker, virtual home, gateway and desk in one terminal."),
}

# What to install when a command's package is missing.
EXTRAS = {"desk": "desk", "sim": "sim", "demo": "sim"}


class LazyGroup(click.Group):
    """A click group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        try:
            command: click.Command = getattr(importlib.import_module(module), attribute)
        except ModuleNotFoundError as error:
            extra = EXTRAS.get(cmd_name)
            if extra is None:
                raise
            text = f"'{cmd_name}' needs more packages ({error.name}): kotivahti[{extra}]"
            raise click.ClickException(text) from error
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, row[2]) for name, row in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 refused by the state of things, 2 wrong input.",
)
@click.version_option(__version__, prog_name="kotivahti")
def main() -> None:
    """Kotivahti watches over the home of an old person who lives alone.

    It is for home-safety observation, service planning and operational alerts;
    it is not a medical device and not an alarm of last resort.

    \b
    Examples:
      kotivahti demo                       a virtual home, from frame to nurse
      kotivahti check-config gateway.toml  every fault of a settings file
      kotivahti status --json              for scripts
    """
