"""Operation: tell the readers of a redacted form that it ends, where a newer version of its object has none for them.

Without it they would hold what was revoked, raised or put together again for good: they never saw the object, and no
version of it says the form's id. The last word on a form goes to exactly those who hold it, says nothing that they do
not have, and does not tell what became of the object.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Final
from uuid import UUID

import orjson
from msgspec import Struct
from sqlalchemy.orm import Session

from feeds.intake.posts import Maker, Post, new_object
from feeds.signatures.by_hub import sign_form
from feeds.stix.facts import OBSERVABLE_TYPES, facts_of
from feeds.stix.granular import NEVER_REDACTED, Value, ended_form, list_forms
from feeds.stix.writing import to_bytes
from models.vocabulary import Label
from sharing.publishing.nouns import Ending, NewObject
from sharing.reading.closing import list_closed
from sharing.reading.own import OwnVersion, list_granted_tokens, list_marked, list_own_versions
from sharing.reading.standing import list_audience_tokens, list_stored
from sharing.rules.policy import OtherRule

MOST_OTHERS: Final = 5
"""Collections in which a form may have ended in other words at the same time; each takes a microsecond before."""


class _Last(Struct, frozen=True):
    """The last version of a form, and by whom it is held."""

    version_us: int
    label: Label
    body: bytes
    audience: Mapping[str, str] | None = None
    """None where it comes with this very post, and goes where its label goes."""
    taken: Mapping[int, OwnVersion] = MappingProxyType({})
    """All versions, in whichever collection, by their times."""


@dataclass
class Endings:
    """Finds what ends with a post, and remembers of which objects."""

    post: Post
    maker: Maker
    ended: dict[str, list[Label]] = field(default_factory=dict)
    """Labels at which a form of the object ends."""
    _needed: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)

    def __call__(
        self, session: Session, publisher_id: UUID, feed: int, continued: Mapping[str, int]
    ) -> Sequence[Ending]:
        """The last words on forms, given each object that goes on with its newest version in the feed."""
        creators = {
            each.new.stix_id: each.new.created_by_ref
            for each in self.post.candidates
            if each.new.stix_id in continued and _may_have_forms(each.new)
        }
        if not creators:
            return ()
        here = {each.new.stix_id for each in self.post.candidates if each.lesser}
        marked = creators.keys() & (here | list_marked(session, publisher_id, sorted(creators)))
        possible = {
            made.stix_id: (whole, label, made)
            for whole in sorted(marked)
            for label, made in list_forms(whole, creators[whole], self.maker.key).items()
        }
        if not possible:
            return ()
        endings: list[Ending] = []
        for stix_id, last in self._last_versions(session, publisher_id, feed, possible.keys()).items():
            whole, label, made = possible[stix_id]
            at_us = continued[whole] - made.shift_us
            if last.version_us < at_us and (written := self._write(session, publisher_id, last, at_us)):
                endings += written
                self.ended.setdefault(whole, []).append(label)
        return endings

    def _write(self, session: Session, publisher_id: UUID, last: _Last, at_us: int) -> list[Ending]:
        value: Value = orjson.loads(last.body) if last.body else {}
        if not value or value.get("revoked") is True:
            return []
        for at in range(at_us, max(last.version_us, at_us - MOST_OTHERS), -1):
            ended = ended_form(value, at, self._needed)
            same = last.taken.get(at)
            if same is not None and same.sha256 != sha256(to_bytes(ended)).digest():
                continue  # in another collection it said something else, which nobody here may know
            signed = sign_form(ended, self.maker.signer)
            names = [each["id"] for each in signed] if same is not None else []
            kept = {one.stix_id: one for one in list_own_versions(session, publisher_id, names)}
            standing = [one.id for one in last.taken.values() if one.version_us < at and not one.superseded]
            return [
                Ending(_new(ended, last), tuple(standing), same, max([at, *last.taken])),
                *(Ending(_new(each, last), same=kept.get(each["id"])) for each in signed),
            ]
        return []

    def _last_versions(
        self, session: Session, publisher_id: UUID, feed: int, stix_ids: Iterable[str]
    ) -> dict[str, _Last]:
        """The last version of each of these forms that there are, here in the post or held in the feed."""
        wanted = set(stix_ids)
        found = _held(session, list_own_versions(session, publisher_id, sorted(wanted)), feed)
        for form in (form for each in self.post.candidates for form in each.lesser if form.stix_id in wanted):
            known = found.get(form.stix_id)
            if form.version_us is not None and (known is None or known.version_us < form.version_us):
                taken = known.taken if known else {}
                found[form.stix_id] = _Last(form.version_us, form.label, form.raw, taken=taken)
        return found


def _may_have_forms(new: NewObject) -> bool:
    return new.version_us is not None and new.type not in NEVER_REDACTED and new.type not in OBSERVABLE_TYPES


def _held(session: Session, versions: Sequence[OwnVersion], feed: int) -> dict[str, _Last]:
    """The last of each id that somebody holds in the feed; what was deleted there nobody is told of again."""
    numbers = [each.id for each in versions]
    granted = list_granted_tokens(session, numbers, feed)
    closed = list_closed(session, [each for each in numbers if each not in granted], feed)
    waiting = [each for each in versions if each.feed == feed and each.id not in granted and each.id not in closed]
    recorded = list_audience_tokens(session, {each.audience_id for each in waiting}) if waiting else {}
    holders = {**granted, **{each.id: recorded.get(each.audience_id, set()) for each in waiting}}
    last: dict[str, OwnVersion] = {}
    for each in sorted(versions, key=lambda one: one.version_us):
        if holders.get(each.id):
            last[each.stix_id] = each
    stored = list_stored(session, [each.id for each in last.values()])
    series: dict[str, list[OwnVersion]] = {}
    for each in versions:
        series.setdefault(each.stix_id, []).append(each)
    return {
        stix_id: _Last(
            each.version_us,
            label := Label.of_rank(stored[each.id].label),
            stored[each.id].body,
            dict.fromkeys(sorted(holders[each.id]), f"{OtherRule.ENDED}/{label.value}"),
            {one.version_us: one for one in series[stix_id]},
        )
        for stix_id, each in last.items()
    }


def _new(value: Value, last: _Last) -> NewObject:
    return new_object(facts_of(value), last.label, to_bytes(value), last.audience)
