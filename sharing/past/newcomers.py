"""Operation: what a newcomer sees of the past: written by a job as grants to its own token, at new positions.

A window opens at the position of joining, so of itself a newcomer sees nothing of before. The policy says how many days
of which labels it is given besides; never anything stricter than GREEN, nothing that was recalled, replaced or raised
since, and no exercises. Whoever of its people does not read for the group gets nothing of it either.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.audience import Token, TokenWindow
from models.moments import MICROSECOND
from models.organization import Organization
from models.vocabulary import Door, Label
from sharing.actor import Context
from sharing.audiences import facts_of
from sharing.audit.record import Event
from sharing.audit.tags import Tag
from sharing.jobs.due import put_due
from sharing.past.asking import DUE_KIND
from sharing.publications import lock_publisher
from sharing.publishing.again import Regiven, give_again
from sharing.reading.standing import Past, list_granted_to, list_past
from sharing.rules.policy import OtherRule, Policy
from sharing.rules.tokens import standing_for
from sharing.setup import hub_actor

CHUNK: Final = 1_000
"""Grants of the past that one part looks through."""


__all__ = ["CHUNK", "DUE_KIND", "handle_newcomer"]


def handle_newcomer(session: Session, payload: Mapping[str, Any], context: Context, *, policy: Policy) -> None:
    """Give the next part; the caller commits, and the following part is due at once. Doing it twice gives nothing."""
    organization = session.get(Organization, UUID(payload["organization"]))
    names, place = list(payload["tokens"]), int(payload["place"])
    days = {label: count for label, count in policy.newcomers.items() if count}
    if organization is None or organization.left_at is not None or place >= len(names) or not days:
        return
    token, opened = names[place], _opened(session, organization.id, names[place])
    own = standing_for(facts_of(organization), token)
    after = None
    if opened is not None and own is not None and own != token:
        since = opened - max(days.values()) * (timedelta(days=1) // MICROSECOND)
        stretch = max(since, int(payload["after"] or 0)), opened
        highest = max(label.rank for label in days)
        found, after = list_past(session, token, stretch, highest, CHUNK)
        for publisher in sorted({each.publisher_id for each in found}):
            lock_publisher(session, publisher)  # what is raised or recalled in this moment is seen, or comes after
        found, after = list_past(session, token, stretch, highest, CHUNK)
        fresh = [each for each in found if each.position > _since(opened, days, each)]
        _give(session, organization, (token, own, policy.version), fresh, context)
    told = {**payload, "part": int(payload["part"]) + 1, "place": place + (after is None), "after": after}
    put_due(session, DUE_KIND, f"{payload['key']}/{told['part']}", context.now, told)


def _since(opened: int, days: Mapping[Label, int], each: Past) -> int:
    """From which position on its label is given."""
    return opened - days.get(Label.of_rank(each.label), 0) * (timedelta(days=1) // MICROSECOND)


def _give(
    session: Session, organization: Organization, by: tuple[str, str, str], found: Sequence[Past], context: Context
) -> None:
    """Grants to the newcomer's own token for what it does not have yet; one entry for all of the part."""
    token, own, policy = by
    # Asked of these two alone: each newcomer of before holds a grant of its own for every object.
    ids = [each.id for each in found]
    has, had = list_granted_to(session, ids, token), list_granted_to(session, ids, own)
    groups: dict[tuple[UUID, int], dict[int, Mapping[str, str]]] = {}
    for each in found:
        rule = {own: f"{OtherRule.NEWCOMER}/{Label.of_rank(each.label).value}"}
        for feed in has.get(each.id, set()) - had.get(each.id, set()):
            groups.setdefault((each.publisher_id, feed), {})[each.id] = rule
    if not groups:
        return
    event = Event(
        Tag.ORGANIZATION_PAST,
        hub_actor(Door.JOB),
        [("organization", str(organization.id))],
        recipients={"token": own, "by": token},
        objects={"objects": sorted({ident for gaining in groups.values() for ident in gaining})},
        decision={"by": token, "policy": policy},
    )
    changes = [Regiven(publisher, feed, gaining) for (publisher, feed), gaining in sorted(groups.items())]
    give_again(session, event, changes, context)


def _opened(session: Session, organization_id: UUID, token: str) -> int | None:
    """The position at which the organization's window on a token opened; None where none is open."""
    query = (
        select(TokenWindow.opened)
        .join(Token, Token.id == TokenWindow.token_id)
        .where(TokenWindow.organization_id == organization_id, TokenWindow.closed.is_(None), Token.name == token)
    )
    return session.execute(query.order_by(TokenWindow.opened.desc()).limit(1)).scalar_one_or_none()
