"""How each hidden thing is done: in one of two worlds, by whoever does it there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from sqlalchemy import text

from models.vocabulary import CollectionKind, Door, Label, Role, Tier
from sharing.attachments.scans import Verdict
from sharing.collections.adding import NewCollection, add_collection
from sharing.collections.api_roots import RootRules, add_api_root
from sharing.disclosures import shown_of, write_disclosures
from sharing.inbox.cases import NewCase, register_case
from sharing.inbox.shifts import hand_over
from sharing.inbox.triage import Handling, handle_report, merge_reports
from sharing.lists.changing import add_to_list, make_list
from sharing.people.memberships import end_membership
from sharing.people.organizations import NewOrganization, add_organization
from sharing.people.resets import request_reset
from sharing.people.sign_in import find_candidate, finish_password
from sharing.readers import load_reader
from sharing.reading.page import page
from sharing.reading.question import Question
from sharing.reports.codes import load_codes
from sharing.reports.drafts import save_draft
from sharing.rules.resets import ResetKind
from sharing.setup import hub_actor
from tests.factory import PASSWORD
from tests.leaks import verbs
from tests.leaks.asking import Ids
from tests.leaks.cast import Base
from tests.leaks.copies import Copy
from tests.leaks.reading_requests import HIDDEN_NAME

CANARY = "隠し事の文言"
"""Stands in every text that is hidden; whoever keeps the trail must not meet it."""

Deed = Callable[[Copy, Base], Ids]


def report_ids(world: Copy, report: UUID, reference: str, *proposals: UUID) -> Ids:
    """The ids of a report and of what was published of it."""
    with world.reading() as session:
        found = session.execute(
            text("SELECT stix_id FROM objects WHERE report_id = :report AND type = 'incident' ORDER BY id"),
            {"report": str(report) if not world.hub.units.database.is_sqlite else report.hex},
        ).scalars()
        objects = tuple(dict.fromkeys(found))
    return Ids(reports=(str(report),), references=(reference,), proposals=tuple(map(str, proposals)), objects=objects)


def files(who: str, label: Label, **more: object) -> Deed:
    def do(world: Copy, base: Base) -> Ids:
        filed = verbs.files(world, base.actor(who), CANARY, label, **more)
        return report_ids(world, filed.report_id, filed.reference)

    return do


def follows(who: str, report: str) -> Deed:
    def do(world: Copy, base: Base) -> Ids:
        original = base.known.reports[report].report_id
        filed = verbs.files(world, base.actor(who), CANARY, report=original, kind="follow_up")
        return report_ids(world, filed.report_id, filed.reference)

    return do


def goes_on_behind(world: Copy, base: Base) -> Ids:
    """What a technical part that went out alone belongs to goes on: told anew, and corrected, but for that part."""
    report, who = base.known.reports["alone"], base.actor("rival reporter")
    filed = verbs.files(
        world, who, CANARY, report=report.report_id, kind="follow_up", correction=CANARY, details=CANARY, **verbs.ALONE
    )
    return report_ids(world, filed.report_id, filed.reference)


def drafts(world: Copy, base: Base) -> Ids:
    """One report is begun, and a follow-up of another; a colleague saves the first again."""
    verbs.deed(world, "hidden drafts")
    values = {"summary": [CANARY], "event_type": ["E30"], "label": ["TLP:RED"]}
    reporter, original = base.actor("rival reporter"), base.known.reports["rival"].report_id
    with world.writing() as session:
        begun = save_draft(session, reporter, values, {}, context=world.context())
        follow = save_draft(session, reporter, values, {}, report_id=original, context=world.context())
        again = {"summary": [CANARY * 2]}
        save_draft(session, reporter, again, begun.versions, draft_id=begun.id, context=world.context())
    return Ids(drafts=(str(begun.id), str(follow.id)))


def proposes(world: Copy, base: Base) -> Ids:
    proposal = verbs.proposes(world, base.actor("grid secretariat"), base.known.reports["rival"], Label.CLEAR)
    return Ids(proposals=(str(proposal.proposal_id),))


def refuses(world: Copy, base: Base) -> Ids:
    verbs.refuses(world, base.actor("power approver"), base.known.proposals["waiting"], CANARY)
    return Ids()


def files_with(who: str, label: Label, **more: object) -> Deed:
    """A report with a file; with `of` a further version of one that is known."""

    def do(world: Copy, base: Base) -> Ids:
        of = more.get("of")
        continued = {"report": base.known.reports[str(of)].report_id, "kind": "follow_up"} if of else {}
        file = verbs.puts(world, base.actor(who), f"{CANARY}.txt", label)
        filed = verbs.files(world, base.actor(who), CANARY, label, uploads=(file,), **continued)
        verbs.scans(world, file, Verdict.CLEAN)
        found = Ids() if of else report_ids(world, filed.report_id, filed.reference)
        return replace(found, files=(str(file),), uploads=(str(file),))

    return do


def puts(world: Copy, base: Base) -> Ids:
    """A file that is not filed yet."""
    return Ids(uploads=(str(verbs.puts(world, base.actor("rival reporter"), f"{CANARY}.txt")),))


def scans(world: Copy, base: Base) -> Ids:
    """The scanner finds something in a file that only its sender may have."""
    verbs.scans(world, base.known.files["red"], Verdict.FOUND, CANARY)
    return Ids(files=(str(base.known.files["red"]),))


def handles(world: Copy, base: Base) -> Ids:
    """The secretariat notes how it handles a member's report, and merges another into it."""
    office, reports = base.actor("grid secretariat"), base.known.reports
    verbs.deed(world, "hidden handling")
    with world.writing() as session:
        wish = Handling(assign_to=office.account_id, priority=2, tags=CANARY, waiting_for=CANARY)
        handle_report(session, office, reports["rival"].report_id, wish, context=world.context())
    with world.writing() as session:
        merge_reports(session, office, reports["shared"].report_id, reports["rival"].reference, context=world.context())
    return Ids()


