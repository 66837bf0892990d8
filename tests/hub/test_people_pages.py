"""Signing in, joining and managing people at the real pages."""

import re

import pytest
from sqlalchemy import select

from hub.web.words.people import ROLE_WORDS
from models.account import Account
from models.vocabulary import Role, Tier
from sharing.people.accounts import set_suspended
from tests.factory import PASSWORD, World
from tests.hub.people_pages import CODE, KEY, app, someone, token_of, world

__all__ = ["app", "someone", "world"]


def test_a_stranger_is_led_to_sign_in_and_back(world: World, someone):
    """The wanted page opens after both steps; the hat stands on it."""
    world.person(world.operator("Power Plant"), Role.READER, username="hanako", name="花子", password=True)
    me = someone()
    asked = me.client.get("/people/")
    assert asked.status_code == 303 and asked.location == "/sign-in?next=%2Fpeople%2F"
    half = me.send(asked.location, username="hanako", password=PASSWORD)
    assert half.request.path == "/sign-in/code" and "next" in half.request.args
    assert "花子" not in half.text
    page = me.post(half.request.full_path, token_of(half), code=me.code())
    assert page.status_code == 200 and page.request.path == "/people/"
    assert "Power Plant" in page.text and "花子" in page.text and "Reader" in page.text


def test_every_role_says_what_it_may_do():
    """A manager gave roles by their names alone."""
    assert set(ROLE_WORDS) == set(Role)


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "people", "/a\tb", "", "//[", "http://[", "/" * 3],
)
def test_nobody_is_led_away(world: World, someone, wanted: str):
    """`next` leads to pages of this hub only."""
    world.person(world.operator("Power"), Role.READER, username="hanako", password=True)
    me = someone()
    me.sign_in("hanako")
    answer = me.client.get("/sign-in", query_string={"next": wanted})
    assert answer.location == "/"


def test_an_address_too_long_to_be_carried_along_is_left_behind(world: World, someone):
    """No browser and no proxy takes a header of any length."""
    world.person(world.operator("Power"), Role.READER, username="hanako", password=True)
    me = someone()
    asked = me.client.get("/people/", query_string={"x": "y" * 5_000})
    assert (asked.status_code, asked.location) == (303, "/sign-in")
    half = me.send(f"/sign-in?next=/{'y' * 5_000}", username="hanako", password=PASSWORD)
    assert "next" not in half.request.args


def test_a_half_sign_in_opens_no_page(world: World, someone):
    """Nor one without the agreement; each leads to the step that is missing."""
    power = world.operator("Power")
    actor = world.person(power, Role.READER, username="hanako", password=True)
    me = someone()
    me.send("/sign-in", username="hanako", password=PASSWORD)
    assert me.get("/account/").request.path == "/sign-in/code"
    assert me.get("/hats").request.path == "/sign-in/code"
    assert me.get("/agreement").request.path == "/sign-in"
    with world.writing() as session:
        session.get(Account, actor.account_id).agreement_version = "0"
    asked = me.send("/sign-in/code", code=me.code())
    asked = me.get("/people/")
    assert asked.request.path == "/agreement"
    refused = me.post("/agreement", token_of(asked), version="1")
    assert refused.status_code == 422 and "Tick the box" in refused.text
    assert me.post("/agreement?next=/account/", token_of(asked), version="0", accept="y").status_code == 409
    assert me.post("/agreement?next=/account/", token_of(asked), version="1", accept="y").request.path == "/account/"


def test_one_answer_for_every_refusal(world: World, someone):
    """Unknown name, wrong password, suspended account: the same page, byte for byte but for the name typed."""
    power = world.operator("Power")
    for name in ("aaa111", "bbb222"):
        world.person(power, Role.READER, username=name, password=True)
    with world.writing() as session:
        set_suspended(session, world.command(), "bbb222", suspended=True, context=world.context())
    pages = set()
    for name, password in (("ccc333", PASSWORD), ("aaa111", "not the password"), ("bbb222", PASSWORD)):
        answer = someone().send("/sign-in", username=name, password=password)
        assert answer.status_code == 422
        pages.add(re.sub(r'name="csrf_token" value="[^"]*"', "", answer.text).replace(name, "NAME"))
    assert len(pages) == 1
    assert PASSWORD not in pages.pop()


