"""Stories of signing in: two steps, one answer to every refusal, changes in force with the next request."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from models.account import Account
from models.audit import AuditPart
from models.vocabulary import AccountState, Role, Tier
from sharing.errors import Invalid, NotPermitted, NotVisible
from sharing.people import sign_in as operation
from sharing.people.accounts import set_suspended
from sharing.people.agreement import accept_agreement
from sharing.people.credentials import change_password, find_own_candidate, replace_second_factor
from sharing.people.enrolment import finish_enrolment
from sharing.people.memberships import change_roles, end_membership
from sharing.people.organizations import dismiss_organization
from sharing.people.second_factor import begin_enrolment, open_pending
from sharing.people.sessions import (
    Need,
    choose_hat,
    end_session,
    list_sessions,
    load_actor,
    sign_out,
    sign_out_everywhere,
)
from sharing.people.sign_in import session_digest
from sharing.rules.second_factor import FREE_FAILURES, LONGEST_PAUSE, SESSION_LIFE, pause_after
from tests.factory import PASSWORD, SEED, World
from tests.sharing.people.steps import behind, code_now, code_of, code_step, join, password_step, sign_in


def test_password_then_code_then_hat(world: World):
    """Half a sign-in opens nothing; a whole one opens the only hat; one entry for each step."""
    power = world.operator("Power")
    hanako = world.person(power, Role.REPORTER, username="hanako", password=True)
    before = len(world.tags())
    half = password_step(world, "HANAKO ")
    assert half is not None and not half.complete and half.enrolled
    signed_in = behind(world, half.token)
    assert signed_in.needs is Need.SECOND_FACTOR and signed_in.actor is None
    whole = code_step(world, half.token, code_now(world))
    assert whole is not None and whole.token != half.token
    assert behind(world, half.token) is None
    signed_in = behind(world, whole.token)
    assert signed_in.needs is None and signed_in.actor == hanako
    assert world.tags()[before:] == ["account:session:prepare", "account:session:begin"]


def test_a_code_is_good_once(world: World):
    """Who looked over a shoulder cannot use it again; nor the one before it."""
    world.person(world.operator("Power"), Role.REPORTER, username="hanako", password=True)
    code = code_now(world)
    assert code_step(world, password_step(world, "hanako").token, code)
    again = password_step(world, "hanako")
    assert code_step(world, again.token, code) is None
    world.advance(seconds=60)
    assert code_step(world, again.token, code_now(world))


def test_a_code_needs_its_own_half_session(world: World):
    """No token, a forged one, another's whole session, a half one that is too old."""
    power = world.operator("Power")
    world.person(power, Role.REPORTER, username="hanako", password=True)
    world.person(power, Role.REPORTER, username="taro", password=True)
    taro = sign_in(world, "taro")
    for token in ("", "f" * 64, "\ud800", taro):
        assert code_step(world, token, code_now(world)) is None
    half = password_step(world, "hanako")
    world.advance(minutes=10)
    assert code_step(world, half.token, code_now(world)) is None


def test_failures_slow_the_account_down(world: World):
    """Five are free; then pauses grow; while one lasts the right password is refused too, and nothing is counted."""
    world.person(world.operator("Power"), Role.REPORTER, username="hanako", password=True)
    for _ in range(FREE_FAILURES):
        assert password_step(world, "hanako", "a wrong password") is None
    assert password_step(world, "hanako") is None
    world.advance(seconds=31)
    assert password_step(world, "hanako", "a wrong password") is None
    world.advance(seconds=31)
    assert password_step(world, "hanako") is None
    world.advance(seconds=31)
    half = password_step(world, "hanako")
    assert half is not None
    assert code_step(world, half.token, code_now(world))
    assert password_step(world, "hanako", "a wrong password") is None
    assert password_step(world, "hanako") is not None


def test_wrong_codes_count_as_failures_too(world: World):
    """Knowing the password does not give endless tries at six digits."""
    world.person(world.operator("Power"), Role.REPORTER, username="hanako", password=True)
    for _ in range(FREE_FAILURES):
        half = password_step(world, "hanako")
        assert code_step(world, half.token, "000000") is None
    assert code_step(world, half.token, code_now(world)) is None
    assert password_step(world, "hanako") is None


