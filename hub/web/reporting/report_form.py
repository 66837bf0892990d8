"""Holds the form of a report: its fields, what the operation reads from them, and its faults put where they belong."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    Form,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, DateTimeLocalInput, ListWidget

from hub.i18n import current_language
from hub.web.reporting.further_form import FurtherForm, build_further, read_further_form, zoned
from hub.web.words.attachments import file_fault_words
from hub.web.words.reports import FIELDS, fault_words
from models.codelist import CodeItem
from models.vocabulary import Label, ReportKind
from sharing.actor import Actor
from sharing.errors import Fault, Invalid
from sharing.lists.reading import list_lists
from sharing.reports import codes
from sharing.reports.checks import INDICATOR_CHECKS
from sharing.reports.codes import Codes
from sharing.reports.fields import MOST_LISTS, TEXTS, ReportFields, parse_fields
from sharing.reports.ranges import Consent

_KIND_ORDER = (
    *("sha256", "sha1", "md5", "ipv4-addr", "ipv6-addr"),
    *("windows-registry-key", "url", "email-addr", "domain-name"),
)
"""In this order a line is recognised: the narrowest first."""

_MOMENTS = ("noticed_at", "occurred_at", "recovered_at")
_CODES = ("event_type", "service_impact", "system_class", "recovery", "spillover_from")
_LABELS = ("label", "technical_label")
FLAGS = (
    "consent_nco",
    "consent_ministry",
    "consent_foreign",
    "consent_police",
    "name_to_sector",
    "not_for_publication",
    "not_for_supervision",
    "exercise",
)
_NEEDED = [InputRequired()]
"""Only marks the field on the page; the operation checks."""


def _moment(name: str, **more: Any) -> StringField:
    return StringField(FIELDS[name], widget=DateTimeLocalInput(), **more)


class ReportForm(Form):
    """The form of a report; the first five are necessary."""

    submission = HiddenField()
    event_type = SelectField(FIELDS["event_type"], validators=_NEEDED, validate_choice=False)
    noticed_at = _moment("noticed_at", validators=_NEEDED)
    service_impact = RadioField(FIELDS["service_impact"], validators=_NEEDED, validate_choice=False)
    summary = TextAreaField(FIELDS["summary"], validators=_NEEDED)
    label = RadioField(
        FIELDS["label"],
        validators=_NEEDED,
        validate_choice=False,
        choices=[SelectChoice(each.value) for each in reversed(Label)],
        default=Label.AMBER.value,
    )
    kind = RadioField(FIELDS["kind"], validate_choice=False)
    causes = SelectMultipleField(
        FIELDS["causes"],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    occurred_at = _moment("occurred_at")
    correction = TextAreaField(FIELDS["correction"])
    details = TextAreaField(FIELDS["details"])
    system_class = SelectField(FIELDS["system_class"], validate_choice=False)
    affected_service = StringField(FIELDS["affected_service"])
    affected_users = StringField(FIELDS["affected_users"])
    recovery = SelectField(FIELDS["recovery"], validate_choice=False)
    recovered_at = _moment("recovered_at")
    measures = TextAreaField(FIELDS["measures"])
    spillover_from = SelectField(FIELDS["spillover_from"], validate_choice=False)
    lessons = TextAreaField(FIELDS["lessons"])
    consent_nco = BooleanField(FIELDS["consent_nco"])
    consent_ministry = BooleanField(FIELDS["consent_ministry"])
    consent_foreign = BooleanField(FIELDS["consent_foreign"])
    consent_police = BooleanField(FIELDS["consent_police"])
    lists = SelectMultipleField(
        FIELDS["lists"], widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validate_choice=False
    )
    name_to_sector = BooleanField(FIELDS["name_to_sector"])
    not_for_publication = BooleanField(FIELDS["not_for_publication"])
    not_for_supervision = BooleanField(FIELDS["not_for_supervision"])
    exercise = BooleanField(FIELDS["exercise"])
    indicators = TextAreaField(FIELDS["indicators"])
    technical_label = RadioField(
        FIELDS["technical_label"],
        validate_choice=False,
        choices=[SelectChoice(""), *(SelectChoice(each.value) for each in reversed(Label) if each is not Label.RED)],
        default="",
    )
    further: FurtherForm
    """The folded part, by the form definition."""
    given: MultiDict[str, str] | None = None
    """Everything that was typed, where the form was sent."""

    @property
    def chosen_label(self) -> Label:
        """The label as it stands in the form; AMBER where it is none."""
        try:
            return Label(self.label.data)
        except ValueError:
            return Label.AMBER

    @property
    def consent(self) -> Consent:
        """The consents as they stand in the form."""
        return Consent(
            self.consent_nco.data,
            self.consent_ministry.data,
            self.consent_foreign.data,
            self.name_to_sector.data,
            self.not_for_publication.data,
        )

    @property
    def chosen_lists(self) -> list[str]:
        """The lists as they stand in the form, those that can be read."""
        return read_lists(self.lists.data or [])

    def submission_id(self) -> UUID:
        """The id of this form; one that was lost or bent gets a new one."""
        try:
            return UUID(self.submission.data or "")
        except ValueError:
            return uuid4()

    def show_faults(self, faults: Sequence[Fault]) -> list[str]:
        """Put each fault at its field; what belongs to no field is given back."""
        elsewhere = []
        for fault in faults:
            if fault.field in self:
                field = self[fault.field]
                is_unchosen = fault.code == "missing" and isinstance(field, SelectField)
                words = _("Please choose one.") if is_unchosen else fault_words(fault)
                if words not in field.errors:
                    field.errors = [*field.errors, words]
            elif fault.field in self.further:
                asked = self.further.fields[fault.field]
                asked.errors += [words] if (words := fault_words(fault)) not in asked.errors else []
            else:
                elsewhere.append(file_fault_words(fault) if fault.field == "attachments" else fault_words(fault))
        return elsewhere


class Choices(Struct, frozen=True):
    """The lists that the form offers, in the reader's language."""

    lists: Mapping[str, Sequence[CodeItem]]
    sectors: Sequence[codes.Named]
    named_lists: Sequence[tuple[str, str]] = ()
    """Id and name of the organization's open lists."""


