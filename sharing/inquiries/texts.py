"""Operation: check the words of a message before they are kept: length, signs, names, what is mentioned."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from msgspec import Struct
from sqlalchemy.orm import Session

from models.organization import Organization
from models.report import Report
from models.vocabulary import Form, Label
from sharing.actor import Actor
from sharing.errors import Fault, Invalid
from sharing.reading.series import Series, list_report_series
from sharing.reports.checks import bad_sign
from sharing.reports.editions.builder import EditionBuilder
from sharing.reports.editions.dictionary import audience_name, load_dictionary
from sharing.reports.editions.hints import Hint, find_hints
from sharing.reports.editions.redaction import find_names_in
from sharing.reports.mentions import faults_of, find_stricter_in

MESSAGE_LIMIT: Final = 4_000
"""Characters of a message: two pages. Who has more to say says it in a follow-up of the report, or by telephone."""

FIELD: Final = "text"
"""What the words of a message are called in a fault."""


class Said(Struct, frozen=True):
    """The words of a message with the label under which they go."""

    text: str
    label: Label
    keep_mentions: bool = False
    """Whoever writes has seen that the words name something stricter, and means it."""


def check_words(text: str) -> str:
    """The words without blanks at their ends.

    Raises:
        Invalid: there are none, they are too long, or hold signs that a text must not have.
    """
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise Invalid(Fault(FIELD, "missing", "a text"))
    if len(text) > MESSAGE_LIMIT:
        raise Invalid(Fault(FIELD, "too-long", f"at most {MESSAGE_LIMIT} characters", str(len(text))))
    if bad_sign(text, lines=True):
        raise Invalid(Fault(FIELD, "control-characters", "text without control characters", "some"))
    return text


def check_label(label: Label, least: Label) -> None:
    """A message never goes wider than what it is about.

    Raises:
        Invalid: it would.
    """
    if label.rank < least.rank:
        raise Invalid(Fault("label", "wider-than-subject", f"{least} or stricter", label.value))


def check_mentions(session: Session, actor: Actor, said: Said, *, of: UUID | None) -> None:
    """Ask about what the words name that is stricter than they are to be.

    Raises:
        Invalid: each place with what it names; whoever means it says so, and is not asked again.
    """
    if said.keep_mentions:
        return
    found = find_stricter_in(session, actor, {FIELD: said.text}, said.label, of=of)
    if found:
        raise Invalid(*faults_of(found, said.label))


def names_of(session: Session, organization_id: UUID) -> list[str]:
    """The names of an organization."""
    row = session.get_one(Organization, organization_id)
    return [row.name_ja, row.name_en]


def find_senders_names(session: Session, report: Report, form: Form | None, text: str) -> list[str]:
    """Where an answer would name the sender of an edition that does not."""
    if form is not Form.ANONYMISED:
        return []
    telling = [*names_of(session, report.organization_id), report.reference, str(report.id)]
    return find_names_in(text, telling)


def refuse_names(found: Sequence[str], code: str) -> None:
    """Take no words that still hold one of these names.

    Raises:
        Invalid: they do.
    """
    if found:
        raise Invalid(*(Fault(FIELD, code, "a text that does not name them", each) for each in found))


def form_of(builder: EditionBuilder, report_id: UUID, stix_id: str | None) -> Form | None:
    """Which form of a report an id stands for; None where it stands for none."""
    return next((form for form in Form if builder.main_id(report_id, form) == stix_id), None)


def find_series(session: Session, report_id: UUID, stix_id: str | None) -> Series | None:
    """The edition that a question is about, as its newest version stands."""
    return next((each for each in list_report_series(session, report_id) if each.stix_id == stix_id), None)


def find_telling(
    session: Session, report: Report, series: Series | None, text: str, *, builder: EditionBuilder
) -> tuple[Hint, ...]:
    """What in an answer may give the sender away to the readers of an anonymised edition, as in the edition itself."""
    form = form_of(builder, report.id, None if series is None else series.stix_id)
    if form is not Form.ANONYMISED or series is None:
        return ()
    audience = audience_name(Label.of_rank(series.label), series.rules)
    return find_hints({FIELD: text}, load_dictionary(session, report, audience, builder))
