"""Holds what the pages of a secretariat's inbox call things, in the reader's language."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from hub.i18n import Words
from models.vocabulary import CaseSource, Handled, ServiceState
from sharing.inbox.items import Order, View

VIEWS: Mapping[View, Words] = {
    View.OPEN: _l("All open"),
    View.UNREAD: _l("Unread"),
    View.MINE: _l("Mine"),
    View.NOBODYS: _l("Nobody's"),
    View.WAITING: _l("Waiting for others"),
    View.UNCONFIRMED: _l("Unconfirmed"),
    View.CLOSED: _l("Closed"),
}
ORDERS: Mapping[Order, Words] = {
    Order.URGENT: _l("The most urgent first"),
    Order.OLDEST: _l("The oldest first"),
    Order.NEWEST: _l("The newest first"),
    Order.DUTY: _l("The next deadline by law first"),
}
HINTS: Mapping[int, Words] = {
    1: _l("Impact not known"),
    2: _l("Service affected or attack"),
    3: _l("Service affected by an attack"),
}
"""What the hint of urgency says; nothing where there is none."""
HINT_TONES: Mapping[int, str] = {1: "neutral", 2: "warning", 3: "danger"}
PRIORITIES: Mapping[int, Words] = {0: _l("Normal"), 1: _l("High"), 2: _l("Highest")}
HANDLED: Mapping[Handled, Words] = {
    Handled.NEW: _l("Not taken yet"),
    Handled.TAKEN: _l("Being handled"),
    Handled.WAITING: _l("Waiting for others"),
    Handled.CLOSED: _l("Closed"),
}
SOURCES: Mapping[CaseSource, Words] = {
    CaseSource.PRESS: _l("Press or social media"),
    CaseSource.POLICE: _l("Police"),
    CaseSource.JPCERT: _l("JPCERT/CC"),
    CaseSource.PARTNER: _l("Partner or another CEPTOAR"),
    CaseSource.AUTHORITY: _l("Ministry or other authority"),
    CaseSource.OTHER: _l("Other source"),
}
STATES: Mapping[ServiceState, Words] = {
    ServiceState.NORMAL: _l("Running normally"),
    ServiceState.DEGRADED: _l("Degraded"),
    ServiceState.STOPPED: _l("Stopped"),
    ServiceState.UNKNOWN: _l("Unknown"),
}
STATE_SIGNS: Mapping[ServiceState, str] = {
    ServiceState.NORMAL: "○",
    ServiceState.DEGRADED: "△",
    ServiceState.STOPPED: "×",
    ServiceState.UNKNOWN: "？",
}
"""A sign beside the word: nobody has to tell colours apart."""
FAULTS: Mapping[str, Words] = {
    "missing": _l("Please fill this in."),
    "too-long": _l("This is too long. Please shorten it."),
    "length": _l("Please write something, and not more than the field takes."),
    "unknown-code": _l("Please choose one of the list."),
    "in-the-future": _l("This time has not come yet. Please check date and time."),
    "no-colleague": _l("Please choose a coordinator of your secretariat."),
    "range": _l("Please choose one of the list."),
    "too-many": _l("At most ten tags of thirty characters."),
    "same": _l("That is this report itself. Please give the number of another one."),
    "exercise": _l("An exercise and a real report are not joined."),
    "not-here": _l("There is no such report among those of your members. Please check the number."),
    "too-strict": _l("What a secretariat registers cannot be TLP:RED: nobody but the sender would see it."),
    "bad_name": _l("Please give a name of up to 60 characters."),
}
