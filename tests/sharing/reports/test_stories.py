"""Stories of a report: filed, followed up, proposed, approved or refused; and who reads what of it."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from models.report import Report, ReportVersion
from models.vocabulary import Label, ProposalState, ReportKind, ReportState, Status
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.reports.reading import Sieve, count_inbox, list_inbox, list_reports_of_sender, load_report
from tests.sharing.reports.conftest import Scene


def test_an_amber_report_reaches_its_circle_and_nobody_else(scene: Scene):
    """Own people and the own secretariat read the original; rivals, others and authorities get nothing."""
    scene.files(scene.hanako)
    for actor in (scene.hanako, scene.boss, scene.colleague, scene.office):
        assert len(scene.sees(actor)) == 1
    for actor in (
        scene.rival_reader,
        scene.water_reader,
        scene.water_office,
        scene.council,
        scene.nco,
        scene.section,
        scene.auditor,
    ):
        if actor is scene.auditor:
            with pytest.raises(NotVisible):
                scene.sees(actor)
        else:
            assert scene.sees(actor, types=()) == ()


def test_from_amber_to_green_with_the_senders_approval(scene: Scene):
    """The secretariat proposes, the sender approves, and then others read the edition, never the original."""
    filed = scene.files(scene.hanako, details="本社の受付が止まった。")
    original = scene.sees(scene.office)[0]
    scene.world.advance(hours=1)
    proposed = scene.proposes(scene.office, filed, Label.GREEN)
    assert proposed.state is ProposalState.WAITING
    assert scene.sees(scene.rival_reader) == ()

    scene.approves(scene.boss, proposed)

    (seen,) = scene.sees(scene.rival_reader)
    assert seen.stix_id != original.stix_id
    assert seen.label == Label.GREEN.rank
    text = seen.body.decode()
    assert "青葉" not in text and filed.reference not in text
    assert json.loads(text)["created"] > json.loads(original.body)["created"]
    for actor in (scene.water_office, scene.water_reader):
        assert [row.body for row in scene.sees(actor)] == [seen.body]
    (named,) = scene.sees(scene.council)
    assert named.stix_id not in {seen.stix_id, original.stix_id}
    assert scene.sees(scene.nco) == () == scene.sees(scene.section)
    assert scene.sees(scene.rival_reader, "electricity")[0].body == seen.body
    fullest = scene.sees(scene.office, fullest=True)
    assert [row.stix_id for row in fullest] == [original.stix_id]


def test_the_approver_gets_exactly_the_bytes_that_were_shown(scene: Scene):
    """What the approver looked at is what the rival reads."""
    proposed = scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN)
    shown = scene.looks_at(scene.boss, proposed.proposal_id)
    scene.world.advance(hours=5)
    scene.approves(scene.boss, proposed)
    (seen,) = scene.sees(scene.rival_reader)
    assert seen.body in [each.raw for form in shown.forms for each in form.objects]


def test_each_writing_operation_is_one_entry(scene: Scene):
    before = len(scene.world.tags())
    filed = scene.files(scene.hanako)
    scene.refuses(scene.boss, scene.proposes(scene.office, filed, Label.GREEN), "社内で確認中のため")
    scene.approves(scene.boss, scene.proposes(scene.office, filed, Label.GREEN))
    green = scene.files(scene.hanako, label="TLP:GREEN")
    scene.proposes(scene.office, green, Label.GREEN)
    assert scene.world.tags()[before:] == [
        "report:version:file",
        "report:proposal:make",
        "report:proposal:refuse",
        "report:proposal:make",
        "report:proposal:approve",
        "report:version:file",
        "report:edition:publish",
    ]


def test_within_what_the_sender_set_the_secretariat_publishes_at_once(scene: Scene):
    filed = scene.files(scene.hanako, label="TLP:GREEN")
    assert scene.sees(scene.rival_reader) == ()
    assert scene.sees(scene.office)[0].label == Label.AMBER.rank
    assert scene.proposes(scene.office, filed, Label.GREEN).state is ProposalState.APPROVED
    assert len(scene.sees(scene.rival_reader)) == 1


def test_consent_lets_authorities_in_and_its_lack_keeps_them_out(scene: Scene):
    scene.files(scene.hanako, consent_nco=True)
    assert len(scene.sees(scene.nco)) == 1
    assert scene.sees(scene.section) == ()
    scene.files(scene.hanako, consent_ministry=True)
    assert len(scene.sees(scene.section)) == 1
    assert len(scene.sees(scene.nco)) == 1


def test_red_stays_with_the_reporters(scene: Scene):
    """Consent is not naming: at RED nobody but the sender's reporters and approvers reads."""
    filed = scene.files(scene.hanako, label="TLP:RED", consent_nco=True, consent_ministry=True)
    assert len(scene.sees(scene.hanako)) == 1 == len(scene.sees(scene.boss))
    for actor in (scene.colleague, scene.office, scene.nco, scene.section, scene.rival_reader, scene.council):
        assert scene.sees(actor, types=()) == ()
    with scene.world.reading() as session:
        assert list_inbox(session, scene.office).lines == ()
        with pytest.raises(NotVisible):
            load_report(session, scene.office, filed.report_id)
    with pytest.raises(NotVisible):
        scene.proposes(scene.office, filed, Label.GREEN)


