"""Operation: whom a thing concerns that wants to be told of it by mail: hats with a confirmed address and that wish."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, false, select
from sqlalchemy.orm import Session

from models.account import Account, Membership
from models.inquiry import Inquiry
from models.job import Digest, DigestSubscription
from models.mail import MailAddress
from models.organization import Organization
from models.recall import Recall, RecallAnswer
from models.report import Proposal, Report
from models.vocabulary import AccountState, Door, MailMatter, MailWish, Tier
from sharing.actor import Actor
from sharing.audiences import facts_of

WISHES: Final[Mapping[MailMatter, MailWish]] = {
    MailMatter.FILED: MailWish.DESK,
    MailMatter.QUESTION: MailWish.DESK,
    MailMatter.PROPOSAL: MailWish.APPROVAL,
    MailMatter.ANSWER: MailWish.APPROVAL,
    MailMatter.PUBLISHED: MailWish.OWN,
    MailMatter.READ: MailWish.OWN,
    MailMatter.ASKED: MailWish.OWN,
    MailMatter.RECALLED: MailWish.RECALL,
    MailMatter.DIGEST: MailWish.DIGEST,
}
"""By which wish one is told of what; a code is sent to whoever asked for it."""

_OF_REPORTS: Final[Mapping[MailMatter, Any]] = {
    MailMatter.PROPOSAL: Proposal,
    MailMatter.PUBLISHED: Proposal,
    MailMatter.QUESTION: Inquiry,
    MailMatter.ANSWER: Inquiry,
    MailMatter.ASKED: Inquiry,
    MailMatter.RECALLED: Recall,
}
"""What belongs to a report."""


class Recipient(Struct, frozen=True):
    """A hat that is told something, and where."""

    actor: Actor
    address: str
    locale: str
    wishes: frozenset[MailWish]


class Recipients(Struct, frozen=True):
    """Some of those whom a thing concerns."""

    actors: tuple[Actor, ...]
    last: UUID | None
    """After which hat the next ones come; None where these are all."""


def list_recipients(
    session: Session, matter: MailMatter, subject: UUID, *, after: UUID | None, most: int
) -> Recipients:
    """Whoever may be told, each under the hat that it concerns; what each may know is another question."""
    query = _hats().where(_concerned(session, matter, subject))
    if after is not None:
        query = query.where(Membership.id > after)
    found = session.execute(query.order_by(Membership.id).limit(most)).all()
    actors = tuple(_actor(*row[:3]) for row in found if WISHES[matter] in row[3].wish_set)
    return Recipients(actors, found[-1][0].id if len(found) == most else None)


def find_recipient(session: Session, account_id: UUID, membership_id: UUID) -> Recipient | None:
    """The hat as it is now; None where it ended, was suspended or has no confirmed address any more."""
    query = _hats().where(Membership.id == membership_id, Membership.account_id == account_id)
    row = session.execute(query).one_or_none()
    if row is None:
        return None
    membership, account, organization, address = row
    actor = _actor(membership, account, organization)
    return Recipient(actor, address.address, account.locale, address.wish_set)


def report_of(session: Session, matter: MailMatter, subject: UUID) -> UUID | None:
    """The report that a thing belongs to; none for a digest."""
    if matter in {MailMatter.FILED, MailMatter.READ}:
        return subject
    table = _OF_REPORTS.get(matter)
    return (
        None
        if table is None
        else session.execute(select(table.report_id).where(table.id == subject)).scalar_one_or_none()
    )


def _hats() -> Select[Membership, Account, Organization, MailAddress]:
    return (
        select(Membership, Account, Organization, MailAddress)
        .join(Account, Account.id == Membership.account_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .join(MailAddress, MailAddress.account_id == Account.id)
        .where(
            Membership.ended_at.is_(None),
            Organization.left_at.is_(None),
            Account.state == AccountState.ACTIVE,
            MailAddress.confirmed_at.is_not(None),
        )
    )


def _concerned(session: Session, matter: MailMatter, subject: UUID) -> ColumnElement[bool]:
    """The desks that a thing concerns: those who are asked, one reader of digests, a secretariat, or the sender."""
    if matter is MailMatter.RECALLED:
        asked = select(RecallAnswer.organization_id).where(RecallAnswer.recall_id == subject)
        return Membership.organization_id.in_(asked)
    if matter is MailMatter.DIGEST:
        subscribed = select(DigestSubscription.membership_id).join(Digest)
        return Membership.id.in_(subscribed.where(Digest.id == subject))
    report = session.get(Report, report_of(session, matter, subject))
    if report is None:
        return false()
    if matter in {MailMatter.FILED, MailMatter.QUESTION}:
        return and_(Organization.tier == Tier.CEPTOAR, Organization.ceptoar == report.ceptoar)
    return Membership.organization_id == report.organization_id


def _actor(membership: Membership, account: Account, organization: Organization) -> Actor:
    return Actor(account.id, membership.id, facts_of(organization), membership.role_set, Door.MAIL)
