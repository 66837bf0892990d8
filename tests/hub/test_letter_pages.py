"""Letters at the real pages: resets that two managers grant, lost telephones, letters that a second person confirms."""

import re

from sqlalchemy import select

from models.account import Invitation, ResetRequest
from models.vocabulary import Role, Tier
from sharing.people.accounts import load_administrator
from sharing.people.resets import grant_reset, request_reset
from sharing.rules.resets import ResetKind
from tests.factory import PASSWORD, World
from tests.hub.people_pages import CODE, app, someone, token_of, world
from tests.sharing.people.steps import code_of

__all__ = ["app", "someone", "world"]


def test_a_reset_takes_two_managers_at_the_pages(world: World, someone):
    """One asks, the other grants and prints; the person gets back in and enrols anew."""
    power = world.operator("Power")
    for name in ("first", "second"):
        world.person(power, Role.MANAGER, username=name, password=True)
    actor = world.person(power, Role.READER, username="hanako", name="花子", password=True)
    first, second, me = someone(), someone(), someone()
    first.sign_in("first")
    second.sign_in("second")
    asked = first.send(f"/people/{actor.membership_id}/reset", what="both", why="電話を紛失")
    assert "waits for a second person" in asked.text and "/grant" not in asked.text
    with world.reading() as session:
        request = session.execute(select(ResetRequest.id)).scalar_one()
    assert first.post(f"/people/resets/{request}/grant", token_of(asked)).status_code == 403
    letter = second.press(second.get("/people/"), "/grant")
    code = CODE.search(letter.text)[0]
    assert code not in second.get(letter.request.path).text
    shown = me.send("/reset", code=code)
    new = "a new long password"
    done = me.post("/reset", token_of(shown), code=code, password=new, password_again=new, confirm="yes")
    assert done.request.path == "/sign-in"
    assert me.send("/sign-in", username="hanako", password=new).request.path == "/sign-in/enrol"


def test_a_lost_telephone_from_the_letter_to_the_new_app(world: World, someone):
    """The password alone leads to the code of the letter and nowhere else; the code leads to a new app and in."""
    power = world.operator("Power")
    for name in ("first", "second"):
        world.person(power, Role.MANAGER, username=name, password=True)
    actor = world.person(power, Role.READER, username="hanako", password=True)
    first, second, me, thief = (someone() for _ in range(4))
    first.sign_in("first")
    second.sign_in("second")
    me.sign_in("hanako")
    asked = first.send(f"/people/{actor.membership_id}/reset", what="second_factor", why="電話を紛失")
    assert "waits for a second person" in asked.text
    letter = second.press(second.get("/people/"), "/grant")
    code = CODE.search(letter.text)[0]
    assert me.get("/account/").request.path == "/sign-in", "open sessions end with the grant"
    stopped = thief.send("/sign-in?next=/account/", username="hanako", password=PASSWORD)
    assert stopped.request.path == "/sign-in/letter" and "given on paper" in stopped.text
    for path in ("/account/", "/people/", "/hats", "/sign-in/enrol", "/sign-in/code"):
        assert thief.get(path).request.path == "/sign-in/letter"
    assert thief.client.get("/sign-in/enrol.svg").status_code == 404
    refused = thief.post("/sign-in/letter", token_of(stopped), code="0000-0000-0000-0000-0000")
    assert refused.status_code == 422 and "The code is not right" in refused.text
    led = me.send("/reset", code=code)
    assert "Sign in with your user name and password" in led.text and "New password" not in led.text
    typed = me.send("/sign-in?next=/account/", username="hanako", password=PASSWORD)
    enrol = me.post(typed.request.full_path, token_of(typed), code=code.lower())
    assert enrol.request.path == "/sign-in/enrol" and enrol.request.args["next"] == "/account/"
    seed = re.search(r">((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})<", enrol.text)[1].replace(" ", "")
    arrived = me.post(enrol.request.full_path, token_of(enrol), code=me.code(seed))
    assert arrived.request.path == "/account/" and "Power" in arrived.text
    assert thief.get("/account/").request.path == "/sign-in"
    assert someone().send("/reset", code=code).status_code == 422


