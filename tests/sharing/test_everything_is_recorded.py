"""Each writing operation records exactly one entry, a rolled-back one none. A new operation must be added here.

Operations are found in the code: whoever writes needs time and randomness, so it takes a `Context`.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crypto.publisher import KEY_PREFIX, PublisherSigner, key_statement
from models.audit import AuditEntry
from models.codelists import read_list, shipped_documents
from models.job import DigestSubscription, Due
from models.report import PolicyVersion
from models.vocabulary import CollectionKind, DueState, Form, Label, RecallAnswerKind, Role, Tier
from sharing.attachments.scans import Verdict, note_scan
from sharing.attachments.uploads import Limits, NewUpload, Stored, begin_upload, finish_upload
from sharing.audit import catalog
from sharing.audit.tags import Tag
from sharing.board.statements import Said, say_state
from sharing.codelists.loading import load_codelist
from sharing.collections.access import load_collection
from sharing.collections.adding import NewCollection, add_collection
from sharing.collections.api_roots import RootRules, add_api_root, change_api_root, end_api_root
from sharing.collections.changing import change_collection
from sharing.collections.deletions import delete_made, delete_object
from sharing.digests import make_digest, mark_read, subscribe, unsubscribe
from sharing.disclosures import Shown, write_disclosures
from sharing.exchange.peers import NewPeer, add_peer, end_peer
from sharing.exchange.pushes import NewPush, add_push, agree_push, end_push
from sharing.exchange.sending import Answered, finish_sending, load_push, settle_pending
from sharing.inbox.behalf import confirm_call, file_on_behalf
from sharing.inbox.calls import Caller
from sharing.inbox.cases import NewCase, join_case, register_case
from sharing.inbox.common_events import close_event, link_report, open_event
from sharing.inbox.phrases import save_phrases
from sharing.inbox.shifts import hand_over, take_over
from sharing.inbox.triage import Handling, close_item, handle_report, merge_reports, relate_reports, reopen_item
from sharing.jobs.due import put_due, retry_failed
from sharing.lists import add_to_list, close_list, load_list, make_list, remove_from_list
from sharing.past.newcomers import handle_newcomer
from sharing.past.runs import confirm_past, propose_past, withdraw_past
from sharing.past.successors import handle_reach
from sharing.past.work import handle_apply, handle_preview
from sharing.people.accounts import set_suspended
from sharing.people.agreement import accept_agreement
from sharing.people.carrying import carry_over
from sharing.people.credentials import change_password, find_own_candidate, replace_second_factor
from sharing.people.invitations import NewCredentials, add_hat, invite, use_invitation, withdraw_invitation
from sharing.people.keys import NewKey, make_key, revoke_key
from sharing.people.memberships import change_roles, end_membership
from sharing.people.merging import agree_to_reach, confirm_merger, propose_merger, withdraw_merger
from sharing.people.moving import Place, confirm_move, propose_move, withdraw_move
from sharing.people.organizations import NewOrganization, add_organization, dismiss_organization, set_findable
from sharing.people.preferences import set_language
from sharing.people.refusals import refuse
from sharing.people.resets import grant_reset, refuse_reset, request_reset, use_reset
from sharing.people.second_factor import begin_enrolment, open_pending
from sharing.people.sessions import choose_hat, end_session, sign_out, sign_out_everywhere
from sharing.people.sign_in import find_candidate, finish_enrolment, finish_password, finish_second_factor
from sharing.permissions import Permission
from sharing.policies import draft_policy, handle_trial, put_in_force, withdraw_draft
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from sharing.reading.own import list_own_versions
from sharing.reports.approval.approvals import approve_proposal, refuse_proposal
from sharing.reports.approval.delegations import delegate, end_delegation
from sharing.reports.approval.proposal_times import handle_time
from sharing.reports.approval.proposals import Wish, propose
from sharing.reports.authorities import note_notice, take_back_notice
from sharing.reports.codes import load_codes
from sharing.reports.file import file_report
from sharing.reports.own_systems import save_own_systems
from sharing.reports.range_changes.embargoes import DUE_KIND as EMBARGO_DUE
from sharing.reports.range_changes.embargoes import end_embargo, handle_end, set_embargo
from sharing.reports.range_changes.recall_answers import answer_recall
from sharing.reports.range_changes.recalls import withdraw_report
from sharing.rules.policy import default_policy_document
from sharing.rules.resets import ResetKind
from sharing.rules.tokens import organization as organization_token
from sharing.signing.keys import Statement, register_signing_key, revoke_signing_key, rotate_signing_key
from sharing.trail.erasure import approve_erasure, erase_again, request_erasure
from sharing.trail.exports import note_export
from tests.factory import PASSWORD, SEED, World
from tests.sharing.inquiries.recorded import RECORDED
from tests.sharing.mails.recorded import RECORDED as RECORDED_OF_MAILS
from tests.sharing.people.steps import behind, code_now, code_of, password_step, sign_in
from tests.sharing.reports.conftest import Scene

HOUSE = Path(__file__).parents[2]

Act = Callable[[Session], Any]
Story = Callable[[Scene], Act]

STORIES: dict[str, Story] = RECORDED | RECORDED_OF_MAILS
"""Operation → what makes everything ready for it, and then does it once in a unit of work."""

PARTS = {
    "sharing.attachments.forgetting.handle_forgetting": "forgets what was never filed; nothing of it was recorded",
    "sharing.attachments.uploads.begin_upload": "not filed yet: its sender's own; filing it is recorded",
    "sharing.attachments.uploads.finish_upload": "not filed yet: its sender's own; filing it is recorded",
    "sharing.attachments.uploads.remove_upload": "not filed yet: its sender's own; nothing of it was recorded",
    "sharing.audit.record.record": "is the recording itself",
    "sharing.audit.record.record_with": "is the recording itself",
    "sharing.codelists.loading.lay_codelists": "part of initialize, and recorded there; a hub is made once",
    "sharing.digests.handle_due": "a job around make_digest, which records; where nothing is new nothing happened",
    "sharing.past.asking.ask_for_past": "asks for what a job gives a newcomer, which is recorded",
    "sharing.reports.range_changes.list_narrowing.narrow_to_list": "narrows one report after another by narrow_report",
    "sharing.past.successors.give_report": "gives one report and records it; a part of handle_reach",
    "sharing.past.work.handle_preview": "a job that only counts what would change; proposing it is recorded",
    "sharing.publishing.again.give_again": "records the entry that its caller made; a part of handle_apply",
    "sharing.policies.handle_trial": "a job that only counts what a draft would change; bringing one is recorded",
    "sharing.inquiries.answering.draft_answer": "writes nothing: it shows what stands against an answer",
    "sharing.inquiries.keeping.keep_message": "part of each step of a question, which records",
    "sharing.inquiries.keeping.note": "is how the steps of a question record",
    "sharing.mails.outbox.take_letter": "takes what waits, to be sent; that it was, or was not, is recorded",
    "sharing.mails.telling.handle_mails": "a job that makes mails wait; each one sent or given up is recorded",
    "sharing.inquiries.keeping.note_of_asker": "is how an asker's steps record",
    "sharing.publishing.basis.load_basis": "part of publish; writes nothing by itself",
    "sharing.publishing.plan.plan_publication": "part of publish; writes nothing by itself",
    "sharing.reports.drafts.save_draft": "not sent yet: its sender's own; filing it is recorded, and erases it",
    "sharing.reports.drafts.undo_save": "not sent yet: its sender's own; filing it is recorded, and erases it",
    "sharing.reports.drafts.erase_draft": "not sent yet: its sender's own; filing it is recorded, and erases it",
    "sharing.reports.drafts.handle_forgetting": "erases what was never sent and that nobody touched for a month",
    "sharing.reports.file.open_report": "part of file_report and file_on_behalf, which publish what it opens",
    "sharing.reports.file.outdate_proposals": "part of file_report, whose entry names the version that outdates them",
    "sharing.reports.file.add_version": "part of file_report and narrow_report, which publish what it adds",
    "sharing.reports.file.publish_original": "part of file_report and narrow_report: it is their publication",
    "sharing.reports.approval.proposals.draft_proposal": "writes nothing: it shows what proposing would do",
    "sharing.reports.range_changes.recall_answers.handle_reminder": "asks again, as the recorded recall says",
    "sharing.reports.range_changes.recall_notices.keep_recall": "part of a recall, which records",
    "sharing.reports.range_changes.recall_notices.publish_notices": "part of a recall: an entry for each publisher",
    "sharing.reports.range_changes.recalls.raise_report": "a recall, mostly a new version: an entry each",
    "sharing.reports.range_changes.widening.widen_report": "files the next version by file_report, which records",
    "sharing.reports.range_changes.recalls.narrow_report": "a recall and a new version: an entry each",
    "sharing.reports.technical.publish_technical": "part of file_report: an edition, with an entry of its own",
    "sharing.reports.technical.publish_held_back": "part of ending an embargo: what that held back, with its entry",
    "sharing.setup.initialize": "lays the first rows: an entry for the hub, the lists, the policy and each collection",
    "sharing.collections.statuses.keep_name": "beside publish, which records: what a poster calls its post, for a day",
    "sharing.collections.statuses.keep_status": "beside publish, which records: the answer to a post, for a day",
}
"""What takes a context and is no operation of its own, and why."""

SILENT = {
    "sharing.attachments.filing.attach": "part of file_report and file_on_behalf, whose entries tell of the files",
    "sharing.attachments.forgetting.forget_uploads": "part of what erases drafts and files that were never filed",
    "sharing.audiences.intern_audience": "gives a number to a set of tokens",
    "sharing.audiences.intern_tokens": "gives numbers to tokens",
    "sharing.collections.adding.allow": "part of adding a collection or loading CEPTOARs, which record",
    "sharing.collections.adding.insert_collection": "part of adding a collection or loading sectors, which record",
    "sharing.jobs.due.put_due": "asks for something at a time; what is then done is recorded",
    "sharing.jobs.due.put_due_unseen": "asks for something at a time; what is then done is recorded",
    "sharing.inbox.filters.forget_filter": "a view that a person saved for itself",
    "sharing.inbox.filters.save_filter": "a view that a person saved for itself",
    "sharing.inbox.items.mark_opened": "what a person has opened; that it was shown is a disclosure",
    "sharing.inbox.items.note_version": "part of add_version: the row follows from the version",
    "sharing.inbox.standing.settle_status": "part of what changes a proposal, which records: the row follows from it",
    "sharing.jobs.leases.release_lease": "which process holds a duty",
    "sharing.jobs.leases.take_lease": "which process holds a duty",
    "sharing.exchange.peers.advance": "how far a peer was read, beside what is published of it, which is recorded",
    "sharing.exchange.peers.keep_sent": "what waits for a person, who publishes it, or was refused at the border",
    "sharing.people.key_requests.keep_notes": "notes for whoever set a program up, soon forgotten",
    "sharing.people.sign_in.end_sessions": "part of the operations that end sessions, which record",
    "sharing.publications.lock_publisher": "takes a lock that ends with the unit of work; part of publish",
    "sharing.reports.file.lock_submission": "takes a lock that ends with the unit of work; part of filing",
    "sharing.readers.close_account_window": "part of ending a hat, which records",
    "sharing.signing.submissions.keep_manifest": "part of taking a signed post in, whose entry names the manifest",
    "sharing.readers.close_organization_windows": "part of dismissing an organization, which records",
    "sharing.readers.close_tokens_of": "part of moving an organization, which records",
}
"""What writes without a context, and why it needs no entry."""

WRITES = frozenset({"add", "add_all", "insert_rows", "run_many", "insert", "update", "delete", "_insert_ignoring"})
MACHINERY = ("sharing/audit/", "sharing/reading/")
"""The log itself, and reading, which writes nothing."""


def operations() -> dict[str, Callable[..., Any]]:
    """Every public function of `sharing` that takes a session and a context."""
    found = {}
    for name, function in _functions():
        annotations = {ast.unparse(each.annotation) for each in _arguments(function) if each.annotation is not None}
        if {"Session", "Context"} <= annotations or {"Session", "Units"} <= annotations:
            module, _, attribute = name.rpartition(".")
            found[name] = getattr(importlib.import_module(module), attribute)
    return found


def _functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted((HOUSE / "sharing").rglob("*.py")):
        if path.relative_to(HOUSE).as_posix().startswith(MACHINERY) and path.name != "record.py":
            continue
        module = ".".join(path.relative_to(HOUSE).with_suffix("").parts)
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield f"{module}.{node.name}", node


def _arguments(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def story(operation: Callable[..., Any]) -> Callable[[Story], Story]:
    """Tell how an operation is done."""

    def keep(told: Story) -> Story:
        STORIES[f"{operation.__module__}.{operation.__name__}"] = told
        return told

    return keep


# Publishing and reports


@story(publish)
def _(scene: Scene) -> Act:
    world = scene.world
    stix = NewObject(f"indicator--{uuid4()}", "indicator", "2.1", 1, "2026", None, Label.GREEN, b'{"a":1}')
    with world.reading() as session:
        collection = load_collection(session, world.reader(session, scene.office), "electricity").collection
    return lambda session: publish(
        session, scene.office, Publication(collection, [stix]), policy=scene.policy, context=world.context()
    )


def published_in_electricity(scene: Scene) -> tuple[Any, Any, str]:
    """An object that the secretariat posted: its reader, the collection, the id."""
    world, ident = scene.world, f"indicator--{uuid4()}"
    stix = NewObject(ident, "indicator", "2.1", 1, "2026", None, Label.GREEN, b'{"a":1}')
    with world.reading() as session:
        reader = world.reader(session, scene.office)
        opened = load_collection(session, reader, "electricity")
    with world.writing() as session:
        publication = Publication(opened.collection, [stix])
        publish(session, scene.office, publication, policy=scene.policy, context=world.context())
    return reader, opened, ident


@story(delete_object)
def _(scene: Scene) -> Act:
    reader, opened, ident = published_in_electricity(scene)
    return lambda session: delete_object(session, reader, opened, ident, context=scene.world.context())


@story(delete_made)
def _(scene: Scene) -> Act:
    reader, opened, ident = published_in_electricity(scene)
    with scene.world.reading() as session:
        made = list_own_versions(session, scene.office.organization.id, [ident])
    of = f"indicator--{uuid4()}"
    return lambda session: delete_made(session, reader, opened, of, made, context=scene.world.context())


@story(file_report)
def _(scene: Scene) -> Act:
    fields, submission = scene.fields(), uuid4()
    return lambda session: file_report(
        session,
        scene.hanako,
        fields,
        submission=submission,
        context=scene.world.context(),
        policy=scene.policy,
        builder=scene.builder,
    )


@story(file_on_behalf)
def _(scene: Scene) -> Act:
    fields, submission = scene.fields(), uuid4()
    return lambda session: file_on_behalf(
        session,
        scene.office,
        scene.aoba.id,
        fields,
        Caller("山田", "03-0000-0000", "停電しています。"),
        submission=submission,
        context=scene.world.context(),
        policy=scene.policy,
        builder=scene.builder,
    )


@story(note_scan)
def _(scene: Scene) -> Act:
    world = scene.world
    with world.writing() as session:
        context, body = world.context(), b"log"
        new, limits = NewUpload("log.txt", len(body)), Limits(100, 1, 100)
        begun = begin_upload(session, scene.hanako, new, uuid4(), limits=limits, context=context)
        stored = Stored(len(body), sha256(body).digest(), "text")
        finish_upload(session, scene.hanako, begun.id, stored, scans=True, context=context)
    with world.writing() as session:
        file_report(
            session,
            scene.hanako,
            scene.fields(),
            submission=uuid4(),
            uploads=[begun.id],
            context=world.context(),
            policy=scene.policy,
            builder=scene.builder,
        )
    return lambda session: note_scan(session, world.command(), begun.id, Verdict.CLEAN, "", context=world.context())


@story(confirm_call)
def _(scene: Scene) -> Act:
    filed = _after(scene, file_on_behalf)
    return lambda session: confirm_call(session, scene.hanako, filed.report_id, context=scene.world.context())


@story(handle_report)
def _(scene: Scene) -> Act:
    filed = scene.files(scene.hanako)
    wish = Handling(assign_to=scene.office.account_id, priority=1, tags="停電", waiting_for="警察")
    return lambda session: handle_report(session, scene.office, filed.report_id, wish, context=scene.world.context())


@story(close_item)
def _(scene: Scene) -> Act:
    filed = scene.files(scene.hanako)
    return lambda session: close_item(session, scene.office, filed.report_id, "対応終了", context=scene.world.context())


@story(reopen_item)
def _(scene: Scene) -> Act:
    filed = scene.files(scene.hanako)
    with scene.world.writing() as session:
        close_item(session, scene.office, filed.report_id, "対応終了", context=scene.world.context())
    return lambda session: reopen_item(session, scene.office, filed.report_id, context=scene.world.context())


@story(merge_reports)
def _(scene: Scene) -> Act:
    first, second = scene.files(scene.hanako), scene.files(scene.rival_reader)
    return lambda session: merge_reports(
        session, scene.office, second.report_id, first.reference, context=scene.world.context()
    )


@story(relate_reports)
def _(scene: Scene) -> Act:
    first, second = scene.files(scene.hanako), scene.files(scene.rival_reader)
    return lambda session: relate_reports(
        session, scene.office, second.report_id, first.reference, context=scene.world.context()
    )


@story(open_event)
def _(scene: Scene) -> Act:
    return lambda session: open_event(session, scene.office, "広域の停電", "落雷。", context=scene.world.context())


@story(link_report)
def _(scene: Scene) -> Act:
    event, filed = _after(scene, open_event), scene.files(scene.hanako)
    return lambda session: link_report(session, scene.office, event, filed.reference, context=scene.world.context())


@story(close_event)
def _(scene: Scene) -> Act:
    event = _after(scene, open_event)
    return lambda session: close_event(session, scene.office, event, context=scene.world.context())


@story(register_case)
def _(scene: Scene) -> Act:
    new = NewCase("press", "新聞", "E30", "yes", "停電の報道。", scene.world.now)
    return lambda session: register_case(session, scene.office, new, load_codes(session), context=scene.world.context())


@story(join_case)
def _(scene: Scene) -> Act:
    case, filed = _after(scene, register_case), scene.files(scene.hanako)
    return lambda session: join_case(session, scene.office, case, filed.reference, context=scene.world.context())


@story(hand_over)
def _(scene: Scene) -> Act:
    return lambda session: hand_over(session, scene.office, "青葉電力へ折り返し電話。", context=scene.world.context())


@story(take_over)
def _(scene: Scene) -> Act:
    note = _after(scene, hand_over)
    colleague = scene.world.person(scene.office.organization, Role.COORDINATOR)
    return lambda session: take_over(session, colleague, note, context=scene.world.context())


@story(say_state)
def _(scene: Scene) -> Act:
    said = Said("送配電", "degraded", "14時頃復旧の見込み", "会員からの連絡", None, "TLP:GREEN")
    return lambda session: say_state(session, scene.office, said, context=scene.world.context(), policy=scene.policy)


@story(propose)
def _(scene: Scene) -> Act:
    report = scene.files(scene.hanako)
    return lambda session: propose(
        session,
        scene.office,
        report.report_id,
        Wish(Label.GREEN, report.number),
        context=scene.world.context(),
        policy=scene.policy,
        builder=scene.builder,
    )


@story(approve_proposal)
def _(scene: Scene) -> Act:
    proposal = scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN).proposal_id
    digest = scene.looks_at(scene.boss, proposal).digest
    return lambda session: approve_proposal(
        session,
        scene.boss,
        proposal,
        digest,
        context=scene.world.context(),
        policy=scene.policy,
        builder=scene.builder,
    )


@story(refuse_proposal)
def _(scene: Scene) -> Act:
    proposal = scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN).proposal_id
    return lambda session: refuse_proposal(session, scene.boss, proposal, "not yet", context=scene.world.context())


@story(delegate)
def _(scene: Scene) -> Act:
    times = scene.world.now, scene.world.now + timedelta(days=5)
    hanako, context = scene.hanako.membership_id, scene.world.context()
    return lambda session: delegate(session, scene.boss, hanako, times, context=context)


@story(end_delegation)
def _(scene: Scene) -> Act:
    made = _after(scene, delegate)
    return lambda session: end_delegation(session, scene.boss, made, context=scene.world.context())


@story(handle_time)
def _(scene: Scene) -> Act:
    proposal = scene.proposes(scene.office, scene.files(scene.hanako), Label.GREEN).proposal_id
    scene.world.advance(days=15)
    payload = {"proposal": str(proposal), "number": 4}
    return lambda session: handle_time(session, payload, scene.world.context())


def _after(scene: Scene, operation: Callable[..., Any]) -> Any:
    """What an operation gives, done by its own story."""
    act = STORIES[f"{operation.__module__}.{operation.__name__}"](scene)
    with scene.world.writing() as session:
        return act(session)


@story(save_phrases)
def _(scene: Scene) -> Act:
    context = scene.world.context()
    return lambda session: save_phrases(session, scene.office, ["訂正の場合は続報でお知らせします。"], context=context)


@story(save_own_systems)
def _(scene: Scene) -> Act:
    context = scene.world.context()
    return lambda session: save_own_systems(session, scene.hanako, "aoba.example", context=context)


NOTICE = {"authority": "police", "stage": "first", "told_at": "2026-11-20T11:00:00+09:00"}


@story(note_notice)
def _(scene: Scene) -> Act:
    filed = scene.files(scene.hanako)
    return lambda session: note_notice(session, scene.hanako, filed.report_id, NOTICE, context=scene.world.context())


@story(take_back_notice)
def _(scene: Scene) -> Act:
    filed = scene.files(scene.hanako)
    with scene.world.writing() as session:
        noted = note_notice(session, scene.hanako, filed.report_id, NOTICE, context=scene.world.context())
    return lambda session: take_back_notice(
        session, scene.hanako, filed.report_id, noted, context=scene.world.context()
    )


@story(set_embargo)
def _(scene: Scene) -> Act:
    report, until = scene.files(scene.hanako).report_id, scene.world.now + timedelta(days=1)
    context = scene.world.context()
    return lambda session: set_embargo(session, scene.hanako, report, until, "連絡中", context=context)


def _held_back(scene: Scene) -> UUID:
    """A report whose edition waits for the end of an embargo."""
    report = scene.files(scene.hanako, label="TLP:GREEN")
    with scene.world.writing() as session:
        until, context = scene.world.now + timedelta(days=1), scene.world.context()
        set_embargo(session, scene.hanako, report.report_id, until, "連絡中", context=context)
    scene.proposes(scene.office, report, Label.GREEN)
    return report.report_id


@story(end_embargo)
def _(scene: Scene) -> Act:
    report = _held_back(scene)
    return lambda session: end_embargo(
        session,
        scene.hanako,
        report,
        context=scene.world.context(),
        policy=scene.policy,
        builder=scene.builder,
    )


@story(handle_end)
def _(scene: Scene) -> Act:
    _held_back(scene)
    with scene.world.reading() as session:
        payload = session.execute(select(Due.payload).where(Due.kind == EMBARGO_DUE)).scalar_one()
    scene.world.advance(days=1)
    return lambda session: handle_end(
        session, payload, scene.world.context(), policy=scene.policy, builder=scene.builder
    )


@story(withdraw_report)
def _(scene: Scene) -> Act:
    report = scene.files(scene.hanako)
    return lambda session: withdraw_report(
        session,
        scene.hanako,
        report.report_id,
        "誤り",
        context=scene.world.context(),
        policy=scene.policy,
        builder=scene.builder,
    )


@story(answer_recall)
def _(scene: Scene) -> Act:
    report = scene.files(scene.hanako)
    with scene.world.writing() as session:
        shared = {"context": scene.world.context(), "policy": scene.policy, "builder": scene.builder}
        withdraw_report(session, scene.hanako, report.report_id, "誤り", **shared)
    stix_id = scene.builder.main_id(report.report_id, Form.ORIGINAL)
    sealer = scene.world.hub.secrets.cursor
    return lambda session: answer_recall(
        session, scene.office, stix_id, RecallAnswerKind.DELETED, context=scene.world.context(), sealer=sealer
    )


@story(write_disclosures)
def _(scene: Scene) -> Act:
    shown = [Shown(scene.nco, 1, None, first, first + 5, 3, 2, "{}", scene.world.now) for first in (1, 10)]
    return lambda session: write_disclosures(session, shown, scene.world.hub.units)


@story(add_collection)
def _(scene: Scene) -> Act:
    return lambda session: add_collection(
        session,
        scene.world.command(),
        NewCollection(
            ident=uuid4(),
            title="Grid exchange",
            title_ja="電力交換",
            kind=CollectionKind.ADDED,
            readers=["members"],
            writers=[organization_token(scene.aoba.id)],
        ),
        context=scene.world.context(),
    )


@story(load_codelist)
def _(scene: Scene) -> Act:
    document = next(each for each in shipped_documents() if each["list"] == "sectors")
    given = read_list(document)
    context = scene.world.context()
    return lambda session: load_codelist(session, scene.world.command(), given, document, context=context)


@story(add_peer)
def _(scene: Scene) -> Act:
    return lambda session: add_peer(
        session, scene.world.command(), _peer(scene), ident=uuid4(), key_sealed=None, context=scene.world.context()
    )


@story(end_peer)
def _(scene: Scene) -> Act:
    world, new = scene.world, _peer(scene)
    with world.writing() as session:
        add_peer(session, world.command(), new, ident=uuid4(), key_sealed=None, context=world.context())
    return lambda session: end_peer(session, world.command(), new.name, context=world.context())


def _peer(scene: Scene) -> NewPeer:
    return NewPeer(
        name="isac",
        organization_id=scene.office.organization.id,
        collection="electricity",
        url="https://isac.example/taxii2/root/collections/1/",
        floor=Label.GREEN,
    )


@story(add_push)
def _(scene: Scene) -> Act:
    return lambda session: _add_push(scene, session)


@story(agree_push)
def _(scene: Scene) -> Act:
    with scene.world.writing() as session:
        _add_push(scene, session)
    return lambda session: agree_push(session, scene.office, "isac", context=scene.world.context())


@story(end_push)
def _(scene: Scene) -> Act:
    with scene.world.writing() as session:
        _add_push(scene, session)
    return lambda session: end_push(session, scene.world.command(), "isac", context=scene.world.context())


@story(finish_sending)
def _(scene: Scene) -> Act:
    with scene.world.writing() as session:
        _add_push(scene, session)
    return lambda session: finish_sending(
        session, load_push(session, "isac"), 5, _answered(pending=1), context=scene.world.context()
    )


@story(settle_pending)
def _(scene: Scene) -> Act:
    context = scene.world.context()
    with scene.world.writing() as session:
        _add_push(scene, session)
        finish_sending(session, load_push(session, "isac"), 5, _answered(pending=1), context=context)
    return lambda session: settle_pending(session, load_push(session, "isac"), 1, _answered(), context=context)


def _add_push(scene: Scene, session: Session) -> None:
    world = scene.world
    new = NewPush(name="isac", organization_id=scene.office.organization.id, url="https://isac.example/taxii2/r/c/1/")
    add_push(session, world.command(), new, ident=uuid4(), key_sealed=None, context=world.context())


def _answered(pending: int = 0) -> Answered:
    return Answered(1, 5, bytes(32), 2, 2 - pending, 0, pending, "status-1")


@story(change_collection)
def _(scene: Scene) -> Act:
    world = scene.world
    with world.reading() as session:
        ident = load_collection(session, world.reader(session, scene.office), "electricity").collection.id
    return lambda session: change_collection(
        session,
        world.command(),
        ident,
        lambda rules: replace(rules, types=frozenset({"indicator"})),
        context=world.context(),
    )


def _root_rules(scene: Scene) -> RootRules:
    with scene.world.reading() as session:
        reader = scene.world.reader(session, scene.office)
        found = [load_collection(session, reader, name).collection.id for name in ("electricity", "water")]
    return RootRules("Grid", "電力", "What grids exchange", 50_000, frozenset(found))


def _make_root(scene: Scene, name: str) -> RootRules:
    rules = _root_rules(scene)
    with scene.world.writing() as session:
        add_api_root(session, scene.world.command(), name, rules, context=scene.world.context())
    scene.world.advance(seconds=1)
    return rules


@story(add_api_root)
def _(scene: Scene) -> Act:
    rules = _root_rules(scene)
    world = scene.world
    return lambda session: add_api_root(session, world.command(), "grid", rules, context=world.context())


@story(change_api_root)
def _(scene: Scene) -> Act:
    world = scene.world
    some = frozenset(sorted(_make_root(scene, "grid").collections)[:1])
    return lambda session: change_api_root(
        session, world.command(), "grid", lambda rules: replace(rules, collections=some), context=world.context()
    )


@story(end_api_root)
def _(scene: Scene) -> Act:
    world = scene.world
    _make_root(scene, "grid")
    return lambda session: end_api_root(session, world.command(), "grid", context=world.context())


@story(note_export)
def _(scene: Scene) -> Act:
    return lambda session: note_export(session, scene.nco, "trends", {}, context=scene.world.context())


# Digests and jobs


def _subscribed(scene: Scene) -> DigestSubscription:
    with scene.world.writing() as session:
        made = subscribe(session, scene.nco, 7, context=scene.world.context())
    scene.world.advance(minutes=1)
    proposal = scene.proposes(scene.office, scene.files(scene.hanako, consent_nco=True), Label.GREEN)
    scene.approves(scene.boss, proposal)
    return made


@story(subscribe)
def _(scene: Scene) -> Act:
    return lambda session: subscribe(session, scene.nco, 7, context=scene.world.context())


@story(unsubscribe)
def _(scene: Scene) -> Act:
    _subscribed(scene)
    return lambda session: unsubscribe(session, scene.nco, context=scene.world.context())


@story(make_digest)
def _(scene: Scene) -> Act:
    ident = _subscribed(scene).id

    def act(session: Session) -> None:
        assert make_digest(session, session.get_one(DigestSubscription, ident), scene.world.context())

    return act


@story(mark_read)
def _(scene: Scene) -> Act:
    ident = _subscribed(scene).id
    with scene.world.writing() as session:
        made = make_digest(session, session.get_one(DigestSubscription, ident), scene.world.context())
        assert made is not None
        digest = made.id
    return lambda session: mark_read(session, scene.nco, digest, context=scene.world.context())


@story(retry_failed)
def _(scene: Scene) -> Act:
    with scene.world.writing() as session:
        put_due(session, "thing", "a", scene.world.now)
        session.execute(select(Due)).scalar_one().state = DueState.FAILED
    return lambda session: retry_failed(session, scene.world.command(), context=scene.world.context())


# Organizations and people


def _key(scene: Scene) -> bytes:
    return scene.world.hub.secrets.api_key_key


def _manager(scene: Scene) -> Any:
    return scene.world.person(scene.aoba, Role.MANAGER)


@story(add_organization)
def _(scene: Scene) -> Act:
    new = NewOrganization(Tier.OPERATOR, "新電力", "New", sector="electricity", ceptoar="electricity")
    return lambda session: add_organization(session, scene.world.command(), new, scene.world.context())


def _move(scene: Scene) -> UUID:
    administrator, context = scene.world.administrator(), scene.world.context()
    with scene.world.writing() as session:
        return propose_move(session, administrator, scene.aoba.id, Place("water"), context).id


@story(propose_move)
def _(scene: Scene) -> Act:
    administrator, context = scene.world.administrator(), scene.world.context()
    return lambda session: propose_move(session, administrator, scene.aoba.id, Place("water"), context)


@story(confirm_move)
def _(scene: Scene) -> Act:
    move, second = _move(scene), scene.world.administrator("Second")
    return lambda session: confirm_move(session, second, move, scene.world.context())


@story(withdraw_move)
def _(scene: Scene) -> Act:
    move, second = _move(scene), scene.world.administrator("Second")
    return lambda session: withdraw_move(session, second, move, scene.world.context())


def _merger(scene: Scene) -> UUID:
    administrator, context = scene.world.administrator(), scene.world.context()
    with scene.world.writing() as session:
        return propose_merger(session, administrator, scene.rival.id, scene.aoba.id, context).id


def _merged(scene: Scene, *, agreed: bool = False) -> UUID:
    """The rival has gone up in the sender's organization."""
    merger, second = _merger(scene), scene.world.administrator("Second")
    approver = scene.world.person(scene.rival, Role.APPROVER)
    if agreed:
        with scene.world.writing() as session:
            agree_to_reach(session, approver, merger, scene.world.context())
    with scene.world.writing() as session:
        confirm_merger(session, second, merger, scene.world.context())
    return merger


