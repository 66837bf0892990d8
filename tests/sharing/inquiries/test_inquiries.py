"""Stories of questions: neither side learns who the other is, and nothing goes out that its sender did not approve."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select, text

from models.audit import AuditEntry
from models.vocabulary import AskerShown, Form, InquiryEnd, InquiryState, InquiryWords, Label, Role
from sharing.audit.check.database import check_database
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.inquiries import listing
from sharing.inquiries.asking import MOST_OPEN
from sharing.inquiries.texts import MESSAGE_LIMIT
from sharing.people.organizations import dismiss_organization
from sharing.reports.range_changes.embargoes import set_embargo
from sharing.reports.range_changes.recalls import withdraw_report
from sharing.rules.inquiries import Side, Step
from sharing.trail.erasure import ERASED_TEXT, approve_erasure, request_erasure
from sharing.trail.history import list_own_history, list_report_history
from sharing.waiting import Matter, waiting_for
from tests.sharing.inquiries.conftest import ANSWER, QUESTION, Asking


def codes(caught: pytest.ExceptionInfo[Invalid]) -> set[str]:
    return {fault.code for fault in caught.value.faults}


def waits(scene: Asking, actor: object) -> dict[Matter, int]:
    with scene.world.reading() as session:
        return {each.matter: each.count for each in waiting_for(session, actor, scene.world.now)}  # type: ignore[arg-type]


def test_a_question_goes_there_and_the_approved_words_come_back(scene: Asking):
    """Water asks about an edition of it does not know whom; back come the approved words, and one time."""
    asked = scene.asks(scene.asker)
    scene.world.advance(hours=1)
    before = scene.opens(scene.asker, asked)
    assert before.state is InquiryState.ASKED
    assert before.row is not None

    assert waits(scene, scene.office)[Matter.INQUIRIES] == 1
    scene.passes(asked)
    assert Matter.INQUIRIES not in waits(scene, scene.office)
    assert waits(scene, scene.hanako)[Matter.INQUIRIES_TO_US] == 1
    late = {Matter.INQUIRIES_LATE}
    assert not late & {*waits(scene, scene.office), *waits(scene, scene.hanako), *waits(scene, scene.asker)}
    scene.world.advance(days=3)
    assert late <= waits(scene, scene.office).keys() and late <= waits(scene, scene.hanako).keys()
    assert not late & waits(scene, scene.asker).keys(), "who asks is told nothing before the release"
    scene.answers(asked)
    assert not late & waits(scene, scene.hanako).keys()
    scene.puts(asked)
    assert Matter.INQUIRIES_TO_US not in waits(scene, scene.hanako)
    assert waits(scene, scene.boss)[Matter.INQUIRIES_TO_US] == 1
    scene.allows(asked)

    assert scene.opens(scene.asker, asked) == before, "to the asker nothing has happened yet"
    assert scene.lists(scene.asker)[0].state is InquiryState.ASKED
    scene.releases(asked)
    found = scene.opens(scene.asker, asked)
    assert found.state is InquiryState.RELEASED
    assert [(each.words, each.text) for each in found.messages] == [
        (InquiryWords.QUESTION, QUESTION),
        (InquiryWords.PROPOSAL, ANSWER),
    ]
    assert found.messages[-1].at == found.released_at == scene.world.now
    assert found.passed_at is None
    assert found.report is None
    assert found.messages[-1].decided_at is None
    scene.closes(scene.asker, asked, InquiryEnd.DONE)
    assert scene.opens(scene.asker, asked).messages[-1].text == ANSWER


def test_the_sender_is_told_of_the_asker_what_the_asker_allows(scene: Asking):
    """Nothing, its group, or its name; the secretariat always knows whom it serves."""
    shown = {}
    for each in AskerShown:
        asked = scene.asks(scene.asker, shown=each)
        with pytest.raises(NotVisible):
            scene.opens(scene.hanako, asked)
        scene.passes(asked)
        view = scene.opens(scene.hanako, asked)
        assert view.asked_at is None, "the time of asking could be joined with that of a reading"
        assert view.stix_id is None
        assert [message.words for message in view.messages] == [InquiryWords.PASSED]
        shown[each] = view.asker.token if view.asker else None
        assert scene.opens(scene.office, asked).asker.name_ja == "清流水道株式会社"
    assert shown == {
        AskerShown.NOTHING: None,
        AskerShown.SECTOR: "ceptoar:water",
        AskerShown.NAME: f"organization:{scene.water.id}",
    }


def test_words_that_name_the_asker_are_not_passed_on(scene: Asking):
    """Who did not want to be named is not named by its own slip of the pen either."""
    asked = scene.asks(scene.asker, "清流水道では未経験です。どう対処しましたか。")
    with pytest.raises(Invalid) as caught:
        scene.passes(asked, "清 流 水 道では未経験です。")
    assert codes(caught) == {"names-asker"}
    scene.passes(asked, "当方では未経験です。")


def test_words_that_name_the_sender_never_go_out(scene: Asking):
    """The answer is held to the same as the edition: names refuse it, what else tells is shown."""
    asked = scene.asks(scene.asker)
    scene.passes(asked)
    scene.answers(asked, "青葉電力の横浜支店で3時間かかりました。")
    with pytest.raises(Invalid) as caught:
        scene.puts(asked, "ｱｵﾊﾞではなく青葉電力で3時間。")
    assert codes(caught) == {"names-sender"}
    with pytest.raises(Invalid) as caught:
        scene.puts(asked, "本番は3時間でした。", Label.CLEAR)
    assert codes(caught) == {"wider-than-subject"}


def test_only_the_senders_approver_decides_and_only_on_what_it_saw(scene: Asking):
    """Whoever proposed may not approve, a reporter may not, and changed words need a new approval."""
    asked = scene.asks(scene.asker)
    scene.passes(asked)
    scene.answers(asked)
    scene.puts(asked, "3時間でした。")
    first = scene.opens(scene.boss, asked).messages[-1].digest
    for other in (scene.office, scene.hanako):
        with pytest.raises((NotPermitted, Conflict)):
            scene.allows(asked, other, first)
    with pytest.raises(NotVisible):
        scene.allows(asked, scene.rival_reader, first)
    scene.puts(asked, "4時間でした。")
    with pytest.raises(Conflict, match="looked at"):
        scene.allows(asked, digest=first)
    scene.rejects(asked, "時間は伏せてほしい。")
    assert scene.opens(scene.office, asked).messages[-1].text == "時間は伏せてほしい。"
    with pytest.raises(Conflict):
        scene.releases(asked)
    scene.puts(asked, "数時間でした。")
    scene.allows(asked)
    scene.releases(asked)
    assert [each.text for each in scene.opens(scene.asker, asked).messages] == [QUESTION, "数時間でした。"]


def test_a_sender_that_has_left_is_a_question_without_an_answer_yet(scene: Asking):
    """Asking about an edition whose sender is gone is taken, listed and shown like any other."""
    there = scene.opens(scene.asker, scene.asks(scene.asker))
    with scene.world.writing() as session:
        dismiss_organization(session, scene.world.command(), scene.aoba.id, context=scene.world.context())
    asked = scene.asks(scene.asker, "いつ気づきましたか。")
    gone = scene.opens(scene.asker, asked)
    same = ("state", "label", "shown", "asker", "row", "steps", "released_at", "passed_at", "asked_at")
    assert [getattr(gone, each) for each in same] == [getattr(there, each) for each in same]
    with pytest.raises(Conflict, match="takes part no more"):
        scene.passes(asked)
    scene.closes(scene.office, asked, InquiryEnd.NO_ANSWER)
    assert scene.opens(scene.asker, asked).ending is InquiryEnd.NO_ANSWER


def test_a_question_sent_twice_is_asked_once_whatever_became_of_it(scene: Asking):
    """A second click gives the same question, also where it was passed on meanwhile: that must not show."""
    asked = scene.asks(scene.asker)
    assert scene.asks(scene.asker) == asked
    scene.passes(asked)
    assert scene.asks(scene.asker) == asked
    assert len(scene.lists(scene.asker)) == 1
    assert scene.asks(scene.water_reader) != asked, "a colleague asks for itself"
    scene.answers(asked)
    scene.puts(asked)
    scene.allows(asked)
    scene.releases(asked)
    assert scene.asks(scene.asker) != asked, "who asks again after an answer wants to know more"


def test_what_waits_is_never_pushed_out_of_a_list(scene: Asking, monkeypatch: pytest.MonkeyPatch):
    """The list is cut: the newest stood there, and an old question that nobody had answered did not."""
    monkeypatch.setattr(listing, "MOST_LISTED", 2)
    waiting = scene.asks(scene.asker, "最初の質問")
    for number in range(3):
        scene.world.advance(seconds=60)
        closed = scene.asks(scene.asker, f"取り下げる質問{number}")
        scene.closes(scene.asker, closed, InquiryEnd.TAKEN_BACK)
    found = scene.lists(scene.office)
    assert len(found) == 2 and found[0].id == waiting
    assert scene.lists(scene.asker)[0].id == waiting


def test_a_third_organization_and_the_absent_are_one(scene: Asking):
    """Who takes no part finds nothing: not the rival, not another reader of the same edition, not the auditor."""
    asked = scene.asks(scene.asker)
    for stranger in (scene.rival_reader, scene.council, scene.water_office, scene.hanako, scene.boss):
        assert scene.lists(stranger) == []
        for ident in (asked, uuid4()):
            with pytest.raises(NotVisible, match="no such question"):
                scene.opens(stranger, ident)


def test_red_is_for_the_person_who_asked(scene: Asking):
    """A colleague reads a GREEN question and its answer, of a RED one not even that there is one."""
    scene.asks(scene.asker)
    secret = scene.asks(scene.asker, label=Label.RED)
    assert len(scene.lists(scene.water_reader)) == 1
    assert len(scene.lists(scene.asker)) == 2
    with pytest.raises(NotVisible):
        scene.opens(scene.water_reader, secret)
    with pytest.raises(Invalid) as caught:
        scene.passes(secret)
    assert codes(caught) == {"wider-than-subject"}


def test_what_cannot_be_asked(scene: Asking):
    """Nothing that one does not read, nothing wider than the edition, no empty or endless words, not too many."""
    hidden = scene.builder.main_id(scene.report.report_id, Form.ORIGINAL)
    for about in (hidden, f"incident--{uuid4()}"):
        with pytest.raises(NotVisible, match="no such object"):
            scene.asks(scene.asker, about=about)
    for words, label, code in (
        (" \n ", Label.GREEN, "missing"),
        ("あ" * (MESSAGE_LIMIT + 1), Label.GREEN, "too-long"),
        ("a\u202eb", Label.GREEN, "control-characters"),
        (QUESTION, Label.CLEAR, "wider-than-subject"),
    ):
        with pytest.raises(Invalid) as caught:
            scene.asks(scene.asker, words, label)
        assert codes(caught) == {code}
    strict = scene.files(scene.asker, summary="浄水場の遠隔監視が停止している。", label="TLP:AMBER+STRICT")
    with pytest.raises(Invalid) as caught:
        scene.asks(scene.asker, f"当方の{strict.reference}と同じ原因ですか。")
    assert codes(caught) == {"names-stricter"}
    scene.asks(scene.asker, f"当方の{strict.reference}と同じ原因ですか。", keep_mentions=True)
    for number in range(MOST_OPEN - 1):
        scene.asks(scene.asker, f"質問その{number}")
    with pytest.raises(Invalid) as caught:
        scene.asks(scene.asker)
    assert codes(caught) == {"too-many-open"}


def test_an_embargo_holds_the_answer_and_a_recall_ends_the_talk(scene: Asking):
    """Until the embargo ends nothing is released; once the edition is recalled its answer is gone from the page too."""
    asked, other = scene.asks(scene.asker), scene.asks(scene.asker, "ほかの質問です。")
    for each in (asked, other):
        scene.passes(each)
        scene.answers(each)
        scene.puts(each)
        scene.allows(each)
    scene.releases(asked)
    world = scene.world
    with world.writing() as session:
        until = world.now.replace(year=2027)
        set_embargo(session, scene.boss, scene.report.report_id, until, "公表まで", context=world.context())
    with pytest.raises(Conflict, match="embargo"):
        scene.releases(other)
    with world.writing() as session:
        withdraw_report(session, scene.boss, scene.report.report_id, "誤り", means=scene.means())
    assert [each.words for each in scene.opens(scene.asker, asked).messages] == [InquiryWords.QUESTION]
    with pytest.raises(Conflict, match="recalled"):
        scene.asks(scene.asker)
    assert ANSWER in [each.text for each in scene.opens(scene.hanako, asked).messages]


def test_a_secretariat_asks_back_and_the_sender_answers_in_the_thread(scene: Asking):
    """照会: the simplest case; nobody else takes part, and nothing is to be approved."""
    asked = scene.asks_back(scene.office)
    assert scene.opens(scene.hanako, asked).steps == {Step.ANSWER, Step.DECLINE}
    scene.answers(asked)
    view = scene.opens(scene.office, asked)
    assert view.is_direct
    assert view.steps == {Step.PASS, Step.CLOSE}
    assert [each.words for each in view.messages] == [InquiryWords.PASSED, InquiryWords.ANSWER]
    scene.passes(asked, "その後はどうなりましたか。", Label.AMBER)
    scene.declines(asked, "まだ調べています。")
    scene.closes(scene.office, asked, InquiryEnd.DONE)
    assert scene.opens(scene.hanako, asked).state is InquiryState.CLOSED
    for stranger in (scene.rival_reader, scene.asker, scene.council):
        with pytest.raises(NotVisible):
            scene.opens(stranger, asked)


def test_the_trail_tells_neither_side_of_the_other(scene: Asking):
    """The asker's own history names no report, the sender's and its report's none of the asker, nor when it asked."""
    asked = scene.asks(scene.asker)
    at = scene.world.now
    scene.passes(asked)
    scene.closes(scene.asker, asked, InquiryEnd.TAKEN_BACK)
    with scene.world.reading() as session:
        own = list_own_history(session, scene.asker, whole=False).lines
        sender = list_own_history(session, scene.boss, whole=True).lines
        _, report = list_report_history(session, scene.hanako, scene.report.report_id)
        parts = session.execute(
            text(
                "SELECT p.body FROM audit_parts p JOIN audit_entries e ON e.id = p.entry_id"
                " WHERE e.tag IN ('report:inquiry:ask', 'report:inquiry:close') AND p.name = 'decision'"
            )
        ).scalars()
        told = " ".join(bytes(each).decode() for each in parts)
    assert [line.tag for line in own if "inquiry" in line.tag] == ["report:inquiry:close", "report:inquiry:ask"]
    for hidden in (str(scene.report.report_id), scene.report.reference, str(scene.aoba.id)):
        assert hidden not in told
    assert [line.tag for line in sender if "inquiry" in line.tag] == ["report:inquiry:pass"]
    assert [line.tag for line in report if "inquiry" in line.tag] == ["report:inquiry:pass"]
    assert at not in [line.at for line in (*sender, *report)]


