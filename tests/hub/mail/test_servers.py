"""Mail servers on their worse days: what is tried again, what is given up; what comes twice is the same mail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.mail.post import send_due
from hub.mail.transport import NotSent, send
from hub.settings import Settings
from hub.settings_reading import load_settings
from models.mail import Mail
from models.vocabulary import MailState
from sharing.mails.outbox import TAKEN_FOR
from sharing.mails.outcomes import MAX_ATTEMPTS, list_mails, retry_mails
from tests.hub.mail.conftest import SENDER, Told
from tests.hub.mail.server import PASSWORD, USER, MailServer, dripping_server, mail_server, make_certificate
from tests.sharing.mails.steps import MOST_AN_HOUR, takes


def the_mail(told: Told) -> Mail:
    """The one mail about a report."""
    with told.world.reading() as session:
        row = session.execute(select(Mail).where(Mail.membership_id.is_not(None))).scalar_one()
        session.expunge(row)
        return row


@pytest.fixture
def waiting(told: Told) -> Told:
    """A mail waits for the secretariat."""
    told.wants(told.scene.office, "office")
    told.scene.files(told.scene.hanako)
    return told


def test_a_greylisting_server_takes_the_second_try(waiting: Told):
    """And the second is the same mail, byte for byte."""
    waiting.server.to_recipients = ["451 4.7.1 please come again"]
    assert waiting.rings() == []
    mail = the_mail(waiting)
    assert (mail.state, mail.attempts, mail.failure) == (MailState.WAITING, 1, "refused the recipient (451)")
    assert waiting.rings(minutes=1) == []
    assert len(waiting.rings(minutes=5)) == 1
    assert the_mail(waiting).state is MailState.SENT
    assert waiting.rings(hours=5) == []


@pytest.mark.parametrize("place", ["to_recipients", "to_mails"])
def test_a_refusal_for_good_is_given_up_at_once(waiting: Told, place: str):
    """An entry says so; of what the server answered, which may hold the address, only the digits are kept."""
    setattr(waiting.server, place, ["550 5.1.1 <office@example.jp> is unknown here"])
    assert waiting.rings() == []
    mail = the_mail(waiting)
    assert mail.state is MailState.FAILED
    assert "(550)" in mail.failure and "office" not in mail.failure
    assert waiting.world.tags()[-1] == "mail:mail:fail"
    assert waiting.rings(hours=10) == []


def test_what_was_given_up_is_tried_again_when_asked(waiting: Told):
    """The administrator sees numbers only."""
    waiting.server.to_mails = ["554 no"]
    waiting.rings()
    world = waiting.world
    with world.reading() as session:
        (line,) = list_mails(session, world.command())
    assert (line.number, line.state) == (the_mail(waiting).number, MailState.FAILED)
    assert set(vars(line)) == {"number", "state", "attempts", "failure", "due_at", "ended_at"}
    with world.writing() as session:
        assert retry_mails(session, world.command(), context=world.context()) == 1
    assert len(waiting.rings()) == 1


def test_a_cut_connection_sends_the_same_mail_again(waiting: Told):
    """Nobody can know whether the server took it: whoever gets it twice sees by Message-ID and bytes that it is one."""
    waiting.server.to_mails = ["drop"]
    waiting.rings()
    assert the_mail(waiting).state is MailState.WAITING
    waiting.rings(minutes=6)
    first, second = waiting.server.raw[-2:]
    assert first == second
    assert the_mail(waiting).state is MailState.SENT


def test_a_silent_server_holds_nothing_up_for_long(waiting: Told):
    """After the time for a mail the connection is cut."""
    waiting.server.to_mails = ["hang"]
    assert waiting.rings() == []
    assert the_mail(waiting).failure == "sending: no answer in time"


def test_a_dripping_server_is_cut_off(tmp_path: Path, sample: Any):
    """Each single wait would go on for ever: the time is that of the whole mail."""
    with dripping_server() as port, pytest.raises(NotSent) as refused:
        send(settings_for(tmp_path, port), sample)
    assert str(refused.value) == "connecting: no answer in time"


def test_without_a_server_all_wait_for_the_next_round(told: Told, server: MailServer):
    """One mail finds that out, the others are not worn out by it."""
    told.wants(told.scene.office, "office")
    for number in range(3):
        told.scene.files(told.scene.hanako, summary=f"障害{number}")
    told.ticks.due()
    told.world.advance(minutes=1)
    settings = told.world.hub.settings
    told.world.hub.__dict__["settings"] = type(settings)(**{**vars(settings), "smtp_port": 1})
    assert vars(send_due(told.world.hub)) == {"sent": 0, "failed": 1, "given_up": 0}
    told.world.hub.__dict__["settings"] = settings
    assert len(told.rings(minutes=6)) == 3


def test_after_two_days_a_mail_is_given_up(waiting: Told):
    """The delays grow to four hours and no further."""
    waiting.server.to_recipients = ["451 later"] * (MAX_ATTEMPTS + 5)
    waiting.ticks.due()
    hours = 0
    while the_mail(waiting).state is MailState.WAITING:
        waiting.rings(hours=4, minutes=1)
        hours += 4
    assert the_mail(waiting).attempts == MAX_ATTEMPTS
    assert 40 <= hours <= 72


def test_a_crash_between_taking_and_sending_loses_nothing(waiting: Told):
    """Who took it is gone; after a quarter of an hour another process takes it again."""
    waiting.ticks.due()
    waiting.world.advance(minutes=1)
    letter = takes(waiting.world)
    assert letter is not None
    assert takes(waiting.world, MOST_AN_HOUR) is None, "nobody else takes it meanwhile"
    assert waiting.rings(minutes=5) == []
    ((_, mail),) = waiting.rings(seconds=TAKEN_FOR.total_seconds())
    assert mail["Message-ID"] == f"<{letter.message_id}@hub.example>"


def test_many_at_once_send_each_mail_once(told: Told):
    """The lease lets one process send; where two believe that they hold it, no mail is taken twice."""
    told.wants(told.scene.office, "office")
    for number in range(8):
        told.scene.files(told.scene.hanako, summary=f"障害{number}")
    told.ticks.due()
    told.world.advance(minutes=1)
    with ThreadPoolExecutor(4) as pool:
        rounds = list(pool.map(lambda _: send_due(told.world.hub), range(4)))
    assert sum(each.sent for each in rounds) == len(told.server.taken()) == 8


@pytest.fixture
def sample() -> Any:
    """A mail."""
    from hub.mail.messages import build_trial

    settings = load_settings("/nowhere", environ={}, mail_from=SENDER, smtp_host="127.0.0.1")
    return build_trial(settings, "somebody@example.jp", "ja", "0" * 32)


def settings_for(folder: Path, port: int, **more: Any) -> Settings:
    """Settings for a mail server on this machine."""
    given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "smtp_seconds": 5}
    return load_settings(folder, environ={}, mail_from=SENDER, **{**given, **more})


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Path]]:
    """Make a certificate that this process trusts."""

    def make(name: str = "127.0.0.1") -> Path:
        path = make_certificate(tmp_path, name)
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        return path

    return make


def password_file(folder: Path, password: str = PASSWORD) -> str:
    path = folder / "smtp-password"
    path.touch(mode=0o600)
    path.write_text(password + "\n")
    return str(path)


def test_starttls_and_signing_in(tmp_path: Path, trusted: Callable[..., Path], sample: Any):
    """What a mail server of our days demands."""
    with mail_server(certificate=trusted()) as server:
        given = {"smtp_security": "starttls", "smtp_user": USER, "smtp_password_file": password_file(tmp_path)}
        send(settings_for(tmp_path, server.port, **given), sample)
        assert server.signed_in == [USER]
        assert [to for to, _ in server.taken()] == ["somebody@example.jp"]


def test_tls_from_the_first_byte(tmp_path: Path, trusted: Callable[..., Path], sample: Any):
    with mail_server(certificate=trusted(), tls=True) as server:
        send(settings_for(tmp_path, server.port, smtp_security="tls"), sample)
        assert len(server.taken()) == 1


def test_a_wrong_password_says_so(tmp_path: Path, trusted: Callable[..., Path], sample: Any):
    """Nothing is given up for it: somebody will mend the settings."""
    with mail_server(certificate=trusted()) as server:
        given = {"smtp_security": "starttls", "smtp_user": USER, "smtp_password_file": password_file(tmp_path, "no")}
        with pytest.raises(NotSent, match=r"signing in: refused \(535\)") as refused:
            send(settings_for(tmp_path, server.port, **given), sample)
    assert refused.value.is_of_server and not refused.value.failure.for_good


@pytest.mark.parametrize(("name", "is_trusted"), [("other.example", True), ("127.0.0.1", False)])
def test_another_servers_certificate_gets_nothing(
    tmp_path: Path, trusted: Callable[..., Path], sample: Any, name: str, is_trusted: bool
):
    """Neither a certificate for another name nor one of nobody we trust."""
    path = trusted(name) if is_trusted else make_certificate(tmp_path, name)
    with mail_server(certificate=path) as server:
        with pytest.raises(NotSent, match="STARTTLS: the server's certificate is not valid for it"):
            send(settings_for(tmp_path, server.port, smtp_security="starttls"), sample)
        assert server.taken() == []


def test_nothing_is_sent_in_clear_where_tls_was_demanded(tmp_path: Path, server: MailServer, sample: Any):
    """A server, or somebody on the way, that offers no STARTTLS gets nothing."""
    with pytest.raises(NotSent, match="STARTTLS: the server offers no such thing"):
        send(settings_for(tmp_path, server.port, smtp_security="starttls"), sample)
    assert server.taken() == []
