"""Operation: finding organizations, people and hats as one actor may know them; used by the verbs beside it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models.account import Account, Membership
from models.organization import Organization
from models.vocabulary import Role
from sharing.actor import Actor
from sharing.audiences import facts_of
from sharing.errors import Fault, Invalid, NotVisible
from sharing.permissions import Permission
from sharing.rules.knowing import knows
from sharing.rules.tokens import OrganizationFacts

MAX_NAME: Final = 200
"""Characters of a name, as the tables hold it."""


class HatRow(Struct, frozen=True):
    """One hat with its person and organization."""

    membership: Membership
    account: Account
    organization: Organization

    @property
    def roles(self) -> frozenset[Role]:
        """The roles of the hat."""
        return self.membership.role_set


def check_name(field: str, text: str, limit: int = MAX_NAME) -> str:
    """A name without blanks around it.

    Raises:
        Invalid: there is none, it is too long or holds control characters.
    """
    name = " ".join(text.split())
    if not name:
        raise Invalid(Fault(field, "missing", expected="a name"))
    if len(name) > limit or not name.isprintable():
        found = f"{len(name)} characters" if name.isprintable() else "signs that cannot be printed"
        raise Invalid(Fault(field, "bad_name", expected=f"at most {limit} printable characters", found=found))
    return name


def knows_organization(actor: Actor, organization: OrganizationFacts) -> bool:
    """Whether this actor may know that the organization takes part. Unknown means closed."""
    if actor.may(Permission.HUB_ADMINISTER) or actor.may(Permission.TRAIL_METADATA):
        return True
    return knows(actor.organization, organization)


def load_known_organization(session: Session, actor: Actor, organization_id: UUID) -> Organization:
    """An organization that takes part and that this actor may know of; locked, so that two managers wait in turn.

    Raises:
        NotVisible: there is none, it has left, or the actor may not know of it.
    """
    statement = select(Organization).where(Organization.id == organization_id, Organization.left_at.is_(None))
    found = session.execute(statement.with_for_update()).scalar_one_or_none()
    if found is None or not knows_organization(actor, facts_of(found)):
        raise NotVisible("no such organization")
    return found


def load_hat(session: Session, membership_id: UUID) -> HatRow:
    """An open hat.

    Raises:
        NotVisible: there is no such hat, or it has ended.
    """
    rows = hats_where(session, Membership.id == membership_id)
    if not rows:
        raise NotVisible("no such membership")
    return rows[0]


def hats_where(session: Session, *conditions: ColumnElement[bool]) -> list[HatRow]:
    """Open hats in organizations that take part, in the order in which they began."""
    statement = (
        select(Membership, Account, Organization)
        .join(Account, Account.id == Membership.account_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.ended_at.is_(None), Organization.left_at.is_(None), *conditions)
        .order_by(Membership.began_at, Membership.id)
    )
    return [
        HatRow(membership, account, organization) for membership, account, organization in session.execute(statement)
    ]


def hats_of_account(session: Session, account_id: UUID) -> list[HatRow]:
    """The open hats of one person."""
    return hats_where(session, Membership.account_id == account_id)


def hats_of_organization(session: Session, organization_id: UUID) -> list[HatRow]:
    """The open hats of one organization."""
    return hats_where(session, Membership.organization_id == organization_id)


def count_managers(hats: Iterable[HatRow]) -> int:
    """How many of these manage."""
    return sum(Role.MANAGER in hat.roles for hat in hats)


def load_account_for_change(session: Session, account_id: UUID) -> Account | None:
    """An account, read afresh and locked: two sign-ins at once are counted one after the other."""
    statement = select(Account).where(Account.id == account_id).with_for_update()
    return session.execute(statement, execution_options={"populate_existing": True}).scalar_one_or_none()


def is_past(moment: datetime | None, now: datetime) -> bool:
    """Whether a moment has come."""
    return moment is not None and moment <= now
