"""Rule: judge each object of a post by itself: its form, its label, the redacted forms that follow from its markings.

Nothing here needs the database, beside the definitions of a marking that are asked for, so that no lock is held while
a large post is judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from feeds.errors import clip
from feeds.intake.definitions import settle_definitions
from feeds.intake.labels import CLEAR, Labels
from feeds.intake.naming import naming
from feeds.intake.posts import Alone, Answer, Candidate, Maker, Post, new_object
from feeds.intake.statements import FindDefinitions, Statements
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, Reasons, because
from feeds.signatures.by_hub import HubSigner, sign_form
from feeds.signatures.signed import Signatures
from feeds.stix.extension import LIAISON
from feeds.stix.facts import ObjectFacts, facts_of
from feeds.stix.granular import Part, lesser_forms, levels_of
from feeds.stix.parse import Limits, RawObject, split_envelope
from feeds.stix.patterns import find_fault
from feeds.stix.schema import Problem, Strictness, acceptable, validate
from feeds.stix.writing import to_bytes
from models.collection import Collection
from models.vocabulary import CollectionKind
from sharing.publishing.nouns import DEFINITIONS, NewObject

LONGEST_ID: Final = 150
LONGEST_TYPE: Final = 100
LONGEST_VERSION: Final = 40
"""Longest texts that the columns of the object hold; what STIX itself uses is far shorter."""

PROBLEMS_SHOWN: Final = 5
"""Problems of one object that its answer names; the rest is counted."""

EXERCISE_WORDS: Final = frozenset({"exercise", "訓練"})
"""The entries of `labels` by which an object says that it is an exercise, in capitals or not."""


def read_post(
    body: bytes,
    collection: Collection,
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
    objects = split_envelope(body, Limits())
    lenient = collection.lenient if lenient is None else lenient
    labels = Labels(collection, Statements(objects, definitions))
    border = _Border(collection, labels, edition_key, signer, lenient=lenient)
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


@dataclass
class _Border:
    """Judges the objects of one post."""

    collection: Collection
    labels: Labels
    edition_key: bytes | None = field(default=None, repr=False)
    signer: HubSigner | None = field(default=None, repr=False)
    warned: int = 0
    lenient: bool = False

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
        reading = self.labels.read(facts)
        refusal = _refusal(place, facts, reading.refusal) if reading.refusal else None
        if _is_bare(facts) and reading is not CLEAR:
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
        new = new_object(facts, reading.label, each.raw)
        return naming(Candidate(place, new, notes, lesser), value, facts)

    def _other_type(self, facts: ObjectFacts) -> Reason | None:
        if not self._types or facts.type in self._types:
            return None
        return because(Code.OTHER_TYPE, types=self._named_types, found=clip(facts.type))

    def _redacted(
        self, facts: ObjectFacts, value: dict[str, Any], notes: Reasons
    ) -> tuple[tuple[NewObject, ...], Reasons]:
        """The forms of an object without its stricter parts, each to be published at its own label."""
        whole, _ = self.labels.of_whole(facts)
        levels = levels_of(value, whole, self.labels.of_part)
        if not levels or self.edition_key is None:
            return (), notes
        parts = lesser_forms(value, whole, levels, self.edition_key)
        if not parts:
            return (), (*notes, because(Code.ONLY_WHOLE))
        told = ", ".join(str(part.label) for part in parts if part.value["type"] == facts.type)
        forms = [part for part in parts if part.value["type"] == facts.type]
        parts += [Part(part.label, signed) for part in forms for signed in sign_form(part.value, self.signer)]
        made = tuple(new_object(facts_of(part.value), part.label, to_bytes(part.value)) for part in parts)
        return made, (*notes, because(Code.LESSER_FORMS, labels=told))


def _is_bare(facts: ObjectFacts) -> bool:
    """Whether it is a definition that has no label of its own, in no part either."""
    return facts.type in DEFINITIONS and not facts.marking_refs and not facts.granular_marking_refs


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
