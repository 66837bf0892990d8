"""Rule: the hub signs what it wrote: with each object of an edition goes its signature, to the same readers.

A signature holds the hash of one version of one object, so it may be known to whoever was given that version and to
nobody else. It stays with that version: a later one brings its own.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from models.vocabulary import Label
from sharing.publishing.nouns import NewObject
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.editions.outgoing import outgoing

SIGNATURE_TYPE: Final = "ceptoar-signature"
"""What a signature is called in the feeds, the hub's and publishers' own."""


def with_signatures(objects: Sequence[NewObject], builder: EditionBuilder) -> list[NewObject]:
    """These objects, then the hub's signatures of those that say something of the report, with what explains them."""
    said = [each for each in objects if each.report_id is not None]
    *made, definition = builder.signatures([each.raw for each in said]) or (None,)
    if definition is None:
        return list(objects)
    signed = [
        replace(
            each,
            stix_id=one.stix_id,
            type=one.type,
            version_us=one.version_us,
            version=one.version,
            created_by_ref=one.created_by_ref,
            raw=one.raw,
            definition_refs=one.definition_refs,
            edition=None,
            fullness=0,
        )
        for each, one in zip(said, made, strict=True)
        if one is not None
    ]
    readers: dict[str, str] = {}
    for each in said:
        readers |= each.audience or {}
    explained = outgoing(definition, Label.CLEAR, readers)
    return [*objects, *signed, explained]