@story(propose_merger)
def _(scene: Scene) -> Act:
    administrator, context = scene.world.administrator(), scene.world.context()
    return lambda session: propose_merger(session, administrator, scene.rival.id, scene.aoba.id, context)


@story(agree_to_reach)
def _(scene: Scene) -> Act:
    merger, approver = _merger(scene), scene.world.person(scene.rival, Role.APPROVER)
    return lambda session: agree_to_reach(session, approver, merger, scene.world.context())


@story(confirm_merger)
def _(scene: Scene) -> Act:
    merger, second = _merger(scene), scene.world.administrator("Second")
    return lambda session: confirm_merger(session, second, merger, scene.world.context())


@story(withdraw_merger)
def _(scene: Scene) -> Act:
    merger, second = _merger(scene), scene.world.administrator("Second")
    return lambda session: withdraw_merger(session, second, merger, scene.world.context())


@story(carry_over)
def _(scene: Scene) -> Act:
    _merged(scene)
    manager, former = _manager(scene), scene.rival_reader.membership_id
    return lambda session: carry_over(session, manager, former, scene.world.context())


@story(handle_reach)
def _(scene: Scene) -> Act:
    scene.files(scene.rival_reader)
    payload = {"merger": str(_merged(scene, agreed=True)), "part": 0, "after": None}
    return lambda session: handle_reach(session, payload, scene.world.context(), builder=scene.builder)


