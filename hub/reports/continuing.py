"""Rule: how a row of a sheet goes on with a report: where it leaves a cell empty, the last version stands."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from models.vocabulary import Label
from sharing.actor import Actor
from sharing.errors import Fault, Invalid, NotVisible
from sharing.reports.fields import ReportFields, to_document
from sharing.reports.reading import load_report
from sharing.reports.visible import ReportView

_OF_ONE_VERSION: Final = ("named", "kind", "correction", "technical_label")
"""What the next version says for itself."""
_WIDENS: Final = {
    **dict.fromkeys(("consent_nco", "consent_ministry", "consent_foreign", "consent_police", "name_to_sector"), True),
    **dict.fromkeys(("not_for_publication", "not_for_supervision"), False),
}
"""What of these, newly said, lets more people read, or do more with it."""


def load_continued(session: Session, actor: Actor, reference: str) -> ReportView:
    """The report of the actor's organization that a row names.

    Raises:
        Invalid: there is none, or its technical part goes out alone, which is looked at on the page each time.
    """
    try:
        view = load_report(session, actor, reference)
    except NotVisible:
        view = None
    if view is None or not view.is_own:
        raise Invalid(Fault("reference", "no-own-report", "the number of a report of your own organization", reference))
    if view.latest.fields.technical_label is not None:
        raise Invalid(Fault("reference", "goes-alone", "a report whose technical part stays with it", reference))
    return view


def said_over(last: ReportFields, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says over what the last version said, as `parse_fields` takes it.

    Raises:
        Invalid: it would be wider than before: nobody who sends a file sees first who would read it then.
    """
    wider = [name for name in _WIDENS if given.get(name) is _WIDENS[name] and getattr(last, name) is not _WIDENS[name]]
    if given.get("label") in set(Label) and Label(given["label"]).rank < last.label.rank:
        wider.append("label")
    if wider:
        raise Invalid(*(Fault(name, "wider-than-last", "nothing wider than the last version") for name in wider))
    before = {name: value for name, value in to_document(last).items() if name not in _OF_ONE_VERSION}
    said = {name: value for name, value in given.items() if value not in (None, "", [], {})}
    further, states = said.get("further", {}), said.get("states", {})
    answered = {*further, *said} - {"further", "states"}
    return {
        **{name: value for name, value in before.items() if name not in states},
        **said,
        "further": {name: value for name, value in before["further"].items() if name not in states} | further,
        "states": {name: state for name, state in before["states"].items() if name not in answered} | states,
    }
