"""Rule: the typed content of a report, and reading it from whatever a door was given."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final

import msgspec

from models.codelists import NEAR_MISS_TYPE
from models.forms import liaison_form
from models.moments import EPOCH
from models.vocabulary import Label, ReportKind
from sharing.errors import Fault, Invalid
from sharing.reports import codes as lists
from sharing.reports.checks import Checker, shown
from sharing.reports.codes import Codes
from sharing.reports.further import FREE_TEXTS, FURTHER_LINES, FURTHER_TEXTS, read_further

FORM_VERSION: Final = liaison_form().version
"""The version of the form that this program writes; every report version remembers its own."""

SUMMARY_LIMIT: Final = 400
"""One sentence, in characters."""
LINE_LIMIT: Final = 400
"""A short answer such as a service or who is affected."""
DETAILS_LIMIT: Final = 20_000
"""Some ten printed pages."""
CORRECTION_LIMIT: Final = 2_000
"""What was wrong and what is right, in characters."""
TEXT_LIMIT: Final = 10_000
"""Measures and lessons."""
INDICATORS_LIMIT: Final = 500
"""Indicators of one version; more belong into a feed of their own."""

JAPAN: Final = timezone(timedelta(hours=9), "JST")
"""Days are counted on Japan's calendar."""

TEXTS: Final[Mapping[str, int]] = {
    "summary": SUMMARY_LIMIT,
    "correction": CORRECTION_LIMIT,
    "details": DETAILS_LIMIT,
    "affected_service": LINE_LIMIT,
    "affected_users": LINE_LIMIT,
    "measures": TEXT_LIMIT,
    "lessons": TEXT_LIMIT,
}
"""The free texts of a report with their limits."""

ONE_LINE: Final = frozenset({"summary", "affected_service", "affected_users"})
"""Texts that are one line."""

ALL_TEXTS: Final[Mapping[str, int]] = {**TEXTS, **FURTHER_TEXTS}
"""With those further texts of the form that an anonymised edition shows."""
ALL_LINES: Final = ONE_LINE | FURTHER_LINES


class Indicator(msgspec.Struct, frozen=True):
    """One indicator that the sender gives."""

    kind: str
    value: str


class ReportFields(msgspec.Struct, frozen=True, kw_only=True):
    """What one version of a report says. The first five are necessary."""

    event_type: str
    noticed_at: datetime
    service_impact: str
    summary: str
    label: Label
    kind: ReportKind = ReportKind.FIRST
    causes: tuple[str, ...] = ()
    occurred_at: datetime | None = None
    correction: str = ""
    """訂正: what an earlier version said wrongly, and what is right; with it the version is a correction."""
    details: str = ""
    system_class: str | None = None
    affected_service: str = ""
    affected_users: str = ""
    recovery: str | None = None
    recovered_at: datetime | None = None
    measures: str = ""
    spillover_from: str | None = None
    lessons: str = ""
    consent_nco: bool = False
    consent_ministry: bool = False
    consent_foreign: bool = False
    consent_police: bool = False
    name_to_sector: bool = False
    not_for_publication: bool = False
    not_for_supervision: bool = False
    exercise: bool = False
    indicators: tuple[Indicator, ...] = ()
    technical_label: Label | None = None
    """The wider label at which the technical part goes out alone, without the victim; None where it does not."""
    lists: tuple[str, ...] = ()
    """The sender's named lists that were chosen."""
    further: dict[str, Any] = {}
    """What the form asks besides, by the names of its definition; `sharing.reports.further` reads it."""
    states: dict[str, str] = {}
    """Of which fields the sender says that nobody knows them (`unknown`), or that they are `investigating`."""
    named: tuple[str, ...] = ()
    """Tokens of those who were on these lists when it was filed, and count; the operation fills it in."""

    @property
    def noticed_on(self) -> date:
        """The day on which it was noticed, on Japan's calendar."""
        return self.noticed_at.astimezone(JAPAN).date()


FIELDS: Final = frozenset(ReportFields.__struct_fields__) - {"named"}
"""What a door may give."""
MOST_LISTS: Final = 20
"""Lists of one version; who needs more makes one of them."""


def to_document(fields: ReportFields) -> dict[str, Any]:
    """The content as it is stored."""
    document: dict[str, Any] = msgspec.to_builtins(fields)
    return document


def to_shown(fields: ReportFields, *, is_own: bool) -> dict[str, Any]:
    """The content as a reader of the original is given it; the sender's lists are its own matter."""
    document = to_document(fields)
    del document["named"]
    if not is_own:
        document["lists"] = []
    return document


def from_document(document: Mapping[str, Any]) -> ReportFields:
    """The content as it was stored."""
    return msgspec.convert(document, ReportFields, strict=False)


def text_of(fields: ReportFields, name: str) -> str:
    """A free text by its name, whether it has a column of its own or not."""
    return str(getattr(fields, name) if name in TEXTS else fields.further.get(name, ""))


def texts_of(fields: ReportFields) -> dict[str, str]:
    """The free texts of a report that are shown to others, without those that are empty."""
    return {name: text for name in ALL_TEXTS if (text := text_of(fields, name))}