def test_guesses_at_once_are_answered_no_better_than_one_by_one(world: World):
    """All look at the account before any failure is counted; the right one among them comes too late."""
    world.person(world.operator("Power"), Role.REPORTER, username="hanako", password=True)
    with world.reading() as session:
        candidate = operation.find_candidate(session, "hanako")
    key = world.hub.secrets.api_key_key
    answers = []
    for guess in ["wrong"] * FREE_FAILURES + [PASSWORD]:
        fits = candidate.fits(guess)
        with world.writing() as session:
            answers.append(
                operation.finish_password(session, candidate, guess, fits=fits, hmac_key=key, context=world.context())
            )
    assert answers == [None] * (FREE_FAILURES + 1)


def test_pauses_grow_to_a_bound():
    """Nobody is kept out by others for a day."""
    pauses = [pause_after(count) for count in range(40)]
    assert pauses == sorted(pauses)
    assert pauses[FREE_FAILURES - 1] == timedelta(0) < pauses[FREE_FAILURES]
    assert pauses[-1] == LONGEST_PAUSE


def _statements(world: World, username: str, password: str) -> list[str]:
    """What a refused password makes the database do."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_more):
        seen.append(statement)

    engines = world.hub.units.database.engines
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    try:
        assert password_step(world, username, password) is None
    finally:
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
    return seen


def test_every_refusal_does_the_same_work(world: World, monkeypatch: pytest.MonkeyPatch):
    """Unknown name, wrong password, pause, suspension: one hash compared, the same statements, the same answer."""
    power = world.operator("Power")
    for name in ("known", "paused", "stopped"):
        world.person(power, Role.REPORTER, username=name, password=True)
    for _ in range(FREE_FAILURES):
        password_step(world, "paused", "a wrong password")
    with world.writing() as session:
        set_suspended(session, world.command(), "stopped", suspended=True, context=world.context())
    compared: list[str | None] = []
    verify = operation.verify_password

    def counted(stored: str | None, password: str) -> bool:
        compared.append(stored)
        return verify(stored, password)

    monkeypatch.setattr(operation, "verify_password", counted)
    work = [
        _statements(world, "unknown", PASSWORD),
        _statements(world, "known", "a wrong password"),
        _statements(world, "paused", PASSWORD),
        _statements(world, "stopped", PASSWORD),
    ]
    assert len(compared) == 4
    assert work[0] == work[1] == work[2] == work[3]


def test_a_refusal_is_in_the_trail_without_what_was_typed(world: World):
    """The name field sometimes gets the password."""
    before = len(world.tags())
    assert password_step(world, "my secret pass phrase") is None
    assert world.tags()[before:] == ["account:session:refuse"]
    with world.reading() as session:
        bodies = b"".join(session.execute(select(AuditPart.body)).scalars())
    assert b"secret pass" not in bodies


def test_changes_are_in_force_with_the_next_request(world: World):
    """Roles, membership, account and organization are read each time."""
    power = world.operator("Power")
    manager = world.person(power, Role.MANAGER)
    people = {name: world.person(power, Role.REPORTER, username=name, password=True) for name in ("aa1", "bb2", "cc3")}
    tokens = {name: sign_in(world, name) for name in people}
    context = world.context()
    with world.writing() as session:
        change_roles(session, manager, people["aa1"].membership_id, {Role.READER}, context=context)
    assert behind(world, tokens["aa1"]).actor.roles == {Role.READER}
    with world.writing() as session:
        end_membership(session, manager, people["bb2"].membership_id, context=context)
    ended = behind(world, tokens["bb2"])
    assert ended.actor is None and ended.needs is Need.HAT and ended.hats == ()
    with world.writing() as session:
        set_suspended(session, world.command(), "cc3", suspended=True, context=context)
    assert behind(world, tokens["cc3"]) is None
    with world.writing() as session:
        dismiss_organization(session, world.command(), power.id, context)
    assert behind(world, tokens["aa1"]).actor is None


def test_suspended_without_the_operation(world: World):
    """The state of the account alone decides, whoever wrote it."""
    person = world.person(world.operator("Power"), Role.REPORTER, username="hanako", password=True)
    token = sign_in(world, "hanako")
    with world.writing() as session:
        session.execute(update(Account).where(Account.id == person.account_id).values(state=AccountState.SUSPENDED))
    assert behind(world, token) is None


def test_sessions_end(world: World):
    """After a shift, by sign-out, one by one, and all at once; another's session is nobody's business."""
    power = world.operator("Power")
    world.person(power, Role.REPORTER, username="hanako", password=True)
    world.person(power, Role.REPORTER, username="taro", password=True)
    other = sign_in(world, "taro")
    tokens = []
    for _ in range(4):
        tokens.append(sign_in(world, "hanako"))
        world.advance(minutes=1)
    me, context = behind(world, tokens[0]), world.context()
    with world.writing() as session:
        sign_out(session, me, context=context)
    assert behind(world, tokens[0]) is None
    me = behind(world, tokens[1])
    with world.reading() as session:
        assert len(list_sessions(session, me, world.now)) == 3
    with pytest.raises(NotVisible), world.writing() as session:
        end_session(session, me, session_digest(other).hex(), context=context)
    with world.writing() as session:
        end_session(session, me, session_digest(tokens[2]).hex(), context=context)
    assert behind(world, tokens[2]) is None and behind(world, tokens[3])
    with world.writing() as session:
        sign_out_everywhere(session, me, context=context)
    assert not any(behind(world, token) for token in tokens)
    assert behind(world, other)
    world.now += SESSION_LIFE
    assert behind(world, other) is None
    assert behind(world, "forged") is None


def test_a_person_with_two_hats_chooses(world: World):
    """None is worn before; another's is not to be had."""
    power, council = world.operator("Power"), world.organization(Tier.COUNCIL, "Council")
    base = world.person(power, Role.REPORTER, username="hanako", password=True)
    second = world.hat(base, council, Role.COUNCIL)
    stranger = world.person(power, Role.APPROVER)
    token = sign_in(world, "hanako")
    me = behind(world, token)
    assert me.needs is Need.HAT and me.actor is None and len(me.hats) == 2
    with pytest.raises(NotVisible), world.writing() as session:
        choose_hat(session, me, stranger.membership_id, context=world.context())
    before = len(world.tags())
    with world.writing() as session:
        choose_hat(session, me, second.membership_id, context=world.context())
    assert behind(world, token).actor == second
    assert world.tags()[before:] == ["account:session:hat"]