def read_lists(given: Sequence[str]) -> list[str]:
    """The ids of lists among what was sent, at most as many as a report takes."""
    found = []
    for each in list(given)[:MOST_LISTS]:
        try:
            found.append(str(UUID(each)))
        except ValueError:
            continue
    return found


def load_choices(session: Session, actor: Actor) -> Choices:
    """The codes and lists that may be chosen now."""
    names = (
        codes.EVENT_TYPES,
        codes.SERVICE_IMPACT,
        codes.CAUSE_TYPES,
        codes.SYSTEM_CLASSES,
        codes.RECOVERY_STATES,
    )
    lists = codes.list_codes_of(session, names)
    named_lists = [(str(each.id), each.name) for each in list_lists(session, actor)]
    return Choices(lists, tuple(codes.load_names(session, codes.SECTORS).values()), named_lists)


def build_form(
    choices: Choices,
    *,
    data: MultiDict[str, str] | None = None,
    fields: ReportFields | None = None,
    zone: ZoneInfo,
    follow_up: bool = False,
    near_miss: bool = False,
) -> ReportForm:
    """The form with what was typed, or with what the last version says, or empty; shorter for a near miss."""
    form = ReportForm(data) if data is not None else ReportForm(data=_values(fields, zone) if fields else None)
    form.given = data
    form.further = build_further(
        choices.lists, choices.sectors, data=data, fields=fields, zone=zone, near_miss=near_miss
    )
    ja = current_language() == "ja"
    nothing = [SelectChoice("", _("Not known yet"))]
    form.event_type.choices = _grouped(choices.lists[codes.EVENT_TYPES], ja)
    form.service_impact.choices = _plain(choices.lists[codes.SERVICE_IMPACT], ja)
    form.causes.choices = _plain(choices.lists[codes.CAUSE_TYPES], ja)
    form.system_class.choices = nothing + _plain(choices.lists[codes.SYSTEM_CLASSES], ja)
    form.recovery.choices = nothing + _plain(choices.lists[codes.RECOVERY_STATES], ja)
    form.spillover_from.choices = [SelectChoice("", _("None"))] + [
        SelectChoice(each.code, each.name("ja" if ja else "en")) for each in choices.sectors
    ]
    form.lists.choices = [SelectChoice(ident, name) for ident, name in choices.named_lists]
    if follow_up:
        form.kind.choices = [
            SelectChoice(ReportKind.FOLLOW_UP.value, _("Follow-up report: there is more to come")),
            SelectChoice(ReportKind.FINAL.value, _("Final report: the matter is closed")),
        ]
    else:
        del form.kind
        del form.correction
    return form