def test_a_reset_says_which_keys_end_before_they_do(world: World, someone):
    """Both persons see the names and read what stops; kept only where the first asked for it and the second agrees."""
    power = world.operator("Power")
    for name in ("first", "second"):
        world.person(power, Role.MANAGER, username=name, password=True)
    actor = world.person(power, Role.READER, username="hanako", password=True)
    first, second, me = (someone() for _ in range(3))
    first.sign_in("first")
    second.sign_in("second")
    me.sign_in("hanako")
    me.send("/account/keys/new", name="SIEM collector", scopes=["feed:objects:read"], days="30")
    page = first.get(f"/people/{actor.membership_id}/reset")
    assert "SIEM collector" in page.text and "programs that use them get nothing more" in page.text
    asked = first.send(page.request.path, what="both", why="電話を紛失", keep_keys="y")
    assert "waits for a second person" in asked.text
    waiting = second.get("/people/")
    assert "SIEM collector" in waiting.text and "Grant, and keep the API keys as asked" in waiting.text
    letter = second.press(waiting, "/grant")  # the first of the two buttons' words: nothing is kept
    assert "see “My account”" in letter.text
    assert "Nobody of the organization has a key." in second.get("/people/").text


def test_guessing_letters_from_one_address_is_stopped(world: World, someone):
    """As for any other code: the brake of the address stands before the account's own pauses."""
    power = world.operator("Power")
    one, two = (world.person(power, Role.MANAGER) for _ in range(2))
    actor = world.person(power, Role.READER, username="hanako", password=True)
    with world.writing() as session:
        asked = request_reset(
            session, one, actor.membership_id, ResetKind.SECOND_FACTOR, "電話を紛失", context=world.context()
        ).id
    with world.writing() as session:
        grant_reset(session, two, asked, hmac_key=world.hub.secrets.api_key_key, context=world.context())
    me = someone()
    token = token_of(me.send("/sign-in", username="hanako", password=PASSWORD))
    answers = [me.post("/sign-in/letter", token, code="0000-0000-0000-0000-0000") for _ in range(61)]
    assert [each.status_code for each in answers] == [422] * 60 + [429]
    assert len({re.sub(r'name="csrf_token" value="[^"]*"', "", each.text) for each in answers[:60]}) == 1


def test_a_second_administrator_confirms_a_first_manager_at_the_pages(world: World, someone):
    """Who wrote the letter sees that it waits; the second confirms it; only then the code leads in."""
    for name in ("one", "two"):
        world.administrator(username=name, password=True)
    partner = world.organization(Tier.FOREIGN, "Partner Office")
    with world.reading() as session:
        writer = load_administrator(session, "one")
    code = code_of(world, writer, partner.id, {Role.MANAGER})
    one, two, me = someone(), someone(), someone()
    one.sign_in("one")
    two.sign_in("two")
    assert me.send("/join", code=code).status_code == 422
    mine = one.get("/waiting-letters/")
    assert "Partner Office" in mine.text and "waits for a second person" in mine.text and "/confirm" not in mine.text
    with world.reading() as session:
        letter = session.execute(select(Invitation.id)).scalar_one()
    assert one.post(f"/waiting-letters/{letter}/confirm", token_of(mine)).status_code == 403
    done = two.press(two.get("/waiting-letters/"), "/confirm")
    assert "The code in the letter is good now." in done.text and "No letter waits." in done.text
    assert "Partner Office" in me.send("/join", code=code).text
    reader = someone()
    world.person(partner, Role.READER, username="reader", password=True)
    reader.sign_in("reader")
    assert reader.client.get("/waiting-letters/").status_code == 403
    assert reader.post(f"/waiting-letters/{letter}/drop", token_of(reader.get("/account/"))).status_code == 403
