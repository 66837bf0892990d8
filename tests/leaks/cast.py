"""The base world: who takes part, and what has happened before anything is hidden."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pyotp
from flask import Flask

from hub.app import create_app
from hub.keys.secrets import make_secrets
from models.mail import MailAddress
from models.vocabulary import Label, MailWish, Role, Tier
from sharing.actor import Actor
from sharing.attachments.scans import Verdict
from sharing.people.resets import request_reset
from sharing.reports.submissions import FiledReport
from sharing.rules.resets import ResetKind
from tests.factory import PASSWORD, SEED, World
from tests.leaks import verbs
from tests.leaks.still import CHANCE, PromptDisclosures, set_time

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def address_of(name: str) -> str:
    """Where a reader gets mail."""
    return f"{name.replace(' ', '.')}@example.jp"


@dataclass
class Reader:
    """One who asks: a person under a hat with a session and a key, or nobody."""

    name: str
    actor: Actor | None
    key: str = ""
    cookie: str = ""
    csrf: str = ""


@dataclass
class Known:
    """Ids in the base world that requests name: of each kind some that a reader sees, and some that it does not."""

    reports: dict[str, FiledReport] = field(default_factory=dict)
    proposals: dict[str, UUID] = field(default_factory=dict)
    invitations: dict[str, UUID] = field(default_factory=dict)
    keys: dict[str, UUID] = field(default_factory=dict)
    resets: dict[str, UUID] = field(default_factory=dict)
    inquiries: dict[str, UUID] = field(default_factory=dict)
    files: dict[str, UUID] = field(default_factory=dict)
    status: str = ""
    """Of a post of the electricity secretariat."""


class Base(World):
    """The world that all others are copies of."""

    def __init__(self, database_url: str, folder: Path) -> None:
        # Ids of editions follow from a key: with a fixed one a failure is the same the next time.
        make_secrets(folder / "hub-data" / "secrets", CHANCE)
        super().__init__(database_url, folder, smtp_host="mail.invalid", mail_from="hub@example.jp")
        self.hub.__dict__["disclosures"] = PromptDisclosures(self.hub.units)
        self.readers: dict[str, Reader] = {}
        self.known = Known()
        self._people()
        self._life()
        self._posts()
        self._duties()
        self._questions()
        verbs.tells(self)
        self._doors()

    def actor(self, name: str) -> Actor:
        """A person of the cast."""
        actor = self.readers[name].actor
        assert actor is not None
        return actor

    def _people(self) -> None:
        power, rival = self.operator("青葉電力株式会社"), self.operator("みどり電力株式会社")
        water = self.operator("清流水道株式会社", "water")
        grid, pipes = self.secretariat("電力セプター事務局"), self.secretariat("水道セプター事務局", "water")
        council = self.organization(Tier.COUNCIL, "セプターカウンシル")
        nco = self.organization(Tier.NCO, "国家サイバー統括室")
        meti = self.organization(Tier.MINISTRY, "経済産業省 電力担当", sector="electricity", ministry="meti")
        mhlw = self.organization(Tier.MINISTRY, "厚生労働省 医療担当", sector="medical", ministry="mhlw")
        foreign = self.organization(Tier.FOREIGN, "Partner abroad")
        audit = self.organization(Tier.AUDITOR, "監査人")
        for name, organization, role in (
            ("power reporter", power, Role.REPORTER),
            ("power approver", power, Role.APPROVER),
            ("power reader", power, Role.READER),
            ("power manager", power, Role.MANAGER),
            ("rival reporter", rival, Role.REPORTER),
            ("rival approver", rival, Role.APPROVER),
            ("rival reader", rival, Role.READER),
            ("rival manager", rival, Role.MANAGER),
            ("water reporter", water, Role.REPORTER),
            ("water approver", water, Role.APPROVER),
            ("water reader", water, Role.READER),
            ("water manager", water, Role.MANAGER),
            ("grid secretariat", grid, Role.COORDINATOR),
            ("grid manager", grid, Role.MANAGER),
            ("water secretariat", pipes, Role.COORDINATOR),
            ("council", council, Role.COUNCIL),
            ("nco", nco, Role.ANALYST),
            ("electricity section", meti, Role.ANALYST),
            ("medical section", mhlw, Role.ANALYST),
            ("foreign partner", foreign, Role.READER),
            ("auditor", audit, Role.AUDITOR),
        ):
            self._person(name, self.person(organization, role, username=name.replace(" ", "."), password=True))
        self._person("administrator", self.administrator(username="administrator", password=True))
        self.readers["nobody"] = Reader("nobody", None)
        # Asks for nothing: what somebody who left would still have done is missed by others, and rightly so.
        self.leaver = self.person(water, Role.READER, username="water.leaver")

    def _person(self, name: str, actor: Actor) -> None:
        """Somebody with a key and an address, who wants to be told of everything."""
        self.readers[name] = Reader(name, actor, self.key(actor))
        with self.writing() as session:
            session.add(
                MailAddress(
                    account_id=actor.account_id,
                    address=address_of(name),
                    wishes=sorted(MailWish),
                    set_at=self.now,
                    confirmed_at=self.now,
                )
            )

    def _life(self) -> None:
        """Reports in every state."""
        who, reports, proposals = self.actor, self.known.reports, self.known.proposals
        files = self.known.files
        consents = {"consent_nco": True, "consent_ministry": True}
        files["open"] = verbs.puts(self, who("power reporter"), "構成.txt")
        files["red"] = verbs.puts(self, who("power reporter"), "氏名.txt", Label.RED)
        reports["shared"] = verbs.files(
            self, who("power reporter"), "受付システムが停止している。", uploads=tuple(files.values()), **consents
        )
        verbs.scans(self, files["open"], Verdict.CLEAN)
        proposals["shared"] = verbs.proposes(self, who("grid secretariat"), reports["shared"], Label.GREEN).proposal_id
        verbs.approves(self, who("power approver"), proposals["shared"])
        reports["waiting"] = verbs.files(self, who("power reporter"), "監視端末が応答しない。")
        proposals["waiting"] = verbs.proposes(
            self, who("grid secretariat"), reports["waiting"], Label.GREEN
        ).proposal_id
        reports["red"] = verbs.files(self, who("power reporter"), "設定変更を誤った。", Label.RED)
        reports["rival"] = verbs.files(self, who("rival reporter"), "公開サイトが改ざんされた。")
        proposals["refused"] = verbs.proposes(self, who("grid secretariat"), reports["rival"], Label.GREEN).proposal_id
        verbs.refuses(self, who("rival approver"), proposals["refused"], "まだ早い。")
        reports["strict"] = verbs.files(self, who("water reporter"), "薬注設備が止まった。", Label.AMBER_STRICT)
        reports["water"] = verbs.files(self, who("water reporter"), "検針端末が止まった。", Label.GREEN, **consents)
        verbs.proposes(self, who("water secretariat"), reports["water"], Label.GREEN)
        reports["alone"] = verbs.files(self, who("rival reporter"), "拠点の端末が感染した。", **verbs.ALONE)
        reports["exercise"] = verbs.files(self, who("power reporter"), "訓練の連絡。", exercise=True)

    def _posts(self) -> None:
        """Objects at every label; several at GREEN, so that pages go on."""
        labels = [Label.CLEAR, *[Label.GREEN] * 4, Label.AMBER, Label.AMBER_STRICT, Label.RED]
        grid, pipes = self.actor("grid secretariat"), self.actor("water secretariat")
        verbs.posts(self, grid, "electricity", *(verbs.indicator(n, label) for n, label in enumerate(labels, start=1)))
        verbs.posts(self, pipes, "water", *(verbs.indicator(n, label) for n, label in enumerate(labels, start=101)))
        verbs.posts(self, self.actor("nco"), "provisions", verbs.indicator(201, Label.GREEN))

    def _duties(self) -> None:
        """Digests, keys, an invitation, a reset."""
        for name in self.subscribers:
            verbs.subscribes(self, self.actor(name))
        verbs.posts(self, self.actor("water secretariat"), "water", verbs.indicator(110, Label.GREEN))
        verbs.makes_digests(self, map(self.actor, self.subscribers))
        self.known.keys["power"] = verbs.makes_key(self, self.actor("power reader"), "polling")
        power = self.actor("power manager")
        self.known.invitations["power"], _ = verbs.invites(self, power, power.organization.id, "Jiro", Role.READER)
        verbs.deed(self, "reset")
        rival = self.actor("rival reader")
        assert rival.membership_id is not None
        with self.writing() as session:
            manager = self.actor("rival manager")
            what, why = ResetKind.PASSWORD, "電話で本人を確かめた。"
            self.known.resets["rival"] = request_reset(
                session, manager, rival.membership_id, what, why, context=self.context()
            ).id

    def _questions(self) -> None:
        """One of a reader about an edition, answered but not released; one of the secretariat about a report."""
        asked = verbs.asks(self, self.actor("water reader"), self.known.reports["shared"], "手順を伺えますか。")
        verbs.passes(self, self.actor("grid secretariat"), asked, "手順を伺えますか。")
        verbs.answers(self, self.actor("power reporter"), asked, "手順書のとおりです。")
        back = verbs.asks_back(self, self.actor("grid secretariat"), self.known.reports["rival"], "範囲を伺えますか。")
        self.known.inquiries |= {"answered": asked, "back": back}

    subscribers = ("grid secretariat", "rival reader", "water reader", "council", "nco")

    def _doors(self) -> None:
        """Everybody signs in as a person does, and keeps the session."""
        app = create_app(self.hub)
        has_pages = "account.sign_in" in app.view_functions
        for name, reader in self.readers.items():
            if has_pages:
                verbs.deed(self, f"sign in {name}")
                set_time(self.now)
                self._sign_in(app, reader)
        verbs.deed(self, "a post by the door")
        self.known.status = _post(app, self.readers["grid secretariat"])
        for name in ("grid secretariat", "nco", "rival reader"):
            verbs.deed(self, f"reading {name}")
            _read(app, self.readers[name])

    def _sign_in(self, app: Flask, reader: Reader) -> None:
        client = app.test_client()
        reader.csrf = _token(client.get("/sign-in").text)
        if reader.actor is not None:
            given = {"csrf_token": reader.csrf, "username": reader.name.replace(" ", "."), "password": PASSWORD}
            first = client.post("/sign-in", data=given)
            assert first.status_code == 303, f"{reader.name}: expected the second step, found {first.status_code}"
            code = pyotp.TOTP(SEED).at(self.now)
            second = client.post("/sign-in/code", data={"csrf_token": reader.csrf, "code": code})
            assert second.status_code == 303, f"{reader.name}: expected to be in, found {second.status_code}"
        cookies = [client.get_cookie(name) for name in ("ceptoar", "__Host-ceptoar")]
        reader.cookie = "; ".join(f"{each.key}={each.value}" for each in cookies if each is not None)


def _post(app: Flask, reader: Reader) -> str:
    """Post an object as a program does; the id of the status."""
    media = "application/taxii+json;version=2.1"
    headers = {"Authorization": f"Bearer {reader.key}", "Accept": media}
    body = b'{"objects":[' + verbs.indicator(120, Label.GREEN) + b"]}"
    path = "/taxii2/hub/collections/electricity/objects/"
    answer = app.test_client().post(path, data=body, headers=headers, content_type=media)
    assert answer.status_code == 202, answer.text
    return str(answer.get_json()["id"])


def _read(app: Flask, reader: Reader) -> None:
    """Read everything as a program does; it is logged."""
    headers = {"Authorization": f"Bearer {reader.key}", "Accept": "application/taxii+json;version=2.1"}
    answer = app.test_client().get("/taxii2/hub/collections/inbox/objects/", headers=headers)
    assert answer.status_code == 200, answer.text


def _token(page: str) -> str:
    found = TOKEN.search(page)
    if found is None:
        raise AssertionError("expected a form token on the page, found none")
    return found.group(1)


def make_base(database_url: str, folder: Path) -> Base:
    """The base world, complete; nobody is connected to its database afterwards."""
    CHANCE.begin("base")
    base = Base(database_url, folder)
    base.close()
    return base
