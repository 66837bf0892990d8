"""Operation of the demo: what people do about the year's reports: a correction, an embargo, a delegate, questions."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub.demo.people import membership_id
from hub.demo.world import demo_id, person_for
from hub.wiring import Hub
from models.collection import INBOX_FEED
from models.inquiry import InquiryMessage
from models.report import Proposal, ReportVersion
from models.vocabulary import AskerShown, Form, InquiryWords, Label, Role
from sharing.actor import Actor, Context
from sharing.inquiries import answering
from sharing.inquiries.asking import ask, ask_back
from sharing.inquiries.texts import Said
from sharing.reports.approval.approvals import approve_proposal
from sharing.reports.approval.delegations import delegate
from sharing.reports.approval.drafting import Wish
from sharing.reports.approval.proposals import propose
from sharing.reports.codes import Codes
from sharing.reports.drafts import save_draft
from sharing.reports.fields import parse_fields
from sharing.reports.filing import file_report
from sharing.reports.means import Means
from sharing.reports.range_changes.embargoes import set_embargo
from sharing.reports.submissions import Submission
from sharing.rules.policy import Policy

STORM: Final = "typhoon/aonagi-power/2"
"""A closed report of which an edition went out: corrected, and asked about."""
BREAK_IN: Final = "vpn-intrusion/aonagi-power/1"
"""An open report: its secretariat asks back."""
FAKE_SITE: Final = "phishing-imitation/tokihara-power/1"
"""An open report that its sender holds back for two days; an edition is ready."""

CORRECTION: Final = "先の報で復旧までの時間を誤って記載していた。正しくは、設備の点検を含めて約2日である。"


class Told(Struct, frozen=True):
    """What the load knows of its year: the reports by their stories."""

    hub: Hub
    policy: Policy
    codes: Codes
    now: datetime
    reports: dict[str, UUID]
    actor: Callable[[str, Role], Actor]

    def at(self, **ago: float) -> Context:
        """A moment before now, with real randomness."""
        return Context(self.now - timedelta(**ago), self.hub.units.random_bytes)

    def means(self, **ago: float) -> Means:
        """What every operation on reports is given."""
        return Means(self.at(**ago), self.policy, self.hub.editions)


def tell(told: Told) -> None:
    """Everything, in the order in which it happened."""
    for step in (_correct, _ask_and_answer, _ask_and_wait, _hold_back, _ask_the_sender, _choose_delegate, _begin):
        with told.hub.writing() as session:
            step(session, told)


def _correct(session: Session, told: Told) -> None:
    """A final report had a mistake; who has the edition gets the one that says so."""
    report = told.reports[STORM]
    last = select(ReportVersion).where(ReportVersion.report_id == report).order_by(ReportVersion.number.desc()).limit(1)
    given = {name: value for name, value in session.execute(last).scalar_one().fields.items() if name != "named"}
    filed = file_report(
        session,
        told.actor("aonagi-power", Role.REPORTER),
        parse_fields({**given, "correction": CORRECTION}, told.codes, told.now - timedelta(days=9)),
        Submission(demo_id("submission", f"{STORM}/correction"), report_id=report, keep_mentions=True),
        means=told.means(days=9),
    )
    _share(session, told, report, filed.number, "aonagi-power", days=8)


def _share(session: Session, told: Told, report: UUID, number: int, sender: str, **ago: float) -> None:
    office = told.actor("secretariat-electricity", Role.COORDINATOR)
    made = propose(session, office, report, Wish(Label.GREEN, number, keep_mentions=True), means=told.means(**ago))
    digest = session.get_one(Proposal, made.proposal_id).digest
    approver = told.actor(sender, Role.APPROVER)
    approve_proposal(session, approver, made.proposal_id, digest, means=told.means(**ago))


def _ask_and_answer(session: Session, told: Told) -> None:
    """A question of another sector, answered and released; the asker keeps its name to itself."""
    asked = _ask(
        session,
        told,
        told.actor("secretariat-water", Role.COORDINATOR),
        "非常用電源への切替えは自動でしたか。現地での操作が必要だった箇所があれば伺えますか。",
        AskerShown.NOTHING,
        days=6,
    )
    answer = "切替えは自動だったが、一部の中継所では燃料の補給に人手を要した。道路の状況により到着まで半日かかった。"
    _pass_and_answer(session, told, asked, answer, days=5)
    approver = told.actor("aonagi-power", Role.APPROVER)
    digest = _digest(session, asked)
    answering.approve_answer(session, approver, asked, digest, context=told.at(days=3))
    office = told.actor("secretariat-electricity", Role.COORDINATOR)
    answering.release_answer(session, office, asked, digest, context=told.at(days=2))


def _ask_and_wait(session: Session, told: Told) -> None:
    """One whose exact answer has waited for days for the sender's approval, and one that waits for the secretariat."""
    rival = told.actor("tokihara-power", Role.REPORTER)
    question = "復旧の順序はどのように決めましたか。優先した設備の考え方を伺いたい。"
    asked = _ask(session, told, rival, question, AskerShown.SECTOR, days=5)
    _pass_and_answer(session, told, asked, "広く影響する設備から着手し、医療機関への供給を優先した。", days=4)
    bank = told.actor("secretariat-bank", Role.COORDINATOR)
    question = "関係する分野への連絡はどの時点で行いましたか。演習の題材として参考にしたい。"
    _ask(session, told, bank, question, AskerShown.NAME, hours=3)