def test_a_version_at_red_does_not_show_itself_to_the_secretariat(scene: Scene):
    """After AMBER comes RED: the secretariat's view does not change by a byte."""

    def view():
        with scene.world.reading() as session:
            report = load_report(session, scene.office, filed.report_id)
            return report, report.label, report.state, report.updated_at, list_inbox(session, scene.office)

    filed = scene.files(scene.hanako)
    before = view()
    scene.world.advance(hours=1)
    scene.files(scene.hanako, report=filed.report_id, label="TLP:RED", kind="final")
    assert view() == before
    assert scene.proposes(scene.office, filed, Label.GREEN).state is ProposalState.WAITING


def test_a_green_report_that_turns_red_unseen_needs_approval_again(scene: Scene):
    filed = scene.files(scene.hanako, label="TLP:GREEN")
    scene.files(scene.hanako, report=filed.report_id, label="TLP:RED", kind="follow_up")
    proposed = scene.proposes(scene.office, filed, Label.GREEN)
    assert proposed.state is ProposalState.WAITING
    scene.approves(scene.boss, proposed)
    assert len(scene.sees(scene.rival_reader)) == 1


def test_a_form_sent_twice_is_one_report(scene: Scene):
    submission = uuid4()
    first = scene.files(scene.hanako, submission=submission)
    entries = len(scene.world.tags())
    again = scene.files(scene.hanako, submission=submission)
    assert (again.report_id, again.number, again.repeated) == (first.report_id, 1, True)
    assert len(scene.world.tags()) == entries
    with pytest.raises(Conflict, match=first.reference):
        scene.files(scene.hanako, submission=submission, summary="あとから書き直した。")
    with pytest.raises(Invalid):
        scene.files(scene.rival_reader, submission=submission)
    with scene.world.reading() as session:
        assert session.execute(select(func.count()).select_from(Report)).scalar_one() == 1
        assert session.execute(select(func.count()).select_from(ReportVersion)).scalar_one() == 1


def test_follow_ups_are_versions_of_one_id_and_a_final_one_closes(scene: Scene):
    filed = scene.files(scene.hanako)
    states = []
    for kind in ("follow_up", "final", "follow_up"):
        again = scene.files(scene.hanako, report=filed.report_id, kind=kind, summary=f"{kind}で分かったこと。")
        with scene.world.reading() as session:
            view = load_report(session, scene.hanako, filed.reference.lower().replace("-", " "))
            row = session.get_one(Report, filed.report_id)
            assert view.state is row.state
            states.append(view.state)
    assert again.number == 4
    assert again.reference == filed.reference
    assert states == [ReportState.OPEN, ReportState.CLOSED, ReportState.OPEN]
    rows = scene.sees(scene.office, versions=("all",))
    assert len({row.stix_id for row in rows}) == 1
    assert [row.version_us for row in rows] == sorted({row.version_us for row in rows})
    assert len(rows) == 4
    assert len({json.loads(row.body)["created"] for row in rows}) == 1


