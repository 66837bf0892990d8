"""Who is told what by mail, and what the mail says: told as stories, over a real mail server, on both databases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import select

from hub.mail import messages
from models.account import Account, Membership
from models.mail import Mail
from models.report import ReportVersion
from models.vocabulary import Label, MailState, MailWish, Role
from sharing.digests import make_digest, subscribe
from sharing.disclosures import list_disclosures_of_report
from sharing.inbox.items import mark_opened
from sharing.inquiries.asking import ask_back
from sharing.inquiries.texts import Said
from sharing.mails import telling
from sharing.mails.addresses import forget_address, set_wishes
from sharing.people.accounts import set_suspended
from sharing.people.preferences import set_language
from sharing.reports.range_changes.recalls import withdraw_report
from sharing.reports.submissions import FiledReport
from tests.hub.mail.conftest import Told, texts
from tests.sharing.mails.steps import code_of, confirms, names

SUMMARY = "変電所の制御が止まった。"
SNAPSHOTS = Path(__file__).parent / "snapshots"
NUMBER = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]")
SECRETS = (SUMMARY, "変電所", "青葉", "Aoba", "電力", "electricity", "E30")
"""What no mail at AMBER says: content, sender, sector, type."""


def content_in(mail: EmailMessage, filed: FiledReport) -> list[str]:
    """What a mail says of a report that it may not say."""
    return [word for word in (*SECRETS, filed.reference, str(filed.report_id)) if word in texts(mail)]


def without_number(text: str) -> str:
    """What a mail says besides its number."""
    return NUMBER.sub("NNNN-NNNN-N", text)


def states(told: Told) -> list[MailState]:
    """What became of the mails but the codes, in the order of their making."""
    with told.world.reading() as session:
        query = select(Mail.state).where(Mail.membership_id.is_not(None)).order_by(Mail.made_at, Mail.id)
        return list(session.execute(query).scalars())


def opens(told: Told, actor: Any, filed: Any) -> None:
    with told.world.writing() as session:
        mark_opened(session, actor, filed.report_id, told.world.now)


def digests(told: Told, actor: Any) -> Iterator[None]:
    """A subscription begins before, and a digest is made of what came since."""
    with told.world.writing() as session:
        subscription = subscribe(session, actor, 7, context=told.world.context())
    told.world.advance(seconds=1)
    yield
    told.world.advance(seconds=1)
    with told.world.writing() as session:
        session.add(subscription)
        assert make_digest(session, subscription, told.world.context()) is not None


def test_a_report_is_told_of_to_its_secretariat(told: Told):
    """A number and a link, and nothing else; the label where FIRST says: subject, top and bottom of both forms."""
    address = told.wants(told.scene.office, "office")
    filed = told.scene.files(told.scene.hanako, summary=SUMMARY)
    ((to, mail),) = told.rings()
    said = texts(mail)
    assert to == address
    assert content_in(mail, filed) == []
    number = NUMBER.findall(said)[0]
    assert set(NUMBER.findall(said)) == {number}
    assert f"https://hub.example/mail/{number}/" in said
    plain = mail.get_body(("plain",)).get_content().strip().splitlines()
    assert (plain[0], plain[-1]) == ("TLP:AMBER", "TLP:AMBER")
    assert mail["Subject"].startswith("TLP:AMBER ")
    assert mail.get_body(("html",)).get_content().count("color:#FFC000;padding:8px 16px") == 2
    assert told.rings() == []


def test_a_planted_title_is_found(told: Told):
    """The check can fail: a mail that looks the report up by itself says too much."""
    real = messages._waiting

    def leaky(texts: Any, letter: Any, settings: Any) -> messages.Words:
        with told.world.reading() as session:
            title = session.execute(select(ReportVersion.fields)).scalars().first()["summary"]
        return replace(real(texts, letter, settings), title=title)

    told.wants(told.scene.office, "office")
    filed = told.scene.files(told.scene.hanako, summary=SUMMARY)
    with patch.object(messages, "_waiting", leaky):
        ((_, mail),) = told.rings()
    assert SUMMARY in content_in(mail, filed)


def test_mails_at_amber_differ_by_nothing_but_their_number(told: Told):
    """Whatever it is about: a report to the desk, an approval, an own report opened; only the label is told."""
    told.wants(told.scene.office, "office")
    told.wants(told.scene.boss, "boss")
    told.wants(told.scene.hanako, "hanako")
    filed = told.scene.files(told.scene.hanako, summary=SUMMARY)
    first = told.rings()
    told.scene.proposes(told.scene.office, filed, Label.GREEN)
    opens(told, told.scene.office, filed)
    rest = told.rings()
    assert sorted(to for to, _ in rest) == ["boss@example.jp", "boss@example.jp", "hanako@example.jp"]
    assert len({without_number(texts(mail)) for _, mail in first + rest}) == 1


def test_strict_and_exercise_stand_on_the_mail(told: Told):
    """The label of the report, also where it is stricter; what is an exercise says so first."""
    told.wants(told.scene.office, "office")
    told.scene.files(told.scene.hanako, label="TLP:AMBER+STRICT", exercise=True)
    ((_, mail),) = told.rings()
    assert mail["Subject"].startswith("TLP:AMBER+STRICT 【訓練】")


def test_red_is_never_told_of(told: Told):
    """Neither to its secretariat, which does not see it, nor to its own people."""
    told.wants(told.scene.office, "office")
    told.wants(told.scene.boss, "boss")
    told.wants(told.scene.hanako, "hanako")
    told.scene.files(told.scene.hanako, label="TLP:RED")
    assert told.rings() == []
    assert states(told) == []


def test_a_report_that_became_red_meanwhile_is_not_told_of(told: Told):
    """What is asked is asked again when the mail goes."""
    told.wants(told.scene.hanako, "hanako")
    filed = told.scene.files(told.scene.hanako)
    opens(told, told.scene.office, filed)
    told.ticks.due()
    told.scene.files(told.scene.hanako, report=filed.report_id, kind="follow_up", label="TLP:RED")
    assert told.rings() == []
    assert states(told) == [MailState.DROPPED]


def test_only_who_decides_is_told_of_an_approval(told: Told):
    """The approver is; the reporter, the secretariat that proposed and the rival are not."""
    for name in ("boss", "hanako", "office", "rival_reader"):
        told.wants(getattr(told.scene, name), name.replace("_", ""), wishes=[MailWish.APPROVAL])
    filed = told.scene.files(told.scene.hanako)
    told.scene.proposes(told.scene.office, filed, Label.GREEN)
    assert [to for to, _ in told.rings()] == ["boss@example.jp"]


def test_the_sender_is_told_that_its_report_went_out(told: Told):
    """Who let it go knows."""
    told.wants(told.scene.boss, "boss", wishes=[MailWish.OWN])
    told.wants(told.scene.hanako, "hanako", wishes=[MailWish.OWN])
    filed = told.scene.files(told.scene.hanako)
    told.scene.approves(told.scene.boss, told.scene.proposes(told.scene.office, filed, Label.GREEN))
    ((to, mail),) = told.rings()
    assert to == "hanako@example.jp"
    assert mail["Subject"].startswith("TLP:AMBER "), "that its sender is told of it is as confidential as the original"


def test_the_sender_is_told_that_it_is_asked(told: Told):
    told.wants(told.scene.hanako, "hanako", wishes=[MailWish.OWN])
    filed = told.scene.files(told.scene.hanako)
    with told.world.writing() as session:
        question = Said("いつ復旧しますか。", Label.AMBER)
        ask_back(session, told.scene.office, filed.report_id, question, context=told.world.context())
    ((_, mail),) = told.rings()
    assert "復旧" not in texts(mail)


def test_who_read_a_recalled_edition_is_told(told: Told):
    """By a number of its own: the report's would give its sender away. Who never read it is not told."""
    told.wants(told.scene.water_reader, "water", wishes=[MailWish.RECALL])
    told.wants(told.scene.nco, "nco", wishes=[MailWish.RECALL])
    filed = told.scene.files(told.scene.hanako, label="TLP:GREEN", summary=SUMMARY)
    told.world.advance(seconds=1)
    told.scene.proposes(told.scene.office, filed, Label.GREEN)
    told.world.advance(seconds=1)
    told.reads(told.scene.water_reader)
    with told.world.writing() as session:
        withdraw_report(
            session,
            told.scene.hanako,
            filed.report_id,
            "誤りがあった。",
            means=told.scene.means(),
        )
    ((to, mail),) = told.rings()
    assert to == "water@example.jp"
    assert mail["Subject"].startswith("TLP:GREEN ")
    assert filed.reference not in texts(mail)


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_a_digest_below_amber_shows_what_it_holds(told: Told, locale: str):
    """And that is a disclosure by mail, which its sender sees."""
    reader = told.scene.water_reader
    with told.world.writing() as session:
        set_language(session, reader, locale, context=told.world.context())
    told.wants(reader, "water")
    making = digests(told, reader)
    next(making)
    filed = told.scene.files(told.scene.hanako, label="TLP:GREEN", summary=SUMMARY)
    told.world.advance(seconds=1)
    told.scene.proposes(told.scene.office, filed, Label.GREEN)
    next(making, None)
    ((_, mail),) = told.rings()
    same_as_read(f"digest-{locale}", mail)
    assert "システム等の利用困難" in texts(mail)
    told.world.hub.disclosures.close()
    with told.world.reading() as session:
        readings = list_disclosures_of_report(session, told.scene.hanako, filed.report_id)
    assert ("mail", told.scene.water.id) in [(each.door.value, each.organization_id) for each in readings]


