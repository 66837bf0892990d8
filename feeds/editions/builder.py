"""Rule: the STIX form of a report's editions: implements what `sharing.reports` asks of an edition builder."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from crypto.canonical import parse_strict
from crypto.hashing import keyed_hash, keyed_uuid
from feeds.editions import technical
from feeds.editions.contents import CORRECTION_LABEL, build_companions, build_contents
from feeds.editions.source import Code, Consents, EditionSource, Handling, IndicatorSource, Party
from feeds.signatures.by_hub import HubSigner, sign_written
from feeds.stix.extension import LIAISON
from feeds.stix.facts import facts_of
from feeds.stix.markings import TLP2_IDS, tlp_marking_definition
from feeds.stix.signature import signature_definition
from feeds.stix.timestamps import format_timestamp, microseconds_of
from feeds.stix.writing import to_bytes
from models.vocabulary import EDITION_TYPE, Form, Label
from sharing.reports.codes import Named
from sharing.reports.editions.builder import BuiltObject, EditionRequest, NamedOrganization, TechnicalRequest
from sharing.reports.editions.translation import Translation
from sharing.reports.further import FREE_TEXTS, anonymised, anonymised_states

WITHDRAWN = "取下げ / withdrawn"
"""What stands in place of a text that an object must have."""

_RECALLED_WITHOUT = frozenset({"description"})
_KEPT_OF_LIAISON = frozenset(
    {
        *("extension_type", "form", "report_kind", "report_number", "event_type", "event_type_names"),
        *("service_impact", "sector", "sector_names", "ceptoar", "ceptoar_names", "reference"),
        *("not_for_publication", "not_for_supervision", "exercise"),
    }
)
"""By what a reader finds again what it has to delete; nothing that it was told besides."""

_WITH_TEXTS = frozenset({EDITION_TYPE, "note", "language-content"})
_TEXTS = ("correction", "affected_service", "affected_users", "measures")
"""Free texts that stand in our extension."""

_SIGNS = "23456789BCDFGHJKMNPQRSTVWXZ"
"""Signs of a pseudonym: nothing that looks like another, and no vowels, so that no words arise."""
_PSEUDONYM_SIGNS = 5
"""14 million names: among a thousand operators two share one in one case of thirty."""


class StixEditions:
    """Builds editions as STIX 2.1, under ids that nobody can join without the key."""

    def __init__(self, edition_key: bytes, signer: HubSigner | None = None) -> None:
        self._key = edition_key
        self._signer = signer

    def __repr__(self) -> str:
        """Never the key."""
        return "StixEditions()"

    def main_id(self, report_id: UUID, form: Form) -> str:
        """The id of the incident of one form of a report."""
        return f"{EDITION_TYPE}--{self._uuid(report_id, form)}"

    def pseudonym(self, audience: str, organization_id: UUID) -> str:
        """What an organization is called in the editions of one audience: 事業者- and five signs."""
        hashed = keyed_hash(self._key, "pseudonym", audience.encode(), organization_id.bytes)
        number = int.from_bytes(hashed[:8], "big")
        signs = (_SIGNS[number // len(_SIGNS) ** place % len(_SIGNS)] for place in range(_PSEUDONYM_SIGNS))
        return f"事業者-{''.join(signs)}"

    def build(self, request: EditionRequest) -> tuple[BuiltObject, ...]:
        """Write every object of a form, the incident first."""
        source = self._source(request)
        values = build_contents(source) + build_companions(source)
        return tuple(_built(value, to_bytes(value)) for value in values)

    def technical_id(self, report_id: UUID) -> str:
        """The id of the STIX report that holds the technical part of a report together."""
        return f"{technical.MAIN_TYPE}--{self._technical_uuid(report_id)}"

    def build_technical(self, request: TechnicalRequest) -> tuple[BuiltObject, ...]:
        """Write the technical part of a report alone."""
        source = technical.TechnicalSource(
            edition_uuid=self._technical_uuid(request.report_id),
            label=request.label,
            publisher=_party(request.publisher),
            created=request.created,
            modified=request.modified,
            exercise=request.fields.exercise,
            indicators=tuple(IndicatorSource(each.kind, each.value) for each in request.fields.indicators),
            further=anonymised(request.fields.further),
        )
        return tuple(_built(value, to_bytes(value)) for value in technical.build_technical(source))

    def technical_ids(self, raw: bytes) -> frozenset[str]:
        """The ids of the STIX report, of what it names, and of its words in the other language."""
        return technical.ids_of(parse_strict(raw))

    def texts(self, raw: bytes) -> tuple[str, ...]:
        """The free texts of an incident, a note, or words in another language; the other objects hold none."""
        value = parse_strict(raw)
        ours = value.get("extensions", {}).get(LIAISON, {})
        found = [value.get("description"), value.get("content"), *(ours.get(name) for name in _TEXTS)]
        found += [text for words in value.get("contents", {}).values() for text in words.values()]
        further = ours.get("further", {})
        found += [text for name, text in further.items() if name in FREE_TEXTS]
        return tuple(text for text in found if isinstance(text, str)) if value["type"] in _WITH_TEXTS else ()

    def recalled(self, raw: bytes, modified: datetime) -> BuiltObject:
        """The next version of an object that says only that it is withdrawn: revoked, without its texts."""
        value = {name: each for name, each in parse_strict(raw).items() if name not in _RECALLED_WITHOUT}
        if "content" in value:
            value["content"] = WITHDRAWN
        if "contents" in value:
            value["contents"] = {language: _without_texts(words) for language, words in value["contents"].items()}
        if kept := [each for each in value.pop("labels", ()) if each != CORRECTION_LABEL]:
            value["labels"] = kept
        if LIAISON in value.get("extensions", {}):
            value["extensions"] = {
                name: _kept(each) if name == LIAISON else each for name, each in value["extensions"].items()
            }
        return self._version(value | {"revoked": True}, modified)

    def reissued(self, raw: bytes, modified: datetime) -> BuiltObject:
        """The same content as a further version."""
        return self._version(parse_strict(raw), modified)

    def raised(self, raw: bytes, label: Label, modified: datetime) -> tuple[BuiltObject, BuiltObject]:
        """The same content as a further version, marked with a stricter label; and the definition of that label."""
        value, definition = parse_strict(raw), tlp_marking_definition(label)
        value["object_marking_refs"] = [TLP2_IDS[label]]
        return self._version(value, modified), _built(definition, to_bytes(definition))

    def _version(self, value: dict[str, Any], modified: datetime) -> BuiltObject:
        value["modified"] = format_timestamp(microseconds_of(modified))
        if "object_modified" in value:
            value["object_modified"] = value["modified"]
        return self.describe(to_bytes(value))

    def signatures(self, raws: Sequence[bytes]) -> tuple[BuiltObject, ...]:
        """The hub's signature of each object, in their order, and last the definition of what a signature is."""
        if self._signer is None:
            return ()
        made = (*sign_written(raws, self._signer), signature_definition())
        return tuple(_built(value, to_bytes(value)) for value in made)

    def describe(self, raw: bytes) -> BuiltObject:
        """What `build` said of these bytes."""
        return _built(parse_strict(raw), raw)

    def _uuid(self, report_id: UUID, form: Form) -> UUID:
        return keyed_uuid(self._key, "edition", report_id.bytes, form.value.encode())

    def _technical_uuid(self, report_id: UUID) -> UUID:
        return keyed_uuid(self._key, "edition", report_id.bytes, b"technical")

    def _source(self, request: EditionRequest) -> EditionSource:
        fields = request.fields
        exact = request.form is not Form.ANONYMISED
        return EditionSource(
            edition_uuid=self._uuid(request.report_id, request.form),
            form=request.form,
            label=request.label,
            kind=fields.kind,
            number=request.number,
            event_type=_code(request.event_type),
            noticed_at=fields.noticed_at if exact else None,
            noticed_on=fields.noticed_on,
            service_impact=fields.service_impact,
            summary=fields.summary,
            sector=_code(request.sector),
            publisher=_party(request.publisher),
            created=request.created,
            modified=request.modified,
            ceptoar=_code(request.ceptoar),
            sender=_party(request.sender) if request.sender else None,
            reference=request.reference,
            pseudonym=request.pseudonym,
            causes=fields.causes,
            occurred_at=fields.occurred_at if exact else None,
            correction=fields.correction,
            details=fields.details,
            system_class=fields.system_class,
            affected_service=fields.affected_service,
            affected_users=fields.affected_users,
            recovery=fields.recovery,
            recovered_at=fields.recovered_at if exact else None,
            measures=fields.measures,
            lessons=fields.lessons,
            spillover_from=fields.spillover_from,
            consents=Consents(
                fields.consent_nco, fields.consent_ministry, fields.consent_foreign, fields.consent_police
            ),
            handling=Handling(fields.not_for_publication, fields.not_for_supervision),
            exercise=fields.exercise,
            indicators=tuple(IndicatorSource(each.kind, each.value) for each in fields.indicators),
            further=fields.further if exact else anonymised(fields.further),
            states=fields.states if exact else anonymised_states(fields.states),
            **_translated(request.translation),
        )


