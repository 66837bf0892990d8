"""The pages for readers: each shows what its reader may see, says why, and logs it before it leaves."""

import csv
import io
import json
import re
from collections.abc import Callable
from html import unescape
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from hub.web.words.policy import rule_words
from hub.web.words.reading import Lists, why_lines
from models.audit import Disclosure
from models.report import PolicyVersion
from models.vocabulary import Label, Tier
from sharing.audit.checkpoints import publish_checkpoint
from sharing.collections.access import load_collection
from sharing.errors import Busy
from sharing.people.organizations import NewOrganization
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from sharing.rules.policy import NEVER, OtherRule, ReaderKind
from sharing.trail.history import Reason
from tests.hub.reading.tools import Reading, make_due_digests
from tests.sharing.reports.conftest import Scene
from tests.sharing.test_newcomers import joins

Sit = Callable[..., Reading]


def share(scene: Scene, label: Label = Label.GREEN, **fields: object) -> None:
    """A report at AMBER, of which the sender approves an edition."""
    filed = scene.files(scene.hanako, **fields)
    scene.approves(scene.boss, scene.proposes(scene.office, filed, label))


def indicator(scene: Scene, label: Label, **more: object) -> str:
    """The secretariat publishes one indicator."""
    stix_id = f"indicator--{uuid4()}"
    raw = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": stix_id,
        "created": "2026-11-20T00:00:00.000Z",
        "modified": "2026-11-20T00:00:00.000Z",
        "name": "198.51.100.7",
        "pattern": "[ipv4-addr:value = '198.51.100.7']",
        "pattern_type": "stix",
        **more,
    }
    version = 1 if "version" not in more else 2
    new = NewObject(
        stix_id, "indicator", "2.1", version, "2026-11-20T00:00:00.000Z", None, label, json.dumps(raw).encode()
    )
    with scene.world.writing() as session:
        collection = load_collection(session, scene.world.reader(session, scene.office), "electricity").collection
        publish(
            session,
            scene.office,
            Publication(collection, [new]),
            policy=scene.policy,
            context=scene.world.context(),
        )
    return stix_id


def total_of(page: TestResponse) -> int:
    """The number in the last corner of the table."""
    return int(re.findall(r'<td class="numeric">(\d+)</td>', page.text)[-1])


def logged(scene: Scene) -> list[tuple[str, int, str]]:
    """Door, strictest label and what was asked, of each disclosure."""
    scene.world.hub.disclosures.close()
    with scene.world.reading() as session:
        rows = session.execute(select(Disclosure).order_by(Disclosure.id)).scalars()
        return [(row.door, row.highest, json.loads(row.filters)["what"]) for row in rows]


def test_collections_stand_in_the_order_in_which_people_look_for_them(scene: Scene, reading: Sit):
    """The inbox first, then the sectors as the official list has them; ids would throw them together."""
    page = reading(scene.office).get("/feed/").text
    chosen = re.findall(r'<option value="([\w-]+)"', page.partition('name="in"')[2].partition("</select>")[0])
    assert chosen[0] == "inbox"
    sectors = [chosen.index(each) for each in ("telecommunications", "finance", "aviation", "electricity", "port")]
    assert sectors == sorted(sectors)


def test_the_feed_shows_each_the_form_that_is_theirs(scene: Scene, reading: Sit):
    """A rival sees the report without its sender; the secretariat sees it as filed; both see one entry."""
    share(scene)
    rival = reading(scene.rival_reader).get("/feed/")
    office = reading(scene.office).get("/feed/")
    assert rival.status_code == office.status_code == 200
    assert "青葉電力" not in rival.text
    assert rival.text.count('href="/feed/inbox/objects/') == office.text.count('href="/feed/inbox/objects/') == 1
    assert '<div class="tlp-bar tlp-green"' in rival.text
    assert '<div class="tlp-bar tlp-amber"' in office.text
    assert logged(scene) == [("web", 1, "feed"), ("web", 2, "feed")]


