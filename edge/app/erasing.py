"""What `kotivahti erase` takes away, and what it leaves: said of every file and every place.

The home's data is one scope; more can be added beside it (optional data alone, a request to
the region), each with its own confirmation of the same shape.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edge.app.view import instant_text
from edge.config import Config
from edge.domain import Instant
from edge.store.erasing import erase

# Other files of the database's folder that are named; more of them are a folder of something else.
OTHERS_MAX = 20


def erase_home(
    config: Config, config_path: Path, at: Instant, *, even_unsent: bool
) -> dict[str, Any]:
    """Erase the home's database; raises what `edge.store.erasing.erase` raises.

    `remains` says what is not erased: `what` is settings, key, credential, file, journal, card
    or desk, `place` a path where there is one.
    """
    path = Path(config.store.path)
    done = erase(path, home=config.gateway.site, even_unsent=even_unsent)
    return {
        "erased": "home",
        "site": config.gateway.site,
        "at": instant_text(at),
        "rows": {table: count for table, count in done.found.rows.items() if count},
        "files": list(done.files),
        "store": {"old": done.found.store_id, "new": done.store_id},
        "unsent": {"alerts": done.found.alerts, "others": done.found.others},
        "remains": _remains(config, config_path, path),
    }


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
