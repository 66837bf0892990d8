"""Operation: API roots: which collections each leads to, and adding, changing and ending those beside `hub`.

A root narrows nothing and widens nothing: it is a way to collections, whose own rights decide. A caller who may
neither read nor write any collection of a root is answered as if there were no such root.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from models.api_root import ApiRoot, ApiRootCollection
from models.collection import Collection
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections.access import OpenCollection, list_collections, load_collection
from sharing.errors import Conflict, Fault, Invalid, NotVisible
from sharing.permissions import Permission
from sharing.readers import Reader
from sharing.reading.driver import fetch

HUB_ROOT: Final = "hub"
"""The root that every hub has; all collections stand in it but those that were put elsewhere on purpose."""

LEAST_CONTENT: Final = 10_000
"""Bytes that a root takes at least: one report with its indicators."""
MOST_ROOTS: Final = 100
"""Discovery lists them all, on one page."""
LONGEST_TITLE: Final = 200
LONGEST_DESCRIPTION: Final = 2_000

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


@dataclass(frozen=True)
class RootRules:
    """What an added root says of itself, and where it leads."""

    title: str
    title_ja: str
    description: str = ""
    max_content_length: int | None = None
    """Bytes of a post; None takes as many as the hub takes anywhere."""
    collections: frozenset[UUID] = frozenset()


class OpenRoot(Struct, frozen=True):
    """A root as one caller meets it: with the collections that it may read or write, by id."""

    name: str
    rules: RootRules | None
    """None for the root `hub`."""
    collections: tuple[OpenCollection, ...]


def list_roots(session: Session, reader: Reader) -> list[OpenRoot]:
    """The roots that this caller may know of: `hub`, then those that lead it to a collection, by name."""
    opened = list_collections(session, reader)
    return [_hub(opened), *_added(session, opened)]


def load_root(session: Session, reader: Reader, name: str) -> OpenRoot:
    """A root by its name.

    Raises:
        NotVisible: there is none, or it leads this caller nowhere.
    """
    opened = list_collections(session, reader)
    if name == HUB_ROOT:
        return _hub(opened)
    found = next((each for each in _added(session, opened) if each.name == name), None)
    if found is None:
        raise NotVisible("no such API root")
    return found


def load_collection_of(session: Session, reader: Reader, root: str, ident: str) -> OpenCollection:
    """A collection by id or alias, as it is reached through a root.

    Raises:
        NotVisible: there is none, it is closed to this reader, or this root does not lead to it.
    """
    opened = load_collection(session, reader, ident)
    return reached(session, root, opened)


def reached(session: Session, root: str, opened: OpenCollection) -> OpenCollection:
    """An open collection as this root leads to it.

    Raises:
        NotVisible: it does not lead there.
    """
    if root == HUB_ROOT:
        if opened.collection.outside_hub:
            raise NotVisible("no such collection")
        return opened
    rows = fetch(session, _LEADS, {"root": root, "feed": opened.feed}, kept=True) if _NAME.fullmatch(root) else []
    if not rows:
        raise NotVisible("no such collection")
    return replace(opened, max_content_length=rows[0][0])


_LEADS: Final = """
    SELECT r.max_content_length FROM api_root_collections c JOIN api_roots r ON r.name = c.root
    WHERE c.root = :root AND c.feed = :feed