def test_the_edition_of_a_follow_up_is_a_new_version_of_the_first_edition(scene: Scene):
    filed = scene.files(scene.hanako)
    scene.approves(scene.boss, scene.proposes(scene.office, filed, Label.GREEN))
    again = scene.files(scene.hanako, report=filed.report_id, kind="final", summary="復旧した。")
    scene.approves(scene.boss, scene.proposes(scene.office, again, Label.GREEN))
    rows = scene.sees(scene.rival_reader, versions=("all",))
    assert len(rows) == 2 and len({row.stix_id for row in rows}) == 1
    (last,) = scene.sees(scene.rival_reader)
    assert "復旧した。" in last.body.decode()


def test_a_near_miss_is_a_kind_of_its_own(scene: Scene):
    filed = scene.files(scene.hanako, event_type="E00", service_impact="no")
    with scene.world.reading() as session:
        view = load_report(session, scene.hanako, filed.report_id)
    assert view.latest.kind is ReportKind.NEAR_MISS
    assert view.state is ReportState.CLOSED
    with pytest.raises(Invalid, match="not-a-near-miss"):
        scene.files(scene.hanako, kind="near_miss")


def test_an_exercise_never_enters_a_live_feed(scene: Scene):
    filed = scene.files(scene.hanako, label="TLP:GREEN", exercise=True)
    scene.proposes(scene.office, filed, Label.GREEN)
    assert scene.sees(scene.office, types=()) == () == scene.sees(scene.rival_reader, types=())
    assert scene.sees(scene.office, "electricity", types=()) == ()
    assert len(scene.sees(scene.rival_reader, "exercise")) == 1
    with scene.world.reading() as session:
        assert sum(count_inbox(session, scene.office).values()) == 0
        assert len(list_inbox(session, scene.office).lines) == 1
    with pytest.raises(Invalid, match="differs"):
        scene.files(scene.hanako, report=filed.report_id, kind="follow_up")


def test_a_refusal_has_a_reason_and_publishes_nothing(scene: Scene):
    proposed = scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN)
    with pytest.raises(Invalid, match="missing"):
        scene.refuses(scene.boss, proposed, "  ")
    scene.refuses(scene.boss, proposed, "取引先の確認が済んでいないため。")
    assert scene.looks_at(scene.office, proposed.proposal_id).reason == "取引先の確認が済んでいないため。"
    assert scene.sees(scene.rival_reader) == ()
    with pytest.raises(Conflict):
        scene.approves(scene.boss, proposed)


def test_what_is_stale_is_not_published(scene: Scene):
    """A changed digest, a newer version, a second approval: each is told, none publishes."""
    filed = scene.files(scene.hanako)
    proposed = scene.proposes(scene.office, filed, Label.GREEN)
    with pytest.raises(Conflict, match="looked at"):
        scene.approves(scene.boss, proposed, b"\0" * 32)
    newer = scene.files(scene.hanako, report=filed.report_id, kind="follow_up")
    with pytest.raises(Conflict, match="newer"):
        scene.approves(scene.boss, proposed)
    with pytest.raises(Conflict, match="meanwhile"):
        scene.proposes(scene.office, filed, Label.GREEN)
    assert scene.sees(scene.rival_reader) == ()
    current = scene.proposes(scene.office, newer, Label.GREEN)
    scene.approves(scene.boss, current)
    with pytest.raises(Conflict, match="before"):
        scene.approves(scene.boss, current)
    assert len(scene.sees(scene.rival_reader)) == 1


def test_a_second_proposal_takes_the_place_of_the_first(scene: Scene):
    filed = scene.files(scene.hanako)
    first = scene.proposes(scene.office, filed, Label.GREEN)
    second = scene.proposes(scene.office, filed, Label.GREEN, only_anonymised=True)
    with pytest.raises(Conflict):
        scene.approves(scene.boss, first)
    scene.approves(scene.boss, second)
    assert scene.sees(scene.council)[0].stix_id == scene.sees(scene.rival_reader)[0].stix_id


