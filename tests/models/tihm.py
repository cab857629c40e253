"""A small SYNTHETIC directory in the TIHM format: drawn homes, restless days with a label."""

from __future__ import annotations

import gzip
import random
from datetime import date, timedelta
from pathlib import Path

LAST = date(2019, 6, 29)
PLACES = ("bathroom", "bedroom", "fridge-door", "front-door", "hallway", "kitchen", "lounge")
HOMES, DAYS = 10, 50
SILENT_EVERY, RESTLESS_EVERY = 17, 9
# A restless day has many times the activations of a usual one, most of them in the hallway.
USUAL, RESTLESS = 120, 900
AWAKE_S = 7 * 3600, 22 * 3600


def write(folder: Path, homes: int = HOMES, days: int = DAYS, *, packed: bool = True) -> Path:
    """Write the four files to `folder`; the same arguments give the same rows."""
    draw = random.Random(6)
    activity, vitals, labels, people = [], [], [], []
    for number in range(homes):
        home = f"synthetic-{number:02d}"
        people.append(f'{home},"({70 + number % 3 * 10}, {80 + number % 3 * 10}]",Female')
        for back in range(days - 1, -1, -1):
            day = LAST - timedelta(days=back)
            if back % SILENT_EVERY == number % SILENT_EVERY and back:
                continue
            restless = number % 2 == 0 and back % RESTLESS_EVERY == 1
            for _ in range(RESTLESS if restless else USUAL):
                place = "hallway" if restless and draw.random() < 0.6 else draw.choice(PLACES)
                activity.append(f"{home},{place},{_at(day, draw.randrange(*AWAKE_S))}")
            vitals.append(
                f"{home},{_at(day, 36_000)},Heart rate,{draw.randrange(60, 80)},beats/min"
            )
            if restless:
                labels.append(f"{home},{_at(day, 43_200)},Agitation")
    folder.mkdir(parents=True, exist_ok=True)
    text = "\n".join(["patient_id,location_name,date", *activity]) + "\n"
    if packed:
        (folder / "Activity.csv.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    else:
        (folder / "Activity.csv").write_text(text, encoding="utf-8")
    for name, head, rows in (
        ("Physiology", "patient_id,date,device_type,value,unit", vitals),
        ("Labels", "patient_id,date,type", labels),
        ("Demographics", "patient_id,age,sex", people),
    ):
        (folder / f"{name}.csv").write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return folder


def _at(day: date, second: int) -> str:
    hour, rest = divmod(second, 3600)
    return f"{day} {hour:02d}:{rest // 60:02d}:{rest % 60:02d}"
