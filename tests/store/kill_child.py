"""Store batches without end and print each number once it is committed; the parent kills us."""

from __future__ import annotations

import sys

from edge.store.database import Database
from tests.store.samples import alert, batch, message, reading, telemetry


def main() -> None:
    with Database.open(sys.argv[1]) as database:
        print("open", flush=True)
        while True:
            number = database.heads().message + 1
            entry = message(number) if number % 3 else telemetry(number, b"x" * 5_000)
            database.record(
                batch(
                    database,
                    observations=[reading(number, device_seq=number)] * (1 + number % 50),
                    alerts=[alert(number)],
                    driver_states={"help-button": number.to_bytes(8, "big")},
                    messages=[entry],
                    home=number.to_bytes(8, "big"),
                )
            )
            database.tidy()
            print(number, flush=True)


if __name__ == "__main__":
    main()
