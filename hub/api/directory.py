"""A door: who am I, who takes part, and the codes in use."""

from typing import Any

from hub.api import fields
from hub.api.asking import the_actor, the_hub
from hub.api.describing import Room, operation
from models.vocabulary import Role, Tier
from sharing.codelists.directory import list_ceptoars, list_sectors, load_code_list
from sharing.people.organizations import list_organizations
from sharing.permissions import Permission

room = Room("directory", __name__, url_prefix="/api/v1", description="Who takes part, and the codes in use")

_NAMES = {
    "name_ja": fields.text("The name in Japanese.", "電力", required=True),
    "name_en": fields.text("The name in English.", "Electricity", required=True),
}
_CONFIRMED = fields.flag("False: to be confirmed (要確認), not official.", True, required=True)

OrganizationSchema = fields.schema(
    "Organization",
    {
        "id": fields.ident("The id.", "7b1d3c0e-8f5a-4c52-9a57-3f0c8a4f6f10", required=True),
        "tier": fields.one_of("What it is in the scheme.", [tier.value for tier in Tier], "ceptoar", required=True),
        **_NAMES,
        "sector": fields.text("The code of its sector.", "electricity", allow_none=True, required=True),
        "ceptoar": fields.text("The code of its CEPTOAR.", "electricity", allow_none=True, required=True),
        "ministry": fields.text("The code of its ministry.", allow_none=True, required=True),
    },
)
MeSchema = fields.schema(
    "Me",
    {
        "name": fields.text("The holder of the key.", "佐藤 花子", required=True),
        "organization": fields.part(OrganizationSchema, required=True),
        "roles": fields.texts("The roles of the hat that the key is for.", ["reporter"], required=True),
        "scopes": fields.texts("What the key is limited to.", ["feed:objects:read"], required=True),
        "permissions": fields.texts("What the key may do now.", ["feed:objects:read"], required=True),
        "key": fields.ident("The id of the key; never the key.", required=True),
    },
)
OrganizationsSchema = fields.schema("Organizations", {"items": fields.parts(OrganizationSchema, required=True)})
CeptoarSchema = fields.schema(
    "Ceptoar", {"code": fields.text("The code.", "electricity", required=True), **_NAMES, "confirmed": _CONFIRMED}
)
SectorSchema = fields.schema(
    "Sector",
    {
        "code": fields.text("The code.", "electricity", required=True),
        **_NAMES,
        "ministry": fields.text("The code of the ministry in charge.", "meti", allow_none=True, required=True),
        "confirmed": _CONFIRMED,
        "ceptoars": fields.parts(CeptoarSchema, required=True),
    },
)
SectorsSchema = fields.schema("Sectors", {"items": fields.parts(SectorSchema, required=True)})
CodeSchema = fields.schema(
    "Code",
    {
        "code": fields.text("The code.", "E30", required=True),
        "version": fields.text("The version of the list that holds it.", "2020-form", required=True),
        "name_ja": fields.text("The name in Japanese.", "システム等の利用困難", required=True),
        "name_en": fields.text("The name in English.", "System hard or impossible to use", required=True),
        "group_ja": fields.text("The heading above it in Japanese.", required=True),
        "group_en": fields.text("The heading above it in English.", required=True),
        "confirmed": _CONFIRMED,
        "retired": fields.flag("True: stands in old reports only.", False, required=True),
    },
)
CodesSchema = fields.schema(
    "Codes",
    {
        "list": fields.text("The name of the list.", "event-types", required=True),
        "versions": fields.texts("Its versions, the newest first.", ["2020-form"], required=True),
        "items": fields.parts(CodeSchema, required=True),
    },
)


@operation(room, "/me", "自分の権限")
@room.response(200, MeSchema)
def read_me() -> dict[str, Any]:
    """Who the key speaks for, and what it may do"""
    actor = the_actor()
    with the_hub().reading() as session:
        mine = next(each for each in list_organizations(session, actor) if each.id == actor.organization.id)
    return {
        "name": actor.display_name,
        "organization": mine,
        "roles": [role.value for role in Role if role in actor.roles],
        "scopes": [scope.value for scope in Permission if scope in (actor.scopes or ())],
        "permissions": [each.value for each in Permission if actor.may(each)],
        "key": actor.key_id,
    }


@operation(room, "/organizations", "参加組織の一覧")
@room.response(200, OrganizationsSchema)
def read_organizations() -> dict[str, Any]:
    """The organizations that you may know of"""
    with the_hub().reading() as session:
        return {"items": list_organizations(session, the_actor())}


@operation(room, "/sectors", "重要インフラ分野とセプター")
@room.response(200, SectorsSchema)
def read_sectors() -> dict[str, Any]:
    """The sectors with their CEPTOARs"""
    with the_hub().reading() as session:
        sectors, ceptoars = list_sectors(session), list_ceptoars(session)
    return {
        "items": [
            {
                "code": each.code,
                "name_ja": each.name_ja,
                "name_en": each.name_en,
                "ministry": each.ministry,
                "confirmed": each.confirmed,
                "ceptoars": [ceptoar for ceptoar in ceptoars if ceptoar.sector == each.code],
            }
            for each in sectors
        ]
    }


@operation(
    room,
    "/codes/<name>",
    "コード表",
    refusals=(404,),
    about="The lists are event-types, cause-types, service-impact, system-classes, recovery-states and others.",
    path={"name": "name", "description": "The name of the list.", "example": "event-types"},
)
@room.response(200, CodesSchema)
def read_codes(name: str) -> dict[str, Any]:
    """A code list, in both languages"""
    with the_hub().reading() as session:
        items = load_code_list(session, name)
    return {"list": name, "versions": list(dict.fromkeys(each.version for each in items)), "items": items}
