"""Holds what pages call the things of a report, in the reader's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _l

from hub.i18n import Words, current_language
from models.codelists import government_name
from models.forms import FormField, liaison_form
from models.vocabulary import (
    Door,
    Form,
    Label,
    ProposalState,
    RecallAnswerKind,
    RecallKind,
    ReportKind,
    ReportState,
    Status,
)
from sharing.errors import Fault
from sharing.reports.editions.hints import HintKind
from sharing.reports.preview import Lack, Missing, Why
from sharing.rules.tokens import NCO


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


def _of_the_form(field: FormField) -> Words:
    """What the form definition calls a field, in the reader's language when it is shown."""
    return LazyString(lambda: field.label.name(current_language()) if field.label else field.name)


LABELS: Mapping[Label, Words] = {
    Label.RED: _l("Only the reporters and approvers of your organization. It goes to nobody else."),
    Label.AMBER_STRICT: _l("Your reporters, your desk and the secretariat of your CEPTOAR."),
    Label.AMBER: _l("Your organization and the secretariat of your CEPTOAR. This is the usual choice."),
    Label.GREEN: _l(
        "As AMBER; and the secretariat may publish an edition to the other members, without your name "
        "unless you agree to be named."
    ),
    Label.CLEAR: _l("As AMBER; and the secretariat may publish it to everybody, the public too."),
}
"""What a label means for a report here; the label itself is never translated."""

STATUSES: Mapping[Status, Words] = {
    Status.NEW: _l("Not published yet"),
    Status.WAITING: _l("Waiting for the sender's approval"),
    Status.REFUSED: _l("Refused by the sender"),
    Status.PUBLISHED: _l("Published"),
    Status.EMBARGOED: _l("Ready; goes out when the embargo ends"),
}
STATUS_TONES: Mapping[Status, str] = {
    Status.NEW: "info",
    Status.WAITING: "warning",
    Status.REFUSED: "danger",
    Status.PUBLISHED: "success",
    Status.EMBARGOED: "info",
}

REPORT_STATES: Mapping[ReportState, Words] = {ReportState.OPEN: _l("In progress"), ReportState.CLOSED: _l("Closed")}

PROPOSAL_STATES: Mapping[ProposalState, Words] = {
    ProposalState.WAITING: _l("Waiting for approval"),
    ProposalState.APPROVED: _l("Approved and published"),
    ProposalState.REFUSED: _l("Refused"),
    ProposalState.OUTDATED: _l("Overtaken by a newer version or proposal"),
    ProposalState.EXPIRED: _l("Nobody answered in time"),
    ProposalState.EMBARGOED: _l("Ready; goes out when the embargo ends"),
}
PROPOSAL_TONES: Mapping[ProposalState, str] = {
    ProposalState.WAITING: "warning",
    ProposalState.APPROVED: "success",
    ProposalState.REFUSED: "danger",
    ProposalState.OUTDATED: "neutral",
    ProposalState.EXPIRED: "neutral",
    ProposalState.EMBARGOED: "info",
}

FORMS: Mapping[Form, Words] = {
    Form.ORIGINAL: _l("As filed"),
    Form.NAMED: _l("Edition with the sender's name"),
    Form.ANONYMISED: _l("Anonymised edition"),
}

STATE_WORDS: Mapping[str, Words] = {"unknown": _l("Not known"), "investigating": _l("Under investigation")}
"""What stands where a field has no value."""

DOORS: Mapping[Door, Words] = {
    Door.WEB: _l("Web page"),
    Door.REST: _l("REST interface"),
    Door.TAXII: _l("TAXII feed"),
    Door.COMMAND: _l("Command"),
    Door.JOB: _l("Scheduled work"),
    Door.PUSH: _l("Sent to their own server"),
    Door.MAIL: _l("Mail"),
}

WHYS: Mapping[Why, Words] = {
    Why.LABEL: _l("this label does not reach them"),
    Why.NOT_LISTED: _l("this label reaches only those of them whom the sender names"),
    Why.NO_CONSENT: _l("you have not agreed to pass it on to them"),
    Why.NOT_PUBLIC: _l("you have said that it is not to be made public"),
}

