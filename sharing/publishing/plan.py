"""Operation: sort what is new in a publication from what was there, and refuse what contradicts it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from msgspec import Struct
from sqlalchemy.orm import Session

from crypto.canonical import canonical_json, parse_strict
from models.moments import microseconds_of
from models.vocabulary import Label
from sharing.actor import Context
from sharing.publishing.nouns import DEFINITIONS, Ending, NewObject, Outcome, Result
from sharing.reading.own import OwnVersion, load_own_body


class Fresh(Struct, frozen=True):
    """An object to be stored, with its version and the hash of its bytes."""

    new: NewObject
    version_us: int
    version: str
    digest: bytes


@dataclass
class Plan:
    """What one publication is about to write."""

    fresh: list[Fresh] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    seen_again: list[tuple[OwnVersion, NewObject]] = field(default_factory=list)
    newest: dict[str, int] = field(default_factory=dict)
    now_superseded: list[int] = field(default_factory=list)
    known_definitions: list[OwnVersion] = field(default_factory=list)
    earlier: dict[str, list[OwnVersion]] = field(default_factory=dict)
    """Of each object of which something is new, the versions that were there."""

    def continued(self, feed: int) -> dict[str, int]:
        """The objects of which there is more than one version now, each with its newest in a feed.

        What was posted before goes on too: it may be new in this feed.
        """
        if not self.earlier and not self.seen_again and len(self.newest) == len(self.fresh):
            return {}
        newest: dict[str, int] = {}
        several = {*self.earlier, *(one.stix_id for one in self._again())}
        for each in self.fresh:
            if each.new.stix_id in newest:
                several.add(each.new.stix_id)
            newest[each.new.stix_id] = max(each.version_us, newest.get(each.new.stix_id, each.version_us))
        for one in (
            *(one for versions in self.earlier.values() for one in versions if one.feed == feed),
            *self._again(),
        ):
            newest[one.stix_id] = max(one.version_us, newest.get(one.stix_id, one.version_us))
        return {stix_id: newest[stix_id] for stix_id in several}

    def _again(self) -> Iterator[OwnVersion]:
        return (one for one, _ in self.seen_again)

    def follow(self, earlier: dict[str, list[OwnVersion]]) -> None:
        """Put what is new behind the versions that were there."""
        self.earlier = earlier
        for stix_id, versions in earlier.items():
            newest = self.newest[stix_id]
            for one in versions:
                if one.version_us < newest and not one.superseded:
                    self.now_superseded.append(one.id)
                self.newest[stix_id] = max(self.newest[stix_id], one.version_us)

    def end(self, endings: Sequence[Ending]) -> None:
        """Write these last words too."""
        standing = set(self.now_superseded)
        for new, superseded, same, newest_us in endings:
            if same is not None:
                self.seen_again.append((same, new))
                continue
            if new.version_us is None or new.version is None:
                raise ValueError(f"expected the last word on {new.stix_id} to have a version, found none")
            self.fresh.append(Fresh(new, new.version_us, new.version, sha256(new.raw).digest()))
            self.newest[new.stix_id] = max(new.version_us, newest_us, self.newest.get(new.stix_id, 0))
            self.now_superseded += [each for each in superseded if each not in standing]


def plan_publication(
    session: Session, publisher: UUID, objects: Sequence[NewObject], known: Sequence[OwnVersion], context: Context
) -> Plan:
    """Sort new objects from those that were there, and refuse what contradicts what was there."""
    sorting = _Sorting(known, _Meanings(session, publisher), context.now)
    for each in objects:
        sorting.sort(each)
    plan = sorting.plan
    posted = {each.stix_id for each in objects}
    plan.known_definitions = [one for one in known if one.stix_id not in posted]
    plan.follow({stix_id: sorting.series[stix_id] for stix_id in plan.newest if stix_id in sorting.series})
    _tell_wider(plan)
    return plan


class _Sorting:
    """Holds each object of a publication against what was there, and against those before it."""

    def __init__(self, known: Sequence[OwnVersion], meanings: "_Meanings", now: datetime) -> None:
        self.plan = Plan()
        self.series: dict[str, list[OwnVersion]] = {}
        self._kept: dict[tuple[str, int], OwnVersion] = {}
        for one in known:
            self.series.setdefault(one.stix_id, []).append(one)
            self._kept.setdefault((one.stix_id, one.version_us), one)
        self._editions = {one.stix_id for one in known if one.is_edition}
        self._meanings = meanings
        self._in_batch: dict[tuple[str, int], Fresh] = {}
        self._creators: dict[str, str | None] = {}
        self._now = (microseconds_of(now), now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))

    def sort(self, each: NewObject) -> None:
        """Decide what becomes of one object."""
        digest = sha256(each.raw).digest()
        version_us, version = each.version_us, each.version
        own = self.series.get(each.stix_id, ())
        if each.report_id is None and each.stix_id in self._editions:
            self._answer(each, version or self._now[1], Result.REFUSED, "report-edition")
            return
        if version_us is None or version is None:
            version_us, version = _version_of_unversioned(own, digest, *self._now)
        first_creator = own[0].created_by_ref if own else each.created_by_ref
        if self._creators.setdefault(each.stix_id, first_creator) != each.created_by_ref:
            self._answer(each, version, Result.REFUSED, "other-creator")
            return
        same = self._kept.get((each.stix_id, version_us))
        twin = same or self._in_batch.get((each.stix_id, version_us))
        if twin is None:
            self._add(Fresh(each, version_us, version, digest))
            self._answer(each, version, Result.CREATED)
        elif digest == _digest_of(twin) or self._meanings.agree(twin, each.raw):
            if same:
                self.plan.seen_again.append((same, each))
            self._answer(each, version, Result.DUPLICATE)
        else:
            self._answer(each, version, Result.REFUSED, "other-content")

    def _add(self, fresh: Fresh) -> None:
        stix_id, newest = fresh.new.stix_id, self.plan.newest
        self._in_batch[stix_id, fresh.version_us] = fresh
        self.plan.fresh.append(fresh)
        newest[stix_id] = max(fresh.version_us, newest.get(stix_id, fresh.version_us))

    def _answer(self, each: NewObject, version: str, result: Result, code: str = "") -> None:
        self.plan.outcomes.append(Outcome(each.stix_id, version, result, code))


def _tell_wider(plan: Plan) -> None:
    """Let the outcomes say which new versions are stricter than one before them; mostly all are the first."""
    if not plan.earlier and len(plan.newest) == len(plan.fresh):
        return
    wider = _wider_before(plan)
    if wider:
        plan.outcomes = [_told(each, wider) for each in plan.outcomes]


def _wider_before(plan: Plan) -> dict[tuple[str, str], Label]:
    """The new versions that are stricter than one before them, each with the widest label of those."""
    series: dict[str, list[tuple[int, int, str]]] = {}
    for each in plan.fresh:
        if each.new.report_id is None and each.new.type not in DEFINITIONS:
            series.setdefault(each.new.stix_id, []).append((each.version_us, each.new.label.rank, each.version))
    found: dict[tuple[str, str], Label] = {}
    for stix_id, new in series.items():
        versions = [*new, *((one.version_us, one.label, "") for one in plan.earlier.get(stix_id, ()))]
        widest = Label.RED.rank
        for _, rank, version in sorted(versions):
            if version and widest < rank:
                found[stix_id, version] = Label.of_rank(widest)
            widest = min(widest, rank)
    return found


def _told(outcome: Outcome, wider: dict[tuple[str, str], Label]) -> Outcome:
    label = wider.get((outcome.stix_id, outcome.version)) if outcome.result is Result.CREATED else None
    return outcome if label is None else replace(outcome, wider=label)


def _version_of_unversioned(own: Sequence[OwnVersion], digest: bytes, now_us: int, now_text: str) -> tuple[int, str]:
    """Objects without `modified` or `created` get the time of their first recording as version, for good."""
    for version in own:
        if version.sha256 == digest:
            return version.version_us, version.version
    return now_us, now_text


class _Meanings:
    """The same object written with other blanks or key order is a repetition, not another content.

    What is repeated is read once, however often: a large object, and thousands of small ones under its id and version,
    would keep every writer waiting for hours.
    """

    def __init__(self, session: Session, publisher: UUID) -> None:
        self._session = session
        self._publisher = publisher
        self._read: dict[bytes, bytes] = {}

    def agree(self, kept: OwnVersion | Fresh, raw: bytes) -> bool:
        """Whether bytes say the same as what was there."""
        digest = _digest_of(kept)
        if digest not in self._read:
            self._read[digest] = _meaning(
                load_own_body(self._session, self._publisher, kept.id) if isinstance(kept, OwnVersion) else kept.new.raw
            )
        return self._read[digest] == _meaning(raw)


def _digest_of(kept: OwnVersion | Fresh) -> bytes:
    return kept.sha256 if isinstance(kept, OwnVersion) else kept.digest


def _meaning(raw: bytes) -> bytes:
    return sha256(canonical_json(parse_strict(raw))).digest()