def test_guessing_from_one_address_is_stopped(world: World, someone):
    """Whatever names are tried; and nothing more is written down about it."""
    me = someone()
    token = token_of(me.get("/join"))
    answers = [me.post("/join", token, code="0000-0000-0000-0000-0000").status_code for _ in range(61)]
    assert answers[:60] == [422] * 60 and answers[60] == 429
    assert me.send("/sign-in", username="x", password="y").status_code == 429
    world.advance(minutes=10)
    assert me.send("/sign-in", username="x", password="y").status_code == 422


def test_joining_from_the_letter_to_the_first_page(world: World, someone):
    """Invite, print once, join, enrol, accept, arrive."""
    power = world.operator("Power Plant")
    world.person(power, Role.MANAGER, username="manager", password=True)
    boss = someone()
    boss.sign_in("manager")
    letter = boss.send("/people/invite", display_name="山田 太郎", roles=["reporter", "reader"])
    code = CODE.search(letter.text)[0]
    assert "山田 太郎" in letter.text and "/join" in letter.text
    assert code not in boss.get(letter.request.path).text
    me = someone()
    assert me.send("/join", code="AAAA-AAAA-AAAA-AAAA-AAAA").status_code == 422
    shown = me.send("/join", code=code.lower())
    assert "Power Plant" in shown.text and "Reporter" in shown.text and "山田 太郎" in shown.text
    fields = {"code": code, "username": "manager", "password": PASSWORD, "password_again": PASSWORD}
    taken = me.post("/join", token_of(shown), **fields)
    assert taken.status_code == 422 and "Somebody has this name" in taken.text
    assert PASSWORD not in taken.text
    differ = me.post("/join", token_of(shown), **fields | {"username": "taro", "password_again": "another password"})
    assert differ.status_code == 422 and "differ" in differ.text
    done = me.post("/join", token_of(shown), **fields | {"username": "taro"})
    assert done.request.path == "/sign-in" and "You have joined" in done.text
    enrol = me.send("/sign-in", username="taro", password=PASSWORD)
    assert enrol.request.path == "/sign-in/enrol"
    picture = me.client.get("/sign-in/enrol.svg")
    assert picture.mimetype == "image/svg+xml" and picture.headers["Cache-Control"] == "no-store"
    seed = re.search(r">((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})<", enrol.text)[1].replace(" ", "")
    assert me.send("/sign-in/enrol", code="000000").status_code == 422
    asked = me.send("/sign-in/enrol?next=/account/", code=me.code(seed))
    assert asked.request.path == "/agreement"
    arrived = me.post(asked.request.full_path, token_of(asked), version="1", accept="y")
    assert arrived.request.path == "/account/" and "Power Plant" in arrived.text
    with world.reading() as session:
        assert session.execute(select(Account.locale).where(Account.username == "taro")).scalar_one() == "en"
    assert me.client.get("/sign-in/enrol.svg").status_code == 404
    assert someone().send("/join", code=code).status_code == 422


def test_a_further_hat_and_the_change_between_them(world: World, someone):
    """The header says which is worn; what the other may do is not to be had under this one."""
    power, council = world.operator("Power Plant"), world.organization(Tier.COUNCIL, "The Council")
    world.person(power, Role.READER, username="hanako", password=True)
    world.person(council, Role.MANAGER, username="manager", password=True)
    boss, me = someone(), someone()
    boss.sign_in("manager")
    letter = boss.send("/people/invite", display_name="花子", roles=["council"])
    code = CODE.search(letter.text)[0]
    me.sign_in("hanako")
    shown = me.send("/join", code=code)
    hats = me.post("/join", token_of(shown), code=code, confirm="yes")
    assert hats.request.path == "/hats"
    assert re.search(r'hat-organization">\s*Power Plant', hats.text)
    changed = me.press(hats, "/hats/")
    page = me.get("/people/")
    assert re.search(r'hat-organization">\s*The Council', page.text), changed.status
    assert "Change role" in page.text


def test_text_survives_a_session_that_ended(world: World, someone):
    """Written for hours: signed out meanwhile, the text comes back, and goes through after signing in again."""
    power = world.operator("Power")
    world.person(power, Role.REPORTER, username="hanako", password=True)
    me = someone()
    me.sign_in("hanako")
    token = token_of(me.get("/typed/"))
    world.advance(hours=2)
    kept = me.post("/typed/", token, text="制御装置が止まった", password_again="hunter2")
    assert kept.status_code == 403
    assert "制御装置が止まった" in kept.text and "hunter2" not in kept.text and "/sign-in" in kept.text
    me.sign_in("hanako")
    sent = me.post("/typed/", token_of(kept), text="制御装置が止まった")
    assert sent.status_code == 200 and "arrived: 制御装置が止まった" in sent.text


