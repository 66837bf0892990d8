"""Rule: what a candidate names: other objects as references, and what stands in the sentences that people wrote."""

from typing import Any

from feeds.intake.posts import Candidate
from feeds.stix.facts import ObjectFacts
from feeds.stix.texts import named_elsewhere, names_in_texts, told_in_texts


def naming(candidate: Candidate, value: dict[str, Any], facts: ObjectFacts) -> Candidate:
    """The candidate with all that it names; the same for an object as it was posted and for a form made of it."""
    elsewhere = named_elsewhere(value, facts, candidate.new.raw)
    refs = _in_small_letters((*facts.refs, *elsewhere.refs)) if facts.refs or elsewhere.refs else ()
    named = names_in_texts(value)
    if elsewhere.named:
        named = tuple(dict.fromkeys((*named, *elsewhere.named)))
    return candidate._replace(refs=refs, named=named, told=told_in_texts(value, facts.type))


def _in_small_letters(refs: tuple[str, ...]) -> tuple[str, ...]:
    """Ids in the one spelling in which they are looked for: a UUID in capitals tells as much."""
    return tuple(dict.fromkeys([ref.lower() for ref in refs]))
