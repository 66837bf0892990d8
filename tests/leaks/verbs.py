"""What people do in the worlds, through the ordinary operations, in a few words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from email.message import EmailMessage
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from feeds.intake.border import read_post
from feeds.intake.taking import take_in
from feeds.stix.markings import TLP2_IDS
from hub.mail.messages import build_message
from hub.mail.post import log_shown
from hub.scheduler.handlers import handlers_of
from models.collection import INBOX_FEED
from models.vocabulary import AskerShown, Form, Label, Role
from sharing.actor import Actor
from sharing.attachments.scans import Verdict, note_scan
from sharing.attachments.uploads import NewUpload, Stored, begin_upload, finish_upload
from sharing.collections.access import load_collection
from sharing.digests import make_digest, subscribe
from sharing.inquiries.answering import answer, approve_answer, pass_on, propose_answer
from sharing.inquiries.asking import ask, ask_back
from sharing.inquiries.texts import Said
from sharing.inquiries.visible import load_inquiry
from sharing.jobs.due import run_due
from sharing.jobs.mails import DUE_KIND
from sharing.mails.letters import Letter
from sharing.mails.outbox import Terms, take_letter
from sharing.mails.outcomes import note_sent
from sharing.people.invitations import NewCredentials, invite, use_invitation
from sharing.people.keys import NewKey, make_key
from sharing.people.organizations import dismiss_organization
from sharing.permissions import Permission
from sharing.readers import load_reader
from sharing.reports.approval.approvals import approve_proposal, load_proposal, refuse_proposal
from sharing.reports.approval.drafting import Wish
from sharing.reports.approval.proposals import Proposed, propose
from sharing.reports.codes import load_codes
from sharing.reports.fields import parse_fields
from sharing.reports.filing import file_report
from sharing.reports.means import Means
from sharing.reports.range_changes.embargoes import set_embargo
from sharing.reports.range_changes.recalls import withdraw_report
from sharing.reports.submissions import FiledReport, Submission
from tests.factory import PASSWORD, World
from tests.leaks.still import CHANCE

ALONE = {
    "technical_label": Label.GREEN.value,
    "indicators": [{"kind": "domain-name", "value": "alone.example"}],
    "further": {"attack": "other", "route": "添付ファイルを開いた。"},
}
"""Of a report whose technical part goes further than the report."""

MINUTE = timedelta(minutes=1)

STEP = timedelta(seconds=10)
"""Time between two deeds, so that no position depends on how many there were before (`last + 1`)."""


def deed(world: World, name: str) -> None:
    """Before each deed: time passes, and chance begins anew under the name of the deed."""
    world.now += STEP
    CHANCE.begin(name)


def tells(world: World) -> dict[str, list[str]]:
    """Whoever is to be told by mail is; what came, by address."""
    deed(world, f"mail {world.now}")
    told: dict[str, list[str]] = {}
    terms = Terms(world.hub.settings.mails_an_hour, world.hub.secrets.cursor, world.hub.secrets.seeds)
    assert run_due(world.hub.units, {DUE_KIND: handlers_of(world.hub)[DUE_KIND]}, world.now).failed == 0
    world.now += MINUTE
    for letter in iter(lambda: _taken(world, terms), None):
        mail = build_message(letter, world.hub.settings)
        told.setdefault(letter.address, []).append(_as_read(mail))
        CHANCE.begin(f"mail {letter.message_id}")
        log_shown(world.hub, letter)
        with world.writing() as session:
            note_sent(session, letter, context=world.context())
    return told


def _as_read(mail: EmailMessage) -> str:
    """Headers and both forms."""
    forms = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *forms])


def _taken(world: World, terms: Terms) -> Letter | None:
    with world.hub.units.database.writing() as session:
        return take_letter(session, terms, context=world.context())


def dismisses(world: World, organization: UUID) -> None:
    """An organization leaves."""
    deed(world, f"dismiss {organization}")
    with world.writing() as session:
        dismiss_organization(session, world.command(), organization, world.context())


def files(world: World, actor: Actor, summary: str, label: Label = Label.AMBER, **more: Any) -> FiledReport:
    """File a report, or with `report` a further version of one."""
    deed(world, summary)
    report, kind, uploads = more.pop("report", None), more.pop("kind", "first"), more.pop("uploads", ())
    given = {
        "event_type": "E30",
        "noticed_at": "2026-11-20T11:00:00+09:00",
        "service_impact": "yes",
        "summary": summary,
        "label": label.value,
        "kind": kind,
        **more,
    }
    policy = _policy(world)
    with world.reading() as session:
        fields = parse_fields(given, load_codes(session), world.now)
    with world.writing() as session:
        return file_report(
            session,
            actor,
            fields,
            Submission(uuid4(), report_id=report, uploads=uploads),
            means=Means(world.context(), policy, world.hub.editions),
        )


def puts(world: World, actor: Actor, name: str, label: Label | None = None) -> UUID:
    """A file that is all here and not filed yet, with its bytes in their place."""
    deed(world, f"put {name}")
    body = name.encode()
    ident = uuid4()
    file = world.hub.attachments.open_new(ident)
    file.write(body)
    file.finish()
    with world.writing() as session:
        context, new = world.context(), NewUpload(name, len(body), label=label)
        begin_upload(session, actor, new, ident, limits=world.hub.attachment_limits, context=context)
        stored = Stored(len(body), sha256(body).digest(), "text")
        finish_upload(session, actor, ident, stored, scans=True, context=context)
    return ident


def scans(world: World, file: UUID, verdict: Verdict, said: str = "") -> None:
    """The scanner speaks."""
    deed(world, f"scan {file}")
    with world.writing() as session:
        note_scan(session, world.command(), file, verdict, said, context=world.context())


def proposes(world: World, actor: Actor, report: FiledReport, label: Label) -> Proposed:
    """Propose a wider edition, or publish it where the sender's label allows it."""
    deed(world, f"propose {report.report_id} {label}")
    policy = _policy(world)
    with world.writing() as session:
        return propose(
            session,
            actor,
            report.report_id,
            Wish(label, report.number),
            means=Means(world.context(), policy, world.hub.editions),
        )