def notes(world: Copy, base: Base) -> Ids:
    """The secretariat keeps a case that nobody reported, and hands its shift over."""
    office = base.actor("grid secretariat")
    verbs.deed(world, "hidden notes")
    with world.writing() as session:
        case = NewCase("police", CANARY, "E30", "yes", CANARY, world.now)
        register_case(session, office, case, load_codes(session), context=world.context())
        hand_over(session, office, CANARY, context=world.context())
    return Ids()


def withdraws(world: Copy, base: Base) -> Ids:
    verbs.withdraws(world, base.actor("rival reporter"), base.known.reports["rival"].report_id, CANARY)
    return Ids()


def embargoes(world: Copy, base: Base) -> Ids:
    """A rival's edition is approved and waits for the end of an embargo."""
    report = base.known.reports["rival"]
    verbs.embargoes(world, base.actor("rival approver"), report.report_id, CANARY)
    proposal = verbs.proposes(world, base.actor("grid secretariat"), report, Label.CLEAR).proposal_id
    verbs.approves(world, base.actor("rival approver"), proposal)
    return Ids(proposals=(str(proposal),))


def posts(who: str, collection: str, number: int, label: Label, *, minute: int = 0) -> Deed:
    def do(world: Copy, base: Base) -> Ids:
        exercise = collection == "exercise"
        posted = verbs.indicator(number, label, name=CANARY, minute=minute, exercise=exercise)
        verbs.posts(world, base.actor(who), collection, posted)
        return Ids(objects=(verbs.indicator_id(number),))

    return do


def posts_in_two_forms(world: Copy, base: Base) -> Ids:
    """What a machine posts has a RED part: the hub writes a form without it, and signs that."""
    posted = verbs.indicator(302, Label.AMBER_STRICT, name=CANARY, secret=CANARY)
    verbs.posts(world, base.actor("water secretariat"), "water", posted)
    return Ids(objects=(verbs.indicator_id(302),))


def joins(world: Copy, base: Base) -> Ids:
    manager = base.actor("water manager")
    invitation, code = verbs.invites(world, manager, manager.organization.id, "Kyoko", Role.READER)
    _, membership = verbs.joins(world, code, "kyoko")
    return Ids(memberships=(str(membership),), invitations=(str(invitation),))


def invites(world: Copy, base: Base) -> Ids:
    manager = base.actor("water manager")
    invitation, _ = verbs.invites(world, manager, manager.organization.id, CANARY, Role.READER)
    return Ids(invitations=(str(invitation),))


def leaves(world: Copy, base: Base) -> Ids:
    verbs.deed(world, "leave")
    leaving = base.leaver.membership_id
    assert leaving is not None
    with world.writing() as session:
        end_membership(session, base.actor("water manager"), leaving, context=world.context())
    return Ids()


