"""A door: my organization: its people and their roles, invitations, resets that wait, keys; a secretariat's members."""

from uuid import UUID

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from hub.web.frame import guard
from hub.web.frame.navigation import Item
from hub.web.frame.pages import page_blueprint, page_number, see_other
from hub.web.people.account_forms import InviteForm, ResetForm, RolesForm, show_faults
from hub.web.words.people import ROLE_WORDS, role_name
from models.account import Invitation
from models.organization import Organization
from models.vocabulary import Role
from sharing.actor import Actor
from sharing.audiences import facts_of
from sharing.errors import Conflict, Invalid, NotVisible
from sharing.people.carrying import list_former
from sharing.people.invitations import invite as invite_person
from sharing.people.invitations import list_invitations, withdraw_invitation
from sharing.people.keys import list_keys, revoke_key
from sharing.people.memberships import PersonLine, change_roles, end_membership, list_people
from sharing.people.merging import list_mergers
from sharing.people.organizations import list_organizations, set_findable
from sharing.people.resets import grant_reset, list_keys_at_stake, list_resets, refuse_reset, request_reset
from sharing.permissions import Permission
from sharing.rules.inviting import is_member_of
from sharing.rules.knowing import PUBLIC_TIERS
from sharing.rules.resets import ResetKind
from sharing.rules.tokens import ROLES_OF_TIER

blueprint = page_blueprint("people", url_prefix="/people")
guard.protect(blueprint)
NAVIGATION = (Item("people.show", _l("My organization"), Permission.PEOPLE_READ.value),)
WRONG = 422
ROLE_ORDER = tuple(Role)
MEMBERS = 50
"""Members of one page: a CEPTOAR may have hundreds."""
LONGEST_NAME = 100
"""Of a name that is looked for."""


@blueprint.get("/")
def show() -> str:
    """The people of the own organization, and what waits for whoever manages them."""
    actor, hub = guard.current_actor(), guard.the_hub()
    now = hub.clock()
    with hub.reading() as reading:
        organization = reading.get_one(Organization, actor.organization.id)
        invitations = list_invitations(reading, actor, now)
        page = {
            "organization": organization,
            "people": list_people(reading, actor, actor.organization.id),
            "invitations": [each for each in invitations if each.organization_id == organization.id],
            "resets": list_resets(reading, actor, now),
            "keys": list_keys(reading, actor, now) if actor.may(Permission.PEOPLE_MANAGE) else [],
            "former": list_former(reading, actor) if actor.may(Permission.PEOPLE_MANAGE) else [],
            "mergers": list_mergers(reading, actor) if actor.may(Permission.PROPOSAL_DECIDE) else [],
        }
    return render_template("people/show.html", **page, **_rights(actor), own_membership=actor.membership_id)


@blueprint.get("/members")
def members() -> str:
    """The member organizations of a CEPTOAR and who manages them, a page of those whose names are asked for."""
    actor, hub, page = guard.current_actor(), guard.the_hub(), page_number()
    actor.must(Permission.MEMBER_MANAGERS_INVITE)
    asked = request.args.get("name", "").strip()[:LONGEST_NAME]
    with hub.reading() as reading:
        known = [each for each in list_organizations(reading, actor) if _is_member(actor, each)]
        found = [each for each in known if asked.casefold() in f"{each.name_ja}\n{each.name_en}".casefold()]
        shown = found[(page - 1) * MEMBERS : page * MEMBERS]
        managers = {each.id: list_people(reading, actor, each.id) for each in shown}
        invitations = list_invitations(reading, actor, hub.clock())
        resets = list_resets(reading, actor, hub.clock())
    names = {each.id: each for each in known}
    return render_template(
        "people/members.html",
        organizations=shown,
        has_any=bool(known),
        asked=asked,
        is_first=page == 1,
        next_page=page + 1 if len(found) > page * MEMBERS else None,
        managers=managers,
        invitations=[each for each in invitations if each.organization_id in names],
        names=names,
        resets=resets,
        **_rights(actor),
    )


@blueprint.post("/findable")
def findable() -> ResponseReturnValue:
    """Let others know that one's organization takes part, so that they can name it; or no longer."""
    hub = guard.the_hub()
    wanted = request.form.get("findable") == "yes"
    with hub.writing() as writing:
        set_findable(writing, guard.current_actor(), wanted, hub.context())
    flash(_("Others can name your organization now.") if wanted else _("Others can name it no longer."), "success")
    return see_other("people.show")


def _rights(actor: Actor) -> dict[str, bool]:
    return {
        "manages": actor.may(Permission.PEOPLE_MANAGE),
        "coordinates": actor.may(Permission.MEMBER_MANAGERS_INVITE),
        "is_hidden_tier": actor.organization.tier not in PUBLIC_TIERS,
    }