def test_text_survives_when_the_cookie_is_gone_too(world: World, someone):
    """Then the forgery check speaks first; it also shows the way to sign in."""
    world.person(world.operator("Power"), Role.REPORTER, username="hanako", password=True)
    me = someone()
    me.sign_in("hanako")
    token = token_of(me.get("/typed/"))
    me.client.delete_cookie("ceptoar")
    world.advance(minutes=1)
    kept = me.post("/typed/", token, text="制御装置が止まった")
    assert "制御装置が止まった" in kept.text and "/sign-in" in kept.text
    me.sign_in("hanako")
    assert "arrived" in me.post("/typed/", token_of(kept), text="制御装置が止まった").text


def test_changes_reach_open_sessions(world: World, someone):
    """Suspended in mid-session; and roles that a manager took away."""
    power = world.operator("Power")
    world.person(power, Role.MANAGER, username="manager", password=True)
    world.person(power, Role.REPORTER, username="hanako", name="花子", password=True)
    boss, me = someone(), someone()
    boss.sign_in("manager")
    me.sign_in("hanako")
    assert "Make a key" in me.get("/account/").text
    page = boss.get("/people/")
    address = re.search(r'href="(/people/[^"]+/roles)">Change roles<span class="visually-hidden"> 花子', page.text)[1]
    said = re.findall(r'<span class="choice-words">([^<]+)</span>', boss.get(address).text)
    assert len(said) == boss.get("/people/invite").text.count('<span class="choice-words">') == 5, (
        "each role says what it may do"
    )
    changed = boss.send(address, roles=["manager"])
    assert "The roles are changed" in changed.text
    assert "Make a key" not in me.get("/account/").text
    assert me.client.get("/account/keys/new").status_code == 403
    with world.writing() as session:
        set_suspended(session, world.command(), "hanako", suspended=True, context=world.context())
    assert me.get("/account/").request.path == "/sign-in"


def test_a_key_is_shown_once_and_revoked(world: World, someone):
    """Its holder sees the text on one page; the manager sees the key and can end it."""
    power = world.operator("Power")
    world.person(power, Role.READER, username="hanako", password=True)
    world.person(power, Role.MANAGER, username="manager", password=True)
    me, boss = someone(), someone()
    me.sign_in("hanako")
    assert "Read feeds" in me.get("/account/keys/new").text and "File reports" not in me.get("/account/keys/new").text
    wrong = me.send("/account/keys/new", name="", days="30")
    assert wrong.status_code == 422 and "Enter a name." in wrong.text
    made = me.send("/account/keys/new", name="SIEM", scopes=["feed:objects:read"], days="30")
    text = KEY.search(made.text)[0]
    assert text not in me.get(made.request.path).text
    assert "SIEM" in me.get("/account/").text
    boss.sign_in("manager")
    listed = boss.get("/people/")
    assert "SIEM" in listed.text and text not in listed.text
    (asked,) = re.findall(
        r"<details[^>]*>(?:(?!</details>).)*/people/keys/[^\"]+/revoke.*?</details>", listed.text, re.DOTALL
    )
    assert "cannot be undone" in asked, "a slip of the hand must not silence a program"
    assert "revoked" in boss.press(listed, "/people/keys/").text
    assert "SIEM" not in me.get("/account/").text


def test_another_organizations_people_do_not_exist(world: World, someone):
    """Every address of a rival's person, invitation or key answers as an address of nothing."""
    power, rival = world.operator("Power"), world.operator("Rival")
    world.person(power, Role.MANAGER, username="manager", password=True)
    theirs = world.person(rival, Role.READER)
    me = someone()
    me.sign_in("manager")
    token = token_of(me.get("/people/invite"))
    nothing = "00000000-0000-4000-8000-000000000000"
    for path in ("/people/{}/roles", "/people/{}/end", "/people/{}/reset"):
        answers = [me.client.get(path.format(ident)) for ident in (theirs.membership_id, nothing)]
        assert [each.status_code for each in answers] == [404, 404]
    for path in ("/people/{}/end", "/people/invitations/{}/withdraw", "/people/keys/{}/revoke"):
        assert me.post(path.format(nothing), token).status_code == 404
    for ident in (rival.id, nothing, "x"):
        assert me.client.get(f"/people/invite?organization={ident}").status_code == 404


