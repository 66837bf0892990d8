"""Rule: judge an object against our schemas of STIX, and name each fault without showing what was posted.

The schemas are compiled on first use and then answer in microseconds; only an object that fails is looked at twice.
What a schema cannot say (order of times, selectors that must lead somewhere, forged definitions) is checked here.
"""

import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import msgspec

from feeds.errors import FOUND_LIMIT, TimestampError, clip
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, because, read
from feeds.stix import selectors
from feeds.stix.facts import spec_version_of
from feeds.stix.markings import published_definition
from feeds.stix.parse import kind_of
from feeds.stix.schema_rules import REASON
from feeds.stix.timestamps import parse_timestamp

PROBLEMS_NAMED = 20
"""Most problems named for one object; whoever posted it will look at the first few."""


class Strictness(StrEnum):
    """What a collection does with an object that has problems."""

    REFUSE = "refuse"
    WARN = "warn"


class Problem(msgspec.Struct, frozen=True):
    """One fault of an object."""

    pointer: str
    """Where: a JSON pointer, "" for the object itself."""
    rule: Reason | str
    met: Reason | str
    """The kind of value found, or a name of at most 80 characters; never content."""
    fatal: bool = False
    """True where the hub itself relies on the property, so that no policy can accept the object."""

    @property
    def expected(self) -> str:
        """The rule in words."""
        return str(self.rule)

    @property
    def found(self) -> str:
        """What was met, in words."""
        return str(self.met)

    @property
    def reason(self) -> Reason:
        """The whole of it."""
        if self.rule is _THIS:
            return because(Code.MISSING, at=self.pointer)
        at = self.pointer or because(Code.THE_OBJECT)
        return because(Code.FORM, at=at, expected=self.rule, found=self.met)


_THIS = "this property"
_NOTHING = because(Code.NOTHING)
_EMPTY = because(Code.EMPTY)


_SEEN = ("first_seen", "last_seen", True)
TIME_ORDER: dict[str, tuple[str, str, bool]] = {
    "campaign": _SEEN,
    "indicator": ("valid_from", "valid_until", False),
    "infrastructure": _SEEN,
    "intrusion-set": _SEEN,
    "malware": _SEEN,
    "malware-analysis": ("analysis_started", "analysis_ended", True),
    "network-traffic": ("start", "end", True),
    "observed-data": ("first_observed", "last_observed", True),
    "relationship": ("start_time", "stop_time", False),
    "sighting": _SEEN,
    "threat-actor": _SEEN,
}
"""By type the pair of times that must stand in order, and whether they may be equal."""

FATAL = ("/id", "/type", "/spec_version", "/created", "/modified", "/object_marking_refs", "/granular_markings")
"""What identity, versions, labels and the order of feeds rest on."""

_FATAL_NAMES = frozenset(pointer[1:] for pointer in FATAL)
_NEW_TYPES = frozenset({"new-sdo", "new-sco", "new-sro"})
_WITH_VERSIONS = frozenset({"new-sdo", "new-sro"})
"""Objects and relationships have versions (STIX 2.1 §3.2), whoever defined them; observables have none."""


class _Schemas:
    """The compiled validators of one version of STIX."""

    def __init__(self, version: str) -> None:
        text = (files("feeds.stix") / "schemas" / f"stix-{version}.json").read_text()
        self.document: dict[str, Any] = json.loads(text)
        self.words: dict[str, Reason] = {form: read([said])[0] for form, said in self.document["words"].items()}
        self.types = frozenset(name for names in self.document["types"].values() for name in names)
        self._validators: dict[str, Any] = {}

    def validator(self, name: str) -> Any:
        """Give the validator of a type, compiling it on first use."""
        found = self._validators.get(name)
        if found is None:
            schema = {"$defs": self.document["$defs"], "$ref": f"#/$defs/{name}"}
            found = jsonschema_rs.Draft202012Validator(schema, pattern_options=jsonschema_rs.RegexOptions())
            self._validators[name] = found
        return found

    def rule(self, path: list[str | int]) -> Reason | None:
        """Find what the rule that a schema path leads into says of itself."""
        node: Any = {"$defs": self.document["$defs"], "$ref": f"#/$defs/{path[0]}"}
        said = None
        for step in path[1:]:
            node = self.document["$defs"][node["$ref"].rpartition("/")[2]] if step == "$ref" else node[step]
            said = node.get(REASON, said) if isinstance(node, dict) else said
        return read([said])[0] if said else None


@cache
def _schemas(version: str) -> _Schemas:
    return _Schemas(version)


def compile_all() -> None:
    """Compile every validator now, so that no request waits for it."""
    for version in ("2.0", "2.1"):
        schemas = _schemas(version)
        for name in (*schemas.types, "custom-object"):
            schemas.validator(name)


