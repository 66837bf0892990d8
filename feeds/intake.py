"""Operation: take in what arrives from outside: from the bytes of a post to published objects, each answered for.

`read_post` needs no database, so that no lock is held while a large post is judged; `take_in` publishes in the caller's
unit of work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy.orm import Session

from feeds.codes import Code
from feeds.definitions import Settling, settle_again, settle_definitions
from feeds.endings import Endings
from feeds.errors import clip
from feeds.naming import naming
from feeds.posts import Alone, Answer, Candidate, Maker, Post, Taken
from feeds.reasons import Reason, Reasons, because
from feeds.signatures.signed import Signatures
from feeds.signatures.signed_posts import KeptManifest, check_signatures, keep_submission
from feeds.statements import FindDefinitions, Statements
from feeds.stix.build import to_bytes
from feeds.stix.extension import LIAISON
from feeds.stix.facts import ObjectFacts, facts_of
from feeds.stix.granular import Part, lesser_forms, levels_of
from feeds.stix.markings import label_of, published_definition
from feeds.stix.parse import Limits, RawObject, split_envelope
from feeds.stix.patterns import find_fault
from feeds.stix.schema import Problem, Strictness, acceptable, validate
from feeds.stix.written import HubSigner, sign_form
from models.collection import Collection
from models.vocabulary import CollectionKind, Label
from models.ways import Statement
from sharing import publications
from sharing.actor import Actor, Context
from sharing.publications import publish
from sharing.publishing.nouns import DEFINITIONS, NewObject, Outcome, Publication, Result
from sharing.rules.policy import Policy

__all__ = ["Answer", "Candidate", "Post", "Taken", "read_post", "take_in"]

QUARANTINE: Final = Label.AMBER_STRICT
"""What nobody can classify is read as this, with nobody listed: by its sender and the sender's own secretariat."""

LONGEST_ID: Final = 150
LONGEST_TYPE: Final = 100
LONGEST_VERSION: Final = 40
"""Longest texts that the columns of the object hold; what STIX itself uses is far shorter."""

PROBLEMS_SHOWN: Final = 5
"""Problems of one object that its answer names; the rest is counted."""

EXERCISE_WORDS: Final = frozenset({"exercise", "訓練"})
"""The entries of `labels` by which an object says that it is an exercise, in capitals or not."""

_OTHERWISE: Final[Mapping[str, Reasons]] = {
    "other-creator": (because(Code.OTHER_CREATOR),),
    "other-content": (because(Code.OTHER_CONTENT),),
    "report-edition": (because(Code.REPORT_EDITION),),
}


_SEEN_AGAIN: Final[Mapping[str, Reasons]] = {
    "": (because(Code.REPEATED),),
    "granted-again": (because(Code.GRANTED_AGAIN),),
}


def read_post(
    body: bytes,
    collection: Collection,
    limits: Limits | None = None,
    *,
    edition_key: bytes | None = None,
    signer: HubSigner | None = None,
    lenient: bool | None = None,
    definitions: FindDefinitions | None = None,
) -> Post:
    """Split and judge a post. Without the key of editions, objects with granular markings are held whole.

    `signer` signs the redacted forms for the hub, which wrote them; no signature of the publisher fits those.
    `lenient` says what becomes of faults of form where that is not the collection's own rule. `definitions` are asked
    for where a marking is met that the post does not define.

    Raises:
        EnvelopeError: the body as a whole is unusable.
    """
    objects = split_envelope(body, limits or Limits())
    lenient = collection.lenient if lenient is None else lenient
    border = _Border(collection, Statements(objects, definitions), edition_key, signer, lenient=lenient)
    candidates: list[Candidate] = []
    refused: dict[int, Answer] = {}
    for place, each in enumerate(objects):
        judged = border.judge(place, each)
        if isinstance(judged, Answer):
            refused[place] = judged
        else:
            candidates.append(judged)
    signatures = Signatures.of(objects)
    return settle_definitions(
        Post(
            collection,
            tuple(candidates),
            refused,
            border.warned,
            objects,
            signatures,
            bare=border.bare,
            maker=Maker(edition_key, signer) if edition_key is not None else None,
        )
    )


