"""Holds what mails say, in the recipient's language, as text and as HTML with the label's bars at top and bottom.

At AMBER and above all mails say the same words: a reference number, a link, and how many things wait.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import localtime
from functools import cache
from pathlib import Path
from typing import Final

import orjson
from babel.support import NullTranslations
from jinja2 import Environment, FileSystemLoader

from feeds.stix.explain import headline
from hub.i18n import read_translations
from hub.settings import Settings
from models.vocabulary import Label, MailMatter
from sharing.mails.letters import Letter
from sharing.reading.grants import Row

TLP_COLOURS: Final = {
    Label.CLEAR: "#FFFFFF",
    Label.GREEN: "#33FF00",
    Label.AMBER: "#FFC000",
    Label.AMBER_STRICT: "#FFC000",
    Label.RED: "#FF2B2B",
}
"""Prescribed by FIRST for TLP 2.0, on black."""

EXERCISE_MARK: Final = "【訓練】"
"""Stands before whatever belongs to an exercise, in every language."""

DEMO_MARK: Final = "【デモ】"
"""Stands on whatever a demo says."""

POLICY: Final = SMTP.clone(cte_type="7bit")
"""Bytes that every mail server on the way leaves as they are."""


@dataclass(frozen=True)
class Words:
    """What a mail says; both its forms are made of this."""

    title: str
    paragraphs: Sequence[str]
    entries: Sequence[tuple[Label, str]] = ()
    pairs: Sequence[tuple[str, str]] = ()
    link: str = ""
    small: Sequence[str] = ()


def build_message(letter: Letter, settings: Settings) -> EmailMessage:
    """The mail, ready to be sent; the same letter gives the same bytes."""
    texts = _translations(letter.locale)
    if letter.matter is MailMatter.CODE:
        words = _code(texts, letter)
    elif letter.shown:
        words = _digest(texts, letter, settings)
    else:
        words = _waiting(texts, letter, settings)
    return _message(letter, words, settings, texts)


def _waiting(texts: NullTranslations, letter: Letter, settings: Settings) -> Words:
    """The one form of all mails at AMBER and above; below that, all but the digest have it too."""
    count = letter.entries or len(letter.told)
    return Words(
        title=texts.gettext("The hub has something for you"),
        paragraphs=[
            texts.gettext("Things to look at in the hub: %(count)s") % {"count": count},
            texts.gettext("What it is stands on its page, not in this mail."),
        ],
        pairs=[(texts.gettext("Number of this mail"), letter.number)],
        link=_link(letter, settings),
        small=_small(texts),
    )


def _digest(texts: NullTranslations, letter: Letter, settings: Settings) -> Words:
    """A digest in which nothing is stricter than GREEN shows what it holds."""
    shown = [(Label.of_rank(row.label), _title(row)) for row in letter.shown]
    more = letter.entries - len(shown)
    paragraphs = [texts.gettext("Entries of your digest: %(count)s") % {"count": letter.entries}]
    if more:
        paragraphs.append(texts.gettext("The page shows %(count)s more.") % {"count": more})
    return Words(
        title=texts.gettext("Your digest is ready"),
        paragraphs=paragraphs,
        entries=shown,
        pairs=[(texts.gettext("Number of this mail"), letter.number)],
        link=_link(letter, settings),
        small=_small(texts),
    )


def _code(texts: NullTranslations, letter: Letter) -> Words:
    return Words(
        title=texts.gettext("Code to confirm your mail address"),
        paragraphs=[
            texts.gettext("Somebody named this address in the hub to be told by mail. Type this code on that page:"),
        ],
        pairs=[(texts.gettext("Code"), f"{letter.code[:4]} {letter.code[4:]}")],
        small=[
            texts.gettext("It is good for 24 hours. If it was not you, there is nothing that you need to do."),
            texts.gettext("This mail was made by a program. Nobody reads answers to it."),
        ],
    )


def build_trial(settings: Settings, address: str, locale: str, ident: str) -> EmailMessage:
    """A mail by which an administrator sees that mail works."""
    texts = _translations(locale)
    words = Words(
        title=texts.gettext("Trial mail of the hub"),
        paragraphs=[texts.gettext("The hub can send mail: this one has arrived.")],
        small=[texts.gettext("This mail was made by a program. Nobody reads answers to it.")],
    )
    message = _envelope(settings, texts, address, ident)
    message["Date"] = localtime()
    message["Subject"] = words.title
    _put_content(message, words, DEMO_MARK if settings.demo else "", None, locale)
    return message


def _small(texts: NullTranslations) -> list[str]:
    return [
        texts.gettext("You choose on the page “Mail” of your account what you are told by mail."),
        texts.gettext("This mail was made by a program. Nobody reads answers to it."),
    ]


def _link(letter: Letter, settings: Settings) -> str:
    return f"{settings.base_url}/mail/{letter.number}/"


def _title(row: Row) -> str:
    """The title of an entry on one line; addresses in it lead nowhere, since anybody may have written them."""
    return " ".join(headline(orjson.loads(row.body)).title.split()).replace("://", "[:]//")


def _message(letter: Letter, words: Words, settings: Settings, texts: NullTranslations) -> EmailMessage:
    message = _envelope(settings, texts, letter.address, letter.message_id)
    message["Date"] = letter.at
    mark = (DEMO_MARK if settings.demo else "") + (EXERCISE_MARK if letter.is_exercise else "")
    number = letter.number if letter.label else ""
    message["Subject"] = " ".join(filter(None, [letter.label and letter.label.value, mark + words.title, number]))
    _put_content(message, words, mark, letter.label, letter.locale)
    return message


def _envelope(settings: Settings, texts: NullTranslations, address: str, ident: str) -> EmailMessage:
    message = EmailMessage(POLICY)
    message["From"] = Address(texts.gettext("CEPTOAR Hub"), addr_spec=settings.mail_from)
    message["To"] = Address(addr_spec=address)
    message["Message-ID"] = f"<{ident}@{settings.mail_from.partition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    return message


def _put_content(message: EmailMessage, words: Words, mark: str, label: Label | None, locale: str) -> None:
    message["Content-Language"] = locale
    message.set_content(_text(words, label, mark), cte="base64")
    page = _environment().get_template("letter.html")
    html = page.render(words=words, label=label, mark=mark, colours=TLP_COLOURS, locale=locale)
    message.add_alternative(html, subtype="html", cte="base64")
    message.set_boundary("=_" + str(message["Message-ID"]).strip("<>").partition("@")[0])


def _text(words: Words, label: Label | None, mark: str) -> str:
    bar = [label.value, ""] if label else []
    body = [mark + words.title, "", *words.paragraphs]
    if words.entries:
        body += ["", *(f"- {each.value} {title}" for each, title in words.entries)]
    if words.pairs:
        body += ["", *(f"{name}: {value}" for name, value in words.pairs)]
    if words.link:
        body += ["", words.link]
    return "\n".join([*bar, *body, "", *words.small, *reversed(bar)]) + "\n"


@cache
def _translations(locale: str) -> NullTranslations:
    return read_translations(locale)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parents[1] / "templates" / "letters"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
