"""Operation: changing what a collection takes from now on, and how strictly."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.api_root import ApiRootCollection
from models.collection import Collection
from models.vocabulary import CollectionKind, Label
from sharing.actor import Actor, Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.errors import Fault, Invalid, NotVisible
from sharing.permissions import Permission

_TYPE: Final = re.compile(r"[a-z0-9-]{3,100}")
MOST_TYPES: Final = 100
"""Types that one collection names; STIX itself has half as many."""


@dataclass(frozen=True)
class Rules:
    """What a collection takes, and how strictly."""

    default_label: Label | None
    highest_label: Label
    lenient: bool
    types: frozenset[str]
    """Empty takes all."""
    ceptoar_only: bool
    in_hub: bool = True
    """Whether the root `hub` leads to it; else only added API roots do."""
    needs_signature: bool = False
    """Only what its publisher signed is taken."""


def change_collection(
    session: Session, actor: Actor, ident: UUID, change: Callable[[Rules], Rules], *, context: Context
) -> Rules:
    """Change what a collection takes from now on; what it holds stays as it is.

    Raises:
        NotPermitted: only an administrator does so.
        NotVisible: there is no such collection.
        Invalid: the default label is stricter than the highest, a type is none, or no API root would be left.
    """
    actor.must(Permission.HUB_ADMINISTER)
    found = session.execute(select(Collection).where(Collection.id == ident)).scalar_one_or_none()
    if found is None:
        raise NotVisible("no such collection")
    before = rules_of(found)
    rules = change(before)
    _check_rules(rules)
    if not rules.in_hub:
        _check_apart(session, found)
    found.outside_hub = None if rules.in_hub else True
    found.default_label, found.highest_label = rules.default_label, rules.highest_label
    found.lenient, found.ceptoar_only = rules.lenient, rules.ceptoar_only
    found.types, found.needs_signature = ",".join(sorted(rules.types)), rules.needs_signature
    session.flush()
    facts = {"collection": str(ident), "before": _told(before), "after": _told(rules)}
    record(session, Event(Tag.COLLECTION_CHANGE, actor, [("collection", str(ident))], decision=facts), context)
    return rules


def rules_of(collection: Collection) -> Rules:
    """What a collection takes."""
    return Rules(
        collection.default_label,
        collection.highest_label,
        collection.lenient,
        collection.allowed_types,
        collection.ceptoar_only,
        not collection.outside_hub,
        collection.needs_signature,
    )


def _check_apart(session: Session, collection: Collection) -> None:
    """Only a collection that somebody added, and that another root leads to, leaves the root `hub`."""
    leads = select(ApiRootCollection.root).where(ApiRootCollection.feed == collection.feed)
    if collection.kind is not CollectionKind.ADDED:
        raise Invalid(Fault("in_hub", "not-added", "a collection that was added", collection.kind.value))
    if session.execute(leads).first() is None:
        raise Invalid(Fault("in_hub", "no-root", "an added API root that leads to it", "none"))


def _check_rules(rules: Rules) -> None:
    faults = []
    if rules.default_label is not None and rules.default_label.rank > rules.highest_label.rank:
        faults.append(Fault("default_label", "too-strict", f"at most {rules.highest_label}", rules.default_label.value))
    faults += [
        Fault("types", "no-type", "a type such as indicator or x-company-thing", each)
        for each in sorted(rules.types)
        if not _TYPE.fullmatch(each)
    ]
    if len(rules.types) > MOST_TYPES:
        faults.append(Fault("types", "too-many", f"at most {MOST_TYPES} types", str(len(rules.types))))
    if faults:
        raise Invalid(*faults)


def _told(rules: Rules) -> dict[str, Any]:
    return {
        "default_label": rules.default_label.value if rules.default_label else None,
        "highest_label": rules.highest_label.value,
        "lenient": rules.lenient,
        "types": sorted(rules.types),
        "ceptoar_only": rules.ceptoar_only,
        "in_hub": rules.in_hub,
        "needs_signature": rules.needs_signature,
    }
