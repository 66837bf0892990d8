"""Holds what pages say of the sharing policy: its readers, its cells, and a rule that decided, in words."""

from collections.abc import Mapping

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from hub.i18n import Words
from models.vocabulary import Label
from sharing.rules.policy import Cell, OtherRule, Policy, ReaderKind

READERS: Mapping[ReaderKind, Words] = {
    ReaderKind.SENDER: _l("The sender's reporters and approvers"),
    ReaderKind.NAMED: _l("Persons and desks that the sender named"),
    ReaderKind.NAMED_ORGANIZATION: _l("The rest of an organization that the sender named, and of its own"),
    ReaderKind.OWN_SECRETARIAT: _l("The secretariat of the sender's CEPTOAR"),
    ReaderKind.SAME_SECTOR: _l("Operators of the sender's sector"),
    ReaderKind.MINISTRY: _l("The ministry section for the sector"),
    ReaderKind.NCO: _l("The national cybersecurity office"),
    ReaderKind.LISTED_SECRETARIAT: _l("The secretariat of a CEPTOAR that the sender named"),
    ReaderKind.LISTED_MEMBERS: _l("The members of a CEPTOAR that the sender named"),
    ReaderKind.OTHER_SECRETARIATS: _l("The secretariats of the other CEPTOARs"),
    ReaderKind.OTHER_MEMBERS: _l("The members of the other CEPTOARs"),
    ReaderKind.COUNCIL: _l("The CEPTOAR Council"),
    ReaderKind.FOREIGN: _l("Foreign partners (through the national office)"),
    ReaderKind.AUDITOR: _l("Auditors"),
    ReaderKind.ADMINISTRATOR: _l("Administrators of the hub"),
    ReaderKind.PUBLIC: _l("The public"),
}
"""The rows of the table."""

CELLS: Mapping[str, Words] = {
    "yes": _l("read it"),
    "no": _l("do not read it"),
    "named": _l("if the sender names them"),
    "listed": _l("if the sender names them"),
    "desk": _l("the desk only"),
    "consent": _l("if the sender consents"),
    "anonymised": _l("without the sender's name, unless the sender agrees to be named"),
}
"""What a cell may say."""

_ORDER = ("yes", "no", "named", "listed", "consent", "desk", "anonymised")


def cell_words(cell: Cell) -> str:
    """A cell of the table in words."""
    separator = str(_("; "))
    return separator.join(dict.fromkeys(str(CELLS[word]) for word in _ORDER if word in cell.words))


def newcomer_words(policy: Policy) -> str:
    """What a newcomer is given of the past, in words."""
    given = sorted(((label, days) for label, days in policy.newcomers.items() if days), key=lambda each: each[0].rank)
    if not given:
        return str(_("An organization that joins is given nothing of the past."))
    told = str(_("; ")).join(
        _("%(label)s of the last %(days)s days", label=label.value, days=days) for label, days in given
    )
    return str(_("An organization that joins is given of the past: %(what)s. It is given nothing stricter.", what=told))


def rule_words(rule: str | None) -> str:
    """A rule that decided, as decisions remember it: `nco/TLP:AMBER`."""
    kind, _slash, label = (rule or "").partition("/")
    match kind:
        case OtherRule.SUCCESSOR:
            return str(_("the successor of the sender, at %(label)s", label=label))
        case OtherRule.NEWCOMER:
            return str(_("what a newcomer is given of the past, at %(label)s", label=label))
        case OtherRule.ADDRESSED:
            return str(_("those to whom its sender addressed it, at %(label)s", label=label))
        case OtherRule.ENDED:
            return str(_("those who hold what ends with it, at %(label)s", label=label))
    try:
        reader, at = str(READERS[ReaderKind(kind)]), Label(label).value
    except ValueError:
        return rule or str(_("by an earlier decision"))
    return str(_("%(reader)s, at %(label)s", reader=reader, label=at))