def test_the_feed_narrows_and_goes_on(scene: Scene, reading: Sit):
    """Filters keep what fits, pages go back to the beginning of the feed, an end is an end."""
    share(scene)
    for _ in range(35):
        indicator(scene, Label.GREEN)
    sitting = reading(scene.water_office, "en")
    first = sitting.get("/feed/")
    assert first.text.count("/feed/inbox/objects/indicator--") == 30
    following = re.search(r'href="([^"]+)" rel="next"', first.text)
    assert following
    second = sitting.get(unescape(following[1]))
    assert second.text.count("/feed/inbox/objects/indicator--") == 5
    assert second.text.count("/feed/inbox/objects/incident--") == 1
    assert 'rel="next"' not in second.text
    for arguments, incidents in [
        ({"type": "incident"}, 1),
        ({"event_type": "E30", "sector": "electricity", "label": "TLP:GREEN", "from": "2026-11-20"}, 1),
        ({"sector": "water"}, 0),
        ({"label": "TLP:AMBER"}, 0),
        ({"to": "2026-11-19"}, 0),
        ({"in": "electricity", "type": "incident"}, 1),
        ({"from": "no day", "label": "TLP:BLUE", "type": "incident"}, 1),
    ]:
        page = sitting.get("/feed/", **arguments)
        assert page.text.count("/objects/incident--") == incidents, arguments
        assert ("Nothing that you may see fits this choice." in page.text) is (incidents == 0)


def test_an_empty_feed_says_why(scene: Scene, reading: Sit):
    """Nothing yet is no error; a page that was somebody else's begins again, and says so."""
    sitting = reading(scene.nco, "en")
    assert "Nothing has been shared with you here yet." in sitting.get("/feed/").text
    assert "This is the first page again" in sitting.get("/feed/", next="nonsense").text
    assert logged(scene) == []


def test_what_is_hidden_is_answered_like_what_is_not_there(scene: Scene, reading: Sit):
    """An object of others, one that never was, a wrong address, a closed collection: one answer.

    But for what tells of no object: the way to the other language, and a form's token, which says in which second.
    """
    hidden = indicator(scene, Label.AMBER)
    sitting = reading(scene.water_office)
    absent = sitting.get(f"/feed/inbox/objects/indicator--{uuid4()}/")
    pages = [sitting.get(f"/feed/inbox/objects/{each}/") for each in (hidden, "indicator--x", "..%2Fetc")]
    pages += [sitting.get(f"/feed/no-such/objects/{hidden}/"), sitting.get(f"/feed/inbox/objects/{hidden}/raw")]
    pages.append(sitting.get(f"/trail/objects/inbox/{hidden}/"))
    assert {page.status_code for page in (absent, *pages)} == {404}
    own = re.compile(r'href="[^"]*lang=[^"]*"|name="csrf_token" value="[^"]+"')
    assert len({own.sub("", page.text) for page in (absent, *pages[:2])}) == 1


def test_the_page_of_an_object_says_why_one_sees_it(scene: Scene, reading: Sit):
    """In words of both languages: which group, which rule of which policy, since when; not who else."""
    share(scene)
    row = scene.sees(scene.rival_reader)[0]
    japanese = reading(scene.rival_reader).get(f"/feed/inbox/objects/{row.stix_id}/")
    english = reading(scene.rival_reader, "en").get(f"/feed/inbox/objects/{row.stix_id}/")
    assert "なぜ閲覧できるのか" in japanese.text
    assert "全セプターの会員" in japanese.text
    assert "発信元の名前を伏せた版を閲覧できます" in japanese.text
    assert "without the sender&#39;s name" in english.text
    assert scene.policy.version in english.text
    assert "青葉電力" not in japanese.text + english.text
    assert str(scene.council.organization.id) not in english.text


def test_a_newcomer_is_told_why_it_sees_the_past(scene: Scene, reading: Sit):
    """What no cell of the table gave said that it had no words, with the code of the rule."""
    share(scene)
    new = NewOrganization(Tier.OPERATOR, "あかつき電力", "Akatsuki", ceptoar="electricity")
    reader = joins(scene, new)
    (row,) = scene.sees(reader, types=("incident",))
    japanese = reading(reader).get(f"/feed/inbox/objects/{row.stix_id}/")
    english = reading(reader, "en").get(f"/feed/inbox/objects/{row.stix_id}/")
    assert "参加前の情報として提供されました。" in japanese.text
    assert "Your organization joined later" in english.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("ja", "TLP:AMBERで発信元の同意と提供先の指定がある場合、国家サイバー統括室は閲覧できます。"),
        (
            "en",
            "At TLP:AMBER, if the sender consents and lists them, the National Cybersecurity Office (NCO) may read it.",
        ),
    ],
)
def test_several_conditions_make_one_sentence(scene: Scene, app: Flask, language: str, said: str):
    """They were two sentences with "and" between them, which no Japanese reader would write."""
    with scene.world.reading() as session:
        version = session.execute(select(PolicyVersion.version)).scalars().first()
        reasons = [Reason("government:nco", "nco/TLP:AMBER", version, scene.world.now)]
        with app.test_request_context("/", headers={"Accept-Language": language}):
            (line,) = why_lines(session, scene.office, reasons, Lists({}, {}, {}), scene.world.now)
            assert line.rule == said


