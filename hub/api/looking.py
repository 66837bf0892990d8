"""Holds how a program looks at the technical part of a report: as it would go out alone, before it is filed."""

from typing import Any

from sqlalchemy.orm import Session

from hub.api.asking import the_actor, the_hub
from sharing.errors import Fault, Invalid
from sharing.reports.codes import load_codes
from sharing.reports.fields import ReportFields, parse_fields
from sharing.reports.technical import TechnicalPreview, preview_technical
from sharing.reports.technical_part import settled
from sharing.reports.visible import ReportView, load_visible_report


def look_at(session: Session, said: ReportFields, view: ReportView | None) -> TechnicalPreview:
    """The technical part as it would go out alone.

    Raises:
        Invalid: it cannot.
    """
    hub, actor = the_hub(), the_actor()
    facts = actor.organization
    return preview_technical(
        session,
        actor,
        said,
        filed_in=(view.sector, view.ceptoar) if view else (facts.sector or "", facts.ceptoar or ""),
        of=view.id if view else None,
        policy=hub.policy(session),
        builder=hub.editions,
        now=hub.clock(),
    )


def must_have_looked(body: dict[str, Any], reference: str | None) -> None:
    """What goes out alone was looked at before, as it is now: there is nobody else between the sender and the readers.

    Raises:
        Invalid: it was not.
    """
    seen = body.pop("technical_seen", None)
    if body.get("technical_label") is None:
        return
    hub, actor = the_hub(), the_actor()
    with hub.reading() as session:
        said = settled(parse_fields(dict(body), load_codes(session), hub.clock()))
        if said.technical_label is None:
            return
        view = load_visible_report(session, actor, reference) if reference is not None else None
        told = look_at(session, said, view)
    if seen != told.digest.hex():
        raise Invalid(Fault("technical_seen", "not-looked-at", "the digest that POST /preview/technical gives now"))