CODED: Mapping[str, str] = {
    "event_type": "event-types",
    "service_impact": "service-impact",
    "causes": "cause-types",
    "kind": "report-kinds",
    "system_class": "system-classes",
    "recovery": "recovery-states",
}
"""Which fields are chosen from a code list, and from which."""
FIELDS: Mapping[str, Words] = {
    "event_type": _l("Event type"),
    "noticed_at": _l("Noticed at"),
    "service_impact": _l("Impact on the critical-infrastructure service"),
    "summary": _l("What happened, in one sentence"),
    "label": _l("Sharing range (TLP)"),
    "kind": _l("Kind of report"),
    "causes": _l("Causes"),
    "occurred_at": _l("Began at"),
    "correction": _l("Correction: what was wrong, and what is right"),
    "details": _l("Course of events"),
    "system_class": _l("System class"),
    "affected_service": _l("Affected service"),
    "affected_users": _l("Affected users and area"),
    "recovery": _l("State of recovery"),
    "recovered_at": _l("Recovered at"),
    "measures": _l("Measures"),
    "spillover_from": _l("Spill-over from the sector"),
    "lessons": _l("Lessons"),
    "consent_nco": _l("Pass it on to the National Cybersecurity Office"),
    "consent_ministry": _l("Pass it on to the ministry section for your sector"),
    "consent_foreign": _l("Pass it on to foreign partners"),
    "consent_police": _l("Pass it on to the police"),
    "lists": _l("Named lists"),
    "name_to_sector": _l("Name us to our own sector and to the other CEPTOARs"),
    "not_for_publication": _l("Not to be made public"),
    "not_for_supervision": _l("Not to be used for supervision or sanctions"),
    "handling": _l("How it may be used"),
    "exercise": _l("This is an exercise"),
    "indicators": _l("Indicators"),
    "technical_label": _l("How far the technical part may go"),
    "other_title": _l("Title in the other language"),
    "other_summary": _l("Summary in the other language"),
    "other_language": _l("Their language"),
    "reason": _l("Reason"),
    "until": _l("Until"),
    "text": _l("Text"),
    "ending": _l("Reason"),
    "person": _l("Delegate"),
    "begins": _l("From"),
    "ends": _l("Until"),
    "pasted": _l("Pasted text"),
    "found": _l("Found in the text"),
    "lines": _l("Domains and networks"),
    "authority": _l("Authority"),
    "stage": _l("Which report"),
    "told_at": _l("Told at"),
    "told_by": _l("By whom, and how"),
    "number": _l("Their number"),
    "what": _l("What they were told"),
    "next_due": _l("Next due on"),
    **{name: _of_the_form(each) for name, each in liaison_form().further.items()},
}

