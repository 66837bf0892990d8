"""Each writing operation records exactly one entry, a rolled-back one none. A new one needs its story in `recorded`.

Operations are found in the code: whoever writes needs time and randomness, so it takes a `Context`.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from models.audit import AuditEntry
from sharing.audit import catalog
from sharing.audit.tags import Tag
from tests.factory import World
from tests.harness.source import parsed
from tests.sharing.inquiries.recorded import RECORDED
from tests.sharing.mails.recorded import RECORDED as RECORDED_OF_MAILS
from tests.sharing.recorded import desk, exchange, organizations, people, policies, readers, reports, stories, trail
from tests.sharing.reports.conftest import Scene

HOUSE = Path(__file__).parents[2]

ROOMS = (desk, exchange, organizations, people, policies, readers, reports, trail)
"""Each tells its stories when it is read."""

STORIES = stories.STORIES | RECORDED | RECORDED_OF_MAILS
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
    "sharing.inbox.filters.save_filter": "a view that a person saved for itself",
    "sharing.inquiries.keeping.keep_message": "part of each step of a question, which records",
    "sharing.inquiries.keeping.note": "is how the steps of a question record",
    "sharing.mails.outbox.take_letter": "takes what waits, to be sent; that it was, or was not, is recorded",
    "sharing.mails.telling.handle_mails": "a job that makes mails wait; each one sent or given up is recorded",
    "sharing.inquiries.keeping.note_of_asker": "is how an asker's steps record",
    "sharing.publishing.basis.load_basis": "part of publish; writes nothing by itself",
    "sharing.publishing.plan.plan_publication": "part of publish; writes nothing by itself",
    "sharing.people.sign_in.complete": "the end of finish_second_factor and of finish_enrolment, and records for both",
    "sharing.reports.drafts.save_draft": "not sent yet: its sender's own; filing it is recorded, and erases it",
    "sharing.reports.drafts.undo_save": "not sent yet: its sender's own; filing it is recorded, and erases it",
    "sharing.reports.drafts.erase_draft": "not sent yet: its sender's own; filing it is recorded, and erases it",
    "sharing.reports.drafts.handle_forgetting": "erases what was never sent and that nobody touched for a month",
    "sharing.reports.versions.open_report": "part of file_report and file_on_behalf, which publish what it opens",
    "sharing.reports.versions.outdate_proposals": "part of file_report, whose entry names the version behind it",
    "sharing.reports.versions.add_version": "part of file_report and narrow_report, which publish what it adds",
    "sharing.reports.versions.publish_original": "part of file_report and narrow_report: it is their publication",
    "sharing.reports.approval.drafting.draft_proposal": "writes nothing: it shows what proposing would do",
    "sharing.reports.range_changes.recall_answers.handle_reminder": "asks again, as the recorded recall says",
    "sharing.reports.range_changes.recall_notices.keep_recall": "part of a recall, which records",
    "sharing.reports.range_changes.recall_notices.publish_notices": "part of a recall: an entry for each publisher",
    "sharing.reports.range_changes.recalls.raise_report": "a recall, mostly a new version: an entry each",
    "sharing.reports.range_changes.widening.widen_report": "files the next version by file_report, which records",
    "sharing.reports.range_changes.recalls.narrow_report": "a recall and a new version: an entry each",
    "sharing.reports.technical.publish_technical": "part of file_report: an edition, with an entry of its own",
    "sharing.reports.technical.publish_held_back": "part of ending an embargo: what that held back, with its entry",
    "sharing.setup.initialize": "lays the first rows: an entry for the hub, the lists, the policy and each collection",
    "sharing.trail.losses.prove_administrator": "writes nothing: who stands at a machine whose log must not go on",
    "sharing.trail.losses.declare_loss": "cannot be recorded: the log goes on only with approve_loss, which names both",
    "sharing.trail.losses.approve_loss": "opens the next shard, whose first entry is its record",
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
    "sharing.reports.draft_values.write_values": "part of saving a draft, which is not sent yet",
    "sharing.reports.submissions.lock_submission": "takes a lock that ends with the unit of work; part of filing",
    "sharing.readers.close_account_window": "part of ending a hat, which records",
    "sharing.signing.submissions.keep_manifest": "part of taking a signed post in, whose entry names the manifest",
    "sharing.readers.close_organization_windows": "part of dismissing an organization, which records",
    "sharing.trail.losses.withdraw_declaration": "cannot be recorded: the log must not go on before a loss is approved",
    "sharing.readers.close_tokens_of": "part of moving an organization, which records",
}
"""What writes without a context, and why it needs no entry."""

WRITES = frozenset(
    {
        "add",
        "add_all",
        "insert_rows",
        "run_many",
        "run_once",
        "run_and_hear",
        "insert",
        "insert_into",
        "update",
        "delete",
        "_insert_ignoring",
    }
)
MACHINERY = ("sharing/audit/", "sharing/reading/")
"""The log itself, and reading, which writes nothing."""


def operations() -> dict[str, Callable[..., Any]]:
    """Every public function of `sharing` that takes a session and a context, or what holds one."""
    found = {}
    for name, function in _functions():
        annotations = {ast.unparse(each.annotation) for each in _arguments(function) if each.annotation is not None}
        if "Session" in annotations and annotations & {"Context", "Means", "Units"}:
            module, _, attribute = name.rpartition(".")
            found[name] = getattr(importlib.import_module(module), attribute)
    return found


def _functions() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted((HOUSE / "sharing").rglob("*.py")):
        if path.relative_to(HOUSE).as_posix().startswith(MACHINERY) and path.name != "record.py":
            continue
        module = ".".join(path.relative_to(HOUSE).with_suffix("").parts)
        for node in parsed(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield f"{module}.{node.name}", node


def _arguments(function: ast.FunctionDef) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


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