def makes_key(world: Copy, base: Base) -> Ids:
    return Ids(keys=(str(verbs.makes_key(world, base.actor("water reader"), CANARY)),))


def asks_reset(world: Copy, base: Base) -> Ids:
    verbs.deed(world, "hidden reset")
    person = base.actor("water reader").membership_id
    assert person is not None
    with world.writing() as session:
        manager = base.actor("water manager")
        asked = request_reset(session, manager, person, ResetKind.BOTH, CANARY, context=world.context())
        return Ids(resets=(str(asked.id),))


def signs_in(world: Copy, base: Base) -> Ids:
    verbs.deed(world, "hidden sign-in")
    with world.reading() as session:
        candidate = find_candidate(session, "water.reader")
    key = world.hub.secrets.api_key_key
    with world.writing() as session:
        finish_password(
            session, candidate, PASSWORD, fits=candidate.fits(PASSWORD), hmac_key=key, context=world.context()
        )
    return Ids()


def subscribes(world: Copy, base: Base) -> Ids:
    verbs.subscribes(world, base.actor("rival reporter"))
    return Ids()


def reads(world: Copy, base: Base) -> Ids:
    """The secretariat reads everything that it may; it is logged."""
    verbs.deed(world, "hidden reading")
    actor = replace(base.actor("grid secretariat"), door=Door.TAXII)
    with world.reading() as session:
        reader = load_reader(session, actor)
        found = page(session, reader, 1, Question(), sealer=world.hub.secrets.cursor)
    with world.writing() as session:
        shown = shown_of(actor, 1, found.rows, found.question, what="objects", at=world.now)
        write_disclosures(session, shown, world.hub.units)
    return Ids()


def adds_collection(world: Copy, base: Base) -> Ids:
    verbs.deed(world, "hidden collection")
    token = f"organization:{base.actor('water reader').organization.id}"
    with world.writing() as session:
        made = add_collection(
            session,
            hub_actor(Door.COMMAND),
            NewCollection(
                ident=UUID("5e5e5e5e-0000-4000-8000-000000000001"),
                title=CANARY,
                title_ja=CANARY,
                kind=CollectionKind.ADDED,
                readers=[token],
                writers=[token],
                alias="hidden",
            ),
            context=world.context(),
        )
        rules = RootRules(CANARY, CANARY, collections=frozenset({made.id}))
        add_api_root(session, hub_actor(Door.COMMAND), "hidden", rules, context=world.context())
        return Ids(collections=(str(made.id), "hidden"), roots=("hidden",))


def adds_organization(world: Copy, base: Base) -> Ids:
    verbs.deed(world, "hidden organization")
    new = NewOrganization(Tier.OPERATOR, CANARY, CANARY, ceptoar="water", sector="water")
    with world.writing() as session:
        made = add_organization(session, hub_actor(Door.COMMAND), new, world.context())
        return Ids(memberships=(str(made.id),))


def makes_list(world: Copy, base: Base) -> Ids:
    """A list with the name that others are about to give to theirs, and somebody on it."""
    verbs.deed(world, "hidden list")
    actor = base.actor("rival reporter")
    with world.writing() as session:
        made = make_list(session, actor, HIDDEN_NAME, world.context())
        add_to_list(session, actor, made.id, ["secretariat:water", "council"], world.context())
        return Ids(lists=(str(made.id),))


def names_in_a_list(world: Copy, base: Base) -> Ids:
    """A rival names the water secretariat in a report by a list."""
    made = makes_list(world, base)
    filed = verbs.files(world, base.actor("rival reporter"), CANARY, Label.AMBER, lists=made.lists)
    return replace(report_ids(world, filed.report_id, filed.reference), lists=made.lists)


def asks(world: Copy, base: Base) -> Ids:
    """A third organization asks about an edition that others ask about too."""
    asked = verbs.asks(world, base.actor("rival reader"), base.known.reports["shared"], CANARY)
    return Ids(inquiries=(str(asked),))


def words_an_answer(world: Copy, base: Base) -> Ids:
    """The exact answer to a question is proposed and approved, and not released."""
    people = base.actor("grid secretariat"), base.actor("power approver")
    verbs.approves_answer(world, *people, base.known.inquiries["answered"], CANARY)
    return Ids(inquiries=(str(base.known.inquiries["answered"]),))