_FAULTS: Mapping[str, Words] = {
    "missing": _l("Please fill this in."),
    "choose": _l("Choose what you want to do: nothing was done yet."),
    "unknown-code": _l("Please choose one of the list."),
    "unknown-label": _l("Please choose one of the five labels."),
    "unknown-kind": _l("This kind of indicator is not known."),
    "retired-code": _l("This choice is no longer in use. Please choose another."),
    "not-a-time": _l("Please enter date and time, such as 2026-11-20 14:05."),
    "no-zone": _l("The time has no zone."),
    "in-the-future": _l("This time has not come yet. Please check date and time."),
    "too-early": _l("This time is too long ago. Please check date and time."),
    "noticed-before-occurred": _l("It was noticed before it began. Please check the two times."),
    "ended-before-began": _l("It was recovered before it began. Please check the two times."),
    "control-characters": _l("There are characters in the text that cannot be shown. Please delete and type it again."),
    "bad-indicator": _l("A line is no address, domain, URL, hash or mail address. Please check it."),
    "not-a-near-miss": _l("A near miss is reported with its own event type."),
    "near-miss": _l("This event type is reported as a near miss."),
    "not-a-first": _l("A new report begins with a first report or a near miss."),
    "nothing-to-correct": _l("A new report corrects nothing: write a follow-up of the report that has the mistake."),
    "no-own-report": _l("Your organization has no report with this number."),
    "wider-than-last": _l(
        "This is wider than the last version. Please make it wider on the page, where you see who will read it."
    ),
    "goes-alone": _l("Its technical part goes out alone. Please write the follow-up on the page."),
    "not-a-follow-up": _l("The report exists already: choose follow-up or final report."),
    "differs": _l("An exercise stays an exercise, a real report a real one."),
    "not-narrower": _l("This is not narrower than now: choose a stricter label, or take a consent back."),
    "not-stricter": _l("Nothing of it is wider than this label. Please choose a stricter one."),
    "not-wider": _l("This is not wider than now: choose a wider label, or give a consent."),
    "in-the-past": _l("This time has passed already. Please choose one that is still to come."),
    "ends-before-begins": _l("It would end before it begins. Please check the two times."),
    "too-long-a-time": _l("This is longer than three months. Please choose an earlier end."),
    "too-far": _l("This time is more than a year away. Please choose an earlier one."),
    "nobody-new": _l("At this label nobody new would read it. Choose a wider label."),
    "names-sender": _l("The text still names the sender."),
    "wider-than-subject": _l("This is wider than what it is about. Please choose a stricter label."),
    "too-many-open": _l("Your organization has too many open questions. Please wait for answers, or take some back."),
    "not-a-report": _l("This is no report: there is nobody to ask through the hub."),
    "red": _l("Only named persons read this report. Please speak with its sender."),
    "stale": _l("The report has changed since: a newer version has come, or it was withdrawn. Open it and look."),
    "policy-changed": _l(
        "The sharing policy has changed since you looked. Look below at who will read it, then send it again."
    ),
    "not-for-near-miss": _l("A near miss is reported without this. Please clear it, or choose another event type."),
    "value-and-state": _l("There is an answer, and also that it is not known. Please keep one of the two."),
    "not-a-quantity": _l("Please enter one number, or two with the choice “between”."),
    "not-a-number": _l("Please enter a number in digits, such as 1200."),
    "not-whole": _l("Please enter a whole number."),
    "out-of-range": _l("This number cannot be right. Please check it."),
    "least-over-most": _l("The first number is larger than the second. Please check the two."),
    "half-a-stage": _l("Each stage needs a time and a text. Please fill in both, or clear both."),
    "stage-before-began": _l("A stage is earlier than the beginning. Please check the times."),
    "too-many-drafts": _l("Your organization has too many drafts. Please send or erase some of them first."),
    "not-a-day": _l("Please enter a day, such as 2026-11-30."),
    "choose-label": _l("Please choose first how far it may go."),
    "nothing-technical": _l("There is nothing technical yet that could go out alone."),
    "red-alone": _l(
        "The technical part of a TLP:RED report does not go out alone: its secretariat may not know of it."
    ),
    "stricter-alone": _l("The technical part cannot be stricter than the report, which holds it too."),
    "no-office": _l("There is no secretariat of your CEPTOAR in whose name it could go out."),
    "unknown-list": _l("This list is not one of your organization's. Please choose again."),
}


_FAULTS_THAT_NAME: Mapping[str, Words] = {
    "closed-list": _l("The list “%(found)s” is closed. Please choose another."),
    "readers-changed": _l(
        "Others stand on the list “%(found)s” than you were shown, or nobody was shown yet. Look below at who will read"
        " it, then send it again."
    ),
    "empty-list": _l("Nobody on the list “%(found)s” takes part any more. Please choose another."),
    "too-many": _l("Too many: %(found)s."),
    "no-system": _l("Neither a domain nor a network: line %(found)s."),
    "names-sender": _l("The text still names the sender: “%(found)s”. Please rewrite it."),
    "own-system": _l("This is one of your own systems: “%(found)s”. Take it out, or do not send the part alone."),
    "names-asker": _l("The text still names who asks, who does not want to be named: “%(found)s”. Please rewrite it."),
    "names-stricter": _l("This names something that fewer may read: %(found)s. Reword it, or say that it may stay."),
}