def test_a_digest_with_amber_says_how_many(told: Told):
    told.wants(told.scene.nco, "nco", wishes=[MailWish.DIGEST])
    making = digests(told, told.scene.nco)
    next(making)
    told.scene.files(told.scene.hanako, consent_nco=True, summary=SUMMARY)
    told.scene.files(told.scene.hanako, consent_nco=True, summary="別の障害。")
    next(making, None)
    ((_, mail),) = told.rings()
    assert not [word for word in SECRETS if word in texts(mail)]
    assert "2件" in texts(mail)


@pytest.mark.parametrize(
    "loses",
    ["is suspended", "has no hat", "wants none", "has no address", "opened it", "lost the role"],
)
def test_who_may_or_would_not_know_any_more_gets_nothing(told: Told, loses: str):
    """Rights and wishes are asked when the mail goes, not when it was made."""
    office, world = told.scene.office, told.world
    told.wants(office, "office")
    filed = told.scene.files(told.scene.hanako)
    told.ticks.due()
    assert states(told) == [MailState.WAITING]
    with world.writing() as session:
        hat = session.get_one(Membership, office.membership_id)
        match loses:
            case "is suspended":
                name = session.get_one(Account, office.account_id).username
                set_suspended(session, world.command(), name, suspended=True, context=world.context())
            case "has no hat":
                hat.ended_at = world.now
            case "wants none":
                set_wishes(session, office, [MailWish.DIGEST], context=world.context())
            case "has no address":
                forget_address(session, office, context=world.context())
            case "opened it":
                mark_opened(session, office, filed.report_id, world.now)
            case _:
                hat.roles = [Role.READER.value]
    assert told.rings() == []
    assert states(told) == [MailState.DROPPED]


