"""A door: send what is due: take, note what it shows, give it to the mail server, mark it; each a unit of work."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from hub.mail.messages import build_message, build_trial
from hub.mail.transport import NotSent, send
from hub.settings import Settings
from hub.wiring import Hub
from models.vocabulary import Label
from sharing.disclosures import shown_of
from sharing.mails.letters import Letter
from sharing.mails.outbox import Terms, has_due_mail, take_letter
from sharing.mails.outcomes import note_failed, note_sent
from sharing.reading.question import Question

MOST_A_ROUND = 200
"""Mails of one round; the next one goes on."""


@dataclass
class Round:
    """What one round did."""

    sent: int = 0
    failed: int = 0
    given_up: int = 0


def send_due(hub: Hub, *, is_wanted: Callable[[], bool] = lambda: True) -> Round:
    """Send the mails that are due, one after another, while it is wanted.

    Where the server itself fails, the others wait for the next round.
    """
    done = Round()
    for _ in range(MOST_A_ROUND):
        letter = _take(hub) if is_wanted() else None
        if letter is None:
            break
        # What a mail shows is disclosed before the first byte of it leaves, as everywhere.
        log_shown(hub, letter)
        try:
            send(hub.settings, build_message(letter, hub.settings))
        except NotSent as error:
            done.failed += 1
            with hub.writing() as session:
                done.given_up += note_failed(session, letter, error.failure, context=hub.context())
            if error.is_of_server:
                break
        else:
            done.sent += 1
            with hub.writing() as session:
                note_sent(session, letter, context=hub.context())
    return done


def send_trial(settings: Settings, address: str, locale: str) -> None:
    """Send a mail that shows an administrator that mail works.

    Raises:
        NotSent: the mail server did not take it.
    """
    send(settings, build_trial(settings, address, locale, secrets.token_hex(16)))


def _take(hub: Hub) -> Letter | None:
    with hub.reading() as session:
        if not has_due_mail(session, hub.clock()):
            return None
    terms = Terms(hub.settings.mails_an_hour, hub.secrets.cursor, hub.secrets.seeds)
    with hub.units.database.writing() as session:
        return take_letter(session, terms, context=hub.context())


def log_shown(hub: Hub, letter: Letter) -> None:
    """Log what a mail shows of a digest as given to its reader."""
    if letter.reader is None or not letter.shown:
        return
    feed = letter.told[0].seen.feed if letter.told[0].seen else 0
    question = Question(ids=tuple(row.stix_id for row in letter.shown), highest=Label.GREEN.rank)
    shown = shown_of(letter.reader, feed, letter.shown, question, what="mail", at=hub.clock())
    hub.disclosures.log(shown)