def test_first_sign_in_enrols_a_second_factor(world: World):
    """The seed is stored with its first code only, and only for the session that was shown it."""
    power = world.operator("Power")
    join(world, code_of(world, world.person(power, Role.MANAGER), power.id, {Role.READER}))
    half, other = password_step(world, "taro"), password_step(world, "taro")
    secrets, context = world.hub.secrets, world.context()
    assert behind(world, half.token).needs is Need.ENROLMENT
    sealed = begin_enrolment(half.account_id, half.token, seeds=secrets.seeds, context=context)
    seed = open_pending(sealed, half.account_id, half.token, seeds=secrets.seeds)
    code = code_now(world, seed)

    def enrol(token: str, typed: str):
        with world.writing() as session:
            return finish_enrolment(session, token, sealed, typed, seeds=secrets.seeds, context=context)

    assert enrol(other.token, code) is None
    with pytest.raises(Invalid):
        enrol(half.token, "000000")
    whole = enrol(half.token, code)
    assert behind(world, whole.token).needs is Need.AGREEMENT
    assert code_step(world, other.token, code) is None
    with world.reading() as session:
        account = session.get(Account, half.account_id)
        assert seed.encode() not in account.totp_sealed


def test_without_the_agreement_nothing_else(world: World):
    """It is accepted per version; a new one asks again."""
    power = world.operator("Power")
    world.person(power, Role.READER, username="hanako", password=True)
    token = sign_in(world, "hanako")
    with world.reading() as session:
        asked = load_actor(session, token, agreement_version="2", now=world.now)
    assert asked.needs is Need.AGREEMENT and asked.actor is None
    with world.writing() as session:
        accept_agreement(session, asked.bare, "2", in_force="2", context=world.context())
    with world.reading() as session:
        assert load_actor(session, token, agreement_version="2", now=world.now).actor is not None


