"""Holds what pages call the things of a question, in the reader's language."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

from hub.i18n import Words
from models.vocabulary import AskerShown, InquiryEnd, InquiryState, InquiryWords, Label
from sharing.rules.inquiries import Side

STATES: dict[InquiryState, Words] = {
    InquiryState.ASKED: _l("With the secretariat"),
    InquiryState.PASSED: _l("With the sender, for an answer"),
    InquiryState.ANSWERED: _l("Back with the secretariat"),
    InquiryState.PROPOSED: _l("With the sender, for approval"),
    InquiryState.APPROVED: _l("Approved; the secretariat releases it"),
    InquiryState.RELEASED: _l("Answered"),
    InquiryState.CLOSED: _l("Closed"),
}
STATES_OF_ASKER: Mapping[InquiryState, Words] = STATES | {InquiryState.ASKED: _l("No answer yet")}
TONES: Mapping[InquiryState, str] = {
    InquiryState.ASKED: "info",
    InquiryState.PASSED: "warning",
    InquiryState.ANSWERED: "info",
    InquiryState.PROPOSED: "warning",
    InquiryState.APPROVED: "info",
    InquiryState.RELEASED: "success",
    InquiryState.CLOSED: "neutral",
}

MESSAGES: dict[InquiryWords, Words] = {
    InquiryWords.QUESTION: _l("Question"),
    InquiryWords.PASSED: _l("Question, as the secretariat passed it on"),
    InquiryWords.ANSWER: _l("The sender to the secretariat"),
    InquiryWords.PROPOSAL: _l("The exact answer to who asks"),
    InquiryWords.REFUSAL: _l("The sender's reason for the secretariat"),
}
MESSAGES_OF_ASKER: Mapping[InquiryWords, Words] = MESSAGES | {InquiryWords.PROPOSAL: _l("The answer")}
MESSAGES_DIRECT: Mapping[InquiryWords, Words] = MESSAGES | {
    InquiryWords.PASSED: _l("The secretariat asks"),
    InquiryWords.ANSWER: _l("The sender answers"),
}

SHOWN: Mapping[AskerShown, Words] = {
    AskerShown.NOTHING: _l("Nothing: only that somebody asks who may read the edition"),
    AskerShown.SECTOR: _l("Only our group, such as “Members: Water CEPTOAR”"),
    AskerShown.NAME: _l("The name of our organization"),
}
"""What an asker lets the sender know of it."""

ENDINGS: Mapping[InquiryEnd, Words] = {
    InquiryEnd.DONE: _l("It is answered."),
    InquiryEnd.NO_ANSWER: _l("There will be no answer."),
    InquiryEnd.ELSEWHERE: _l("It is not about this report; please ask elsewhere."),
    InquiryEnd.TAKEN_BACK: _l("Who asked took it back."),
}
"""Why a question was closed, in the same words for everybody."""

READERS: Mapping[Label, Words] = {
    Label.CLEAR: _l("In your organization, whoever reads the feed"),
    Label.GREEN: _l("In your organization, whoever reads the feed"),
    Label.AMBER: _l("In your organization, whoever reads the feed"),
    Label.AMBER_STRICT: _l("In your organization, only you and your desk"),
    Label.RED: _l("In your organization, only you"),
}
"""Who of the asking organization reads a question and its answer."""

SIDES: Mapping[Side, Words] = {
    Side.ASKER: _l("We ask"),
    Side.SENDER: _l("Asked of us"),
    Side.OFFICE: _l("Through us, as the secretariat"),
}