def test_every_rule_has_its_words(scene: Scene, app: Flask):
    """Whatever can stand at a grant is said in words, on the page of an object and in the ledger."""
    rules = [f"{rule}/TLP:GREEN" for rule in (*OtherRule, *ReaderKind) if rule not in NEVER]
    with app.test_request_context("/"), scene.world.reading() as session:
        version = session.execute(select(PolicyVersion.version)).scalars().first()
        reasons = [Reason("public", rule, version, scene.world.now) for rule in rules]
        lines = why_lines(session, scene.office, reasons, Lists({}, {}, {}), scene.world.now)
        said = {rule: line.rule + rule_words(rule) for rule, line in zip(rules, lines, strict=True)}
    assert {rule: text for rule, text in said.items() if rule.partition("/")[0] in text} == {}


def test_the_download_is_the_exact_bytes(scene: Scene, reading: Sit):
    """Byte for byte what was published, as a file that no browser runs."""
    stix_id = indicator(scene, Label.AMBER, description="</pre><script>alert(1)</script>")
    sitting = reading(scene.office)
    answer = sitting.get(f"/feed/inbox/objects/{stix_id}/raw")
    (row,) = [row for row in scene.sees(scene.office, types=("indicator",)) if row.stix_id == stix_id]
    assert answer.data == row.body
    assert f'attachment; filename="TLP-AMBER_2026-11-20_{stix_id}.json"' == answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    page = sitting.get(f"/feed/inbox/objects/{stix_id}/")
    assert "<script>alert(1)" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert logged(scene) == [("web", 2, "download"), ("web", 2, "object")]


def test_each_version_has_its_page(scene: Scene, reading: Sit):
    """The newest by itself, an older one when asked for, with the way back."""
    filed = scene.files(scene.hanako)
    scene.world.advance(minutes=10)
    scene.files(scene.hanako, report=filed.report_id, kind="follow_up", summary="復旧した。")
    stix_id = scene.sees(scene.hanako)[0].stix_id
    sitting = reading(scene.hanako)
    newest = sitting.get(f"/feed/inbox/objects/{stix_id}/")
    assert "復旧した。" in newest.text
    older = re.search(rf'href="(/feed/inbox/objects/{stix_id}/\?version=[^"]+)"', newest.text)
    assert older
    page = sitting.get(unescape(older[1]))
    assert "受付システムが停止している。" in page.text
    assert "新しい版があります" in page.text
    assert sitting.get(f"/feed/inbox/objects/{stix_id}/", version="2020").status_code == 404


def test_what_cannot_be_logged_is_not_shown(scene: Scene, reading: Sit, monkeypatch: pytest.MonkeyPatch):
    """AMBER leaves only after its disclosure stands; a busy log is a busy page."""
    stix_id = indicator(scene, Label.AMBER)
    sitting = reading(scene.office)

    def refuse(_shown: object) -> None:
        raise Busy("busy")

    monkeypatch.setattr(scene.world.hub.disclosures, "log", refuse)
    for path in ("/feed/", f"/feed/inbox/objects/{stix_id}/", f"/feed/inbox/objects/{stix_id}/raw"):
        answer = sitting.get(path)
        assert answer.status_code == 503
        assert "198.51.100.7" not in answer.text


def test_the_table_adds_up_and_downloads(scene: Scene, reading: Sit):
    """Caption, headings with their scope, totals; the file says the same, up to the same position."""
    share(scene)
    share(scene, event_type="E41")
    sitting = reading(scene.council, "en")
    page = sitting.get("/trends/")
    assert "Incident reports by event type and quarter, FY 2026" in page.text
    assert page.text.count('scope="col"') == 6
    assert page.text.count('scope="row"') == 9
    link = re.search(r'href="(/trends/table.csv[^"]+)"', page.text)
    assert link
    answer = sitting.get(unescape(link[1]))
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert rows[-1] == ["", "Total", "0", "0", "2", "0", "2"]
    assert total_of(page) == 2
    scene.world.advance(days=1)
    share(scene)
    assert reading(scene.council, "en").get(unescape(link[1])).data == answer.data


def test_trends_of_a_reader_and_of_odd_addresses(scene: Scene, reading: Sit):
    """Everybody counts their own; what cannot be read in an address is the usual table."""
    share(scene)
    rival = reading(scene.rival_reader, "en")
    assert total_of(rival.get("/trends/")) == 1
    for odd in ({"fiscal_year": "x"}, {"fiscal_year": "99999"}, {"as_of": "-1"}, {"span": "week"}, {"as_of": "9" * 19}):
        assert rival.get("/trends/", **odd).status_code == 200
    assert "FY 2022 to FY 2026" in rival.get("/trends/", span="year").text
    assert "You see no report of this time." in rival.get("/trends/", fiscal_year="2020").text
    assert reading(scene.auditor).get("/trends/").status_code == 403