def take_in(
    session: Session,
    actor: Actor,
    post: Post,
    *,
    policy: Policy,
    context: Context,
    subjects: Sequence[tuple[str, str]] = (),
    publisher_id: UUID | None = None,
) -> Taken:
    """Publish what the border let through; whoever calls has checked that the actor may write to the collection.

    `subjects` is what the entry is about besides (a peer); `publisher_id` whose it is, where that is not the actor's.

    Raises:
        NotPermitted: the actor publishes nothing.
        Conflict: the same signed submission is being received at this very moment.
    """
    manifest = None
    if publisher_id is None:  # what another hub passes on was signed for that one, by keys that are registered there
        post, manifest = check_signatures(session, actor, post, context)
    post = settle_again(post)
    if not post.candidates:
        return Taken(tuple(answer for _, answer in sorted(post.refused.items())), None)
    settling = Settling(post)
    endings = Endings(post, post.maker) if post.maker is not None else None
    published = publish(
        session,
        actor,
        Publication(
            post.collection,
            settling.objects,
            exercise=post.collection.kind is CollectionKind.EXERCISE,
            publisher_id=publisher_id,
            subjects=subjects,
            decision=_decision(post, manifest),
            endings=endings,
            settle=settling if post.bare else None,
        ),
        policy=policy,
        context=context,
    )
    post = settling.post
    answers = dict(post.refused)
    # What became of the redacted forms follows from what became of their objects.
    for candidate, outcome in zip(post.candidates, published.outcomes, strict=False):
        ended = endings.ended.get(candidate.new.stix_id, ()) if endings is not None else ()
        answers[candidate.place] = _answer(candidate, outcome, ended)
    if manifest is not None:
        keep_submission(session, actor, manifest, published.entry_id, context)
    return Taken(tuple(answers[place] for place in range(post.total)), published.entry_id)


def ask_ahead(session: Session, publisher: UUID, post: Post) -> list[Statement]:
    """All that `take_in` will ask PostgreSQL for a machine's post, if nothing in it is refused meanwhile."""
    return publications.ask_ahead(session, publisher, Settling(settle_again(post)).objects, post.collection.feed)


def _decision(post: Post, manifest: KeptManifest | None) -> dict[str, Any]:
    decision: dict[str, Any] = {}
    refused = sum(not answer.accepted for answer in post.refused.values())
    if refused or post.warned:
        decision = {"refused": refused, "warned": post.warned}
    if post.signatures.by_version:
        decision["signed"] = len(post.signatures.by_version)
    if manifest is not None:
        decision |= {"manifest": manifest.nonce, "signed_by": manifest.key}
    return decision


def _answer(candidate: Candidate, outcome: Outcome, ended: Sequence[Label]) -> Answer:
    if outcome.result is Result.REFUSED:
        return Answer(outcome.stix_id, outcome.version, accepted=False, reasons=_OTHERWISE[outcome.code])
    notes = _SEEN_AGAIN[outcome.code] if outcome.result is Result.DUPLICATE else candidate.notes
    if outcome.wider is not None:
        notes = (*notes, because(Code.WIDER_BEFORE, label=outcome.wider))
    if ended:
        labels = sorted(ended, key=lambda label: label.rank)
        notes = (*notes, because(Code.FORMS_ENDED, labels=", ".join(labels)))
    return Answer(outcome.stix_id, outcome.version, accepted=True, reasons=notes)


class _Reading(NamedTuple):
    """The label that an object gets, or why it gets none."""

    label: Label
    notes: Reasons = ()
    refusal: Reason | None = None


