"""Operation: people of an organization that went up in the own one, taken over one by one by its manager.

Nobody comes along by itself: each person has the new hat when a manager has confirmed it, with the roles of before.
"""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased

from models.account import Account, Membership
from models.organization import Organization
from models.organization_change import Merger
from models.vocabulary import AccountState, MoveState, Role
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import NotPermitted, NotVisible
from sharing.people.lookup import load_known_organization
from sharing.permissions import Permission
from sharing.readers import ensure_account_window
from sharing.rules.inviting import decide_roles


class FormerHat(Struct, frozen=True):
    """A person who waits to be taken over."""

    membership_id: UUID
    display_name: str
    roles: frozenset[Role]
    organization_ja: str
    organization_en: str

    def organization(self, locale: str) -> str:
        """The name of the organization that went up in this one."""
        return self.organization_ja if locale == "ja" else self.organization_en


def list_former(session: Session, actor: Actor) -> list[FormerHat]:
    """Who of organizations that went up in the actor's is not taken over yet.

    Raises:
        NotPermitted: the actor manages nobody.
    """
    actor.must(Permission.PEOPLE_MANAGE)
    rows = session.execute(_waiting(actor.organization.id).order_by(Organization.name_ja, Account.display_name))
    return [
        FormerHat(hat.id, account.display_name, hat.role_set, former.name_ja, former.name_en)
        for hat, account, former in rows
    ]


def carry_over(session: Session, actor: Actor, membership_id: UUID, context: Context) -> Membership:
    """Take a person over with the roles of before; reading begins with the new hat, as for anybody who joins.

    Raises:
        NotPermitted: the actor manages nobody, or organizations of this kind give no such role.
        NotVisible: nobody of this hat waits to be taken over by the actor's organization.
    """
    actor.must(Permission.PEOPLE_MANAGE)
    load_known_organization(session, actor, actor.organization.id)
    found = session.execute(_waiting(actor.organization.id).where(Membership.id == membership_id)).one_or_none()
    if found is None:
        raise NotVisible("nobody like that waits")
    former, account, _ = found
    answer = decide_roles(actor.organization, former.role_set)
    if not answer.allowed:
        raise NotPermitted(answer.reason)
    made = Membership(
        id=context.new_id(),
        account_id=account.id,
        organization_id=actor.organization.id,
        roles=list(former.roles),
        began_at=context.now,
        ended_at=None,
    )
    former.ended_at = context.now
    session.add(made)
    session.flush()
    ensure_account_window(session, account.id)
    subjects = [("organization", str(actor.organization.id)), ("account", str(account.id))]
    record(session, Event(Tag.MEMBERSHIP_CARRY, actor, subjects, decision={"roles": made.roles}), context)
    return made


def _waiting(into_id: UUID) -> Select[Membership, Account, Organization]:
    """Open hats of organizations that went up in this one, of active people who have no hat here."""
    here = aliased(Membership)
    taken = exists().where(here.account_id == Account.id, here.organization_id == into_id, here.ended_at.is_(None))
    return (
        select(Membership, Account, Organization)
        .join(Account, Account.id == Membership.account_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .join(Merger, Merger.organization_id == Organization.id)
        .where(
            Merger.into_id == into_id,
            Merger.state == MoveState.DONE,
            Membership.ended_at.is_(None),
            Organization.left_at == Merger.decided_at,
            Account.state == AccountState.ACTIVE,
            ~taken,
        )
    )