RECALL_KINDS: Mapping[RecallKind, Words] = {
    RecallKind.WITHDRAW: _l("Withdrawn"),
    RecallKind.NARROW: _l("Sharing range narrowed"),
    RecallKind.RAISE: _l("Label raised"),
}
RECALL_ANSWERS: Mapping[RecallAnswerKind, Words] = {
    RecallAnswerKind.DELETED: _l("Deleted"),
    RecallAnswerKind.KEPT: _l("Use stopped; kept because a law requires it"),
    RecallAnswerKind.NONE: _l("No answer yet"),
}

HINTS: Mapping[HintKind, Words] = {
    HintKind.ORGANIZATION: _l("Name of an organization"),
    HintKind.SERVICE: _l("Name of a service"),
    HintKind.PERSON: _l("Person"),
    HintKind.MAIL: _l("Mail address"),
    HintKind.PHONE: _l("Telephone number"),
    HintKind.ADDRESS: _l("Postal address"),
    HintKind.AREA: _l("Place or area"),
    HintKind.HOST: _l("Machine or network address"),
    HintKind.ACCOUNT: _l("User account"),
    HintKind.SERIAL: _l("Product number"),
    HintKind.USERS: _l("Number of users"),
    HintKind.TIME: _l("Exact time"),
}
"""What a page calls a piece of text that may give the sender away."""


def why_not(whys: Sequence[Why]) -> Words:
    """The one reason that the sender can act on: consent to pass it on also names whom it is passed on to."""
    return WHYS[Why.NO_CONSENT if Why.NO_CONSENT in whys else whys[0]]


def lack_words(missing: Missing, name: str) -> str:
    """What a page says of something of a chosen list that does not count."""
    if missing.lack is Lack.CLOSED:
        return _("The list “%(list)s” is closed and does not count.", list=missing.list_name)
    if missing.lack is Lack.EMPTY:
        return _("Nobody on the list “%(list)s” takes part any more. Please choose another.", list=missing.list_name)
    return _(
        "%(name)s on the list “%(list)s” takes part no more and does not count.", name=name, list=missing.list_name
    )


def fault_words(fault: Fault) -> str:
    """What a page says of a fault."""
    if fault.code == "too-long":
        return _("Too long: %(expected)s, found %(found)s.", expected=_limit(fault.expected), found=fault.found)
    if fault.code in _FAULTS_THAT_NAME:
        return str(_FAULTS_THAT_NAME[fault.code]) % {"found": fault.found}
    return str(_FAULTS.get(fault.code) or _("This cannot be taken. Please check it."))


def _limit(expected: str) -> str:
    number = "".join(sign for sign in expected if sign.isdigit())
    return _("at most %(number)s characters", number=number)


def kind_name(kind: ReportKind, number: int) -> str:
    """第一報, 第n報, 最終報 or 予兆・ヒヤリハット."""
    if kind is ReportKind.FIRST:
        return _("First report")
    if kind is ReportKind.FINAL:
        return _("Final report (no. %(number)s)", number=number)
    if kind is ReportKind.NEAR_MISS:
        return _("Near miss") if number == 1 else _("Near miss (no. %(number)s)", number=number)
    return _("Report no. %(number)s", number=number)


def group_name(token: str, name: str, now: datetime) -> str:
    """What a page calls a group of readers."""
    kind, _colon, rest = token.partition(":")
    if token == NCO:
        office = government_name(now.date())
        return office.ja if current_language() == "ja" else office.en
    if not rest:
        return str(_GROUPS.get(kind, token))
    if kind == "government":
        return name or _("Ministry section")
    of_name = _OF_NAME.get(kind)
    return str(of_name) % {"name": name} if of_name else name


_GROUPS: Mapping[str, Words] = {
    "public": _l("The public: anybody"),
    "members": _l("All members: operators and secretariats of every CEPTOAR"),
    "secretariats": _l("Secretariats of all CEPTOARs"),
    "council": _l("CEPTOAR Council"),
    "foreign": _l("Foreign partners"),
    "persons": _l("Persons whom the sender named"),
}
_OF_NAME: Mapping[str, Words] = {
    "sector": _l("Operators of the sector: %(name)s"),
    "secretariat": _l("Secretariat: %(name)s"),
    "ceptoar": _l("Members: %(name)s"),
    "reporters": _l("Reporters and approvers: %(name)s"),
    "desk": _l("Desk: %(name)s"),
}