@story(handle_newcomer)
def _(scene: Scene) -> Act:
    """A GREEN edition went to all members before it joined; one part, one entry."""
    scene.proposes(scene.office, scene.files(scene.hanako, label="TLP:GREEN"), Label.GREEN)
    scene.world.advance(days=1)
    made = _after(scene, add_organization)
    payload = {"organization": str(made.id), "tokens": ["members"], "key": "x", "part": 0, "place": 0, "after": None}
    return lambda session: handle_newcomer(session, payload, scene.world.context(), policy=scene.policy)


@story(dismiss_organization)
def _(scene: Scene) -> Act:
    return lambda session: dismiss_organization(session, scene.world.command(), scene.aoba.id, scene.world.context())


@story(set_findable)
def _(scene: Scene) -> Act:
    manager = _manager(scene)
    return lambda session: set_findable(session, manager, True, scene.world.context())


@story(make_list)
def _(scene: Scene) -> Act:
    return lambda session: make_list(session, scene.hanako, "連携先", scene.world.context())


def _list(scene: Scene) -> UUID:
    with scene.world.writing() as session:
        made = make_list(session, scene.hanako, "連携先", scene.world.context())
        add_to_list(session, scene.hanako, made.id, ["council"], scene.world.context())
        return made.id


@story(add_to_list)
def _(scene: Scene) -> Act:
    made = _list(scene)
    return lambda session: add_to_list(session, scene.hanako, made, ["foreign"], scene.world.context())


