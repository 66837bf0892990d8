"""Operation: organizations join and leave; who may know that which takes part."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.codelist import Ceptoar, Sector
from models.codelists import ministries
from models.organization import Organization
from models.vocabulary import Tier
from sharing.actor import Actor, Context
from sharing.audiences import facts_of
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Conflict, Fault, Invalid, NotPermitted
from sharing.past.asking import ask_for_past
from sharing.people.lookup import (
    check_name,
    hats_of_account,
    hats_of_organization,
    knows_organization,
    load_known_organization,
)
from sharing.permissions import Permission
from sharing.readers import close_account_window, close_organization_windows, open_organization_windows
from sharing.rules.spelling import fold
from sharing.rules.tokens import tokens_of_organization


class NewOrganization(Struct, frozen=True):
    """What an administrator says of an organization that joins."""

    tier: Tier
    name_ja: str
    name_en: str
    sector: str | None = None
    ceptoar: str | None = None
    ministry: str | None = None
    parent_id: UUID | None = None
    ident: UUID | None = None
    """A given id; otherwise a random one."""


def add_organization(session: Session, actor: Actor, new: NewOrganization, context: Context) -> Organization:
    """Let an organization join; it reads what is granted from now on, and what policy gives a newcomer of the past.

    Raises:
        NotPermitted: only an administrator adds organizations.
        Invalid: a name or code is missing, wrong or taken.
        Conflict: the place is taken: one CEPTOAR has one secretariat.
    """
    actor.must(Permission.HUB_ADMINISTER)
    organization = Organization(
        id=new.ident or context.new_id(),
        tier=new.tier,
        name_ja=check_name("name_ja", new.name_ja),
        name_en=check_name("name_en", new.name_en),
        sector=_sector(session, new),
        ceptoar=_ceptoar(session, new),
        ministry=_ministry(new),
        parent_id=new.parent_id,
        joined_at=context.now,
    )
    _refuse_taken(session, organization)
    session.add(organization)
    session.flush()
    facts = facts_of(organization)
    open_organization_windows(session, facts)
    ask_for_past(session, facts, sorted(tokens_of_organization(facts)), context)
    told = {"tier": facts.tier.value, "sector": facts.sector, "ceptoar": facts.ceptoar, "ministry": facts.ministry}
    subjects = [("organization", str(facts.id))]
    record(session, Event(Tag.ORGANIZATION_JOIN, actor, subjects, decision=told), context)
    return organization


def dismiss_organization(session: Session, actor: Actor, organization_id: UUID, context: Context) -> Organization:
    """Let an organization leave: its hats and keys end, its windows close; the ledger keeps what it could read.

    Raises:
        NotPermitted: only an administrator dismisses, and never the hub itself.
        NotVisible: there is no such organization.
    """
    actor.must(Permission.HUB_ADMINISTER)
    organization = load_known_organization(session, actor, organization_id)
    if organization.tier is Tier.HUB:
        raise NotPermitted("the hub's own organization does not leave")
    let_leave(session, organization, context.now)
    subjects = [("organization", str(organization.id))]
    record(session, Event(Tag.ORGANIZATION_LEAVE, actor, subjects), context)
    return organization


def let_leave(session: Session, organization: Organization, now: datetime) -> None:
    """End an organization's part: hats and keys with the next request, windows now; whoever calls records it."""
    people = {hat.account.id for hat in hats_of_organization(session, organization.id)}
    organization.left_at = now
    session.flush()
    close_organization_windows(session, organization.id)
    for account_id in sorted(people):
        if not hats_of_account(session, account_id):
            close_account_window(session, account_id)


def set_findable(session: Session, actor: Actor, findable: bool, context: Context) -> Organization:
    """Let other organizations know that one's own takes part, so that they can name it in a list; or no longer.

    Who has it on a list keeps it there.

    Raises:
        NotPermitted: the actor manages nobody.
    """
    actor.must(Permission.PEOPLE_MANAGE)
    organization = load_known_organization(session, actor, actor.organization.id)
    organization.findable = findable
    session.flush()
    subjects = [("organization", str(organization.id))]
    record(session, Event(Tag.ORGANIZATION_FINDABLE, actor, subjects, decision={"findable": findable}), context)
    return organization