def test_many_members_come_in_pages_and_are_found_by_name(world: World, someone, monkeypatch: pytest.MonkeyPatch):
    """Eight hundred local governments were one page of four hundred kilobytes, each asked for its people."""
    monkeypatch.setattr("hub.web.people.my_organization.MEMBERS", 2)
    for name in ("Aoba Power", "Midori Power", "Shirakaba Gas"):
        world.operator(name)
    world.person(world.secretariat("Power CEPTOAR"), Role.COORDINATOR, username="office", password=True)
    me = someone()
    me.sign_in("office")
    first, second = me.get("/people/members").text, me.get("/people/members?page=2").text
    assert [first.count(name) > 0 for name in ("Aoba", "Midori", "Shirakaba")] == [True, True, False]
    assert "/people/members?page=2" in first and "Shirakaba" in second and "page=3" not in second
    found = me.get("/people/members?name=POWER").text
    assert "Midori" in found and "Shirakaba" not in found and "page=2" not in found
    assert "name holds this" in me.get("/people/members?name=nobody").text


def test_a_secretariat_at_its_members_page(world: World, someone):
    """It sees its members and who manages them, and invites managers only."""
    power, water = world.operator("Power Plant"), world.operator("Water Works", "water")
    world.person(power, Role.MANAGER, name="Boss")
    world.person(power, Role.READER, name="Hidden reader")
    world.person(world.secretariat("Secretariat"), Role.COORDINATOR, username="coordinator", password=True)
    me = someone()
    me.sign_in("coordinator")
    page = me.get("/people/members")
    assert "Power Plant" in page.text and "Boss" in page.text
    assert "Water Works" not in page.text and "Hidden reader" not in page.text
    assert me.client.get(f"/people/invite?organization={water.id}").status_code == 404
    letter = me.send(f"/people/invite?organization={power.id}", display_name="次長", roles=["manager"])
    assert CODE.search(letter.text)
    assert "次長" in me.get("/people/members").text
    me2 = someone()
    world.person(power, Role.READER, username="reader", password=True)
    me2.sign_in("reader")
    assert me2.client.get("/people/members").status_code == 403
    assert me2.client.get("/people/invite").status_code == 403


def test_own_sessions_and_sign_out(world: World, someone):
    """One by one, or all at once; a cookie kept aside opens nothing after that."""
    world.person(world.operator("Power"), Role.READER, username="hanako", password=True)
    one, two = someone(), someone()
    one.sign_in("hanako")
    world.advance(minutes=1)
    two.sign_in("hanako")
    ended = two.press(two.get("/account/"), "/account/sessions/[0-9a-f]+/end")
    assert "The session has ended" in ended.text
    assert one.get("/account/").request.path == "/sign-in"
    cookie = two.client.get_cookie("ceptoar").value
    out = two.press(two.get("/account/"), "/sign-out")
    assert "You are signed out." in out.text
    thief = someone()
    thief.client.set_cookie("ceptoar", cookie)
    assert thief.get("/account/").request.path == "/sign-in"


def test_the_language_is_kept_in_the_account(world: World, someone):
    """Chosen on the page of the account, or at the top of any page."""
    actor = world.person(world.operator("Power"), Role.READER, username="hanako", password=True)
    me = someone()
    me.sign_in("hanako")
    page = (
        me.send("/account/", language="en")
        if False
        else me.post("/account/language", token_of(me.get("/account/")), language="en")
    )
    assert "My account" in page.text
    with world.reading() as session:
        assert session.get(Account, actor.account_id).locale == "en"
    me.get("/account/?lang=ja")
    with world.reading() as session:
        assert session.get(Account, actor.account_id).locale == "ja"


def test_an_administrator_finds_no_door_to_reading(world: World, someone):
    """No people page, no key, no invitation from the browser."""
    world.administrator(username="admin", password=True)
    me = someone()
    me.sign_in("admin")
    page = me.get("/account/")
    assert "Make a key" not in page.text
    token = token_of(page)
    assert me.client.get("/people/").status_code == 403
    assert me.post("/people/invite", token, display_name="me", roles=["reader"]).status_code == 403
    assert me.post("/account/keys/new", token, name="k", scopes=["feed:objects:read"], days="30").status_code == 403