def test_nobody_is_told_by_an_address_that_was_not_confirmed(told: Told):
    """The code is all that goes there."""
    names(told.world, told.scene.office, "somebody@example.jp")
    told.scene.files(told.scene.hanako)
    ((_, mail),) = told.rings()
    assert "コード" in mail["Subject"]
    assert states(told) == []


def test_beyond_the_hours_fill_the_rest_is_told_of_in_one(told: Told):
    """Ten in an hour, then one that says how many more; nothing is lost, nothing is told twice."""
    told.wants(told.scene.office, "office")
    for number in range(14):
        told.scene.files(told.scene.hanako, summary=f"障害{number}")
    assert len(told.rings()) == 10
    assert told.rings(minutes=30) == []
    ((_, mail),) = told.rings(minutes=40)
    assert "4件" in texts(mail)
    assert states(told).count(MailState.FOLDED) == 3
    assert told.rings(hours=2) == []


def test_a_crowd_is_told_some_at_a_time(told: Told, monkeypatch: pytest.MonkeyPatch):
    """Each unit of work finds a few; together they find everybody once."""
    monkeypatch.setattr(telling, "AT_ONCE", 2)
    people = [told.world.person(told.scene.office.organization, Role.COORDINATOR) for _ in range(5)]
    addresses = [told.wants(person, f"person{number}") for number, person in enumerate(people)]
    told.scene.files(told.scene.hanako)
    assert sorted(to for to, _ in told.rings()) == addresses


def test_exercises_are_not_told_of_together_with_what_is_real(told: Told):
    """What is an exercise never enters live counts."""
    told.wants(told.scene.office, "office")
    for number in range(10):
        told.scene.files(told.scene.hanako, summary=f"障害{number}")
    assert len(told.rings()) == 10
    for number in range(5):
        told.scene.files(told.scene.hanako, summary=f"障害{number}", exercise=number > 2)
    assert told.rings() == []
    folded = told.rings(minutes=70) + told.rings()
    assert sorted(
        ("【訓練】" in mail["Subject"], "3件" in texts(mail), "2件" in texts(mail)) for _, mail in folded
    ) == [
        (False, True, False),
        (True, False, True),
    ]


def test_the_trail_says_that_a_mail_was_sent(told: Told):
    """One entry for each, about its recipient; not about the report, which others may look up."""
    told.wants(told.scene.office, "office")
    before = told.world.tags().count("mail:mail:send")
    told.scene.files(told.scene.hanako)
    told.rings()
    assert told.world.tags().count("mail:mail:send") == before + 1


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_mails_are_those_that_were_read(told: Told, locale: str):
    """A change of a mail is read by a person, who then saves the new one beside this test."""
    with told.world.writing() as session:
        set_language(session, told.scene.office, locale, context=told.world.context())
    names(told.world, told.scene.office, "office@example.jp")
    code = code_of(told.world, told.scene.office)
    ((_, mail),) = told.rings()
    same_as_read(f"code-{locale}", mail, code)
    confirms(told.world, told.scene.office, "office@example.jp")
    told.scene.files(told.scene.hanako)
    same_as_read(f"waiting-{locale}", told.rings()[-1][1])


def same_as_read(name: str, mail: EmailMessage, code: str = "") -> None:
    """Headers and both forms, as a person has read them."""
    headers = [f"{key}: {value}" for key, value in mail.items() if key not in {"Date", "Content-Type", "MIME-Version"}]
    said = "\n".join([*headers, "", texts(mail).partition("\n")[2]])
    said = said.replace("\r\n", "\n")
    said = re.sub(r"<[0-9a-f]{32}@", "<" + "0" * 32 + "@", without_number(said))
    if code:
        said = said.replace(f"{code[:4]} {code[4:]}", "0123 4567")
    assert said == (SNAPSHOTS / f"{name}.txt").read_text(encoding="utf-8")
