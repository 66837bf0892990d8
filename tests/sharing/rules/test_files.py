"""What files are called and what they are: by content, whatever their names claim."""

from __future__ import annotations

import io
import unicodedata
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sharing.rules.file_kinds import KINDS, Danger, Look, danger_of, lies
from sharing.rules.file_names import LONGEST, NAMELESS, clean_name, ending_of


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("記録.txt", "記録.txt"),
        ("..\\..\\windows\\evil.exe", "evil.exe"),
        ("/etc/passwd", "passwd"),
        ("../..", NAMELESS),
        ("", NAMELESS),
        ("\u202egnp.exe", "gnp.exe"),
        ("a\u200b\u2066b\x00\x1f\x7f.pdf", "ab.pdf"),
        ("か\u3099.pdf", "が.pdf"),
        ("葛\U000e0100城.pdf", "葛\U000e0100城.pdf"),
        ("  a \n b .txt. . ", "a b .txt"),
        ('a<b>:"c|?*.txt', "a_b___c___.txt"),
        ("\ud800lone.txt", "lone.txt"),
        ("👨\u200d👩\u200d👧.png", "👨👩👧.png"),
    ],
)
def test_a_name_without_what_misleads(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_a_long_name_is_cut_before_its_ending() -> None:
    """Also in the middle of a sequence: what belongs to a character is not left alone behind it."""
    assert clean_name("長" * 400 + ".pdf") == "長" * (LONGEST - 4) + ".pdf"
    cut = clean_name("x" + "葛\U000e0100" * 300 + ".pdf")
    assert len(cut) == LONGEST - 1
    assert cut.endswith("\U000e0100.pdf")
    assert len(clean_name("x" * 300 + "." + "y" * 300)) == LONGEST


@given(st.text(max_size=500))
def test_any_name_becomes_one(text: str) -> None:
    name = clean_name(text)
    assert name
    assert len(name) <= LONGEST
    assert not set(name) & set('/\\<>:"|?*\0\n')
    assert all(unicodedata.category(sign) not in {"Cc", "Cf", "Cs"} for sign in name)
    name.encode()


def zipped(*names: str) -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "x" * 1000)
    return raw.getvalue()


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
SAMPLES = [
    ("pdf", "a.pdf", b"%PDF-1.7\n..."),
    ("png", "a.png", b"\x89PNG\r\n\x1a\n...."),
    ("jpeg", "a.JPG", b"\xff\xd8\xff\xe0...."),
    ("webp", "a.webp", b"RIFF\x10\0\0\0WEBPVP8 "),
    ("heic", "a.heic", b"\0\0\0\x18ftypheic"),
    ("mp4", "a.mp4", b"\0\0\0\x18ftypisom"),
    ("zip", "a.zip", zipped("x.txt")),
    ("docx", "a.docx", zipped("[Content_Types].xml", "word/document.xml")),
    ("xlsx", "a.xlsx", zipped("[Content_Types].xml", "xl/workbook.xml")),
    ("office-macro", "a.xlsm", zipped("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin")),
    ("jar", "a.jar", zipped("META-INF/MANIFEST.MF")),
    ("office-old", "a.doc", OLE),
    ("office-old-macro", "a.xls", OLE + "_VBA_PROJECT".encode("utf-16-le")),
    ("pe", "a.exe", b"MZ\x90\0"),
    ("elf", "a", b"\x7fELF\x02"),
    ("class", "a.class", b"\xca\xfe\xba\xbe\0\0\0\x34"),
    ("mach-o", "a", b"\xca\xfe\xba\xbe\0\0\0\x02"),
    ("tar", "a.tar", b"name".ljust(257, b"\0") + b"ustar\x0000"),
    ("iso", "a.iso", b"\0" * 32_769 + b"CD001"),
    ("shortcut", "a.lnk", b"\x4c\0\0\0\x01\x14\x02\0"),
    ("html", "a.html", "\ufeff<!DOCTYPE html><p>".encode()),
    ("svg", "a.svg", b'<?xml version="1.0"?><svg onload="x()">'),
    ("xml", "a.xml", b'<?xml version="1.0"?><a/>'),
    ("script", "a.ps1", b"Write-Host hello"),
    ("script", "a", b"#!/bin/sh\n"),
    ("mail", "a.eml", b"Received: from mx.example.jp\r\n"),
    ("text", "a.csv", "日時,事象\n".encode("cp932")),
    ("text", "a.txt", "停電".encode("utf-16")),
    ("text", "a.log", "電".encode() * 20_000),
    ("unknown", "a.bin", b"\0\1\2\3"),
]


@pytest.mark.parametrize(("kind", "name", "content"), SAMPLES)
def test_what_a_file_is(kind: str, name: str, content: bytes) -> None:
    """In one part or byte by byte, the same."""
    look = Look()
    look.feed(content)
    slow = Look()
    for at in range(0, len(content), 7):
        slow.feed(content[at : at + 7])
    assert (look.kind(name), slow.kind(name)) == (kind, kind)
    assert kind in KINDS


def test_a_name_that_lies() -> None:
    assert lies("請求書.pdf", "pe")
    assert lies("a.png", "html")
    assert lies("a.docx", "office-macro")
    assert not lies("a.docx", "docx")
    assert not lies("README", "text")
    assert not lies("a.unheard-of", "pe")
    assert not lies("a.tar.gz", "gzip")
    assert ending_of("a.TAR.GZ") == "gz"
    assert ending_of(".bashrc") == ""


def test_what_is_dangerous() -> None:
    """By what it is, or by what a system would do with its name."""
    expected = {"pe": Danger.PROGRAM, "office-macro": Danger.MACRO, "svg": Danger.PAGE, "iso": Danger.DISK}
    assert {code: danger_of("x.dat", code) for code in expected} == expected
    assert danger_of("a.pdf.exe", "unknown") is Danger.PROGRAM
    assert danger_of("a.hta", "text") is Danger.SCRIPT
    assert [danger_of(name, "text") for name in ("a.txt", "a.bin", "a.doc")] == [None] * 3