def test_a_person_who_lost_its_role_takes_no_part(scene: Asking):
    """A manager of the asking organization reads no content; roles of the moment count, not those of the asking."""
    asked = scene.asks(scene.asker)
    manager = scene.world.person(scene.water, Role.MANAGER)
    for outside in (manager, scene.auditor):
        with pytest.raises(NotPermitted):
            scene.lists(outside)
        with pytest.raises(NotPermitted):
            scene.opens(outside, asked)
    assert scene.opens(scene.water_reader, asked).sides == {Side.ASKER}


def test_the_words_of_a_question_can_be_erased(scene: Asking):
    """Who named a person in a question: its words go with the entry, by two persons; the question itself stays."""
    name = "山田太郎"
    asked = scene.asks(scene.asker, f"担当の{name}に伺えますか。")
    scene.passes(asked)
    world = scene.world
    one, other = world.administrator(), world.administrator()
    with world.reading() as session:
        entry = session.execute(select(AuditEntry).where(AuditEntry.tag == Tag.INQUIRY_ASK.value)).scalar_one()
    with world.writing() as session:
        leaf = (entry.shard, entry.log_index)
        wanted = request_erasure(session, one, *leaf, "本人の求め", context=world.context()).id
    with world.writing() as session:
        approve_erasure(session, other, wanted, context=world.context())
    (question,) = scene.opens(scene.asker, asked).messages
    assert question.text == ERASED_TEXT
    assert [each.text for each in scene.opens(scene.office, asked).messages] == [ERASED_TEXT, QUESTION]
    with world.reading() as session:
        found = [each.what for each in check_database(session, []).findings if "inquir" in each.what]
    assert found == []