def read_form(form: ReportForm, given_codes: Codes, now: datetime, zone: ZoneInfo, **fixed: Any) -> ReportFields:
    """The fields that the form says.

    Raises:
        Invalid: with a fault for each field that cannot be taken.
    """
    values: dict[str, Any] = {name: form[name].data or None for name in (*_CODES, *TEXTS, *_LABELS) if name in form}
    values |= {name: zoned(form[name].data, zone) for name in _MOMENTS}
    values |= {name: bool(form[name].data) for name in FLAGS if name in form}
    values |= read_further_form(form.given or MultiDict(), zone)
    values["causes"] = form.causes.data or []
    values["lists"] = form.lists.data or []
    if "kind" in form:
        values["kind"] = form.kind.data or None
    indicators, faults = _read_indicators(form.indicators.data or "")
    try:
        fields = parse_fields({**values, "indicators": indicators, **fixed}, given_codes, now)
    except Invalid as error:
        raise Invalid(*error.faults, *faults) from None
    if faults:
        raise Invalid(*faults)
    return fields


def values_of(data: MultiDict[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """What controls hold, as `parse_fields` takes it, without a form around them.

    Raises:
        Invalid: a line of the indicators is none.
    """
    values: dict[str, Any] = {name: data.get(name) or None for name in (*_CODES, *TEXTS, *_LABELS)}
    values |= {name: zoned(data.get(name), zone) for name in _MOMENTS}
    values |= {name: bool(data.get(name)) for name in FLAGS}
    values |= read_further_form(data, zone)
    indicators, faults = _read_indicators(data.get("indicators", ""))
    if faults:
        raise Invalid(*faults)
    return {**values, "causes": data.getlist("causes"), "indicators": indicators}


def _read_indicators(text: str) -> tuple[list[dict[str, str]], list[Fault]]:
    """One a line; what it is follows from how it looks."""
    found: list[dict[str, str]] = []
    for line in text.splitlines():
        value = line.strip()
        if not value:
            continue
        kind = next((kind for kind in _KIND_ORDER if INDICATOR_CHECKS[kind](value)), None)
        if kind is None:
            return [], [Fault("indicators", "bad-indicator", "an indicator a line", f"{len(value)} characters")]
        found.append({"kind": kind, "value": value})
    return found, []


def _values(fields: ReportFields, zone: ZoneInfo) -> dict[str, Any]:
    names = (*_CODES, *TEXTS, *FLAGS)
    values: dict[str, Any] = {name: getattr(fields, name) or "" for name in names}
    for name in _MOMENTS:
        moment = getattr(fields, name)
        values[name] = moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M") if moment else ""
    values |= {"label": fields.label.value, "technical_label": fields.technical_label or ""}
    values |= {"causes": list(fields.causes), "lists": list(fields.lists)}
    values["indicators"] = "\n".join(each.value for each in fields.indicators)
    values |= {"kind": ReportKind.FOLLOW_UP.value, "correction": ""}  # a mistake is corrected once
    return values


def _plain(items: Sequence[CodeItem], ja: bool) -> list[SelectChoice]:
    return [SelectChoice(item.code, item.name_ja if ja else item.name_en) for item in items]


def _grouped(items: Sequence[CodeItem], ja: bool) -> list[SelectChoice]:
    groups: dict[str, list[SelectChoice]] = {}
    for item in items:
        group = item.group_ja if ja else item.group_en
        choice = SelectChoice(item.code, item.name_ja if ja else item.name_en, optgroup=group)
        groups.setdefault(group, []).append(choice)
    return [SelectChoice("", _("Please choose")), *(choice for group in groups.values() for choice in group)]
