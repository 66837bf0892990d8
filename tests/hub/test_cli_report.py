"""The command `report import`, as whoever runs a desk uses it: a sheet half wrong, given again, only looked at."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

import hub.cli.report
from feeds.forms.batch import BatchColumn, write_batch
from hub.cli.common import Refusal
from hub.cli.report import actor_of_key
from hub.reports.batches import AT_ONCE, NAMES
from models.audit import AuditEntry
from models.report import Report
from sharing.actor import Actor
from sharing.audit.tags import Tag
from tests.factory import World
from tests.harness import processes
from tests.hub.web.sheets import filled_sheet
from tests.people import people_of

ROW = {
    "event_type": "E30",
    "noticed_at": "2026-11-20 11:00",
    "service_impact": "有",
    "summary": "受付システムが停止している。",
}
GOOD = [{**ROW, "summary": f"受付システム {number} が停止している。"} for number in range(3)]
WRONG: list[dict[str, Any]] = [
    {**ROW, "event_type": "E99", "users": "たくさん"},
    {**ROW, "noticed_at": "2199-01-01 00:00", "label": "TLP:PURPLE"},
    {"summary": "=1+1"},
]

Import = Callable[..., Any]


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """A hub with an operator that reports, its secretariat, and keys for both."""
    made = World(database_url, tmp_path, start=datetime.now(UTC))
    yield made
    made.close()


@pytest.fixture
def importing(world: World, database_url: str, tmp_path: Path) -> Import:
    """Runs the command as somebody, on a sheet with these rows."""
    people = people_of(world)
    keys = {"hanako": world.key(people.hanako), "office": world.key(people.office)}
    data = ["--data", str(tmp_path / "hub-data")]

    def run(rows: list[dict[str, Any]], *words: str, who: str = "hanako", raw: bytes | None = None) -> Any:
        file = tmp_path / "reports.xlsx"
        file.write_bytes(sheet(rows) if raw is None else raw)
        env = {**processes.on_database(database_url), "CEPTOAR_HUB_KEY": keys[who]}
        return processes.run("report", "import", str(file), *words, *data, env=env, check=False)

    return run


def sheet(rows: list[dict[str, Any]]) -> bytes:
    return filled_sheet(write_batch("", [BatchColumn(name, name) for name in NAMES]), rows)


def counts(world: World) -> tuple[int, int]:
    """Reports, and entries that tell of filing one."""
    with world.reading() as session:
        entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.tag == Tag.REPORT_FILE)
        return session.execute(select(func.count(Report.id))).scalar_one(), session.execute(entries).scalar_one()


def test_a_sheet_that_is_half_wrong(world: World, importing: Import) -> None:
    """The right rows are filed, each wrong one is told with its columns; mended and given again, only those are new."""
    mixed = [row for pair in zip(GOOD, WRONG, strict=True) for row in pair]
    looked = importing(mixed, "--check", "--json")
    assert (looked.returncode, counts(world)) == (1, (0, 0))
    assert [each["outcome"] for each in json.loads(looked.stdout)] == ["ready", "wrong"] * 3

    first = importing(mixed, "--json")
    rows = json.loads(first.stdout)
    assert first.returncode == 1
    assert [(each["row"], each["outcome"]) for each in rows] == [
        (4 + place, ("filed", "wrong")[place % 2]) for place in range(6)
    ]
    assert [bool(each["reference"]) for each in rows] == [True, False] * 3
    assert [bool(each["wrong"]) for each in rows] == [False, True] * 3
    told = [each["wrong"] for each in rows if each["wrong"]]
    assert all(name in told[0] for name in ("event_type", "users")), told
    assert "label" in told[1]
    assert all(name in told[2] for name in ("event_type", "noticed_at", "summary")), told
    assert counts(world) == (3, 3)

    mended = [GOOD[0], {**ROW, "summary": "直した。"}, GOOD[1], {**ROW, "summary": "これも直した。"}, GOOD[2]]
    again = importing(mended, "--json")
    found = json.loads(again.stdout)
    assert again.returncode == 0, again.stdout
    assert [each["outcome"] for each in found] == ["repeated", "filed", "repeated", "filed", "repeated"]
    assert [found[place]["reference"] for place in (0, 2, 4)] == [
        each["reference"] for each in rows if each["reference"]
    ]
    assert counts(world) == (5, 5)


def test_what_a_person_reads(world: World, importing: Import) -> None:
    """A table with a line for each row; nothing of it goes where errors go but the progress."""
    done = importing([GOOD[0], WRONG[0]])
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert any("filed" in line and "4" in line for line in lines), done.stdout
    assert any("wrong" in line and "event_type" in line for line in lines), done.stdout
    with world.reading() as session:
        assert session.execute(select(Report.reference)).scalar_one() in done.stdout


def test_the_same_sheet_twice_files_nothing_twice(world: World, importing: Import) -> None:
    """Forty rows: more than one unit of work; the second time all are found to be there, under the same numbers."""
    rows = [{**ROW, "summary": f"停止 {number}"} for number in range(40)]
    first, second = (json.loads(importing(rows, "--json").stdout) for _ in range(2))
    assert {each["outcome"] for each in first} == {"filed"}
    assert {each["outcome"] for each in second} == {"repeated"}
    assert [each["reference"] for each in first] == [each["reference"] for each in second]
    assert counts(world) == (40, 40)


def test_who_may_not_and_what_is_no_sheet(world: World, importing: Import) -> None:
    """Refused in words, with nothing on the standard output, and nothing filed."""
    for refused in (importing(GOOD, "--json", who="office"), importing([], raw=b"no workbook")):
        assert (refused.returncode, refused.stdout) == (2, "")
        assert len(refused.stderr.strip().splitlines()) == 1, refused.stderr
    assert counts(world) == (0, 0)


def test_a_key_that_ends_in_the_middle(
    world: World, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was filed until then is told all the same: whoever looks for it would not know."""
    asked = iter(range(100))

    def ends(*given: Any) -> Actor:
        if next(asked) > 3:
            raise Refusal("the key has ended")
        return actor_of_key(*given)

    monkeypatch.setattr(hub.cli.report, "actor_of_key", ends)
    file = tmp_path / "reports.xlsx"
    file.write_bytes(sheet([{**ROW, "summary": f"停止 {number}"} for number in range(2 * AT_ONCE)]))
    env = {**processes.on_database(database_url), "CEPTOAR_HUB_KEY": world.key(people_of(world).hanako)}
    words = ["import", str(file), "--json", "--data", str(tmp_path / "hub-data")]
    done = CliRunner().invoke(hub.cli.report.report, words, env=env)
    assert isinstance(done.exception, Refusal)
    assert [each["outcome"] for each in json.loads(done.stdout)] == ["filed"] * AT_ONCE
    assert counts(world) == (AT_ONCE, AT_ONCE)