def acceptable(problems: tuple[Problem, ...], strictness: Strictness) -> bool:
    """Decide whether an object with these problems may be taken under a policy."""
    if strictness is Strictness.REFUSE:
        return not problems
    return not any(problem.fatal for problem in problems)


def validate(value: dict[str, Any]) -> tuple[Problem, ...]:
    """Judge an object; an empty answer means that it has no fault."""
    kind = value.get("type")
    if kind.__class__ is str and value.get("spec_version") == "2.1":
        passes = _PASSES.get(kind)
        if passes is not None and passes(value) and _surely_in_order(value, kind):
            return ()
    return _judge(value, kind)


_PASSES: dict[str, Callable[[dict[str, Any]], bool]] = {}
"""The compiled judges of the types of STIX 2.1 met so far, for the short way through `validate`."""


def _surely_in_order(value: dict[str, Any], kind: str) -> bool:
    """Show cheaply that no rule beside the schema can object; False means only "not shown"."""
    if "granular_markings" in value or kind == "marking-definition":
        return False
    created, modified = value.get("created"), value.get("modified")
    # Of valid timestamps of one length the later one is the greater text.
    if created != modified and not (created and modified and len(created) == len(modified) and created < modified):
        return False
    rule = TIME_ORDER.get(kind)
    if rule is None:
        return True
    later = value.get(rule[1])
    return later is None or (rule[2] and later == value.get(rule[0]))


def _judge(value: dict[str, Any], kind: object) -> tuple[Problem, ...]:
    if not isinstance(kind, str):
        found = kind_of(kind) if "type" in value else _NOTHING
        return (Problem("/type", because(Code.TYPE_NAME), found, fatal=True),)
    stated = value.get("spec_version", "")
    if not isinstance(stated, str):
        return (Problem("/spec_version", because(Code.SPEC_VERSIONS), kind_of(stated), fatal=True),)
    version = spec_version_of(value)
    if version not in {"2.0", "2.1"}:
        return (Problem("/spec_version", because(Code.SPEC_VERSIONS), clip(version), fatal=True),)
    schemas = _schemas(version)
    name = kind if kind in schemas.types else "custom-object"
    validator = schemas.validator(name)
    if version == "2.1" and name == kind:
        _PASSES[kind] = validator.is_valid
    problems = [*_named(schemas, name, value)]
    if name == "custom-object":
        problems += _type_problems(value, kind)
    if not problems:
        problems += _time_problems(value, kind)
    problems += _selector_problems(value)
    if kind == "marking-definition":
        problems += _definition_problems(value)
    # One place often breaks several rules for one reason; the first tells it.
    first = {(problem.pointer, problem.expected if not problem.pointer else ""): problem for problem in problems[::-1]}
    return tuple([*first.values()][::-1][:PROBLEMS_NAMED])


def _type_problems(value: dict[str, Any], kind: str) -> Iterator[Problem]:
    identifier = value.get("id")
    if isinstance(identifier, str) and not identifier.startswith(f"{kind}--"):
        yield Problem("/id", because(Code.ID_WITH_TYPE), because(Code.ANOTHER_TYPE), fatal=True)
    if kind == "bundle":
        yield Problem("/type", because(Code.STIX_OBJECT), because(Code.A_BUNDLE), fatal=True)
        return
    defined = _types_defined(value.get("extensions"))
    if not kind.startswith("x-") and not defined:
        yield Problem("/type", because(Code.KNOWN_TYPE), clip(kind))
    if defined & _WITH_VERSIONS:
        for name in ("created", "modified"):
            if name not in value:
                yield Problem(f"/{name}", _THIS, _NOTHING, fatal=True)


def _types_defined(extensions: object) -> frozenset[str]:
    """What the extensions of an object say that its type is: an object, an observable, a relationship."""
    if not isinstance(extensions, dict):
        return frozenset()
    return _NEW_TYPES & {
        str(each.get("extension_type"))
        for key, each in extensions.items()
        if key.startswith("extension-definition--") and isinstance(each, dict)
    }


def _named(schemas: _Schemas, name: str, value: dict[str, Any]) -> Iterator[Problem]:
    for count, error in enumerate(schemas.validator(name).iter_errors(value)):
        if count == PROBLEMS_NAMED:
            return
        yield _problem(schemas, name, error)