@story(remove_from_list)
def _(scene: Scene) -> Act:
    made = _list(scene)
    with scene.world.reading() as session:
        member = load_list(session, scene.hanako, made).members[0].id
    return lambda session: remove_from_list(session, scene.hanako, made, member, scene.world.context())


@story(close_list)
def _(scene: Scene) -> Act:
    made = _list(scene)
    return lambda session: close_list(session, scene.hanako, made, scene.world.context())


def _draft(scene: Scene) -> tuple[Any, Any]:
    administrator, world = scene.world.administrator(), scene.world
    document = {**default_policy_document(), "version": "2027-01"}
    with world.writing() as session:
        draft = draft_policy(session, administrator, document, world.context()).id
    with world.writing() as session:
        handle_trial(session, {"draft": str(draft), "chunk": 0, "after": None}, world.context())
    return draft, world.administrator("Second")


def _past(scene: Scene) -> tuple[UUID, Any]:
    """Reports of which the Council gains the original under a policy in force, looked at; and who confirms."""
    scene.files(scene.hanako)
    administrator, world = scene.world.administrator(), scene.world
    document = {**default_policy_document(), "version": "2027-01"}
    document["rows"] = {**document["rows"], "council": ["no", "no", "yes", "yes", "yes"]}
    with world.writing() as session:
        values = {"version": "2027-01", "number": 2, "body": document, "in_force_at": world.now}
        session.add(PolicyVersion(**values))
    with world.writing() as session:
        run = propose_past(session, administrator, world.context()).id
    for number, of in enumerate(("reports", "posts")):
        with world.writing() as session:
            payload = {"run": str(run), "part": number, "of": of, "after": None}
            handle_preview(session, payload, world.context(), builder=scene.builder)
    return run, world.administrator("Second")