def test_a_follow_up_by_command_goes_on_from_what_was_shown(world: World, database_url: str, tmp_path: Path) -> None:
    """`report show` says how it stands, `--seen` sends it back; what was changed meanwhile is refused with both."""
    env = {**processes.on_database(database_url), "CEPTOAR_HUB_KEY": world.key(people_of(world).hanako)}
    data = ["--data", str(tmp_path / "hub-data"), "--json"]

    def call(*words: str, check: bool = True) -> Any:
        return processes.run("report", *words, *data, env=env, check=check)

    file = tmp_path / "report.json"
    first = {
        "event_type": "E30",
        "noticed_at": "2026-11-20T11:00:00+09:00",
        "service_impact": "yes",
        "summary": "受付システムが停止している。",
        "label": "TLP:AMBER",
    }
    file.write_text(json.dumps(first))
    reference = json.loads(call("file", str(file)).stdout)["reference"]
    assert json.loads(call("show", reference).stdout)["seen"] == "1"
    file.write_text(json.dumps(first | {"kind": "follow_up"}))
    of = ("file", str(file), "--report", reference)
    assert json.loads(call(*of, "--seen", "1").stdout)["number"] == 2
    late = call(*of, "--seen", "1", check=False)
    assert late.returncode == 2 and "expected 1, found 2" in late.stderr and late.stdout == ""
    assert "seen" in call(*of, "--seen", "x", check=False).stderr
    assert "--report" in call("file", str(file), "--seen", "1", check=False).stderr
    assert json.loads(call(*of).stdout)["number"] == 3, "without it nobody looks, as before"