def test_only_the_senders_approver_decides(scene: Scene):
    proposed = scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN)
    with pytest.raises(NotPermitted):
        scene.approves(scene.hanako, proposed)
    with pytest.raises(NotPermitted):
        scene.approves(scene.office, proposed)
    for actor in (scene.rival_reader, scene.water_office, scene.colleague, scene.auditor):
        with pytest.raises(NotVisible):
            scene.approves(actor, proposed)
    with pytest.raises((NotPermitted, NotVisible)):
        scene.proposes(scene.water_office, scene.files(scene.hanako), Label.GREEN)


def test_an_anonymised_form_that_names_the_sender_is_not_proposed(scene: Scene):
    """However it is written, the name is found; with edited texts it goes, and exactly those are shown."""
    texts = {"summary": "青葉 電力の受付が停止した。", "measures": "（株）青葉電力の窓口へ", "lessons": "ｱｵﾊﾞ"}
    filed = scene.files(scene.hanako, **texts)
    with pytest.raises(Invalid) as raised:
        scene.proposes(scene.office, filed, Label.GREEN)
    assert {fault.field for fault in raised.value.faults} == {"summary", "measures"}
    edited = {"summary": "ある事業者の受付が停止した。", "measures": ""}
    scene.approves(scene.boss, scene.proposes(scene.office, filed, Label.GREEN, edited_texts=edited))
    (seen,) = scene.sees(scene.rival_reader)
    assert "ある事業者の受付が停止した。" in seen.body.decode()
    assert "青葉" not in seen.body.decode()


def test_who_agreed_to_be_named_is_named(scene: Scene):
    filed = scene.files(scene.hanako, label="TLP:GREEN", name_to_sector=True, summary="青葉電力の受付が停止した。")
    scene.proposes(scene.office, filed, Label.GREEN)
    assert "青葉電力" in scene.sees(scene.rival_reader)[0].body.decode()


def test_inbox_tells_where_each_report_stands(scene: Scene):
    new = scene.files(scene.hanako)
    waiting = scene.files(scene.hanako)
    scene.proposes(scene.office, waiting, Label.GREEN)
    done = scene.files(scene.rival_reader, label="TLP:GREEN")
    scene.proposes(scene.office, done, Label.GREEN)
    with scene.world.reading() as session:
        lines = {line.reference: line.status for line in list_inbox(session, scene.office).lines}
        assert lines == {
            new.reference: Status.NEW,
            waiting.reference: Status.WAITING,
            done.reference: Status.PUBLISHED,
        }
        assert count_inbox(session, scene.office) == {
            Status.NEW: 1,
            Status.WAITING: 1,
            Status.REFUSED: 0,
            Status.PUBLISHED: 1,
            Status.EMBARGOED: 0,
        }
        only = list_inbox(session, scene.office, Sieve(status=Status.WAITING)).lines
        assert [line.reference for line in only] == [waiting.reference]
        own = list_reports_of_sender(session, scene.hanako).lines
        assert {line.reference for line in own} == {new.reference, waiting.reference}
        assert list_inbox(session, scene.water_office).lines == ()
        for stranger in (scene.colleague, scene.auditor, scene.office):
            with pytest.raises(NotPermitted):
                list_reports_of_sender(session, stranger)
        with pytest.raises(NotVisible):
            load_report(session, scene.rival_reader, new.reference)
        with pytest.raises(NotVisible):
            load_report(session, scene.colleague, new.report_id)


def test_who_may_not_report_is_refused(scene: Scene):
    for actor in (scene.colleague, scene.office, scene.nco, scene.auditor, scene.council):
        with pytest.raises(NotPermitted):
            scene.files(actor)
    filed = scene.files(scene.hanako)
    with pytest.raises(NotVisible):
        scene.files(scene.rival_reader, report=filed.report_id, kind="follow_up")
    with pytest.raises(Invalid, match="not-a-first"):
        scene.files(scene.hanako, kind="follow_up")
    with pytest.raises(Invalid, match="not-a-follow-up"):
        scene.files(scene.hanako, report=filed.report_id, kind="first")