def list_organizations(session: Session, actor: Actor) -> list[Organization]:
    """The organizations that this actor may know of: its own, those that are public knowledge, a secretariat's members;
    an administrator and an auditor know all."""
    statement = select(Organization).where(Organization.left_at.is_(None)).order_by(Organization.name_ja)
    return [each for each in session.execute(statement).scalars() if knows_organization(actor, facts_of(each))]


def belonging_of(session: Session, new: NewOrganization) -> tuple[str | None, str | None]:
    """Sector and CEPTOAR of an organization, checked to exist and to fit each other.

    Raises:
        Invalid: a code is missing, wrong, or not of the other.
    """
    return _sector(session, new), _ceptoar(session, new)


def _ceptoar(session: Session, new: NewOrganization) -> str | None:
    if new.ceptoar is None:
        if new.tier is Tier.CEPTOAR:
            raise Invalid(Fault("ceptoar", "missing", expected="the CEPTOAR that it is the secretariat of"))
        return None
    if new.tier not in {Tier.OPERATOR, Tier.BODY, Tier.CEPTOAR}:
        raise Invalid(Fault("ceptoar", "not_expected", expected="none for this tier", found=new.ceptoar))
    if session.get(Ceptoar, new.ceptoar) is None:
        raise Invalid(Fault("ceptoar", "unknown_code", expected="the code of a CEPTOAR", found=new.ceptoar))
    return new.ceptoar


def _sector(session: Session, new: NewOrganization) -> str | None:
    ceptoar = session.get(Ceptoar, new.ceptoar) if new.ceptoar else None
    if ceptoar is not None:
        if new.sector not in {None, ceptoar.sector}:
            raise Invalid(Fault("sector", "not_of_ceptoar", expected=ceptoar.sector, found=str(new.sector)))
        return ceptoar.sector
    if new.sector is None:
        if new.tier in {Tier.OPERATOR, Tier.MINISTRY}:
            raise Invalid(Fault("sector", "missing", expected="the code of a sector"))
        return None
    if session.get(Sector, new.sector) is None:
        raise Invalid(Fault("sector", "unknown_code", expected="the code of a sector", found=new.sector))
    return new.sector


def _ministry(new: NewOrganization) -> str | None:
    if new.tier is not Tier.MINISTRY:
        if new.ministry is not None:
            raise Invalid(Fault("ministry", "not_expected", expected="none for this tier", found=new.ministry))
        return None
    if new.ministry is None or new.ministry not in {each.code for each in ministries()}:
        raise Invalid(Fault("ministry", "unknown_code", expected="the code of a ministry", found=str(new.ministry)))
    return new.ministry


def _refuse_alike(session: Session, organization: Organization) -> None:
    """A name that looks like another's stands for it on every page: beside a label, on a list, in a preview."""
    wanted = {"name_ja": fold(organization.name_ja).plain, "name_en": fold(organization.name_en).plain}
    for name_ja, name_en in session.execute(select(Organization.name_ja, Organization.name_en)):
        for field, name in (("name_ja", name_ja), ("name_en", name_en)):
            if fold(name).plain == wanted[field]:
                raise Invalid(Fault(field, "taken", expected="a name that no organization has"))


def _refuse_taken(session: Session, organization: Organization) -> None:
    """Two secretariats of one CEPTOAR would both hold its token: an administrator could so make itself a reader."""
    _refuse_alike(session, organization)
    if organization.tier in {Tier.OPERATOR, Tier.BODY, Tier.FOREIGN, Tier.AUDITOR}:
        return
    same = select(Organization.id).where(
        Organization.tier == organization.tier,
        Organization.left_at.is_(None),
        Organization.ceptoar.is_not_distinct_from(organization.ceptoar),
        Organization.sector.is_not_distinct_from(organization.sector),
        Organization.ministry.is_not_distinct_from(organization.ministry),
    )
    if session.execute(same).first() is not None:
        raise Conflict("expected at most one such organization, found one that takes part")
