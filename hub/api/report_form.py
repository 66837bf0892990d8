"""A door: the report form as data, for programs that fill it in."""

from typing import Any

from hub.api import fields
from hub.api.describing import Room, operation
from models.forms import FormField, Said, liaison_form

room = Room("report-form", __name__, url_prefix="/api/v1", description="The report form as data")

WordsSchema = fields.schema(
    "FormWords",
    {
        "ja": fields.text("In Japanese.", "影響の継続時間", required=True),
        "en": fields.text("In English.", "How long it lasted", required=True),
    },
)
OptionSchema = fields.schema(
    "FormOption",
    {"code": fields.text("The code.", "ddos", required=True), "label": fields.part(WordsSchema, required=True)},
)
FieldSchema = fields.schema(
    "FormField",
    {
        "name": fields.text("The name in `further`, or in the report itself where the type is core.", required=True),
        "type": fields.one_of(
            "What it takes.", ["core", "line", "text", "code", "codes", "moment", "number", "stages"], required=True
        ),
        "label": fields.part(WordsSchema, required=True),
        "hint": fields.part(WordsSchema, required=True),
        "sample": fields.part(WordsSchema, required=True),
        "unit": fields.part(WordsSchema, required=True),
        "options": fields.parts(OptionSchema, required=True),
        "list": fields.text("The code list that its codes are of.", allow_none=True, required=True),
        "near_miss": fields.flag("Whether the shorter form of a near miss has it.", required=True),
        "wanted": fields.texts("Kinds of report that are not complete without it.", ["final"], required=True),
        "anonymised": fields.one_of(
            "What an anonymised edition does with it.", ["keep", "coarse", "drop"], "keep", required=True
        ),
    },
)
SectionSchema = fields.schema(
    "FormSection",
    {
        "name": fields.text("The name.", "technical", required=True),
        "title": fields.part(WordsSchema, required=True),
        "fields": fields.parts(FieldSchema, required=True),
    },
)
FormSchema = fields.schema(
    "ReportForm",
    {
        "form": fields.text("Which form it is.", "liaison", required=True),
        "version": fields.text("Its version.", "2026-12", required=True),
        "confirmed": fields.flag("False: to be confirmed (要確認), not official.", False, required=True),
        "sections": fields.parts(SectionSchema, required=True),
    },
)


@operation(room, "/report-form", "情報連絡様式の定義")
@room.response(200, FormSchema)
def read_report_form() -> dict[str, Any]:
    """The report form that is filled in now, in both languages"""
    definition = liaison_form()
    return {
        "form": definition.form,
        "version": definition.version,
        "confirmed": definition.confirmed,
        "sections": [
            {"name": each.name, "title": _words(each.title), "fields": [_field(field) for field in each.fields]}
            for each in definition.sections
        ],
    }


def _field(field: FormField) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "label": _words(field.label),
        "hint": _words(field.hint),
        "sample": _words(field.example),
        "unit": _words(field.unit),
        "options": [{"code": code, "label": _words(said)} for code, said in field.options.items()],
        "list": field.code_list,
        "near_miss": field.near_miss,
        "wanted": sorted(field.wanted),
        "anonymised": field.anonymised.value,
    }


def _words(said: Said | None) -> dict[str, str]:
    """Empty where the form says nothing there, and for the names of core fields, which are those of a report."""
    return {"ja": said.ja, "en": said.en} if said else {"ja": "", "en": ""}
