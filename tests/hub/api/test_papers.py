"""Papers by REST: the same PDFs and forms as on the pages, to the same readers, with the ledger and the trail told."""

from __future__ import annotations

import io

import openpyxl
import pypdfium2
import pytest

from hub.paper.fonts import find_font
from sharing.audit.tags import Tag
from tests.hub.api.conftest import Place

NEEDS_FONT = pytest.mark.skipif(find_font(None) is None, reason="needs a Japanese font: make test-deps")


def words_of(raw: bytes) -> str:
    """The text of all pages."""
    with pypdfium2.PdfDocument(raw) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


@NEEDS_FONT
def test_a_report_its_receipt_and_a_form_as_pdf(place: Place) -> None:
    """The sender takes all three, the secretariat the report only; each says who prints it, in its language."""
    hanako, office = place.caller("hanako"), place.caller("office", **{"Accept-Language": "ja"})
    reference = hanako.files()
    before = len(place.world.tags())
    for where, says in (
        (f"reports/{reference}/versions/1/paper", "Printed by Hanako (青葉電力株式会社)"),
        (f"reports/{reference}/versions/1/receipt/paper", "Receipt"),
        (f"reports/{reference}/common-forms/ddos/paper", "共通様式"),
    ):
        answer = hanako.get(where)
        assert answer.status_code == 200, answer.text
        assert answer.content_type == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="TLP-AMBER_')
        assert answer.headers["Cache-Control"] == "no-store"
        said = words_of(answer.data)
        assert reference in said and says.replace(" ", "") in said.replace(" ", "").replace("\n", ""), said
    assert place.world.tags()[before:].count(Tag.EXPORT) == 3
    read = office.get(f"reports/{reference}/versions/1/paper")
    assert read.status_code == 200 and "印刷" in words_of(read.data)
    absent = office.get("reports/K7QM-4TX2-P/versions/1/receipt/paper")
    for where in (f"reports/{reference}/versions/1/receipt/paper", f"reports/{reference}/common-forms/ddos/paper"):
        refused = office.get(where)
        assert refused.status_code == absent.status_code == 404
        assert refused.data == absent.data


@NEEDS_FONT
def test_what_is_hidden_is_absent_as_a_paper_too(place: Place) -> None:
    """A rival, another sector and an auditor get nothing; RED never leaves as a file, not even to its sender."""
    hanako = place.caller("hanako")
    reference, red = hanako.files(), hanako.files(label="TLP:RED")
    absent = place.caller("rival").get("reports/K7QM-4TX2-P/versions/1/paper")
    for name in ("rival", "water"):
        refused = place.caller(name).get(f"reports/{reference}/versions/1/paper")
        assert (refused.status_code, refused.data) == (absent.status_code, absent.data)
    assert place.caller("auditor").get(f"reports/{reference}/versions/1/paper").status_code == 403
    for where in (
        "versions/1/paper",
        "versions/1/receipt/paper",
        "common-forms/ddos/paper",
        "common-forms/ddos/workbook",
    ):
        assert hanako.get(f"reports/{red}/{where}").status_code == 404
    assert hanako.get(f"reports/{reference}/versions/2/paper").status_code == 404
    assert hanako.get(f"reports/{reference}/common-forms/none/paper").status_code == 404


@NEEDS_FONT
def test_an_object_as_its_reader_sees_it(place: Place) -> None:
    """The original in the feed of the secretariat as PDF, and the ledger tells its sender of the download."""
    place.caller("hanako").files()
    office = place.caller("office")
    (item,) = [each for each in office.get("feeds/inbox/objects").json["items"] if each["type"] == "incident"]
    answer = office.get(f"objects/{item['id']}/paper")
    assert answer.status_code == 200 and "受付システムが停止している。" in words_of(answer.data)
    assert place.caller("rival").get(f"objects/{item['id']}/paper").status_code == 404
    assert office.get(f"objects/{item['id']}/paper", headers={"Accept": "application/json"}).status_code == 406


def test_a_form_as_a_spreadsheet(place: Place) -> None:
    """The workbook of the page, byte for byte the same making."""
    hanako = place.caller("hanako")
    reference = hanako.files()
    answer = hanako.get(f"reports/{reference}/common-forms/ransomware/workbook")
    assert answer.status_code == 200, answer.text
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    values = [str(cell) for row in sheet.iter_rows(values_only=True) for cell in row if cell]
    assert any(reference in value for value in values)
    assert "受付システムが停止している。" in values
