"""The technical part of a report travels alone, wider than the report, and tells nobody whose it is."""

from __future__ import annotations

import json

import pytest

from models.own_systems import OwnSystems
from models.vocabulary import Label
from sharing.errors import Invalid
from sharing.reports.range_changes.embargoes import end_embargo, set_embargo
from sharing.reports.reading import load_report
from sharing.reports.technical import preview_technical
from sharing.rules.tokens import tokens_of_organization
from tests.sharing.reports.test_recalls import narrows, raises, withdraws

REFUSED = (
    ({"further": {"route": "青葉電力のVPN装置から。"}}, ("route", "names-sender")),
    ({"further": {"technical": "ルータは aoba.example です。"}}, ("technical", "own-system")),
    ({"indicators": [{"kind": "ipv4-addr", "value": "203.0.113.9"}]}, ("indicators", "own-system")),
    ({"indicators": [], "further": {}}, ("technical_label", "nothing-technical")),
    ({"label": "TLP:RED"}, ("technical_label", "red-alone")),
    ({"technical_label": "TLP:RED"}, ("technical_label", "stricter-alone")),
    ({"technical_label": "TLP:PINK"}, ("technical_label", "unknown-label")),
)
"""What is changed of a part that may go out, and what is wrong then."""
ALONE = ("report", "indicator", "vulnerability", "language-content")
PART = {
    "label": "TLP:AMBER",
    "technical_label": "TLP:GREEN",
    "summary": "予約システムが暗号化された。",
    "details": "青葉電力の予約システム。",
    "indicators": [{"kind": "ipv4-addr", "value": "198.51.100.7"}, {"kind": "domain-name", "value": "bad.example"}],
    "further": {
        "attack": "ransomware",
        "route": "VPN装置の脆弱性を悪用された。",
        "vulnerability": "CVE-2026-0001",
        "system_name": "予約システム本番系",
        "users": {"exact": 1234},
    },
}


def sees(scene, actor, *types):
    return {row.stix_id: json.loads(row.body) for row in scene.sees(actor, types=types or ALONE)}


def main_of(scene, actor):
    return next((each for each in sees(scene, actor, "report").values()), None)


def live(scene, actor):
    return sorted(each["name"] for each in sees(scene, actor, "indicator").values() if not each.get("revoked"))


def test_it_goes_out_alone_and_says_nothing_of_the_report(scene):
    """Another sector reads the indicators at once; what it gets holds nothing that leads to the sender."""
    filed = scene.files(scene.hanako, **PART)
    seen = sees(scene, scene.water_reader)
    main = main_of(scene, scene.water_reader)
    assert live(scene, scene.water_reader) == ["198.51.100.7", "bad.example"]
    assert main["name"] == "技術情報（ランサムウェア）"
    assert "VPN装置の脆弱性を悪用された。" in main["description"]
    assert sees(scene, scene.water_reader, "incident", "relationship") == {}
    named = {"198.51.100.7", "bad.example", "CVE-2026-0001"}
    assert {seen[ref]["name"] for ref in main["object_refs"]} == named
    words = next(each for each in seen.values() if each["type"] == "language-content")
    assert words["contents"]["en"]["name"] == "Technical information (Ransomware)"
    said = json.dumps([*seen.values()], ensure_ascii=False)
    with scene.world.reading() as session:
        report = load_report(session, scene.hanako, filed.report_id)
    hidden = [filed.reference, str(filed.report_id), str(scene.aoba.id), "青葉", "予約", "1234", "E30", "2026-11-20T02"]
    assert [each for each in hidden if each in said] == []
    # The report's own indicators have other ids.
    own = {each["source_ref"] for each in sees(scene, scene.hanako, "relationship").values()}
    assert len(own) == 2 and not own & seen.keys()
    assert report.latest.fields.technical_label is Label.GREEN