def _built(value: dict[str, Any], raw: bytes) -> BuiltObject:
    facts = facts_of(value)
    is_main = facts.type == EDITION_TYPE
    return BuiltObject(
        stix_id=facts.stix_id,
        type=facts.type,
        spec_version=facts.spec_version,
        version_us=facts.version_us,
        version=facts.version_text,
        created_by_ref=facts.created_by_ref,
        raw=raw,
        definition_refs=facts.definition_refs,
        is_main=is_main,
        is_companion=not facts.marking_refs,
        title=str(value.get("description", "")).split("\n\n", 1)[0] if is_main else "",
    )


def _kept(liaison: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in liaison.items() if name in _KEPT_OF_LIAISON}


def _translated(given: Translation | None) -> dict[str, str]:
    if given is None:
        return {}
    language = "ja" if given.language == "en" else "en"
    return {"language": language, "other_title": given.title, "other_summary": given.summary}


def _without_texts(words: dict[str, Any]) -> dict[str, Any]:
    """Words in another language: a title that somebody wrote stands beside a description, one made of codes alone."""
    return {"name": WITHDRAWN} if "description" in words else words


def _party(organization: NamedOrganization) -> Party:
    return Party(organization.id, organization.ja, organization.en)


def _code(named: Named) -> Code:
    return Code(named.code, named.ja, named.en)
