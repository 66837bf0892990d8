"""Rule: what a report says beyond its own columns, by the form definition: read, shown less in an anonymised edition.

Values are JSON: a text, a code, a list of codes, a time in UTC, stages of recovery, or a quantity, which is exact,
about, or between two numbers. `states` says of any field that nobody knows it, or that it is being looked into.
"""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from models.forms import FormField, InAnonymised, liaison_form
from models.vocabulary import ReportKind
from sharing.reports.checks import EARLIEST, Checker, shown
from sharing.reports.codes import Codes

Document = dict[str, Any]

STATES: Final = ("unknown", "investigating")
"""不明, 調査中."""
MOST_STAGES: Final = 30
"""Stages of one recovery; more belong into the course of events."""
STAGE_LIMIT: Final = 400
"""Characters of one stage."""
LARGEST_NUMBER: Final = 10**12
"""Larger numbers of people, hours or packets are slips of the finger."""
NUMBER_PLACES: Final = 3
"""Places after the point that a number keeps."""

QUANTITIES: Final = ({"exact"}, {"about"}, {"least", "most"})

FREE_TEXTS: Final = frozenset(name for name, each in liaison_form().further.items() if each.is_text)
"""The further fields that hold free text."""
FURTHER_TEXTS: Final[Mapping[str, int]] = {
    name: each.limit
    for name, each in liaison_form().further.items()
    if each.is_text and each.anonymised is InAnonymised.KEEP
}
"""Free texts that an anonymised edition shows too, with their limits: looked through and edited as the others are."""
FURTHER_LINES: Final = frozenset(name for name in FURTHER_TEXTS if liaison_form().further[name].type == "line")


def read_further(check: Checker, kind: ReportKind, core: Mapping[str, Any]) -> dict[str, Document]:
    """The parts `further` and `states` of a report; faults are noted at the field itself."""
    definition = liaison_form()
    given = _mapping(check, "further")
    values: Document = {}
    for name in sorted(set(given) - set(definition.further)):
        check.fault(str(name)[:40], "unknown-field", "a field of the report form")
    inner = Checker(given, _with_options(check.codes), check.now)
    for name, each in definition.further.items():
        if given.get(name) in (None, "", [], {}):
            continue
        if kind is ReportKind.NEAR_MISS and not each.near_miss:
            check.fault(name, "not-for-near-miss", "nothing: a near miss has the shorter form", "something")
            continue
        value = _READERS[each.type](inner, each)
        if value not in (None, "", [], ()):
            values[name] = value
    check.faults += inner.faults
    _check_times(check, core.get("occurred_at"), values)
    return {"further": values, "states": _states(check, values, core)}


def _mapping(check: Checker, name: str) -> Mapping[str, Any]:
    value = check.given.get(name, {})
    if not isinstance(value, Mapping):
        check.fault(name, "not-an-object", "an object", shown(value))
        return {}
    return value


def _with_options(codes: Codes) -> Codes:
    own = {_listed(each): dict.fromkeys(each.options, True) for each in liaison_form().further.values() if each.options}
    return Codes({**codes.lists, **own})


def _listed(field: FormField) -> str:
    return field.code_list or f"form:{field.name}"


def _states(check: Checker, values: Document, core: Mapping[str, Any]) -> Document:
    given, fields = _mapping(check, "states"), liaison_form().fields
    found: Document = {}
    for name, state in given.items():
        if name not in fields:
            check.fault(str(name)[:40], "unknown-field", "a field of the report form")
        elif state in (None, ""):
            continue
        elif state not in STATES:
            check.fault(name, "unknown-code", "one of " + ", ".join(STATES), shown(state))
        elif name in values or core.get(name) not in (None, "", (), []):
            check.fault(name, "value-and-state", "either a value, or that it is not known", "both")
        else:
            found[name] = state
    return found


def _check_times(check: Checker, occurred: datetime | None, values: Document) -> None:
    if occurred is None:
        return
    expected = values.get("expected_at")
    if expected and datetime.fromisoformat(expected) < occurred:
        check.fault("expected_at", "ended-before-began", "a time not before it occurred", "an earlier one")
    if any(datetime.fromisoformat(each["at"]) < occurred for each in values.get("stages", ())):
        check.fault("stages", "stage-before-began", "times not before it occurred", "an earlier one")


def _text(check: Checker, field: FormField) -> str:
    return check.text(field.name, field.limit, lines=field.type == "text")


def _code(check: Checker, field: FormField) -> str | None:
    return check.code(field.name, _listed(field))


def _codes(check: Checker, field: FormField) -> list[str]:
    return list(check.code_set(field.name, _listed(field)))


def _moment(check: Checker, field: FormField) -> str | None:
    moment = _future(check, field.name) if field.future else check.moment(field.name)
    return None if moment is None else written(moment)


