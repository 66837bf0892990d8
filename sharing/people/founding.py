"""Operation: on what an administrator's letter to a first manager stands: who else could write it, and since when."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.account import Account
from models.audit import LogState
from models.organization import Organization
from models.report import Report
from models.vocabulary import AccountState, Role, Tier
from sharing.actor import Actor
from sharing.people.lookup import hats_of_organization, hats_where
from sharing.rules.inviting import Footing
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


def _is_founding(session: Session) -> bool:
    """Whether nothing was filed or published yet, and two persons cannot be asked for."""
    if session.execute(select(func.max(LogState.last_position))).scalar_one():
        return False
    if session.execute(select(Report.id).limit(1)).first() is not None:
        return False
    hats = hats_of_organization(session, HUB_ID)
    return len({hat.account.id for hat in hats if _administers(hat.roles, hat.account)}) < 2


def _administers(roles: frozenset[Role], account: Account) -> bool:
    return Role.ADMINISTRATOR in roles and account.state is AccountState.ACTIVE
