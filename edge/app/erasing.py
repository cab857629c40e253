"""What `kotivahti erase` takes away, and what it leaves: said of every file and every place.

The service is asked to erase what it may: by a message that the old database owed and had a
receipt for, or that the new, empty one owes.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from edge.app.view import instant_text
from edge.config import Config
from edge.domain import Instant, OutboxEntry
from edge.ports import Ids
from edge.store.erasing import erase
from edge.uplink import envelope
from edge.uplink.envelope import Origin

# Other files of the database's folder that are named; more of them are a folder of something else.
OTHERS_MAX = 20
# Statutory records that stay with who keeps them; why, stands in the catalogues.
STAYS = ("notification", "record", "access")
# A journal of a gigabyte on a slow card.
JOURNAL_WITHIN_S = 120.0


def erase_home(
    config: Config,
    config_path: Path,
    at: Instant,
    *,
    ids: Ids,
    even_unsent: bool,
    ask_service: bool = True,
    journal: bool = False,
) -> dict[str, Any]:
    """Erase the home's database; raises what `edge.store.erasing.erase` raises.

    `remains` says what is not erased: `what` is settings, key, credential, file, journal, card
    or desk, `place` a path where there is one. `stays` says what the service has to keep.
    `request` is received, owed (by the new, empty database) or none.
    """
    path = Path(config.store.path)

    def request(store_id: str) -> OutboxEntry:
        origin = Origin(
            gateway=config.gateway.id,
            store_id=store_id,
            site=config.gateway.site,
            customer=config.gateway.customer,
        )
        return envelope.request(origin, "erase", id=ids.uuid7(at), sequence=1, at=at)

    done = erase(
        path,
        home=config.gateway.site,
        even_unsent=even_unsent,
        request=request if ask_service else None,
        at=at,
    )
    state = "received" if done.found.received else "owed" if done.owes else "none"
    return {
        "erased": "home",
        "site": config.gateway.site,
        "at": instant_text(at),
        "rows": {table: count for table, count in done.found.rows.items() if count},
        "files": list(done.files),
        "store": {"old": done.found.store_id, "new": done.store_id},
        "unsent": {"alerts": done.found.alerts, "others": done.found.others},
        "request": state,
        "journal": journal and _journal_emptied(),
        "remains": _remains(config, config_path, path),
        "stays": list(STAYS),
    }


def _journal_emptied() -> bool:
    """Whether the machine's journal was begun anew; it keeps no part of one unit apart.

    Nothing of it says how somebody lives (readings, names and addresses never enter a log), so
    it is not part of erasing unless somebody asks for it.
    """
    for command in (("journalctl", "--rotate"), ("journalctl", "--vacuum-time=1s")):
        try:
            done = subprocess.run(  # noqa: S603 (the system's own program, no input in it)
                command, check=False, capture_output=True, timeout=JOURNAL_WITHIN_S
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        if done.returncode:
            return False
    return True


def _remains(config: Config, config_path: Path, database: Path) -> list[dict[str, str]]:
    found = [{"what": "settings", "place": str(config_path)}]
    keys = [row.key_file for row in config.device if row.key_file is not None]
    found += [{"what": "key", "place": key} for key in keys if Path(key).exists()]
    own = (config.mqtt.cert_file, config.mqtt.key_file, config.mqtt.password_file)
    found += [{"what": "credential", "place": file} for file in own if file is not None]
    ours = {database.name, f"{database.name}.lock", Path(config.control.socket).name}
    told = {str(Path(one["place"]).resolve()) for one in found}
    others = [
        file
        for file in sorted(database.parent.iterdir())
        if file.is_file() and file.name not in ours and str(file.resolve()) not in told
    ]
    found += [{"what": "file", "place": str(file)} for file in others[:OTHERS_MAX]]
    return [*found, *({"what": what, "place": ""} for what in ("journal", "card", "desk"))]
