"""Rule: finished objects as they are to be published: at which label, for whom, and each once."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from models.vocabulary import Label
from sharing.publishing.nouns import EditionOf, NewObject
from sharing.reports.editions.builder import BuiltObject


def outgoing(
    built: BuiltObject,
    label: Label,
    audience: Mapping[str, str],
    *,
    report_id: UUID | None = None,
    edition: EditionOf | None = None,
    fullness: int = 0,
) -> NewObject:
    """An object that was built, for an audience; `report_id` where it says something of the report."""
    return NewObject(
        stix_id=built.stix_id,
        type=built.type,
        spec_version=built.spec_version,
        version_us=built.version_us,
        version=built.version,
        created_by_ref=built.created_by_ref,
        label=label,
        raw=built.raw,
        definition_refs=built.definition_refs,
        audience=audience,
        report_id=report_id,
        edition=edition,
        fullness=fullness,
    )


def each_once(objects: Iterable[NewObject]) -> list[NewObject]:
    """What several bring, such as the definition of a label, goes out once, to the readers of all of them."""
    found: dict[tuple[str, bytes], NewObject] = {}
    for each in objects:
        key = (each.stix_id, each.raw)
        earlier = found.get(key)
        both = None if earlier is None else {**(earlier.audience or {}), **(each.audience or {})}
        found[key] = each if earlier is None else replace(earlier, audience=both)
    return list(found.values())
