"""Rule: what a candidate names: other objects as references, and what stands in the sentences that people wrote."""

from typing import Any

from feeds.posts import Candidate
from feeds.stix.facts import ObjectFacts
from feeds.stix.texts import named_elsewhere, names_in_texts, told_in_texts


def naming(candidate: Candidate, value: dict[str, Any], facts: ObjectFacts) -> Candidate:
    """The candidate with all that it names; the same for an object as it was posted and for a form made of it."""
    elsewhere = named_elsewhere(value, facts, candidate.new.raw)
    refs = in_any_spelling((*facts.refs, *elsewhere.refs)) if facts.refs or elsewhere.refs else ()
    named = names_in_texts(value)
    if elsewhere.named:
        named = tuple(dict.fromkeys((*named, *elsewhere.named)))
    return candidate._replace(refs=refs, named=named, told=told_in_texts(value, facts.type))


def in_any_spelling(refs: tuple[str, ...]) -> tuple[str, ...]:
    """Ids as they stand, and in small letters where these differ: a UUID in capitals tells as much."""
    small = tuple([ref.lower() for ref in refs])
    return refs if small == refs else tuple(dict.fromkeys((*refs, *small)))