def _future(check: Checker, name: str) -> datetime | None:
    """A time that may still come, but not in another lifetime."""
    moment = check.read_moment(name)
    if moment is None:
        check.fault(name, "not-a-time", "a time such as 2026-11-20T14:05:00+09:00", shown(check.given.get(name)))
    elif moment < EARLIEST:
        check.fault(name, "too-early", f"a time after {EARLIEST:%Y}", "an earlier one")
    elif moment.year > check.now.year + 10:
        check.fault(name, "too-far", "a time within ten years", "a later one")
    return moment


def written(moment: datetime) -> str:
    """A time as it is stored."""
    return moment.isoformat().replace("+00:00", "Z")


def _number(check: Checker, field: FormField) -> Document | None:
    given = check.given[field.name]
    if isinstance(given, int | float) and not isinstance(given, bool):
        given = {"exact": given}
    if not isinstance(given, Mapping) or set(given) not in QUANTITIES:
        check.fault(field.name, "not-a-quantity", "exact, about, or least and most", shown(given))
        return None
    numbers = {
        name: _plain_number(check, field, given[name]) for name in ("exact", "about", "least", "most") if name in given
    }
    if None in numbers.values():
        return None
    if "least" in numbers and numbers["least"] > numbers["most"]:  # type: ignore[operator]
        check.fault(field.name, "least-over-most", "the smaller number first", "the larger one")
    return numbers


def _plain_number(check: Checker, field: FormField, value: object) -> int | float | None:
    is_number = isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
    if isinstance(value, bool) or not isinstance(value, int | float) or not is_number:
        check.fault(field.name, "not-a-number", "a number", shown(value))
        return None
    if not 0 <= value <= LARGEST_NUMBER:
        check.fault(field.name, "out-of-range", f"a number from 0 to {LARGEST_NUMBER}", "another")
        return None
    rounded = round(Decimal(str(value)), NUMBER_PLACES)
    if rounded == rounded.to_integral_value():
        return int(rounded)
    if field.whole:
        check.fault(field.name, "not-whole", "a whole number", "a fraction")
        return None
    return float(rounded)


def _stages(check: Checker, field: FormField) -> list[Document]:
    given = check.given[field.name]
    if not isinstance(given, list | tuple):
        check.fault(field.name, "not-a-list", "a list of stages", shown(given))
        return []
    if len(given) > MOST_STAGES:
        check.fault(field.name, "too-many", f"at most {MOST_STAGES}", str(len(given)))
        return []
    found = [stage for each in given if (stage := _stage(check, field, each)) is not None]
    return sorted(found, key=lambda each: str(each["at"]))


def _stage(check: Checker, field: FormField, given: object) -> Document | None:
    if not isinstance(given, Mapping) or set(given) - {"at", "note"}:
        check.fault(field.name, "not-a-stage", "a time and what came back", shown(given))
        return None
    inner = Checker({name: value for name, value in given.items() if value is not None}, check.codes, check.now)
    moment = inner.moment("at", needed=True)
    note = inner.text("note", STAGE_LIMIT, lines=False, needed=True)
    for each in inner.faults:
        check.fault(field.name, "half-a-stage" if each.code == "missing" else each.code, each.expected, each.found)
    return None if inner.faults or moment is None else {"at": written(moment), "note": note}


_READERS: Final = {
    "line": _text,
    "text": _text,
    "code": _code,
    "codes": _codes,
    "moment": _moment,
    "number": _number,
    "stages": _stages,
}


def anonymised(further: Mapping[str, Any]) -> Document:
    """What an anonymised edition says of the further fields; a name that the form does not know says nothing."""
    known = liaison_form().further
    found: Document = {}
    for name, value in further.items():
        kept = known[name].anonymised if name in known else InAnonymised.DROP
        if kept is InAnonymised.KEEP:
            found[name] = value
        elif kept is InAnonymised.COARSE:
            found[name] = coarse(value)
    return found


def anonymised_states(states: Mapping[str, Any]) -> Document:
    """Of what an anonymised edition says that it is not known: nothing that it would not have said either."""
    fields = liaison_form().fields
    return {
        name: value
        for name, value in states.items()
        if name in fields and fields[name].anonymised is not InAnonymised.DROP
    }


def coarse(quantity: Mapping[str, Any]) -> Document:
    """A number by its size alone: the powers of ten that it lies between."""
    numbers = list(quantity.values())
    least, most = min(numbers), max(numbers)
    low = 0 if least < 1 else 10 ** (len(str(int(least))) - 1)
    high = 1
    while high < most or high == low or (high == most and least == most):
        high *= 10
    return {"least": low, "most": high}


def lacking(kind: ReportKind, said: Iterable[str]) -> tuple[str, ...]:
    """The fields that a report of this kind should have and does not; it is filed all the same."""
    has = set(said)
    return tuple(name for name, each in liaison_form().fields.items() if kind.value in each.wanted and name not in has)
