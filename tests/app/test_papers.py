"""How long the certificates of the line last, as an alert in its time and as rows for people."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge.app.house import House
from edge.app.papers import DAY_MS, Papers, faults_of, row_of, step_of
from edge.config import Mqtt, parse
from edge.domain import Alert, Instant, Sync
from edge.errors import NotNowError
from edge.uplink.mqtt.credentials import look, system_time
from tests.app.homes import PEER, house_in
from tests.support.certificates import Authority
from tests.support.clock import FakeClock, instant

GATEWAY = "gw-0001"


def real_time(sync: Sync = Sync.NTP) -> Instant:
    """Certificates begin and end by the machine's clock."""
    at = instant(sync=sync)
    facts = {name: getattr(at, name) for name in at.__struct_fields__}
    return Instant(**(facts | {"wall_ms": system_time().wall_ms}))


def home(folder: Path, clock: FakeClock, authority: Authority, pair: dict[str, str]) -> Any:
    lines = "".join(f'{key} = "{value}"\n' for key, value in pair.items())
    mqtt = f'host = "mqtt.example.org"\nca_file = "{authority.file}"\n{lines}'
    return house_in(folder, clock, gateway=GATEWAY, mqtt=mqtt)


def told(house: House) -> list[Alert]:
    return [a for a in house.keeper.home.alerts.values() if a.code == "gateway_fault"]


@pytest.mark.parametrize(
    "days, step", [(400, None), (30.5, None), (30, 30), (14.1, 30), (14, 14), (1, 1), (-3, 0)]
)
def test_each_step_has_its_days(days: float, step: int | None):
    """A month, two weeks, a week, a day; and the end."""
    assert step_of(round(days * DAY_MS), 0) == step


async def test_each_step_is_news_and_a_renewal_ends_it(tmp_path: Path):
    """One alert, revised at each step; renewed files take it back."""
    authority, clock = Authority(tmp_path), FakeClock(real_time())
    pair = authority.issue(GATEWAY, ends=timedelta(days=30, minutes=-1))
    async with home(tmp_path, clock, authority, pair) as house:
        papers = Papers(house)
        await papers.open()
        await papers.judge()
        (alert,) = told(house)
        assert (alert.params["fault"], alert.params["part"]) == ("certificate", "mqtt")
        assert str(alert.params["detail"]).endswith(", 30 d")
        await papers.judge()
        assert told(house)[0].rev == 1
        clock.step_wall(17 * DAY_MS)
        await papers.judge()
        assert (told(house)[0].rev, told(house)[0].id) == (2, alert.id)
        assert str(told(house)[0].params["detail"]).endswith(", 14 d")
        authority.issue(GATEWAY)
        await papers.judge()
        assert told(house) == []


async def test_a_prepared_second_slot_needs_no_alert(tmp_path: Path):
    """The better slot counts."""
    authority, clock = Authority(tmp_path), FakeClock(real_time())
    pair = authority.issue(GATEWAY, ends=timedelta(days=3))
    pair |= {f"next_{key}": value for key, value in authority.issue(GATEWAY, "next").items()}
    async with home(tmp_path, clock, authority, pair) as house:
        papers = Papers(house)
        await papers.judge()
        assert told(house) == []
        assert [row["certificate"]["days"] for row in papers.status()["slots"]] == [2, 364]


async def test_an_authority_that_ends_is_told_apart(tmp_path: Path):
    """Somebody else has to act."""
    authority, clock = Authority(tmp_path, ends=timedelta(days=6)), FakeClock(real_time())
    async with home(tmp_path, clock, authority, authority.issue(GATEWAY)) as house:
        await Papers(house).judge()
        assert [(a.params["part"], str(a.params["detail"])[-3:]) for a in told(house)] == [
            ("mqtt-ca", "7 d")
        ]


@pytest.mark.parametrize("sync, wall_ms", [(Sync.NONE, None), (Sync.NONE, 0), (Sync.NTP, 0)])
async def test_a_clock_in_doubt_tells_nothing(tmp_path: Path, sync: Sync, wall_ms: int | None):
    """Never set, or set to 1970 and trusted by the settings: no alert, and no days."""
    authority, clock = Authority(tmp_path), FakeClock(real_time(sync))
    if wall_ms is not None:
        clock.step_wall(wall_ms - clock.now().wall_ms)
    pair = authority.issue(GATEWAY, ends=timedelta(minutes=-1))
    async with home(tmp_path, clock, authority, pair) as house:
        papers = Papers(house)
        await papers.open()
        await papers.judge()
        assert told(house) == []
        assert papers.status()["slots"][0]["certificate"]["days"] is None


async def test_without_a_gateway_there_is_nothing_to_renew(tmp_path: Path):
    """The next start reads the files anew."""
    authority, clock = Authority(tmp_path), FakeClock(real_time())
    async with home(tmp_path, clock, authority, authority.issue(GATEWAY)) as house:
        with pytest.raises(NotNowError, match="no gateway runs"):
            await Papers(house).renew({}, PEER)


def test_a_row_says_what_is_wrong(tmp_path: Path):
    """Whose the certificate is, in the sentence that names the mend."""
    authority = Authority(tmp_path)
    facts: dict[str, Any] = {"ca_file": str(authority.file), **authority.issue("gw-0002")}
    now = system_time()
    (state,) = look(Mqtt(host="h", **facts), GATEWAY, now)
    assert "is of 'gw-0002'" in row_of(state, now)["fault"]


def test_check_config_says_what_is_wrong_with_the_files(tmp_path: Path):
    """Whose certificate, and a key that others may read; a slot may come later."""
    authority = Authority(tmp_path)
    wrong = authority.issue("gw-0002")
    good = authority.issue(GATEWAY)
    Path(good["key_file"]).chmod(0o644)
    text = (
        f'[gateway]\nid = "{GATEWAY}"\nsite = "s"\ncustomer = "c"\n[mqtt]\nhost = "h"\n'
        f'ca_file = "{authority.file}"\ncert_file = "{wrong["cert_file"]}"\n'
        f'key_file = "{wrong["key_file"]}"\nnext_cert_file = "{good["cert_file"]}"\n'
        f'next_key_file = "{good["key_file"]}"\n'
    )
    told = {fault.key: str(fault) for fault in faults_of(parse(text, "f"), "f")}
    assert set(told) == {"mqtt.cert_file", "mqtt.next_key_file"}
    assert "the certificate is of 'gw-0002', and this is 'gw-0001'" in told["mqtt.cert_file"]
    later = text.replace(wrong["cert_file"], "/later.pem")
    Path(good["key_file"]).chmod(0o600)
    assert faults_of(parse(later, "f"), "f") == []