def test_a_digest_is_ordered_received_and_read(scene: Scene, reading: Sit):
    """Choose an hour; what came by then is on the page, once; the list says that it was read."""
    sitting = reading(scene.water_office, "en")
    begun = sitting.send(sitting.get("/digests/"), "/digests/subscription", hour="7")
    assert "You will get a digest each day at 7:00." in begun.text
    share(scene)
    stix_id = indicator(scene, Label.GREEN)
    scene.world.advance(days=1)
    assert make_due_digests(scene.world) == 1
    sitting = reading(scene.water_office, "en")
    listed = sitting.get("/digests/")
    assert "Not read yet" in listed.text
    where = re.search(r'href="(/digests/[0-9a-f-]{36}/)"', listed.text)
    assert where
    page = sitting.get(where[1])
    assert page.text.count("/feed/inbox/objects/") == 2
    assert stix_id in page.text
    assert '<div class="tlp-bar tlp-green"' in page.text
    assert "Not read yet" not in sitting.get("/digests/").text
    assert reading(scene.nco).get(where[1]).status_code == 404
    ended = sitting.send(sitting.get("/digests/"), "/digests/subscription/end")
    assert "The digest is ended." in ended.text
    assert "The digest had been ended before." in sitting.send(ended, "/digests/subscription/end").text
    assert ("web", 1, "digest") in logged(scene)


@pytest.mark.parametrize("hour", ["", "24", "-1", "7.5", "x", "١"])
def test_an_hour_that_is_none_is_refused(scene: Scene, reading: Sit, hour: str):
    """In words, and nothing is begun."""
    sitting = reading(scene.nco, "en")
    answer = sitting.send(sitting.get("/digests/"), "/digests/subscription", hour=hour)
    assert "Please choose one of the hours in the list." in answer.text
    assert "You get no digest under your current role." in answer.text


def test_the_trail_of_a_report_is_its_peoples(scene: Scene, reading: Sit):
    """Filed, proposed, approved: with leaf and checkpoint; names of persons inside their organization only."""
    filed = scene.files(scene.hanako)
    scene.approves(scene.boss, scene.proposes(scene.office, filed, Label.GREEN))
    hub = scene.world.hub
    with scene.world.writing() as session:
        publish_checkpoint(session, hub.secrets.log_signers, scene.world.now, at_once=True)
    path = f"/trail/reports/{filed.report_id}/"
    own = reading(scene.hanako, "en").get(path)
    office = reading(scene.office, "en").get(path)
    for words in ("A report was filed", "A wider edition was proposed", "An edition was approved and published"):
        assert words in own.text
        assert words in office.text
    assert "covered by the checkpoint of size" in own.text
    assert "Hanako" in own.text
    assert "Boss" in own.text
    assert "Boss" not in office.text
    assert "青葉電力株式会社" in office.text
    for other in (scene.rival_reader, scene.nco, scene.council):
        assert reading(other).get(path).status_code == 404
    assert reading(scene.auditor).get(path).status_code == 403


def test_the_trail_of_an_edition_does_not_name_its_sender(scene: Scene, reading: Sit):
    """Its entry is the approval, which is the sender's doing."""
    share(scene)
    row = scene.sees(scene.rival_reader)[0]
    page = reading(scene.rival_reader, "en").get(f"/trail/objects/inbox/{row.stix_id}/")
    assert page.status_code == 200
    assert "An edition was approved and published" in page.text
    assert "not shown to you" in page.text
    assert "青葉電力" not in page.text
    assert "Boss" not in page.text


def test_an_auditor_reads_the_list_and_no_report(scene: Scene, reading: Sit):
    """Metadata of every entry, no word of a report; the other pages are closed."""
    share(scene)
    sitting = reading(scene.auditor)
    page = sitting.get("/trail/")
    assert "情報連絡を受付" in page.text
    assert "青葉電力株式会社" in page.text
    assert "受付システムが停止している" not in page.text
    assert "/feed/" not in page.text
    assert sitting.get("/trail/", tag="report:version:file").text.count("情報連絡を受付") > 0
    assert "条件に合う項目はありません" in sitting.get("/trail/", kind="report", subject="x").text
    assert sitting.get("/feed/").status_code == 403
    assert reading(scene.office).get("/trail/").status_code == 403
