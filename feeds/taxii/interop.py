"""Rule: the filters of the interoperability tests of OASIS beside those of the specification (T-41)."""

from typing import Final

from feeds.errors import CodedError, TimestampError, clip
from feeds.reasons.codes import Code
from feeds.reasons.reason import because
from feeds.stix.markings import TLP1_NAMES, TLP2_IDS
from feeds.stix.timestamps import parse_timestamp
from models.vocabulary import Label
from sharing.rules.matching import Match

TOP: Final = frozenset(
    [
        "account_type",
        "confidence",
        "context",
        "data_type",
        "dst_port",
        "encryption_algorithm",
        "identity_class",
        "name",
        "number",
        "opinion",
        "pattern",
        "pattern_type",
        "primary_motivation",
        "region",
        "relationship_type",
        "resource_level",
        "result",
        "revoked",
        "src_port",
        "sophistication",
        "subject",
        "value",
        "aliases",
        "architecture_execution_envs",
        "capabilities",
        "extension_types",
        "implementation_languages",
        "indicator_types",
        "infrastructure_types",
        "labels",
        "malware_types",
        "personal_motivations",
        "report_types",
        "roles",
        "secondary_motivations",
        "sectors",
        "threat_actor_types",
        "tool_types",
    ]
)
"""Tiers 1 and 2: a top-level property equals, or one of its items does."""

ANYWHERE: Final = frozenset(
    [
        "address_family",
        "external_id",
        "MD5",
        "SHA-1",
        "SHA-256",
        "SHA-512",
        "SHA3-256",
        "SHA3-512",
        "SSDEEP",
        "TLSH",
        "integrity_level",
        "pe_type",
        "phase_name",
        "service_status",
        "service_type",
        "socket_type",
        "source_name",
        "start_type",
    ]
)
"""Tier 3: the property equals at any depth."""

NUMBERS: Final = frozenset({"confidence", "number", "src_port", "dst_port"})
TIMES_FROM: Final = frozenset({"modified", "valid_until"})
TIMES_UNTIL: Final = frozenset({"modified", "valid_from"})
COMPARED: Final = frozenset(
    [f"{name}-{how}" for name in NUMBERS for how in ("gte", "lte")]
    + [f"{name}-gte" for name in TIMES_FROM]
    + [f"{name}-lte" for name in TIMES_UNTIL]
)

NAMES: Final = frozenset(f"match[{name}]" for name in TOP | ANYWHERE | COMPARED | {"tlp", "relationships-all"})
"""Every parameter of this kind."""

MOST_FILTERS: Final = 10
"""Filters of one request; each is looked at for every object that the others let through."""

MOST_DIGITS: Final = 19
"""Digits of a number: as many as the largest of 64 bits has, which some clients send for "all of them"."""

MOST_TOGETHER: Final = 500
"""Values of all these filters of one request: each may be looked for in every object that a page examines."""

_TLP: Final[dict[str, tuple[str, ...]]] = {
    label.value.removeprefix("TLP:").lower(): (
        ident,
        *(marking for marking, name in TLP1_NAMES.items() if name == label.value.removeprefix("TLP:")),
    )
    for label, ident in TLP2_IDS.items()
}
_WHITE: Final = tuple(marking for marking, name in TLP1_NAMES.items() if name == "WHITE")
_TLP["white"] = _TLP["clear"] = (TLP2_IDS[Label.CLEAR], *_WHITE)


class InteropError(CodedError, ValueError):
    """A filter has a value that it may not have."""

    title = "The request could not be understood"


def read_match(parameter: str, values: tuple[str, ...]) -> Match:
    """The filter that a parameter asks for.

    Raises:
        InteropError: a label that is none, a comparison with several values or with something else than number or time.
    """
    name = parameter[len("match[") : -1]
    if name == "tlp":
        values = tuple(each.lower().replace(" ", "+") for each in values)  # a plus that was not escaped is read as one
        unknown = [each for each in values if each not in _TLP]
        if unknown:
            known = ", ".join(sorted(_TLP))
            raise InteropError(because(Code.LABEL_VALUE, name=parameter, values=known, value=clip(unknown[0])))
        ids = dict.fromkeys(ident for each in values for ident in _TLP[each])
        return Match("marking", name, tuple(ids))
    if name == "relationships-all":
        return Match("refers", name, values)
    if name in COMPARED:
        return _comparison(parameter, name, values)
    return Match("top" if name in TOP else "anywhere", name, values)


def _comparison(parameter: str, name: str, values: tuple[str, ...]) -> Match:
    property_name, _, how = name.rpartition("-")
    if len(values) != 1:
        raise InteropError(because(Code.ONE_VALUE, name=parameter, count=len(values)))
    if property_name in NUMBERS:
        if not (values[0].isascii() and values[0].isdigit() and len(values[0]) <= MOST_DIGITS):
            raise InteropError(because(Code.NUMBER_VALUE, name=parameter, value=clip(values[0])))
    else:
        try:
            parse_timestamp(values[0])
        except TimestampError:
            raise InteropError(because(Code.QUERY_TIME, name=parameter, value=clip(values[0]))) from None
    return Match(how, property_name, values)