@story(propose_past)
def _(scene: Scene) -> Act:
    administrator = scene.world.administrator()
    return lambda session: propose_past(session, administrator, scene.world.context())


@story(confirm_past)
def _(scene: Scene) -> Act:
    run, second = _past(scene)
    return lambda session: confirm_past(session, second, run, scene.world.context())


@story(withdraw_past)
def _(scene: Scene) -> Act:
    run, second = _past(scene)
    return lambda session: withdraw_past(session, second, run, scene.world.context())


@story(handle_apply)
def _(scene: Scene) -> Act:
    """One report, one entry; the end of a run is another, with the part after the last."""
    run, second = _past(scene)
    with scene.world.writing() as session:
        confirm_past(session, second, run, scene.world.context())
    payload = {"run": str(run), "part": 0, "of": "reports", "after": None}
    return lambda session: handle_apply(session, payload, scene.world.context(), builder=scene.builder)


@story(draft_policy)
def _(scene: Scene) -> Act:
    administrator = scene.world.administrator()
    document = {**default_policy_document(), "version": "2027-01"}
    return lambda session: draft_policy(session, administrator, document, scene.world.context())


@story(put_in_force)
def _(scene: Scene) -> Act:
    draft, second = _draft(scene)
    return lambda session: put_in_force(session, second, draft, scene.world.context())