def approves(world: World, actor: Actor, proposal_id: UUID) -> None:
    """Approve the bytes that are proposed."""
    deed(world, f"approve {proposal_id}")
    policy, builder = _policy(world), world.hub.editions
    with world.reading() as session:
        digest = load_proposal(session, actor, proposal_id, now=world.now, policy=policy, builder=builder).digest
    with world.writing() as session:
        approve_proposal(session, actor, proposal_id, digest, means=Means(world.context(), policy, builder))


def withdraws(world: World, actor: Actor, report: UUID, reason: str) -> None:
    """Withdraw a report."""
    deed(world, f"withdraw {report}")
    policy, builder = _policy(world), world.hub.editions
    with world.writing() as session:
        withdraw_report(session, actor, report, reason, means=Means(world.context(), policy, builder))


def embargoes(world: World, actor: Actor, report: UUID, reason: str) -> None:
    """Hold a report back for a day."""
    deed(world, f"embargo {report}")
    with world.writing() as session:
        set_embargo(session, actor, report, world.now + timedelta(days=1), reason, context=world.context())


def asks(world: World, actor: Actor, report: FiledReport, text: str) -> UUID:
    """Ask about the anonymised edition of a report."""
    deed(world, f"ask {actor.account_id} {text}")
    about = (world.hub.editions.main_id(report.report_id, Form.ANONYMISED), INBOX_FEED)
    with world.writing() as session:
        return ask(
            session,
            actor,
            about,
            Said(text, Label.GREEN),
            AskerShown.NOTHING,
            context=world.context(),
            sealer=world.hub.secrets.cursor,
            builder=world.hub.editions,
        )


def asks_back(world: World, actor: Actor, report: FiledReport, text: str) -> UUID:
    """Ask the sender of a report."""
    deed(world, f"ask back {text}")
    with world.writing() as session:
        return ask_back(session, actor, report.report_id, Said(text, Label.AMBER), context=world.context())


def passes(world: World, actor: Actor, inquiry: UUID, text: str) -> None:
    """Pass a question on."""
    deed(world, f"pass {inquiry}")
    with world.writing() as session:
        pass_on(session, actor, inquiry, Said(text, Label.GREEN), context=world.context())


def answers(world: World, actor: Actor, inquiry: UUID, text: str) -> None:
    """Answer to the secretariat."""
    deed(world, f"answer {inquiry}")
    with world.writing() as session:
        answer(session, actor, inquiry, Said(text, Label.AMBER), context=world.context())


def approves_answer(world: World, office: Actor, approver: Actor, inquiry: UUID, text: str) -> None:
    """The secretariat proposes the exact answer, the sender approves it; it is not released."""
    deed(world, f"propose answer {inquiry}")
    with world.writing() as session:
        said = Said(text, Label.GREEN)
        propose_answer(session, office, inquiry, said, context=world.context(), builder=world.hub.editions)
    deed(world, f"approve answer {inquiry}")
    with world.reading() as session:
        view = load_inquiry(session, approver, inquiry, now=world.now, sealer=world.hub.secrets.cursor)
    digest = view.messages[-1].digest
    assert digest is not None
    with world.writing() as session:
        approve_answer(session, approver, inquiry, digest, context=world.context())


