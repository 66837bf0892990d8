"""Holds what the script of a draft is told, in the reader's language."""

from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _

from hub.i18n import Words, format_moment
from hub.web.words.reports import FIELDS
from sharing.reports.draft_values import Written
from sharing.reports.drafts import SavedDraft

_PARTS: Final = ("-how", "-low", "-high", "-at", "-note", "-state")


def field_words(name: str) -> Words:
    """What the page calls the field that a control belongs to."""
    for part in _PARTS:
        name = name.removesuffix(part)
    return FIELDS.get(name, name)


def told(saved: SavedDraft) -> dict[str, Any]:
    """What the script is told; the words are said here, in the reader's language."""
    return {
        "url": url_for("drafts.write", draft_id=saved.id),
        "versions": dict(saved.versions),
        "said": _("Saved as a draft at %(time)s", time=format_moment(saved.saved_at)),
        "taken": {name: list(each.value) for name, each in saved.taken.items()},
        "conflicts": {name: _conflict(name, each) for name, each in saved.conflicts.items()},
    }


def _conflict(name: str, theirs: Written) -> dict[str, Any]:
    return {
        "value": list(theirs.value),
        "version": theirs.version,
        "said": _(
            "%(person)s changed “%(field)s” meanwhile (%(time)s). It says:",
            person=theirs.saved_by,
            field=field_words(name),
            time=format_moment(theirs.saved_at),
        ),
        "mine": _("Keep mine"),
        "theirs": _("Take theirs"),
    }
