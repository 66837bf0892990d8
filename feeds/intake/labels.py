"""Rule: the label at which an object of a post is held; what nobody can classify is closed."""

from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from feeds.intake.statements import Statements
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, Reasons, because
from feeds.stix.facts import ObjectFacts
from feeds.stix.markings import label_of, published_definition
from models.collection import Collection
from models.vocabulary import Label

QUARANTINE: Final = Label.AMBER_STRICT
"""What nobody can classify is read as this, with nobody listed: by its sender and the sender's own secretariat."""


class Reading(NamedTuple):
    """The label that an object gets, or why it gets none."""

    label: Label
    notes: Reasons = ()
    refusal: Reason | None = None


CLEAR: Final = Reading(Label.CLEAR)
"""Of the definitions that the standards publish, which everybody has."""


@dataclass
class Labels:
    """Reads the labels of the objects of one post: once for each distinct list of markings."""

    collection: Collection
    statements: Statements
    _known: dict[tuple[Any, ...], Reading] = field(default_factory=dict)

    def read(self, facts: ObjectFacts) -> Reading:
        """The label of an object as it was posted, held as strictly as its strictest part."""
        if facts.type == "marking-definition" and not facts.marking_refs and published_definition(facts.stix_id):
            return CLEAR
        key = (facts.marking_refs, facts.granular_markings, facts.granular_marking_refs)
        reading = self._known.get(key)
        if reading is None:
            reading = self._known[key] = self._read(facts)
        return reading

    def _read(self, facts: ObjectFacts) -> Reading:
        """Read the label from the object's and its parts' markings; unknown means closed."""
        label, notes = self.of_whole(facts)
        if facts.granular_markings:
            label, told = self._with_parts(facts, label)
            notes += told
        highest = self.collection.highest_label
        if label.rank > highest.rank:
            given: dict[str, object] = {"highest": highest, "found": label}
            said = because(Code.TOO_STRICT_SINCE, **given, why=notes) if notes else because(Code.TOO_STRICT, **given)
            return Reading(label, refusal=said)
        return Reading(label, notes)

    def of_whole(self, facts: ObjectFacts) -> tuple[Label, Reasons]:
        """The label that the object states for all that has none of its own, or what holds it without one."""
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

    def of_part(self, ref: str) -> Label | None:
        """The label that a part's marking states; a mere statement states none, an unknown marking closes."""
        stated = label_of((ref,))
        if stated.label is not None:
            return stated.label
        return QUARANTINE if ref and not self.statements.hold((ref,)) else None

    def _with_parts(self, facts: ObjectFacts, label: Label) -> tuple[Label, Reasons]:
        """The strictest of the object and its parts; what goes wider are its redacted forms."""
        parts = label_of(facts.granular_marking_refs)
        found = [label] if parts.label is None else [label, parts.label]
        if not self.statements.hold(parts.unknown):
            found.append(QUARANTINE)
        strictest = Label.strictest(*found)
        if not facts.granular_marking_refs:
            return label, ()  # such markings state a language only
        return strictest, (because(Code.GRANULAR, label=strictest),)
