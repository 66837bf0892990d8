"""Holds what pages call the mails that a person may want, and where what they tell of is found."""

from collections.abc import Mapping

from flask import url_for
from flask_babel import lazy_gettext as _l

from hub.i18n import Words
from models.vocabulary import MailMatter, MailWish
from sharing.mails.own import OwnMail

WISHES: Mapping[MailWish, Words] = {
    MailWish.DESK: _l("A report or a question has come to my secretariat"),
    MailWish.APPROVAL: _l("Something waits for my approval"),
    MailWish.OWN: _l("A report of my organization was published, was opened by the secretariat, or is asked about"),
    MailWish.RECALL: _l("Something that my organization has read is recalled, and an answer is asked"),
    MailWish.DIGEST: _l("My daily digest is ready"),
}

MATTERS: Mapping[MailMatter, Words] = {
    MailMatter.CODE: _l("Code of an address"),
    MailMatter.FILED: _l("A report came in"),
    MailMatter.QUESTION: _l("A question came in"),
    MailMatter.PROPOSAL: _l("An edition waited for approval"),
    MailMatter.ANSWER: _l("An answer waited for approval"),
    MailMatter.PUBLISHED: _l("A report was published"),
    MailMatter.READ: _l("The secretariat opened a report"),
    MailMatter.ASKED: _l("A report was asked about"),
    MailMatter.RECALLED: _l("Something was recalled"),
    MailMatter.DIGEST: _l("My digest came"),
}


def page_of(mail: OwnMail) -> str:
    """The page of what a mail tells of; whether it is open to its reader that page asks."""
    match mail.matter:
        case MailMatter.FILED:
            return url_for("inbox.item", report_id=mail.subject)
        case MailMatter.PROPOSAL:
            return url_for("reports.proposal", proposal_id=mail.subject)
        case MailMatter.QUESTION | MailMatter.ASKED | MailMatter.ANSWER:
            return url_for("inquiries.show", inquiry_id=mail.subject)
        case MailMatter.RECALLED:
            return url_for("recalls.index")
        case MailMatter.DIGEST:
            return url_for("digests.show", digest_id=mail.subject)
        case _:  # an own report
            return url_for("reports.show", report_id=mail.report_id)