def _is_member(actor: Actor, organization: Organization) -> bool:
    return is_member_of(facts_of(organization), actor.organization.ceptoar)


@blueprint.route("/invite", methods=["GET", "POST"])
def invite() -> ResponseReturnValue:
    """Invite a person of the own organization, or a manager of a member."""
    actor, hub = guard.current_actor(), guard.the_hub()
    with hub.reading() as reading:
        organization = _wanted_organization(reading, actor)
    own = organization.id == actor.organization.id
    actor.must(Permission.PEOPLE_MANAGE if own else Permission.MEMBER_MANAGERS_INVITE)
    form = InviteForm() if own else InviteForm(roles=[Role.MANAGER.value])
    offered = ROLES_OF_TIER[organization.tier] if own else {Role.MANAGER}
    form.roles.choices = [SelectChoice(role.value, role_name(role)) for role in ROLE_ORDER if role in offered]
    if form.validate_on_submit():
        roles = [Role(value) for value in form.roles.data or ()]
        try:
            with hub.writing() as writing:
                invitation, code = invite_person(
                    writing,
                    actor,
                    organization.id,
                    form.display_name.data or "",
                    roles,
                    hmac_key=hub.secrets.api_key_key,
                    context=hub.context(),
                )
        except Invalid as refusal:
            show_faults(form, refusal)
        else:
            guard.keep_to_show(invitation.id, code)
            return see_other("people.letter", invitation_id=invitation.id)
    page = render_template("people/invite.html", form=form, organization=organization, own=own, ROLE_WORDS=ROLE_WORDS)
    return page, WRONG if form.errors else 200


def _wanted_organization(reading: Session, actor: Actor) -> Organization:
    """The own organization, or the member named in the address."""
    try:
        ident = UUID(request.args["organization"]) if "organization" in request.args else actor.organization.id
    except ValueError:
        raise NotVisible("no such organization") from None
    known = {each.id: each for each in list_organizations(reading, actor)}
    if ident not in known or not (ident == actor.organization.id or _is_member(actor, known[ident])):
        raise NotVisible("no such organization")
    return known[ident]


@blueprint.get("/invitations/<uuid:invitation_id>/letter")
def letter(invitation_id: UUID) -> str:
    """The printed code, once."""
    actor, hub = guard.current_actor(), guard.the_hub()
    with hub.reading() as reading:
        invitation = _own_invitation(reading, actor, invitation_id)
        organization = reading.get_one(Organization, invitation.organization_id)
    return render_template(
        "people/letter.html",
        invitation=invitation,
        organization=organization,
        code=guard.take_to_show(invitation_id),
        address=f"{hub.settings.base_url}/join",
    )


def _own_invitation(reading: Session, actor: Actor, invitation_id: UUID) -> Invitation:
    for each in list_invitations(reading, actor, guard.the_hub().clock()):
        if each.id == invitation_id:
            return each
    raise NotVisible("no such invitation")


@blueprint.post("/invitations/<uuid:invitation_id>/withdraw")
def withdraw(invitation_id: UUID) -> ResponseReturnValue:
    """Make a code useless that nobody used yet."""
    actor, hub = guard.current_actor(), guard.the_hub()
    with hub.writing() as writing:
        invitation = withdraw_invitation(writing, actor, invitation_id, context=hub.context())
    flash(_("The invitation is withdrawn. Its code opens nothing any more."), "success")
    return see_other("people.show" if invitation.organization_id == actor.organization.id else "people.members")


@blueprint.route("/<uuid:membership_id>/roles", methods=["GET", "POST"])
def roles(membership_id: UUID) -> ResponseReturnValue:
    """Give a person other roles."""
    actor, hub = guard.current_actor(), guard.the_hub()
    person = _own_person(actor, membership_id)
    form = RolesForm(roles=[role.value for role in person.roles])
    offered = ROLES_OF_TIER[actor.organization.tier]
    form.roles.choices = [SelectChoice(role.value, role_name(role)) for role in ROLE_ORDER if role in offered]
    refused = []
    if form.validate_on_submit():
        wanted = [Role(value) for value in form.roles.data or ()]
        try:
            with hub.writing() as writing:
                change_roles(writing, actor, membership_id, wanted, context=hub.context())
        except Conflict:
            refused = [_("At least one person must manage the organization. Give somebody else this role first.")]
        else:
            flash(_("The roles are changed, in force from now on."), "success")
            return see_other("people.show")
    page = render_template("people/roles.html", form=form, person=person, refused=refused, ROLE_WORDS=ROLE_WORDS)
    return page, WRONG if refused or form.errors else 200


