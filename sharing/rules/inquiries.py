"""Rule: who takes part in a question about a report, on which side, and which of its messages each side reads.

The asker reads its own words and what was released to it, and nothing in between: neither that its question was passed
on nor that somebody answers. The sender knows of a question from when it was passed on, in the words in which it was.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from msgspec import Struct

from models.vocabulary import InquiryEnd, InquiryState, InquiryWords, Label, Role, Tier
from sharing.rules import tokens
from sharing.rules.knowing import group_of
from sharing.rules.tokens import CONTENT_ROLES, OrganizationFacts

CLOSED_TO_ASKER: Final = frozenset({InquiryState.RELEASED, InquiryState.CLOSED})
"""The states that the asker is told of; to it every other is a question without an answer yet."""

ENDS_OF_OFFICE: Final = frozenset({InquiryEnd.DONE, InquiryEnd.NO_ANSWER, InquiryEnd.ELSEWHERE})
"""Why a secretariat closes a question."""


class Side(StrEnum):
    """On which side somebody takes part."""

    ASKER = "asker"
    SENDER = "sender"
    OFFICE = "office"


class Step(StrEnum):
    """What somebody may do next."""

    PASS = "pass"  # noqa: S105  it passes a question on
    ANSWER = "answer"
    DECLINE = "decline"
    PROPOSE = "propose"
    APPROVE = "approve"
    REFUSE = "refuse"
    RELEASE = "release"
    CLOSE = "close"
    TAKE_BACK = "take_back"


class Stand(Struct, frozen=True):
    """Where a question stands, as far as the rules ask."""

    state: InquiryState
    is_direct: bool
    """The secretariat itself asks the sender; nothing is to be approved."""


def reads_as_asker(label: Label, roles: Collection[Role], *, is_author: bool) -> bool:
    """Whether a person of the asking organization reads the question and its answer."""
    if not CONTENT_ROLES.intersection(roles):
        return False
    if is_author:
        return True
    if label is Label.RED:
        return False
    if label is Label.AMBER_STRICT:
        return bool({Role.DESK, Role.COORDINATOR}.intersection(roles))
    return True


def group_of_asker(asker: OrganizationFacts) -> str:
    """The token of the group as which an asker is shown that lets only that be told."""
    if asker.tier is Tier.COUNCIL:
        return tokens.COUNCIL
    if asker.tier is Tier.NCO:
        return tokens.NCO
    if asker.tier is Tier.MINISTRY and asker.ministry and asker.sector:
        return tokens.ministry(asker.ministry, asker.sector)
    if asker.tier is Tier.CEPTOAR and asker.ceptoar:
        return tokens.secretariat(asker.ceptoar)
    return group_of(asker)


def reads_message(sides: Collection[Side], words: InquiryWords, stand: Stand, *, is_released: bool) -> bool:
    """Whether one of these sides reads such a message."""
    if Side.OFFICE in sides:
        return True
    if Side.SENDER in sides and words is not InquiryWords.QUESTION:
        return True
    if Side.ASKER in sides:
        return words is InquiryWords.QUESTION or (words is InquiryWords.PROPOSAL and is_released)
    return False


def state_shown(sides: Collection[Side], state: InquiryState) -> InquiryState:
    """The state that a side is told."""
    if set(sides) == {Side.ASKER} and state not in CLOSED_TO_ASKER:
        return InquiryState.ASKED
    return state


_OFFICE: Final = {
    InquiryState.ASKED: {Step.PASS, Step.CLOSE},
    InquiryState.PASSED: {Step.CLOSE},
    InquiryState.ANSWERED: {Step.PASS, Step.PROPOSE, Step.CLOSE},
    InquiryState.PROPOSED: {Step.PROPOSE, Step.CLOSE},
    InquiryState.APPROVED: {Step.PROPOSE, Step.RELEASE, Step.CLOSE},
    InquiryState.RELEASED: {Step.CLOSE},
}
_SENDER: Final = {
    InquiryState.PASSED: {Step.ANSWER, Step.DECLINE},
    InquiryState.PROPOSED: {Step.APPROVE, Step.REFUSE},
}
_NOT_DIRECT: Final = frozenset({Step.PROPOSE, Step.RELEASE, Step.TAKE_BACK})


def lacks_answer(sides: Collection[Side], state: InquiryState) -> bool:
    """Whether these sides know that an answer is owed by them or by somebody behind them; an asker never does."""
    if Side.OFFICE in sides:
        return state not in CLOSED_TO_ASKER
    return Side.SENDER in sides and state in _SENDER


def list_steps(sides: Collection[Side], stand: Stand) -> frozenset[Step]:
    """What these sides may do next; who of a side may is asked elsewhere."""
    found: set[Step] = set()
    if Side.OFFICE in sides:
        found |= _OFFICE.get(stand.state, set())
    if Side.SENDER in sides:
        found |= _SENDER.get(stand.state, set())
    if Side.ASKER in sides and stand.state is not InquiryState.CLOSED:
        found.add(Step.TAKE_BACK)
    return frozenset(found - _NOT_DIRECT if stand.is_direct else found)