def _problem(schemas: _Schemas, name: str, error: Any) -> Problem:
    keyword = error.kind.name
    path = list(error.instance_path)
    if keyword == "required":
        missing = error.kind.property
        return Problem(_pointer([*path, missing]), _THIS, _NOTHING, _is_fatal([*path, missing]))
    if keyword == "additionalProperties":
        found = clip(", ".join(error.kind.unexpected))
        return Problem(_pointer(path), because(Code.ALLOWED_NAMES), found, _is_fatal(path))
    fatal = _is_fatal(path) and not (keyword == "pattern" and path in _VERSION_TIMES and _is_time(error.instance))
    expected = _expected(schemas, name, error)
    return Problem(_pointer(path), expected, _of_those(expected, error) or _found(keyword, error.instance), fatal)


_VERSION_TIMES = (["created"], ["modified"])


def _is_time(text: Any) -> bool:
    """Whether a time is clear though its form is not: feeds leave out the milliseconds, and order does not suffer."""
    try:
        parse_timestamp(text)
    except TimestampError:
        return False
    return True


_EXPECTED: dict[str, Callable[[Any], Reason | str]] = {
    "type": lambda names: because(Code.OF_TYPE, types=names if isinstance(names, str) else " or ".join(names)),
    "enum": lambda values: because(Code.ONE_OF_VALUES, values=", ".join(map(str, values))[:FOUND_LIMIT]),
    "const": lambda value: clip(str(value)),
    "minItems": lambda _: because(Code.NOT_EMPTY),
    "minProperties": lambda _: because(Code.NOT_EMPTY),
    "minimum": lambda limit: because(Code.AT_LEAST, limit=limit),
    "maximum": lambda limit: because(Code.AT_MOST, limit=limit),
    "minLength": lambda limit: because(Code.MORE_CHARACTERS, limit=limit),
    "maxLength": lambda limit: because(Code.FEWER_CHARACTERS, limit=limit),
}


def _expected(schemas: _Schemas, name: str, error: Any) -> Reason | str:
    keyword = error.kind.name
    if keyword == "pattern":
        return schemas.words.get(error.kind.value) or because(Code.ITS_FORM)
    if keyword in _EXPECTED:
        return _EXPECTED[keyword](error.kind.value)
    return schemas.rule([name, *error.schema_path]) or because(Code.THE_SPECIFICATION)


_TOGETHER = frozenset({Code.NO_BODY, Code.NO_BODY_MULTIPART, Code.NO_END})
"""What forbids one property beside another."""


def _of_those(expected: Reason | str, error: Any) -> Reason | None:
    """What was met of the properties that a rule names together: "an object" would not say what is wrong with it."""
    if not isinstance(expected, Reason):
        return None
    if expected.code in _TOGETHER:
        return because(Code.BOTH_OF_THEM)
    if expected.code not in {Code.ANY_OF, Code.EXACTLY_ONE_OF}:
        return None
    names = str(expected.given["names"]).split(", ")
    return because(Code.SEVERAL_OF_THEM if any(name in error.instance for name in names) else Code.NONE_OF_THEM)


def _found(keyword: str, instance: Any) -> Reason | str:
    if keyword in {"minItems", "minProperties"}:
        return _EMPTY
    if keyword in {"minimum", "maximum"}:
        return clip(str(instance))
    if keyword in {"pattern", "enum", "const"} and isinstance(instance, str):
        return instance if len(instance) <= FOUND_LIMIT else because(Code.LONG_TEXT, count=len(instance))
    return kind_of(instance)


def _pointer(path: list[Any]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _is_fatal(path: list[Any]) -> bool:
    return bool(path) and path[0] in _FATAL_NAMES


def _time_problems(value: dict[str, Any], kind: str) -> Iterator[Problem]:
    rules = [("created", "modified", True), *([TIME_ORDER[kind]] if kind in TIME_ORDER else [])]
    for earlier, later, may_be_equal in rules:
        try:
            first, second = (parse_timestamp(value[name]) for name in (earlier, later))
        except (KeyError, TimestampError):
            continue  # absent, or a property of a custom type that only bears this name
        if second < first or (second == first and not may_be_equal):
            relation = because(Code.NOT_BEFORE if may_be_equal else Code.AFTER, name=earlier)
            met = because(Code.EARLIER_TIME if second < first else Code.SAME_TIME)
            yield Problem(f"/{later}", relation, met, fatal=f"/{later}" in FATAL)


def _selector_problems(value: dict[str, Any]) -> Iterator[Problem]:
    for pointer in selectors.unresolved(value):
        yield Problem(pointer, because(Code.LEADING_SELECTOR), because(Code.LEADS_NOWHERE), fatal=True)


def _definition_problems(value: dict[str, Any]) -> Iterator[Problem]:
    """Refuse an object that bears the id of a published label and says something else."""
    published = published_definition(str(value.get("id")))
    if published is not None and any(value.get(key) != each for key, each in published.items()):
        yield Problem("", because(Code.PUBLISHED_DEFINITION), because(Code.OTHER_DEFINITION), fatal=True)