@story(withdraw_draft)
def _(scene: Scene) -> Act:
    draft, second = _draft(scene)
    return lambda session: withdraw_draft(session, second, draft, scene.world.context())


@story(invite)
def _(scene: Scene) -> Act:
    manager = _manager(scene)
    return lambda session: invite(
        session, manager, scene.aoba.id, "Taro", [Role.READER], hmac_key=_key(scene), context=scene.world.context()
    )


@story(withdraw_invitation)
def _(scene: Scene) -> Act:
    manager, world = _manager(scene), scene.world
    with world.writing() as session:
        invitation, _code = invite(
            session, manager, scene.aoba.id, "Taro", [Role.READER], hmac_key=_key(scene), context=world.context()
        )
    return lambda session: withdraw_invitation(session, manager, invitation.id, context=world.context())


@story(use_invitation)
def _(scene: Scene) -> Act:
    code = code_of(scene.world, _manager(scene), scene.aoba.id, [Role.READER])
    return lambda session: use_invitation(
        session, code, NewCredentials("taro", PASSWORD), hmac_key=_key(scene), context=scene.world.context()
    )


@story(add_hat)
def _(scene: Scene) -> Act:
    code = code_of(scene.world, _manager(scene), scene.aoba.id, [Role.READER])
    return lambda session: add_hat(
        session, scene.water_reader.account_id, code, hmac_key=_key(scene), context=scene.world.context()
    )