def refuses(world: World, actor: Actor, proposal_id: UUID, reason: str) -> None:
    """Refuse a proposal."""
    deed(world, f"refuse {proposal_id}")
    with world.writing() as session:
        refuse_proposal(session, actor, proposal_id, reason, context=world.context())


def indicator(
    number: int, label: Label, *, name: str = "", minute: int = 0, exercise: bool = False, secret: str = ""
) -> bytes:
    """An indicator whose id anybody can compute, at a label; `secret` is a part of it that is RED."""
    moment = f"2026-11-19T00:{minute:02d}:00.000Z"
    value = {
        "type": "indicator",
        "spec_version": "2.1",
        "id": indicator_id(number),
        "created": "2026-11-19T00:00:00.000Z",
        "modified": moment,
        "name": name or f"indicator {number}",
        "pattern": f"[ipv4-addr:value = '198.51.100.{number % 250}']",
        "pattern_type": "stix",
        "valid_from": "2026-11-19T00:00:00Z",
        "object_marking_refs": [TLP2_IDS[label]],
    }
    if secret:
        value |= {
            "description": secret,
            "granular_markings": [{"marking_ref": TLP2_IDS[Label.RED], "selectors": ["description"]}],
        }
    return json.dumps(value | ({"labels": ["exercise"]} if exercise else {})).encode()


def indicator_id(number: int) -> str:
    """The id of that indicator."""
    return f"indicator--00000000-0000-4000-8000-{number:012d}"


def posts(world: World, actor: Actor, collection: str, *objects: bytes) -> None:
    """Post objects as a program does."""
    deed(world, f"post to {collection} {b''.join(objects).hex()}")
    policy = _policy(world)
    with world.writing() as session:
        opened = load_collection(session, load_reader(session, actor), collection)
        secrets = world.hub.secrets
        body = b'{"objects":[' + b",".join(objects) + b"]}"
        post = read_post(body, opened.collection, edition_key=secrets.edition_key, signer=secrets.editions)
        taken = take_in(session, actor, post, policy=policy, context=world.context())
    refused = [answer.message for answer in taken.answers if not answer.accepted]
    if refused:
        raise AssertionError(f"expected every object to be taken, found {refused}")


def subscribes(world: World, actor: Actor, hour: int = 8) -> None:
    """Ask for the daily digest."""
    deed(world, f"subscribe {actor.membership_id}")
    with world.writing() as session:
        subscribe(session, actor, hour, context=world.context())


def makes_digests(world: World, subscribers: Iterable[Actor]) -> None:
    """Make the digest of each, as the scheduler would; in the order given."""
    from sharing.digests import find_subscription

    for actor in subscribers:
        deed(world, f"digest {actor.membership_id} {world.now}")
        with world.writing() as session:
            subscription = find_subscription(session, actor)
            assert subscription is not None
            make_digest(session, subscription, world.context())


def invites(world: World, actor: Actor, organization: UUID, name: str, *roles: Role) -> tuple[UUID, str]:
    """Invite a person; the id of the invitation and its code."""
    deed(world, f"invite {name}")
    with world.writing() as session:
        made, code = invite(
            session,
            actor,
            organization,
            name,
            roles,
            hmac_key=world.hub.secrets.api_key_key,
            context=world.context(),
        )
        return made.id, code


def joins(world: World, code: str, username: str) -> tuple[UUID, UUID]:
    """Use an invitation; the ids of the account and of the hat."""
    deed(world, f"join {username}")
    key = world.hub.secrets.api_key_key
    with world.writing() as session:
        joined = use_invitation(
            session, code, NewCredentials(username, PASSWORD), hmac_key=key, context=world.context()
        )
        return joined.account.id, joined.membership.id


def makes_key(world: World, actor: Actor, name: str) -> UUID:
    """Make an API key for the own hat."""
    deed(world, f"key {name}")
    new = NewKey(name, [Permission.FEED_READ], 30)
    with world.writing() as session:
        key, _ = make_key(session, actor, new, hmac_key=world.hub.secrets.api_key_key, context=world.context())
        return key.id


def _policy(world: World) -> Any:
    with world.reading() as session:
        return world.hub.policy(session)