def _ask(session: Session, told: Told, actor: Actor, text: str, shown: AskerShown, **ago: float) -> UUID:
    about = (told.hub.editions.main_id(told.reports[STORM], Form.ANONYMISED), INBOX_FEED)
    return ask(
        session,
        actor,
        about,
        Said(text, Label.GREEN),
        shown,
        context=told.at(**ago),
        sealer=told.hub.secrets.cursor,
        builder=told.hub.editions,
    )


def _pass_and_answer(session: Session, told: Told, asked: UUID, answer: str, **ago: float) -> None:
    office = told.actor("secretariat-electricity", Role.COORDINATOR)
    words = select(InquiryMessage.text).where(InquiryMessage.inquiry_id == asked, InquiryMessage.number == 1)
    question, context = session.execute(words).scalar_one(), told.at(**ago)
    answering.pass_on(session, office, asked, Said(question, Label.GREEN), context=context)
    reporter = told.actor("aonagi-power", Role.REPORTER)
    answering.answer(session, reporter, asked, Said(answer, Label.AMBER), context=context)
    exact = Said(answer, Label.GREEN)
    answering.propose_answer(session, office, asked, exact, context=context, builder=told.hub.editions)


def _digest(session: Session, asked: UUID) -> bytes:
    """What an approval of the proposed answer names."""
    query = select(InquiryMessage.digest).where(
        InquiryMessage.inquiry_id == asked, InquiryMessage.words == InquiryWords.PROPOSAL
    )
    return session.execute(query).scalar_one() or b""


def _ask_the_sender(session: Session, told: Told) -> None:
    """照会: the secretariat asks back about a report that is still open."""
    office = told.actor("secretariat-electricity", Role.COORDINATOR)
    question = "侵入の経路となった機器は、ほかの拠点でも使われていますか。現時点で分かる範囲で伺えますか。"
    ask_back(session, office, told.reports[BREAK_IN], Said(question, Label.AMBER), context=told.at(hours=2))


def _hold_back(session: Session, told: Told) -> None:
    """公表まで: the sender waits until the false site is closed; the edition is approved and goes out then."""
    report, sender = told.reports[FAKE_SITE], told.actor("tokihara-power", Role.REPORTER)
    reason = "偽サイトの閉鎖を確認するまで、手口を広く知らせることを控える。"
    set_embargo(session, sender, report, told.now + timedelta(days=2), reason, context=told.at(hours=4))
    _share(session, told, report, 1, "tokihara-power", hours=3)


def _begin(session: Session, told: Told) -> None:
    """What is being written and was not sent: a follow-up of the open report, and a near miss."""
    reporter = told.actor("aonagi-power", Role.REPORTER)
    follow = {
        "kind": "follow_up",
        "event_type": "E43",
        "label": "TLP:AMBER",
        "summary": "遠隔接続の機器への侵入について、影響を受けた端末の範囲をほぼ特定した。",
        "details": "認証情報を全て変更し、疑わしい接続を遮断した。残る端末の点検は明朝までかかる見込み。",
    }
    report = told.reports[BREAK_IN]
    save_draft(session, reporter, _typed(follow), {}, report_id=report, context=told.at(minutes=35))
    near = {
        "event_type": "E00",
        "label": "TLP:GREEN",
        "summary": "保守用の持込み端末を接続する前の検査で、不審なファイルを見つけた。",
    }
    save_draft(session, reporter, _typed(near), {}, near_miss=True, context=told.at(days=1, hours=3))


def _typed(fields: Mapping[str, str]) -> dict[str, list[str]]:
    """As a form sends it."""
    return {name: [value] for name, value in fields.items()}


def _choose_delegate(session: Session, told: Told) -> None:
    """An approver who will be away next week."""
    account = person_for("aonagi-power", Role.REPORTER)
    if account is None:
        raise LookupError("expected a reporter of aonagi-power, found nobody")
    hat = next(each for each in account.hats if each.organization == "aonagi-power")
    away = (told.now + timedelta(days=7), told.now + timedelta(days=12))
    approver = told.actor("aonagi-power", Role.APPROVER)
    delegate(session, approver, membership_id(account, hat), away, context=told.at(hours=1))
