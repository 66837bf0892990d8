"""Rule: what deciding the past again changes: who goes on reading, who no longer does, who reads from now on.

The sender's range binds whatever a later policy says: nobody is given more of the past than the sender let go at the
time. So nobody gains without the consent that the form asks for, none of the sender's sector or of another CEPTOAR
gains a form that names the sender where it did not agree to be named, nothing at RED is given on, and the public, which
gives nothing back, gains nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from models.vocabulary import Form, Label
from sharing.rules.audience import Range
from sharing.rules.policy import ReaderKind
from sharing.rules.tokens import World, narrow_tokens, reached_by, reduce_tokens

CONSENT_OF: Final[Mapping[ReaderKind, str]] = {
    ReaderKind.NCO: "nco",
    ReaderKind.MINISTRY: "ministry",
    ReaderKind.FOREIGN: "foreign",
}
"""For whom the form asks a consent of its own."""

STRANGERS: Final = frozenset({ReaderKind.SAME_SECTOR, ReaderKind.OTHER_SECRETARIATS, ReaderKind.OTHER_MEMBERS})
"""To whom the sender is named only where it agreed to be."""


@dataclass(frozen=True)
class Again:
    """What changes for one object."""

    losing: frozenset[str] = frozenset()
    gaining: Mapping[str, str] = field(default_factory=dict)
    """Token to rule; also the part of a losing token that may go on reading."""


def may_gain(token: str, rule: str, range_: Range, form: Form | None) -> bool:
    """Whether readers who did not get it may get it now; unknown means no. `form` is None for what was posted."""
    kind = _kind_of(rule)
    if kind is None or kind is ReaderKind.PUBLIC or range_.label is Label.RED:
        return False
    consent = CONSENT_OF.get(kind)
    if consent is not None and consent not in range_.consents:
        return False
    return not (
        kind in STRANGERS
        and form in {Form.ORIGINAL, Form.NAMED}
        and not range_.names_sender
        and token not in range_.listed
    )


def decide_again(world: World, granted: Iterable[str], allowed: Mapping[str, str], offered: Mapping[str, str]) -> Again:
    """Hold who was given it against who may go on reading (`allowed`) and who may begin to (`offered`).

    Of a group that loses it, the part that is still allowed is given it again; that widens nothing.
    """
    held = frozenset(granted)
    if not held:
        return Again()  # taken back by its publisher, or not in the feed yet: nothing to decide again
    stays = reached_by(world, allowed)
    losing = frozenset(token for token in held if not stays(token))
    part = {token: allowed[token] for token in narrow_tokens(world, losing, allowed)} if losing else {}
    had = reached_by(world, [*held, *part])
    gaining = {token: rule for token, rule in offered.items() if not had(token)}
    staying = reached_by(world, held - losing)
    wanted = {token: rule for token, rule in {**part, **gaining}.items() if not staying(token)}
    return Again(losing, {token: wanted[token] for token in sorted(reduce_tokens(world, wanted))})


def _kind_of(rule: str) -> ReaderKind | None:
    try:
        return ReaderKind(rule.partition("/")[0])
    except ValueError:
        return None