@story(change_roles)
def _(scene: Scene) -> Act:
    manager = _manager(scene)
    return lambda session: change_roles(
        session, manager, scene.hanako.membership_id, [Role.READER], context=scene.world.context()
    )


@story(end_membership)
def _(scene: Scene) -> Act:
    manager = _manager(scene)
    return lambda session: end_membership(session, manager, scene.hanako.membership_id, context=scene.world.context())


@story(set_suspended)
def _(scene: Scene) -> Act:
    scene.world.person(scene.aoba, Role.READER, username="taro")
    return lambda session: set_suspended(
        session, scene.world.command(), "taro", suspended=True, context=scene.world.context()
    )


@story(set_language)
def _(scene: Scene) -> Act:
    return lambda session: set_language(session, scene.hanako, "en", context=scene.world.context())


@story(accept_agreement)
def _(scene: Scene) -> Act:
    return lambda session: accept_agreement(session, scene.hanako, "2", in_force="2", context=scene.world.context())


@story(make_key)
def _(scene: Scene) -> Act:
    new = NewKey("poller", [Permission.FEED_READ], 30)
    return lambda session: make_key(session, scene.hanako, new, hmac_key=_key(scene), context=scene.world.context())


@story(revoke_key)
def _(scene: Scene) -> Act:
    with scene.world.writing() as session:
        new = NewKey("poller", [Permission.FEED_READ], 30)
        key, _text = make_key(session, scene.hanako, new, hmac_key=_key(scene), context=scene.world.context())
    return lambda session: revoke_key(session, scene.hanako, key.id, context=scene.world.context())


# Signing in and getting back in


def _taro(scene: Scene) -> Any:
    return scene.world.person(scene.aoba, Role.REPORTER, username="taro", password=True)


@story(finish_password)
def _(scene: Scene) -> Act:
    _taro(scene)
    with scene.world.reading() as session:
        candidate = find_candidate(session, "taro")
    return lambda session: finish_password(
        session, candidate, PASSWORD, fits=True, hmac_key=_key(scene), context=scene.world.context()
    )


@story(refuse)
def _(scene: Scene) -> Act:
    return lambda session: refuse(
        session, "nobody", None, "password", hmac_key=_key(scene), context=scene.world.context()
    )


@story(finish_second_factor)
def _(scene: Scene) -> Act:
    _taro(scene)
    half = password_step(scene.world, "taro")
    assert half is not None
    secrets = scene.world.hub.secrets
    return lambda session: finish_second_factor(
        session,
        half.token,
        code_now(scene.world),
        seeds=secrets.seeds,
        hmac_key=secrets.api_key_key,
        context=scene.world.context(),
    )


@story(finish_enrolment)
def _(scene: Scene) -> Act:
    world = scene.world
    code = code_of(world, _manager(scene), scene.aoba.id, [Role.READER])
    with world.writing() as session:
        joined = use_invitation(
            session, code, NewCredentials("jiro", PASSWORD), hmac_key=_key(scene), context=world.context()
        )
    half = password_step(world, "jiro")
    assert half is not None
    seeds = world.hub.secrets.seeds
    sealed = begin_enrolment(joined.account.id, half.token, seeds=seeds, context=world.context())
    seed = open_pending(sealed, joined.account.id, half.token, seeds=seeds)
    assert seed is not None
    return lambda session: finish_enrolment(
        session, half.token, sealed, code_now(world, seed), seeds=seeds, context=world.context()
    )


def _signed_in(scene: Scene) -> Any:
    _taro(scene)
    found = behind(scene.world, sign_in(scene.world, "taro"))
    assert found is not None
    return found


@story(choose_hat)
def _(scene: Scene) -> Act:
    taro = _taro(scene)
    second = scene.world.hat(taro, scene.water, Role.READER)
    found = behind(scene.world, sign_in(scene.world, "taro"))
    assert found is not None
    return lambda session: choose_hat(session, found, second.membership_id, context=scene.world.context())


@story(sign_out)
def _(scene: Scene) -> Act:
    found = _signed_in(scene)
    return lambda session: sign_out(session, found, context=scene.world.context())


@story(sign_out_everywhere)
def _(scene: Scene) -> Act:
    found = _signed_in(scene)
    return lambda session: sign_out_everywhere(session, found, context=scene.world.context())


@story(end_session)
def _(scene: Scene) -> Act:
    found = _signed_in(scene)
    return lambda session: end_session(session, found, found.session.id, context=scene.world.context())


@story(change_password)
def _(scene: Scene) -> Act:
    taro = _taro(scene)
    with scene.world.reading() as session:
        candidate = find_own_candidate(session, taro.account_id)
    return lambda session: change_password(
        session,
        taro,
        candidate,
        "another long password",
        fits=True,
        keep=b"",
        hmac_key=_key(scene),
        context=scene.world.context(),
    )