def test_a_later_version_reaches_it_only_where_it_changed(scene):
    """A follow-up about something else is no news; one that takes an indicator out withdraws just that."""
    filed = scene.files(scene.hanako, **PART)
    before = scene.sees(scene.water_reader, types=ALONE)
    scene.world.advance(minutes=5)
    scene.files(scene.hanako, report=filed.report_id, **{**PART, "kind": "follow_up", "details": "続き。"})
    assert scene.sees(scene.water_reader, types=ALONE) == before
    scene.world.advance(minutes=5)
    fewer = {**PART, "kind": "follow_up", "indicators": PART["indicators"][:1]}
    scene.files(scene.hanako, report=filed.report_id, **fewer)
    assert live(scene, scene.water_reader) == ["198.51.100.7"]
    gone = [each for each in sees(scene, scene.water_reader, "indicator").values() if each.get("revoked")]
    assert [each["name"] for each in gone] == ["bad.example"]
    assert main_of(scene, scene.water_reader)["modified"] > main_of(scene, scene.water_reader)["created"]


def test_a_change_of_mind_reaches_it(scene):
    """Raised, narrowed with the report, withdrawn, and back with a follow-up: as any edition."""
    filed = scene.files(scene.hanako, **PART)
    assert live(scene, scene.water_reader) and live(scene, scene.rival_reader)
    raises(scene, scene.hanako, filed, Label.AMBER)
    assert live(scene, scene.water_reader) == [] and main_of(scene, scene.water_reader)["revoked"]
    assert "description" not in main_of(scene, scene.water_reader)
    words = next(iter(sees(scene, scene.water_reader, "language-content").values()))
    assert words["revoked"] and words["contents"] == {"en": {"name": "取下げ / withdrawn"}}
    with scene.world.reading() as session:
        last = load_report(session, scene.hanako, filed.report_id).latest
    assert last.fields.technical_label is None and last.number == 2
    scene.world.advance(minutes=5)
    scene.files(scene.hanako, report=filed.report_id, **{**PART, "kind": "follow_up"})
    assert live(scene, scene.water_reader) == ["198.51.100.7", "bad.example"]
    withdraws(scene, scene.hanako, filed)
    assert live(scene, scene.water_reader) == []
    other = scene.files(scene.hanako, **{**PART, "label": "TLP:AMBER", "consent_nco": True})
    assert main_of(scene, scene.nco) is None and main_of(scene, scene.water_reader)
    narrows(scene, scene.hanako, other, Label.AMBER_STRICT)
    assert live(scene, scene.water_reader) == []


def test_under_an_embargo_it_waits(scene):
    """It goes out when the embargo ends, as the last version says."""
    filed = scene.files(scene.hanako, **{**PART, "technical_label": None})
    with scene.world.writing() as session:
        until = scene.world.now.replace(hour=12)
        set_embargo(session, scene.boss, filed.report_id, until, "調整中。", context=scene.world.context())
    scene.world.advance(minutes=5)
    scene.files(scene.hanako, report=filed.report_id, **{**PART, "kind": "follow_up"})
    assert live(scene, scene.water_reader) == []
    scene.world.advance(minutes=5)
    with scene.world.writing() as session:
        end_embargo(
            session,
            scene.boss,
            filed.report_id,
            means=scene.means(),
        )
    assert live(scene, scene.water_reader) == ["198.51.100.7", "bad.example"]


def test_what_would_tell_whose_it_is_refuses_the_whole_report(scene):
    """Nothing is filed until the place is mended or the part stays with the report."""
    with scene.world.writing() as session:
        now, lines = scene.world.now, "aoba.example\n203.0.113.0/24"
        session.add(
            OwnSystems(organization_id=scene.aoba.id, lines=lines, saved_by=scene.hanako.account_id, saved_at=now)
        )
    for changed, fault in REFUSED:
        with pytest.raises(Invalid) as refused:
            scene.files(scene.hanako, **{**PART, **changed})
        assert fault in [(each.field, each.code) for each in refused.value.faults]
    assert not scene.sees(scene.office)


def test_the_preview_shows_readers_and_what_may_still_tell(scene):
    """Who will read it is what publishing grants; a service's name and a machine are pointed out."""
    scene.files(scene.hanako, affected_service="あおば予約サービス")
    fields = scene.fields(**{**PART, "further": {"route": "あおば予約サービスの画面から、db01.corp.local へ。"}})
    with scene.world.reading() as session:
        told = preview_technical(
            session,
            scene.hanako,
            fields,
            filed_in=("electricity", "electricity"),
            of=None,
            policy=scene.policy,
            builder=scene.builder,
            now=scene.world.now,
        )
    assert tokens_of_organization(scene.water) & told.rules.keys()
    assert "あおば予約サービス" in [each.found for each in told.hints]
    assert told.recognition.is_low
