"""Holds what pages call deadlines and the authorities to which they are owed."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from hub.i18n import Words, current_language, format_day
from models.forms import liaison_form
from sharing.reports.deadlines import Deadline, Standing

STAGES: Mapping[str, Words] = {
    "first": _l("First report (速報)"),
    "follow_up": _l("Follow-up"),
    "final": _l("Full or final report (詳報・確報)"),
    "other": _l("Consultation or other"),
}
STANDING_TONES: Mapping[Standing, str] = {
    Standing.DONE: "success",
    Standing.LATE: "danger",
    Standing.SOON: "warning",
    Standing.AHEAD: "info",
}


def deadline_words() -> dict[str, Any]:
    """What templates about deadlines call things."""
    return {
        "STAGES": STAGES,
        "STANDING_TONES": STANDING_TONES,
        "authority_name": authority_name,
        "standing_words": standing_words,
        "open_before_words": open_before_words,
    }


def authority_name(code: str) -> str:
    """The name of an authority, as the form has it; a code of a hub's own rules as it is."""
    words = liaison_form().further["told"].options.get(code)
    return words.name(current_language()) if words else code


def standing_words(deadline: Deadline) -> str:
    """How much time is left, in business days."""
    if deadline.standing is Standing.DONE:
        return str(_("Done"))
    if deadline.standing is Standing.LATE:
        return str(_("Overdue"))
    days = deadline.business_days
    words: str = ngettext("%(num)s business day left, today counted", "%(num)s business days left, today counted", days)
    return words


def open_before_words(deadline: Deadline) -> str:
    """What to mind where the last day is no business day."""
    if deadline.open_before is None:
        return ""
    return str(_("No business day; the last one before is %(day)s", day=format_day(deadline.open_before)))
