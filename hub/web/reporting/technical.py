"""Holds the technical part on the page where a report is written: what would go out alone, looked at before it does."""

from collections.abc import Sequence

import orjson
from flask import request
from flask_babel import gettext as _
from msgspec import Struct
from sqlalchemy.orm import Session

from hub.i18n import current_language
from hub.reports.technical import look_at_technical
from hub.web.frame.guard import current_actor, the_hub
from hub.web.reporting.edition_pages import FormPage
from models.vocabulary import Form
from sharing.reports.fields import ReportFields
from sharing.reports.preview import readers_of
from sharing.reports.technical import TechnicalPreview
from sharing.reports.visible import ReportView


class Alone(Struct, frozen=True):
    """The technical part as it would go out alone."""

    told: TechnicalPreview
    page: FormPage
    readers: Sequence[tuple[str, str, str, int]]
    asked: bool = False
    """It was about to be filed without having been looked at as it is now."""


def look_alone(session: Session, fields: ReportFields, view: ReportView | None, *, asked: bool = False) -> Alone:
    """Make the technical part as it would go out, for its sender to look at.

    Raises:
        Invalid: it cannot go out alone.
    """
    told = look_at_technical(the_hub(), session, current_actor(), fields, view)
    return Alone(told, _page(told), readers_of(session, told.rules), asked)


def was_seen(told: TechnicalPreview) -> bool:
    """Whether the sender looked at exactly this before."""
    return request.form.get("technical_seen") == told.digest.hex()


def _page(told: TechnicalPreview) -> FormPage:
    values = [orjson.loads(each.raw) for each in told.objects]
    main = values[0]
    publisher = next(each for each in values if each["id"] == main["created_by_ref"])
    return FormPage(
        form=Form.ANONYMISED,
        name=_("The technical part alone"),
        label=told.label,
        title=main["name"],
        text=main.get("description", ""),
        facts=(
            (_("Sender"), _("not named")),
            (_("Published by"), publisher["name"] if current_language() == "ja" else publisher["description"]),
        ),
        indicators=tuple(each["name"] for each in values if each["type"] == "indicator"),
        lessons="",
        objects=(),
    )
