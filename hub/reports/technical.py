"""Holds how both doors look at the technical part of a report: as it would go out alone, before it is filed."""

from sqlalchemy.orm import Session

from hub.wiring import Hub
from sharing.actor import Actor
from sharing.reports.fields import ReportFields
from sharing.reports.technical import TechnicalPreview, preview_technical
from sharing.reports.visible import ReportView


def look_at_technical(
    hub: Hub, session: Session, actor: Actor, fields: ReportFields, view: ReportView | None
) -> TechnicalPreview:
    """The technical part as it would go out alone; `view` is the report that goes on, None where one begins.

    Raises:
        Invalid: it cannot.
    """
    own = actor.organization
    return preview_technical(
        session,
        actor,
        fields,
        filed_in=(view.sector, view.ceptoar) if view else (own.sector or "", own.ceptoar or ""),
        of=view.id if view else None,
        policy=hub.policy(session),
        builder=hub.editions,
        now=hub.clock(),
    )
