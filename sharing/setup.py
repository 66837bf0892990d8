"""Operation: lay the first rows: the log, the code lists, the policy, the hub's own organization, the collections."""

from collections.abc import Callable
from typing import Any, Final
from uuid import uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from crypto.merkle import Frontier
from models.audit import LogState
from models.codelists import ceptoars, sectors
from models.collection import EXERCISE_FEED, INBOX_FEED
from models.moments import microseconds_of
from models.organization import Organization
from models.report import PolicyVersion
from models.vocabulary import CollectionKind, Door, Label, Role, Tier
from sharing.actor import Actor, Context
from sharing.audit.integrate import shard_of
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.codelists.loading import lay_codelists
from sharing.collections.adding import NAMESPACE, NewCollection, add_collection, collection_id
from sharing.errors import Conflict
from sharing.rules import tokens
from sharing.rules.policy import default_policy_document, parse_policy
from sharing.rules.tokens import OrganizationFacts

HUB_ID: Final = uuid5(NAMESPACE, "hub")
"""The organization that runs the hub."""


def hub_facts() -> OrganizationFacts:
    """The hub's own organization, as the rules know it."""
    return OrganizationFacts(HUB_ID, Tier.HUB)


def hub_actor(door: Door) -> Actor:
    """The hub acting for its administrator, by command or job; it reads nothing."""
    return Actor(None, None, hub_facts(), frozenset({Role.ADMINISTRATOR}), door)


def initialize(
    session: Session, *, origin: str, names: tuple[str, str], context: Context, random_bytes: Callable[[int], bytes]
) -> None:
    """Make an empty database a hub.

    Raises:
        Conflict: it is one already.
    """
    if session.execute(select(LogState.id)).first() is not None:
        raise Conflict("this database is a hub already")
    now_us = microseconds_of(context.now)
    session.add(
        LogState(
            id=1,
            origin=f"{origin}/log",
            shard=shard_of(now_us),
            size=0,
            frontier=Frontier().to_bytes(),
            last_position=0,
            last_ts_ms=0,
            clock_seen=now_us,
        )
    )
    actor = hub_actor(Door.COMMAND)
    record(session, Event(Tag.HUB_INIT, actor, decision={"origin": origin}), context)
    lay_codelists(session, actor, context)
    _load_policy(session, actor, context)
    ja, en = names
    session.add(Organization(id=HUB_ID, tier=Tier.HUB, name_ja=ja, name_en=en, joined_at=context.now))
    session.flush()
    _add_collections(session, actor, context)


def _load_policy(session: Session, actor: Actor, context: Context) -> None:
    document = default_policy_document()
    policy = parse_policy(document)
    session.add(PolicyVersion(version=policy.version, number=1, body=document, in_force_at=context.now))
    record(session, Event(Tag.POLICY_LOAD, actor, [("policy", policy.version)], decision=document), context)


def _add_collections(session: Session, actor: Actor, context: Context) -> None:
    def add(kind: CollectionKind, title: str, title_ja: str, alias: str = "", **more: Any) -> int:
        alias = alias or kind.value
        return add_collection(
            session,
            actor,
            NewCollection(ident=collection_id(alias), alias=alias, title=title, title_ja=title_ja, kind=kind, **more),
            context=context,
        ).feed

    inbox = add(CollectionKind.INBOX, "Inbox", "受信箱", description="Everything that you may see")
    exercise = add(CollectionKind.EXERCISE, "Exercises", "訓練", description="Exercises; never mixed with live feeds")
    if (inbox, exercise) != (INBOX_FEED, EXERCISE_FEED):
        raise Conflict("the inbox and the exercises must be the first two feeds")
    for each in sectors():
        writers = [tokens.secretariat(one.code) for one in ceptoars() if one.sector == each.code]
        add(CollectionKind.SECTOR, each.en, each.ja, alias=each.code, sector=each.code, writers=writers)
    government = [tokens.NCO, *_ministry_tokens()]
    add(CollectionKind.PROVISIONS, "Provisions", "情報提供", writers=government)
    add(CollectionKind.DIGESTS, "Digests", "定期まとめ")
    public = "CLEAR only, for anybody where the hub opens it"
    add(CollectionKind.PUBLIC, "Public", "公開", description=public, highest_label=Label.CLEAR)


def _ministry_tokens() -> list[str]:
    return sorted({tokens.ministry(o.ministry, each.code) for each in sectors() for o in each.ministries})
