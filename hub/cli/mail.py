"""A door: `mail` shows what waits or was given up, tries that again, and sends a trial. Never what mails are about."""

from pathlib import Path
from typing import Any

import click

from hub.cli.common import (
    FOUND,
    OK,
    Refusal,
    administering,
    administrator,
    data_option,
    json_option,
    opened,
    print_json,
    say,
    settings_of,
    show,
)
from hub.cli.language import in_language
from sharing.mails.outcomes import MailLine, list_mails, retry_mails
from sharing.rules.mail_address import parse_address

COLUMNS = ("number", "state", "attempts", "due_at", "failure")


@click.group(help=in_language("Look after mail: list, retry, try it.", "メールの一覧、再送、試験送信。"))
def mail() -> None:
    """Nothing happens before the command."""


@mail.command("list", help=in_language("List what waits and what was given up.", "送信待ちと取りやめたメールの一覧。"))
@data_option
@json_option
def list_all(data: Path, as_json: bool) -> int:
    """By their numbers; whose they are and what they are about is not the administrator's to know."""
    with opened(data) as hub, hub.reading() as session:
        rows = [_row(each) for each in list_mails(session, administrator())]
    show(rows, COLUMNS, as_json=as_json, title=in_language("Mails", "メール"))
    return OK


@mail.command(help=in_language("Try again what was given up.", "取りやめたメールを再送します。"))
@data_option
@json_option
def retry(data: Path, as_json: bool) -> int:
    """A running hub sends them; what their recipients may know is asked again."""
    with administering(data) as (hub, session):
        count = retry_mails(session, administrator(), context=hub.context())
    if as_json:
        print_json({"mails": count})
    else:
        say(f"{in_language('mails that are tried again', '再送するメール')}: {count}")
    return OK


@mail.command("test", help=in_language("Send a trial mail to ADDRESS now.", "ADDRESSへ試験メールを今すぐ送ります。"))
@data_option
@click.argument("address")
@json_option
def trial(data: Path, address: str, as_json: bool) -> int:
    """Says at which step the mail server failed; exit code 1 then."""
    from hub.mail.post import send_trial  # noqa: PLC0415  the other commands never need it
    from hub.mail.transport import NotSent  # noqa: PLC0415

    settings = settings_of(data)
    if not settings.sends_mail:
        raise Refusal("smtp_host: expected a mail server, found none. Set smtp_host and mail_from in hub.toml")
    failure = ""
    try:
        send_trial(settings, parse_address(address), settings.locale)
    except NotSent as error:
        failure = error.failure.words
    if as_json:
        print_json({"sent": not failure, "failure": failure})
    elif failure:
        say(f"{in_language('not sent', '送信できません')}: {failure}")
    else:
        say(in_language("the mail server took it", "メールサーバーが受け付けました"))
    return FOUND if failure else OK


def _row(each: MailLine) -> dict[str, Any]:
    return {
        "number": each.number,
        "state": each.state.value,
        "attempts": each.attempts,
        "due_at": each.due_at.isoformat() if each.ended_at is None else None,
        "failure": each.failure,
    }