def _own_person(actor: Actor, membership_id: UUID) -> PersonLine:
    actor.must(Permission.PEOPLE_MANAGE)
    with guard.the_hub().reading() as reading:
        people = list_people(reading, actor, actor.organization.id)
    for each in people:
        if each.membership_id == membership_id:
            return each
    raise NotVisible("no such person")


@blueprint.route("/<uuid:membership_id>/end", methods=["GET", "POST"])
def end(membership_id: UUID) -> ResponseReturnValue:
    """Let a person leave, after a second look."""
    actor, hub = guard.current_actor(), guard.the_hub()
    person = _own_person(actor, membership_id)
    refused = []
    if request.method == "POST":
        try:
            with hub.writing() as writing:
                end_membership(writing, actor, membership_id, context=hub.context())
        except Conflict:
            refused = [_("At least one person must manage the organization. Give somebody else this role first.")]
        else:
            flash(_("%(name)s belongs to the organization no longer.", name=person.display_name), "success")
            return see_other("people.show")
    return render_template("people/end.html", person=person, refused=refused), WRONG if refused else 200


@blueprint.route("/<uuid:membership_id>/reset", methods=["GET", "POST"])
def reset(membership_id: UUID) -> ResponseReturnValue:
    """Ask that a person gets back in."""
    actor, hub = guard.current_actor(), guard.the_hub()
    person = _reachable_person(actor, membership_id)
    with hub.reading() as reading:
        keys = list_keys_at_stake(reading, actor, membership_id, hub.clock())
    form = ResetForm()
    form.what.choices = [
        SelectChoice(ResetKind.PASSWORD.value, _("The password")),
        SelectChoice(ResetKind.SECOND_FACTOR.value, _("The authenticator app")),
        SelectChoice(ResetKind.BOTH.value, _("Both")),
    ]
    refused = []
    if form.validate_on_submit():
        try:
            with hub.writing() as writing:
                request_reset(
                    writing,
                    actor,
                    membership_id,
                    ResetKind(form.what.data),
                    form.why.data or "",
                    keep_keys=bool(form.keep_keys.data),
                    context=hub.context(),
                )
        except Conflict:
            refused = [_("A request for this person waits already.")]
        except Invalid as refusal:
            show_faults(form, refusal)
        else:
            flash(_("The request waits for a second person."), "success")
            return see_other("people.show")
    page = render_template("people/reset.html", form=form, person=person, keys=keys, refused=refused)
    return page, WRONG if refused or form.errors else 200


def _reachable_person(actor: Actor, membership_id: UUID) -> PersonLine:
    """A person of the own organization, or a manager of a member."""
    with guard.the_hub().reading() as reading:
        places = [actor.organization.id]
        if actor.may(Permission.MEMBER_MANAGERS_INVITE):
            places += [each.id for each in list_organizations(reading, actor) if _is_member(actor, each)]
        for place in places:
            for each in list_people(reading, actor, place):
                if each.membership_id == membership_id:
                    return each
    raise NotVisible("no such person")


@blueprint.post("/resets/<uuid:request_id>/grant")
def grant(request_id: UUID) -> ResponseReturnValue:
    """Grant a reset as the second person."""
    actor, hub = guard.current_actor(), guard.the_hub()
    keep = request.form.get("keep_keys") == "yes"
    with hub.writing() as writing:
        code = grant_reset(
            writing, actor, request_id, keep_keys=keep, hmac_key=hub.secrets.api_key_key, context=hub.context()
        )
    guard.keep_to_show(request_id, code)
    return see_other("people.reset_letter", request_id=request_id)


@blueprint.get("/resets/<uuid:request_id>/letter")
def reset_letter(request_id: UUID) -> str:
    """The printed code of a reset, once."""
    address = f"{guard.the_hub().settings.base_url}/reset"
    return render_template("people/reset_letter.html", code=guard.take_to_show(request_id), address=address)


@blueprint.post("/resets/<uuid:request_id>/refuse")
def refuse(request_id: UUID) -> ResponseReturnValue:
    """Refuse a reset as the second person."""
    actor, hub = guard.current_actor(), guard.the_hub()
    with hub.writing() as writing:
        refuse_reset(writing, actor, request_id, context=hub.context())
    flash(_("The request is refused."), "success")
    return see_other("people.show")


@blueprint.post("/keys/<uuid:key_id>/revoke")
def revoke(key_id: UUID) -> ResponseReturnValue:
    """Make a key of one of the people useless."""
    actor, hub = guard.current_actor(), guard.the_hub()
    with hub.writing() as writing:
        revoke_key(writing, actor, key_id, context=hub.context())
    flash(_("The key is revoked. It opens nothing any more."), "success")
    return see_other("people.show")
