"""Operation: on what letters stand that need a second person: who else could write or confirm them, and since when."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.account import Account
from models.audit import LogState
from models.organization import Organization
from models.report import Report
from models.vocabulary import AccountState, Role, Tier
from sharing.actor import Actor
from sharing.people.lookup import hats_of_organization, hats_where
from sharing.rules.inviting import Footing, needs_confirmation
from sharing.setup import HUB_ID


def find_footing(session: Session, actor: Actor, organization: Organization) -> Footing:
    """What `decide_first_manager` wants to know."""
    return Footing(
        tier=organization.tier,
        has_secretariat=_has_secretariat(session, organization.ceptoar),
        is_founding=_is_founding(session),
        by_person=actor.account_id is not None,
    )


def _has_secretariat(session: Session, ceptoar: str | None) -> bool:
    if ceptoar is None:
        return False
    conditions = (Organization.tier == Tier.CEPTOAR, Organization.ceptoar == ceptoar)
    hats = hats_where(session, *conditions, Account.state == AccountState.ACTIVE)
    return any(Role.COORDINATOR in hat.roles for hat in hats)


def makes_administrator_alone(
    session: Session, actor: Actor, organization: Organization, roles: Collection[Role]
) -> bool:
    """Whether giving these roles would make a further administrator whom nobody has confirmed."""
    others = has_other_administrator(session, actor.account_id)
    return needs_confirmation(organization.tier, roles, has_other_administrator=others, is_in_use=_is_in_use(session))


def has_other_administrator(session: Session, account_id: UUID | None) -> bool:
    """Whether somebody else administers the hub, and can be asked."""
    return bool(_administrators(session) - {account_id})


def _is_founding(session: Session) -> bool:
    """Whether nothing was filed or published yet, and two persons cannot be asked for."""
    return not _is_in_use(session) and len(_administrators(session)) < 2


def _is_in_use(session: Session) -> bool:
    if session.execute(select(func.max(LogState.last_position))).scalar_one():
        return True
    return session.execute(select(Report.id).limit(1)).first() is not None


def _administrators(session: Session) -> set[UUID]:
    hats = hats_of_organization(session, HUB_ID)
    active = [hat for hat in hats if hat.account.state is AccountState.ACTIVE]
    return {hat.account.id for hat in active if Role.ADMINISTRATOR in hat.roles}