def test_the_last_manager_stays(world: World):
    """Neither roles nor membership leave an organization without; roles of another tier are refused."""
    from sharing.errors import Conflict

    power = world.operator("Power")
    manager = world.person(power, Role.MANAGER, Role.READER)
    reader = world.person(power, Role.READER)
    rival = world.person(world.operator("Rival"), Role.MANAGER)
    context = world.context()
    attempts = (
        (Conflict, lambda s: end_membership(s, manager, manager.membership_id, context=context)),
        (Conflict, lambda s: change_roles(s, manager, manager.membership_id, {Role.READER}, context=context)),
        (NotPermitted, lambda s: change_roles(s, manager, reader.membership_id, {Role.COORDINATOR}, context=context)),
        (NotPermitted, lambda s: change_roles(s, manager, reader.membership_id, set(), context=context)),
        (NotPermitted, lambda s: change_roles(s, reader, reader.membership_id, {Role.MANAGER}, context=context)),
        (NotVisible, lambda s: change_roles(s, rival, reader.membership_id, {Role.MANAGER}, context=context)),
        (NotVisible, lambda s: end_membership(s, rival, reader.membership_id, context=context)),
    )
    for error, attempt in attempts:
        with pytest.raises(error), world.writing() as session:
            attempt(session)
    with world.writing() as session:
        change_roles(session, manager, reader.membership_id, {Role.MANAGER}, context=context)
    with world.writing() as session:
        end_membership(session, manager, manager.membership_id, context=context)


def test_who_leaves_the_last_organization_closes_the_own_window(world: World):
    """What was named to the person there is not read again under a hat of years later."""
    power = world.operator("Power")
    manager, reader = world.person(power, Role.MANAGER), world.person(power, Role.READER)
    with world.writing() as session:
        end_membership(session, manager, reader.membership_id, context=world.context())
    again = world.hat(reader, power, Role.READER)
    with world.reading() as session:
        assert not world.reader(session, again).holds(f"account:{reader.account_id}")


def test_own_credentials_change_with_the_present_ones(world: World):
    """A stolen session changes neither; a change ends the other sessions."""
    power = world.operator("Power")
    world.person(power, Role.READER, username="hanako", password=True)
    other, token = sign_in(world, "hanako"), None
    world.advance(minutes=1)
    token = sign_in(world, "hanako")
    me, secrets = behind(world, token), world.hub.secrets

    def change(present: str, new: str) -> bool:
        with world.reading() as session:
            candidate = find_own_candidate(session, me.person.id)
        fits = candidate.fits(present)
        with world.writing() as session:
            return change_password(
                session,
                me.bare,
                candidate,
                new,
                fits=fits,
                keep=me.session.digest,
                hmac_key=secrets.api_key_key,
                context=world.context(),
            )

    assert not change("wrong", "another long password")
    with pytest.raises(Invalid):
        change(PASSWORD, "short")
    assert change(PASSWORD, "another long password")
    assert behind(world, other) is None and behind(world, token)

    def replace(present: str, new: str) -> bool:
        with world.writing() as session:
            return replace_second_factor(
                session,
                me.bare,
                "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
                new_code=new,
                present_code=present,
                keep=me.session.digest,
                seeds=secrets.seeds,
                hmac_key=secrets.api_key_key,
                context=world.context(),
            )

    new_code = code_now(world, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    assert not replace(code_now(world), new_code), "the code that signed in is used"
    world.advance(minutes=1)
    new_code = code_now(world, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
    with pytest.raises(Invalid):
        replace(code_now(world), "000000")
    assert replace(code_now(world), new_code)
    world.advance(minutes=1)
    half = password_step(world, "hanako", "another long password")
    assert code_step(world, half.token, code_now(world, SEED)) is None
    assert code_step(world, half.token, code_now(world, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))