def said_in(fields: ReportFields) -> dict[str, str]:
    """Everything that people wrote freely, also what no anonymised edition shows; without what is empty."""
    found = texts_of(fields)
    for name, value in fields.further.items():
        if isinstance(value, str) and name in FREE_TEXTS:
            found[name] = value
        elif isinstance(value, list):
            notes = [str(each["note"]) for each in value if isinstance(each, Mapping) and "note" in each]
            found |= {name: "\n".join(notes)} if notes else {}
    return found


def with_texts(fields: ReportFields, edited: Mapping[str, str]) -> ReportFields:
    """The content with some of its free texts replaced; an empty further text is gone."""
    own = {name: text for name, text in edited.items() if name in TEXTS}
    other = {name: text for name, text in edited.items() if name not in TEXTS}
    further = {name: value for name, value in (fields.further | other).items() if value != ""}
    return msgspec.structs.replace(fields, **own, further=further)


def parse_fields(given: Mapping[str, Any], codes: Codes, now: datetime) -> ReportFields:
    """Read the content of a report: JSON values, or Python's own times and labels. None means: not said.

    Raises:
        Invalid: every fault with its field, a stable code, what was expected and found.
    """
    check = Checker({name: value for name, value in given.items() if value is not None}, codes, now)
    for name in sorted(set(given) - FIELDS):
        check.faults.append(Fault(str(name)[:40], "unknown-field", "a field of the report form"))
    values = _five(check) | _times(check) | _texts(check) | _codes(check) | _flags(check)
    values["indicators"] = tuple(Indicator(kind, value) for kind, value in check.indicators(INDICATORS_LIMIT))
    values["technical_label"] = _technical_label(check, values["label"])
    values["lists"] = check.ids("lists", MOST_LISTS)
    values["kind"] = _kind(check, values["event_type"])
    values |= read_further(check, values["kind"], values)
    if check.faults:
        raise Invalid(*check.faults)
    return ReportFields(**values)


def parse_texts(given: Mapping[str, str]) -> dict[str, str]:
    """Read free texts that replace those of a report.

    Raises:
        Invalid: too long, with characters that a text must not have, or not a text of the form.
    """
    check = Checker(given, Codes({}), EPOCH)
    for name in sorted(set(given) - set(ALL_TEXTS)):
        check.faults.append(Fault(str(name)[:40], "unknown-field", "a text of the report form"))
    read = {
        name: check.text(name, limit, lines=name not in ALL_LINES, needed=name == "summary")
        for name, limit in ALL_TEXTS.items()
        if name in given
    }
    if check.faults:
        raise Invalid(*check.faults)
    return read


def _five(check: Checker) -> dict[str, Any]:
    return {
        "event_type": check.code("event_type", lists.EVENT_TYPES, needed=True) or "",
        "noticed_at": check.moment("noticed_at", needed=True) or EPOCH,
        "service_impact": check.code("service_impact", lists.SERVICE_IMPACT, needed=True) or "",
        "summary": check.text("summary", SUMMARY_LIMIT, lines=False, needed=True),
        "label": check.label(),
    }


def _texts(check: Checker) -> dict[str, Any]:
    return {
        name: check.text(name, limit, lines=name not in ONE_LINE) for name, limit in TEXTS.items() if name != "summary"
    }


def _codes(check: Checker) -> dict[str, Any]:
    return {
        "causes": check.code_set("causes", lists.CAUSE_TYPES),
        "system_class": check.code("system_class", lists.SYSTEM_CLASSES),
        "recovery": check.code("recovery", lists.RECOVERY_STATES),
        "spillover_from": check.code("spillover_from", lists.SECTORS),
    }


def _flags(check: Checker) -> dict[str, Any]:
    names = [name for name, kind in ReportFields.__annotations__.items() if kind is bool]
    return {name: check.flag(name) for name in names}


def _technical_label(check: Checker, label: Label) -> Label | None:
    """The label of the technical part alone; the report's own says that it does not travel alone."""
    given = check.given.get("technical_label", "")
    if given == "":
        return None
    try:
        wanted = Label(given)
    except ValueError:
        check.fault("technical_label", "unknown-label", "one of " + ", ".join(Label), shown(given))
        return None
    if wanted.rank > label.rank:
        check.fault("technical_label", "stricter-alone", f"nothing stricter than {label}", wanted.value)
    return wanted if wanted.rank < label.rank else None


def _times(check: Checker) -> dict[str, Any]:
    occurred, recovered = check.moment("occurred_at"), check.moment("recovered_at")
    noticed = check.read_moment("noticed_at")
    if occurred and noticed and noticed < occurred:
        check.fault("noticed_at", "noticed-before-occurred", "a time not before it occurred", "an earlier one")
    if occurred and recovered and recovered < occurred:
        check.fault("recovered_at", "ended-before-began", "a time not before it occurred", "an earlier one")
    return {"occurred_at": occurred, "recovered_at": recovered}


def _kind(check: Checker, event_type: str) -> ReportKind:
    """A first report where nothing is said; the near miss is a kind of its own, and only for its own event type."""
    near = event_type == NEAR_MISS_TYPE
    if "kind" not in check.given:
        return ReportKind.NEAR_MISS if near else ReportKind.FIRST
    kind = check.word("kind", ReportKind) or ReportKind.FIRST
    if kind is ReportKind.NEAR_MISS and not near and event_type:
        check.fault("kind", "not-a-near-miss", f"event type {NEAR_MISS_TYPE}", event_type)
    if kind is ReportKind.FIRST and near:
        check.fault("kind", "near-miss", "the kind near_miss for this event type", kind.value)
    return kind
