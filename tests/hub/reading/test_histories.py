"""What the hub noted: each organization sees and takes away all that was noted about it, and nothing of others."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from sharing.audit.checkpoints import publish_checkpoint
from tests.hub.reading.tools import Reading
from tests.sharing.reports.conftest import Scene

Sit = Callable[..., Reading]


def test_the_pages_of_a_history(scene: Scene, reading: Sit) -> None:
    """In words, with "prove it" beside each line; as a table, whose download is noted; from a reference number."""
    filed = scene.files(scene.hanako)
    world = scene.world
    with world.hub.units.database.writing() as session:
        publish_checkpoint(session, world.hub.secrets.log_signers, world.now, at_once=True)
    boss = reading(scene.boss, "en")
    page = boss.get("/trail/own/")
    assert "What the hub noted about your organization" in page.text
    assert "A report was filed" in page.text
    assert "Prove it" in page.text
    assert "情報連絡を受付" in reading(scene.boss).get("/trail/own/", tag="report:version:file").text
    mine = boss.get("/trail/own/", of="me").text
    assert "What the hub noted about you" in mine
    assert "A report was filed</" not in mine.split("<table", 1)[-1]
    table = boss.get("/trail/own/trail.csv")
    rows = list(csv.reader(io.StringIO(table.data.decode("utf-8-sig"))))
    (row,) = [row for row in rows if "report:version:file" in row]
    assert row[3:5] == ["Hanako", "Aoba" if "Aoba" in row[4] else row[4]]
    assert f"report:{filed.report_id}" in row[7]
    assert len(row[10]) == 64
    assert "data:export:make" in boss.get("/trail/own/trail.csv").text
    found = boss.get("/trail/find", reference=filed.reference.lower())
    assert "A report was filed" in found.text
    assert found.request.path == f"/trail/reports/{filed.report_id}/"
    spoken = reading(scene.boss).get("/trail/find", reference=filed.reference).text
    assert "第一報" in spoken and "第1報" not in spoken, "nobody says 第1報"
    auditor = reading(scene.auditor, "en")
    assert "A report was filed" in auditor.get("/trail/find", reference=filed.reference).text
    assert "受付システム" not in auditor.get("/trail/find", reference=filed.reference).text
    other = filed.reference[:-1] + ("0" if filed.reference[-1] != "0" else "1")
    for odd in ("", "x", "K7QM-4TX2-P", other):
        assert auditor.get("/trail/find", reference=odd).status_code == 404
        assert boss.get("/trail/find", reference=odd).status_code == 404
    rival = reading(scene.rival_reader, "en")
    assert rival.get("/trail/find", reference=filed.reference).status_code == 404
    assert "Aoba" not in rival.get("/trail/own/").text
    assert auditor.get("/trail/own/").status_code == 403


def test_an_auditor_follows_an_organization_and_an_account(scene: Scene, reading: Sit) -> None:
    """What they did, not only what is about them; metadata of all, content of none."""
    scene.files(scene.hanako)
    scene.files(scene.rival_reader)
    auditor = reading(scene.auditor)
    page = auditor.get("/trail/", kind="organization", subject=str(scene.aoba.id)).text
    assert "この組織の履歴" in page
    assert "みどり電力" not in page
    assert "青葉電力" in page
    page = auditor.get("/trail/", kind="account", subject=str(scene.hanako.account_id)).text
    assert "Hanako" in page
    assert "受付システム" not in page
    assert auditor.get("/trail/", kind="account", subject="nobody").status_code == 200
