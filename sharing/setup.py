"""Operation: lay the first rows: the log, the code lists, the policy, the hub's own organization, the collections."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crypto.merkle import Frontier
from models.audit import LogState
from models.codelist import Ceptoar, CodeItem, Sector
from models.codelists import ceptoars, load_codelists, sectors
from models.collection import EXERCISE_FEED, INBOX_FEED
from models.organization import Organization
from models.report import PolicyVersion
from models.vocabulary import CollectionKind, Door, Label, Role, Tier
from sharing.actor import Actor, Context
from sharing.audit.integrate import shard_of
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections import add_collection
from sharing.errors import Conflict
from sharing.rules import tokens
from sharing.rules.policy import default_policy_document, parse_policy
from sharing.rules.tokens import OrganizationFacts

NAMESPACE: Final = UUID("7f3c1d5e-2a84-4a63-9d0b-5f1a6c8e4b92")
"""Ids of what every hub has (its sector collections, say) are derived from this, the same everywhere."""

HUB_ID: Final = uuid5(NAMESPACE, "hub")
"""The organization that runs the hub."""


def collection_id(name: str) -> UUID:
    """A fixed id for a collection that every hub has; shaped as version 4, since some clients take no other."""
    derived = uuid5(NAMESPACE, f"collection/{name}")
    return UUID(int=(derived.int & ~(0xF << 76)) | (4 << 76))


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
    now_us = (context.now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
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
    _load_codelists(session, actor, context)
    _load_policy(session, actor, context)
    ja, en = names
    session.add(Organization(id=HUB_ID, tier=Tier.HUB, name_ja=ja, name_en=en, joined_at=context.now))
    session.flush()
    _add_collections(session, actor, context)


def _load_codelists(session: Session, actor: Actor, context: Context) -> None:
    today = context.now.date()
    session.execute(
        insert(Sector),
        [
            {
                "code": each.code,
                "name_ja": each.ja,
                "name_en": each.en,
                "ministry": _ministry_on(each.ministries_on(today)),
                "place": each.order,
                "confirmed": each.confirmed,
            }
            for each in sectors()
        ],
    )
    session.execute(
        insert(Ceptoar),
        [
            {
                "code": each.code,
                "sector": each.sector,
                "name_ja": each.ja,
                "name_en": each.en,
                "place": each.order,
                "confirmed": each.confirmed,
            }
            for each in ceptoars()
        ],
    )
    session.execute(insert(CodeItem), _code_rows(today))
    versions = {f"{each.list}/{each.version}": each.confirmed for each in load_codelists()}
    record(session, Event(Tag.CODELIST_LOAD, actor, decision={"lists": versions}), context)


def _ministry_on(codes: tuple[str, ...]) -> str | None:
    return codes[0] if codes else None


def _code_rows(today: date) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for each in load_codelists():
        groups = {group.code: group for group in each.groups}
        for item in each.items:
            group = groups.get(item.group or "")
            rows.append(
                {
                    "list": each.list,
                    "version": each.version,
                    "code": item.code,
                    "group_ja": group.ja if group else "",
                    "group_en": group.en if group else "",
                    "name_ja": item.ja,
                    "name_en": item.en,
                    "place": item.order,
                    "confirmed": item.confirmed,
                    "retired": each.valid_to is not None and each.valid_to <= today,
                }
            )
    return rows


def _load_policy(session: Session, actor: Actor, context: Context) -> None:
    document = default_policy_document()
    policy = parse_policy(document)
    session.add(PolicyVersion(version=policy.version, number=1, body=document, in_force_at=context.now))
    record(session, Event(Tag.POLICY_LOAD, actor, [("policy", policy.version)], decision=document), context)


def _add_collections(session: Session, actor: Actor, context: Context) -> None:
    def add(kind: CollectionKind, title: str, title_ja: str, **more: object) -> int:
        alias = str(more.pop("alias", kind.value))
        return add_collection(
            session,
            actor,
            ident=collection_id(alias),
            alias=alias,
            title=title,
            title_ja=title_ja,
            kind=kind,
            context=context,
            **{"readers": (), "writers": (), **more},  # type: ignore[arg-type]
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
