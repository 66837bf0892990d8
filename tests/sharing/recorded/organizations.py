"""What becomes of organizations, each operation once: they join, move, merge, leave, keep named lists."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.vocabulary import Label, Role, Tier
from sharing.lists.changing import add_to_list, close_list, make_list, remove_from_list
from sharing.lists.reading import load_list
from sharing.past.newcomers import handle_newcomer
from sharing.past.successors import handle_reach
from sharing.people.carrying import carry_over
from sharing.people.merging import agree_to_reach, confirm_merger, propose_merger, withdraw_merger
from sharing.people.moving import Place, confirm_move, propose_move, withdraw_move
from sharing.people.organizations import NewOrganization, add_organization, dismiss_organization, set_findable
from tests.sharing.recorded.stories import Act, after, story
from tests.sharing.reports.conftest import Scene


def manager_of(scene: Scene) -> Any:
    return scene.world.person(scene.aoba, Role.MANAGER)


@story(add_organization)
def _(scene: Scene) -> Act:
    new = NewOrganization(Tier.OPERATOR, "新電力", "New", sector="electricity", ceptoar="electricity")
    return lambda session: add_organization(session, scene.world.command(), new, scene.world.context())


def _move(scene: Scene) -> UUID:
    administrator, context = scene.world.administrator(), scene.world.context()
    with scene.world.writing() as session:
        return propose_move(session, administrator, scene.aoba.id, Place("water"), context).id


@story(propose_move)
def _(scene: Scene) -> Act:
    administrator, context = scene.world.administrator(), scene.world.context()
    return lambda session: propose_move(session, administrator, scene.aoba.id, Place("water"), context)


@story(confirm_move)
def _(scene: Scene) -> Act:
    move, second = _move(scene), scene.world.administrator("Second")
    return lambda session: confirm_move(session, second, move, scene.world.context())


@story(withdraw_move)
def _(scene: Scene) -> Act:
    move, second = _move(scene), scene.world.administrator("Second")
    return lambda session: withdraw_move(session, second, move, scene.world.context())


def _merger(scene: Scene) -> UUID:
    administrator, context = scene.world.administrator(), scene.world.context()
    with scene.world.writing() as session:
        return propose_merger(session, administrator, scene.rival.id, scene.aoba.id, context).id


def _merged(scene: Scene, *, agreed: bool = False) -> UUID:
    """The rival has gone up in the sender's organization."""
    merger, second = _merger(scene), scene.world.administrator("Second")
    approver = scene.world.person(scene.rival, Role.APPROVER)
    if agreed:
        with scene.world.writing() as session:
            agree_to_reach(session, approver, merger, scene.world.context())
    with scene.world.writing() as session:
        confirm_merger(session, second, merger, scene.world.context())
    return merger


@story(propose_merger)
def _(scene: Scene) -> Act:
    administrator, context = scene.world.administrator(), scene.world.context()
    return lambda session: propose_merger(session, administrator, scene.rival.id, scene.aoba.id, context)


@story(agree_to_reach)
def _(scene: Scene) -> Act:
    merger, approver = _merger(scene), scene.world.person(scene.rival, Role.APPROVER)
    return lambda session: agree_to_reach(session, approver, merger, scene.world.context())


@story(confirm_merger)
def _(scene: Scene) -> Act:
    merger, second = _merger(scene), scene.world.administrator("Second")
    return lambda session: confirm_merger(session, second, merger, scene.world.context())


@story(withdraw_merger)
def _(scene: Scene) -> Act:
    merger, second = _merger(scene), scene.world.administrator("Second")
    return lambda session: withdraw_merger(session, second, merger, scene.world.context())


@story(carry_over)
def _(scene: Scene) -> Act:
    _merged(scene)
    manager, former = manager_of(scene), scene.rival_reader.membership_id
    return lambda session: carry_over(session, manager, former, scene.world.context())


@story(handle_reach)
def _(scene: Scene) -> Act:
    scene.files(scene.rival_reader)
    payload = {"merger": str(_merged(scene, agreed=True)), "part": 0, "after": None}
    return lambda session: handle_reach(session, payload, scene.world.context(), builder=scene.builder)


@story(handle_newcomer)
def _(scene: Scene) -> Act:
    """A GREEN edition went to all members before it joined; one part, one entry."""
    scene.proposes(scene.office, scene.files(scene.hanako, label="TLP:GREEN"), Label.GREEN)
    scene.world.advance(days=1)
    made = after(scene, add_organization)
    payload = {"organization": str(made.id), "tokens": ["members"], "key": "x", "part": 0, "place": 0, "after": None}
    return lambda session: handle_newcomer(session, payload, scene.world.context(), policy=scene.policy)


@story(dismiss_organization)
def _(scene: Scene) -> Act:
    return lambda session: dismiss_organization(session, scene.world.command(), scene.aoba.id, scene.world.context())


@story(set_findable)
def _(scene: Scene) -> Act:
    manager = manager_of(scene)
    return lambda session: set_findable(session, manager, True, scene.world.context())


@story(make_list)
def _(scene: Scene) -> Act:
    return lambda session: make_list(session, scene.hanako, "連携先", scene.world.context())


def _list(scene: Scene) -> UUID:
    with scene.world.writing() as session:
        made = make_list(session, scene.hanako, "連携先", scene.world.context())
        add_to_list(session, scene.hanako, made.id, ["council"], scene.world.context())
        return made.id


@story(add_to_list)
def _(scene: Scene) -> Act:
    made = _list(scene)
    return lambda session: add_to_list(session, scene.hanako, made, ["foreign"], scene.world.context())


@story(remove_from_list)
def _(scene: Scene) -> Act:
    made = _list(scene)
    with scene.world.reading() as session:
        member = load_list(session, scene.hanako, made).members[0].id
    return lambda session: remove_from_list(session, scene.hanako, made, member, scene.world.context())


@story(close_list)
def _(scene: Scene) -> Act:
    made = _list(scene)
    return lambda session: close_list(session, scene.hanako, made, scene.world.context())