"""


def must_lead_to(session: Session, reader: Reader, root: str, feed: int | None) -> None:
    """Check that what happened in a feed, such as a post, is told under this root.

    Raises:
        NotVisible: the root does not lead this caller there; before feeds were noted, all stood under `hub`.
    """
    if feed is None and root == HUB_ROOT:
        return
    found = session.get(Collection, feed) if feed is not None else None
    if found is None:
        raise NotVisible("no such collection")
    if root == HUB_ROOT and not found.outside_hub:
        return
    reached(session, root, load_collection(session, reader, str(found.id)))


def add_api_root(session: Session, actor: Actor, name: str, rules: RootRules, *, context: Context) -> ApiRoot:
    """Add an API root that leads to some collections.

    Raises:
        NotPermitted: only an administrator adds roots.
        Invalid: its name or what it says of itself cannot be, or it leads nowhere.
    """
    actor.must(Permission.HUB_ADMINISTER)
    every = list(session.execute(select(ApiRoot.name)).scalars())
    faults = [] if _NAME.fullmatch(name) else [_name_fault("bad-name", name)]
    if name == HUB_ROOT or name in every:
        faults.append(_name_fault("taken", name))
    if len(every) >= MOST_ROOTS:
        faults.append(Fault("name", "too-many", f"at most {MOST_ROOTS} API roots", str(len(every) + 1)))
    feeds, wrong = _feeds(session, rules)
    if faults or wrong:
        raise Invalid(*faults, *wrong)
    root = ApiRoot(name=name, **_said(rules), created_at=context.now)
    session.add(root)
    session.flush()
    _lead(session, name, feeds)
    event = Event(Tag.API_ROOT_ADD, actor, [("api-root", name)], decision={"root": name, **_told(rules)})
    record(session, event, context)
    return root


def _name_fault(code: str, name: str) -> Fault:
    expected = "a new name of a to z, 0 to 9 and hyphens, 40 characters at most"
    return Fault("name", code, expected, name)


def change_api_root(
    session: Session, actor: Actor, name: str, change: Callable[[RootRules], RootRules], *, context: Context
) -> RootRules:
    """Change what an added root says of itself, or where it leads.

    Raises:
        NotPermitted: only an administrator does so.
        NotVisible: there is no such added root.
        Invalid: something of it cannot be, or a collection would be left without a root.
    """
    actor.must(Permission.HUB_ADMINISTER)
    root = _load(session, name)
    before = _rules(session, root)
    rules = change(before)
    feeds, faults = _feeds(session, rules)
    faults += _lost(session, name, before.collections - rules.collections)
    if faults:
        raise Invalid(*faults)
    for field, value in _said(rules).items():
        setattr(root, field, value)
    session.flush()
    if rules.collections != before.collections:
        session.execute(delete(ApiRootCollection).where(ApiRootCollection.root == name))
        _lead(session, name, feeds)
    told = {"root": name, "before": _told(before), "after": _told(rules)}
    record(session, Event(Tag.API_ROOT_CHANGE, actor, [("api-root", name)], decision=told), context)
    return rules


def end_api_root(session: Session, actor: Actor, name: str, *, context: Context) -> None:
    """End an added root; its collections stay, under the others that lead to them.

    Raises:
        NotPermitted: only an administrator does so.
        NotVisible: there is no such added root.
        Conflict: a collection would be left without a root.
    """
    actor.must(Permission.HUB_ADMINISTER)
    root = _load(session, name)
    before = _rules(session, root)
    lost = _lost(session, name, before.collections)
    if lost:
        raise Conflict(f"expected another API root for each of its collections, found none for {lost[0].found}")
    session.execute(delete(ApiRootCollection).where(ApiRootCollection.root == name))
    session.delete(root)
    session.flush()
    event = Event(Tag.API_ROOT_END, actor, [("api-root", name)], decision={"root": name, **_told(before)})
    record(session, event, context)


def list_all_roots(session: Session, actor: Actor) -> list[tuple[str, RootRules]]:
    """Every added root with where it leads, by name.

    Raises:
        NotPermitted: only an administrator sees them all.
    """
    actor.must(Permission.HUB_ADMINISTER)
    found = session.execute(select(ApiRoot).order_by(ApiRoot.name)).scalars().all()
    return [(each.name, _rules(session, each)) for each in found]


def _hub(opened: Sequence[OpenCollection]) -> OpenRoot:
    return OpenRoot(HUB_ROOT, None, tuple(each for each in opened if not each.collection.outside_hub))


def _added(session: Session, opened: Sequence[OpenCollection]) -> list[OpenRoot]:
    by_feed = {each.feed: each for each in opened}
    query = select(ApiRoot, ApiRootCollection.feed).join(ApiRootCollection, ApiRootCollection.root == ApiRoot.name)
    found: dict[str, tuple[ApiRoot, list[OpenCollection]]] = {}
    for root, feed in session.execute(query.order_by(ApiRoot.name)):
        if feed in by_feed:
            found.setdefault(root.name, (root, []))[1].append(by_feed[feed])
    return [
        OpenRoot(name, _rules_with(root, ()), tuple(sorted(leads, key=lambda each: each.collection.id)))
        for name, (root, leads) in found.items()
    ]


def _load(session: Session, name: str) -> ApiRoot:
    found = session.get(ApiRoot, name) if _NAME.fullmatch(name) else None
    if found is None:
        raise NotVisible("no such API root; `hub` itself is not changed, see `collection change --outside-hub`")
    return found


def _rules(session: Session, root: ApiRoot) -> RootRules:
    query = select(Collection.id).join(ApiRootCollection, ApiRootCollection.feed == Collection.feed)
    return _rules_with(root, session.execute(query.where(ApiRootCollection.root == root.name)).scalars())


def _rules_with(root: ApiRoot, idents: Iterable[UUID]) -> RootRules:
    return RootRules(root.title, root.title_ja, root.description, root.max_content_length, frozenset(idents))


def _said(rules: RootRules) -> dict[str, Any]:
    return {name: value for name, value in asdict(rules).items() if name != "collections"}


def _told(rules: RootRules) -> dict[str, Any]:
    return {**_said(rules), "collections": sorted(str(each) for each in rules.collections)}


def _lead(session: Session, name: str, feeds: Sequence[int]) -> None:
    session.execute(insert(ApiRootCollection), [{"root": name, "feed": feed} for feed in feeds])


def _feeds(session: Session, rules: RootRules) -> tuple[list[int], list[Fault]]:
    """The feeds of a root, and what is wrong with its rules."""
    faults: list[Fault] = []
    for field in ("title", "title_ja"):
        title = getattr(rules, field)
        if not title.strip() or len(title) > LONGEST_TITLE:
            faults.append(Fault(field, "bad-title", f"1 to {LONGEST_TITLE} characters", title[:LONGEST_TITLE]))
    if len(rules.description) > LONGEST_DESCRIPTION:
        expected = f"at most {LONGEST_DESCRIPTION} characters"
        faults.append(Fault("description", "too-long", expected, str(len(rules.description))))
    most = rules.max_content_length
    if most is not None and not LEAST_CONTENT <= most < 2**31:
        faults.append(Fault("max_content_length", "out-of-range", f"{LEAST_CONTENT} bytes or more", str(most)))
    query = select(Collection.id, Collection.feed).where(Collection.id.in_(rules.collections))
    feeds = {row.id: row.feed for row in session.execute(query)}
    faults += [
        Fault("collections", "not-there", "the id of a collection, see `collection list`", str(each))
        for each in sorted(rules.collections - feeds.keys())
    ]
    if not rules.collections:
        faults.append(Fault("collections", "none", "at least one collection", "none"))
    return sorted(feeds.values()), faults


def _lost(session: Session, name: str, idents: Iterable[UUID]) -> list[Fault]:
    """Collections that no root would lead to any more."""
    others = select(ApiRootCollection.feed).where(ApiRootCollection.root != name)
    query = select(Collection.id).where(
        Collection.id.in_(list(idents)), Collection.outside_hub.is_(True), Collection.feed.not_in(others)
    )
    return [
        Fault("collections", "no-root", "another API root that leads to it, or `hub`", str(each))
        for each in sorted(session.execute(query).scalars())
    ]