@dataclass
class _Border:
    """Judges the objects of one post; labels are read once for each distinct list of markings."""

    collection: Collection
    statements: Statements
    edition_key: bytes | None = field(default=None, repr=False)
    signer: HubSigner | None = field(default=None, repr=False)
    warned: int = 0
    lenient: bool = False
    _readings: dict[tuple[Any, ...], _Reading] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._strictness = Strictness.WARN if self.lenient else Strictness.REFUSE
        self._exercise = self.collection.kind is CollectionKind.EXERCISE
        self._types = self.collection.allowed_types
        self._named_types = ", ".join(sorted(self._types))
        self.bare: dict[int, Alone] = {}

    def judge(self, place: int, each: RawObject) -> "Candidate | Answer":
        """Let one object through, with its label, or say why not."""
        value = each.value
        if each.problem is not None:
            return Answer(f"objects/{place}", None, accepted=False, reasons=(each.problem,))
        facts = facts_of(value)
        problems = validate(value)
        if problems and not acceptable(problems, self._strictness):
            return _refusal(place, facts, *_reasons(problems))
        fault = _too_long(facts) or self._other_type(facts)
        if fault:
            return _refusal(place, facts, fault)
        if not self._exercise and _is_exercise(facts, value):
            return _refusal(place, facts, because(Code.EXERCISE))
        reading = self._label(facts)
        refusal = _refusal(place, facts, reading.refusal) if reading.refusal else None
        if _is_bare(facts) and reading is not _CLEAR:
            self.bare[place] = Alone(reading.label, refusal)
        elif refusal:
            return refusal
        notes = reading.notes
        if problems:
            self.warned += 1
            notes = (because(Code.WARNED, problems=_reasons(problems)), *notes)
        odd = find_fault(value) if facts.type == "indicator" else None
        if odd:
            self.warned += not problems
            notes = (*notes, because(Code.PATTERN, fault=odd))
        lesser: tuple[NewObject, ...] = ()
        if facts.granular_marking_refs and self.edition_key is not None:
            lesser, notes = self._redacted(facts, value, notes)
        new = _new_object(facts, reading.label, each.raw)
        return naming(Candidate(place, new, notes, lesser), value, facts)

    def _other_type(self, facts: ObjectFacts) -> Reason | None:
        if not self._types or facts.type in self._types:
            return None
        return because(Code.OTHER_TYPE, types=self._named_types, found=clip(facts.type))

    def _label(self, facts: ObjectFacts) -> _Reading:
        if facts.type == "marking-definition" and not facts.marking_refs and published_definition(facts.stix_id):
            return _CLEAR
        key = (facts.marking_refs, facts.granular_markings, facts.granular_marking_refs)
        reading = self._readings.get(key)
        if reading is None:
            reading = self._readings[key] = self._read(facts)
        return reading

    def _read(self, facts: ObjectFacts) -> _Reading:
        """Read the label from the object's and its parts' markings; unknown means closed."""
        label, notes = self._object_label(facts)
        if facts.granular_markings:
            label, told = self._granular_label(facts, label)
            notes += told
        highest = self.collection.highest_label
        if label.rank > highest.rank:
            given: dict[str, object] = {"highest": highest, "found": label}
            said = because(Code.TOO_STRICT_SINCE, **given, why=notes) if notes else because(Code.TOO_STRICT, **given)
            return _Reading(label, refusal=said)
        return _Reading(label, notes)

    def _object_label(self, facts: ObjectFacts) -> tuple[Label, Reasons]:
        stated = label_of(facts.marking_refs)
        if stated.label is not None:
            beside = () if self.statements.hold(stated.unknown) else (because(Code.UNKNOWN_BESIDE, label=stated.label),)
            return stated.label, (*stated.notes, *beside)
        if not self.statements.hold(stated.unknown):
            return QUARANTINE, (because(Code.UNKNOWN_MARKING, label=QUARANTINE),)
        if self.collection.default_label is not None:
            default = self.collection.default_label
            return default, (because(Code.DEFAULT_LABEL, label=default),)
        return QUARANTINE, (because(Code.NO_MARKING, label=QUARANTINE),)

    def _redacted(
        self, facts: ObjectFacts, value: dict[str, Any], notes: Reasons
    ) -> tuple[tuple[NewObject, ...], Reasons]:
        """The forms of an object without its stricter parts, each to be published at its own label."""
        whole, _ = self._object_label(facts)
        levels = levels_of(value, whole, self._part_label)
        if not levels or self.edition_key is None:
            return (), notes
        parts = lesser_forms(value, whole, levels, self.edition_key)
        if not parts:
            return (), (*notes, because(Code.ONLY_WHOLE))
        told = ", ".join(str(part.label) for part in parts if part.value["type"] == facts.type)
        forms = [part for part in parts if part.value["type"] == facts.type]
        parts += [Part(part.label, signed) for part in forms for signed in sign_form(part.value, self.signer)]
        made = tuple(_new_object(facts_of(part.value), part.label, to_bytes(part.value)) for part in parts)
        return made, (*notes, because(Code.LESSER_FORMS, labels=told))

    def _part_label(self, ref: str) -> Label | None:
        """The label that a part's marking states; a mere statement states none, an unknown marking closes."""
        stated = label_of((ref,))
        if stated.label is not None:
            return stated.label
        return QUARANTINE if ref and not self.statements.hold((ref,)) else None

    def _granular_label(self, facts: ObjectFacts, label: Label) -> tuple[Label, Reasons]:
        """The object as it was posted is held as strictly as its strictest part; `_redacted` makes what goes wider."""
        parts = label_of(facts.granular_marking_refs)
        found = [label] if parts.label is None else [label, parts.label]
        if not self.statements.hold(parts.unknown):
            found.append(QUARANTINE)
        strictest = Label.strictest(*found)
        if not facts.granular_marking_refs:
            return label, ()  # such markings state a language only
        return strictest, (because(Code.GRANULAR, label=strictest),)