@story(replace_second_factor)
def _(scene: Scene) -> Act:
    taro, other = _taro(scene), SEED[::-1]
    secrets = scene.world.hub.secrets
    return lambda session: replace_second_factor(
        session,
        taro,
        other,
        new_code=code_now(scene.world, other),
        present_code=code_now(scene.world),
        keep=b"",
        seeds=secrets.seeds,
        hmac_key=secrets.api_key_key,
        context=scene.world.context(),
    )


def _asked(scene: Scene) -> Any:
    taro, manager = _taro(scene), _manager(scene)
    with scene.world.writing() as session:
        return request_reset(
            session, manager, taro.membership_id, ResetKind.BOTH, "lost", context=scene.world.context()
        ).id


@story(request_reset)
def _(scene: Scene) -> Act:
    taro, manager = _taro(scene), _manager(scene)
    return lambda session: request_reset(
        session, manager, taro.membership_id, ResetKind.BOTH, "lost", context=scene.world.context()
    )


@story(grant_reset)
def _(scene: Scene) -> Act:
    asked, second = _asked(scene), _manager(scene)
    return lambda session: grant_reset(session, second, asked, hmac_key=_key(scene), context=scene.world.context())


@story(refuse_reset)
def _(scene: Scene) -> Act:
    asked, second = _asked(scene), _manager(scene)
    return lambda session: refuse_reset(session, second, asked, context=scene.world.context())


@story(use_reset)
def _(scene: Scene) -> Act:
    asked, second, world = _asked(scene), _manager(scene), scene.world
    with world.writing() as session:
        code = grant_reset(session, second, asked, hmac_key=_key(scene), context=world.context())
    return lambda session: use_reset(
        session, code, "another long password", hmac_key=_key(scene), context=world.context()
    )


# Erasure


def _asked_to_erase(scene: Scene) -> Act:
    actor = scene.world.administrator()
    return lambda session: request_erasure(session, actor, "2026", 0, "a request", context=scene.world.context())


story(request_erasure)(_asked_to_erase)


@story(approve_erasure)
def _(scene: Scene) -> Act:
    asks, second = _asked_to_erase(scene), scene.world.administrator()
    with scene.world.writing() as session:
        ident = asks(session).id
    return lambda session: approve_erasure(session, second, ident, context=scene.world.context())


@story(erase_again)
def _(scene: Scene) -> Act:
    return lambda session: erase_again(
        session, scene.world.command(), [("2026", 0)], "restored", context=scene.world.context()
    )


# Signing keys


def _stated(scene: Scene, do: str, *signers: PublisherSigner, **more: str) -> Statement:
    value = key_statement(do, str(scene.aoba.id), signers[0].public, scene.world.now, **more)
    return Statement(value, tuple(each.sign(KEY_PREFIX, value) for each in signers))


def _registered(scene: Scene, signer: PublisherSigner) -> Any:
    with scene.world.writing() as session:
        statement = _stated(scene, "register", signer)
        return register_signing_key(session, scene.world.command(), statement, context=scene.world.context())


@story(register_signing_key)
def _(scene: Scene) -> Act:
    statement, manager = _stated(scene, "register", PublisherSigner(Ed25519PrivateKey.generate())), _manager(scene)
    return lambda session: register_signing_key(session, manager, statement, context=scene.world.context())


@story(rotate_signing_key)
def _(scene: Scene) -> Act:
    old, new = (PublisherSigner(Ed25519PrivateKey.generate()) for _ in range(2))
    _registered(scene, old)
    statement = _stated(scene, "rotate", new, old, old=old.public.text)
    manager = _manager(scene)
    return lambda session: rotate_signing_key(session, manager, statement, context=scene.world.context())


@story(revoke_signing_key)
def _(scene: Scene) -> Act:
    made, manager = _registered(scene, PublisherSigner(Ed25519PrivateKey.generate())), _manager(scene)
    return lambda session: revoke_signing_key(session, manager, made.id, context=scene.world.context())


# The tests


@pytest.fixture
def scene(peopled_url: str, tmp_path: Path) -> Iterator[Scene]:
    """A fresh hub with everybody in it."""
    world = World(peopled_url, tmp_path)
    yield Scene(world)
    world.close()


def count_entries(world: World) -> int:
    with world.reading() as session:
        return session.execute(select(func.count()).select_from(AuditEntry)).scalar_one()


class _BackOut(Exception):
    """Ends a unit of work before it commits."""


@pytest.mark.parametrize("name", sorted(STORIES))
def test_an_operation_records_one_entry_and_none_when_rolled_back(scene: Scene, name: str):
    """In the transaction that does it: the entry lives and dies with what it tells of."""
    act = STORIES[name](scene)
    before = count_entries(scene.world)
    with pytest.raises(_BackOut), scene.world.writing() as session:
        act(session)
        session.flush()
        raise _BackOut
    assert count_entries(scene.world) == before
    with scene.world.writing() as session:
        act(session)
    assert count_entries(scene.world) == before + 1


def test_every_operation_is_tried():
    """Whoever adds an operation tells its story here, or says why it needs none."""
    assert set(operations()) - {*STORIES, *PARTS} == set(), "operations without a story"
    assert {*STORIES, *PARTS} - set(operations()) == set(), "stories of what is no operation"
    assert set(STORIES) & set(PARTS) == set()


def test_nothing_else_writes():
    """What changes rows takes a context, so that it can record; the few that do not have a reason."""
    found = {name for name, function in _functions() if _called(function) & WRITES and name not in operations()}
    assert found - set(SILENT) == set(), "writes without a context: it cannot record"
    assert set(SILENT) - found == set(), "reasons for what does not write"


def _called(function: ast.FunctionDef) -> set[str]:
    """What is called in a way that writes: `session.add`, `insert(…)`, `update(…)`, not `set.add` or `dict.update`."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.add(node.func.id)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).startswith("session."):
            found.add(ast.unparse(node.func).removeprefix("session."))
    return found


def test_the_list_of_entries_is_that_of_the_code():
    """`docs/trail.md`: run `python -m sharing.audit.catalog`."""
    assert catalog.PAGE.read_text(encoding="utf-8") == catalog.written()
    told, where = catalog.sentences(), catalog.recorders()
    assert {tag.name for tag in Tag} == set(told), "each tag has its sentence"
    assert {tag.name for tag in Tag} - set(where) == set(), "each tag is recorded by something"