_CLEAR: Final = _Reading(Label.CLEAR)


def _is_bare(facts: ObjectFacts) -> bool:
    """Whether it is a definition that has no label of its own, in no part either."""
    return facts.type in DEFINITIONS and not facts.marking_refs and not facts.granular_marking_refs


def _new_object(facts: ObjectFacts, label: Label, raw: bytes) -> NewObject:
    return NewObject(
        facts.stix_id,
        facts.type,
        facts.spec_version,
        facts.version_us,
        facts.version_text,
        facts.created_by_ref,
        label,
        raw,
        facts.definition_refs,
    )


def _refusal(place: int, facts: ObjectFacts, *reasons: Reason) -> Answer:
    named = clip(facts.stix_id) if facts.stix_id else f"objects/{place}"
    version = facts.version_text if facts.version_us is not None else None
    return Answer(named, clip(version) if version else None, accepted=False, reasons=reasons)


def _too_long(facts: ObjectFacts) -> Reason | None:
    """Texts longer than their columns; a schema that a collection is lenient about cannot be relied on here."""
    for pointer, text, limit in (
        ("/id", facts.stix_id, LONGEST_ID),
        ("/type", facts.type, LONGEST_TYPE),
        ("/created_by_ref", facts.created_by_ref, LONGEST_ID),
        ("/modified", facts.version_text, LONGEST_VERSION),
    ):
        if text is not None and len(text) > limit:
            return because(Code.TOO_LONG, at=pointer, most=limit, count=len(text))
    return None


def _is_exercise(facts: ObjectFacts, value: dict[str, Any]) -> bool:
    labels = facts.labels or value.get("labels")
    if isinstance(labels, str):
        labels = (labels,)  # a lenient collection takes one text for a list
    if isinstance(labels, tuple) and not EXERCISE_WORDS.isdisjoint(map(str.casefold, labels)):
        return True
    extensions = value.get("extensions")
    ours = extensions.get(LIAISON) if isinstance(extensions, dict) else None
    return isinstance(ours, dict) and ours.get("exercise", False) is not False


def _reasons(problems: Sequence[Problem]) -> Reasons:
    named = tuple(each.reason for each in problems[:PROBLEMS_SHOWN])
    more = len(problems) - PROBLEMS_SHOWN
    return (*named, because(Code.MORE_PROBLEMS, count=more)) if more > 0 else named
