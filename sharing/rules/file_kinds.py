"""Rule: what a file is, by its content alone; whether its name says otherwise; and what is dangerous to open.

Nothing is unpacked. The first bytes say what it is, and some marks further on: a document that holds macros carries
the name of their part in plain bytes, compressed or not.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct

from sharing.rules.file_names import ending_of

HEAD: Final = 40 * 1024
"""Bytes from the beginning that are looked at as a whole; an image of a disk says what it is at 32 KiB."""


class Danger(StrEnum):
    """Why a file should not simply be opened."""

    PROGRAM = "program"
    SCRIPT = "script"
    MACRO = "macro"
    PAGE = "page"
    """A page or drawing that can carry scripts."""
    SHORTCUT = "shortcut"
    DISK = "disk"
    """An image of a disk, whose content escapes the marks of where it came from."""


class Kind(Struct, frozen=True):
    """A kind of file."""

    code: str
    endings: frozenset[str] = frozenset()
    """What the names of such files usually end in; none where any will do."""
    danger: Danger | None = None


def _kind(code: str, endings: str = "", danger: Danger | None = None) -> Kind:
    return Kind(code, frozenset(endings.split()), danger)


_OLE: Final = "doc xls ppt msi msg dot xlt pps vsd mpp"
KINDS: Final[Mapping[str, Kind]] = {
    each.code: each
    for each in (
        _kind("pdf", "pdf ai"),
        _kind("png", "png"),
        _kind("jpeg", "jpg jpeg jpe jfif"),
        _kind("gif", "gif"),
        _kind("webp", "webp"),
        _kind("bmp", "bmp dib"),
        _kind("tiff", "tif tiff"),
        _kind("heic", "heic heif"),
        _kind("zip", "zip kmz odt ods odp epub whl"),
        _kind("docx", "docx dotx"),
        _kind("xlsx", "xlsx xltx"),
        _kind("pptx", "pptx potx ppsx"),
        _kind("office-macro", "docm dotm xlsm xltm xlsb pptm potm ppsm", Danger.MACRO),
        _kind("office-old", _OLE),
        _kind("office-old-macro", _OLE, Danger.MACRO),
        _kind("rtf", "rtf doc"),
        _kind("jar", "jar war apk", Danger.PROGRAM),
        _kind("7z", "7z"),
        _kind("rar", "rar"),
        _kind("gzip", "gz tgz"),
        _kind("bzip2", "bz2 tbz2"),
        _kind("xz", "xz txz"),
        _kind("zstd", "zst"),
        _kind("cab", "cab"),
        _kind("tar", "tar"),
        _kind("pe", "exe dll sys scr cpl ocx com efi", Danger.PROGRAM),
        _kind("elf", "elf so o bin ko", Danger.PROGRAM),
        _kind("mach-o", "dylib macho bin o", Danger.PROGRAM),
        _kind("class", "class", Danger.PROGRAM),
        _kind("script", "sh py pl rb js mjs vbs vbe ps1 psm1 bat cmd wsf jse hta php", Danger.SCRIPT),
        _kind("html", "html htm xhtml mht shtml", Danger.PAGE),
        _kind("svg", "svg", Danger.PAGE),
        _kind("shortcut", "lnk", Danger.SHORTCUT),
        _kind("iso", "iso img udf", Danger.DISK),
        _kind("vhd", "vhd vhdx", Danger.DISK),
        _kind("pcap", "pcap cap pcapng"),
        _kind("evtx", "evtx"),
        _kind("sqlite", "sqlite sqlite3 db"),
        _kind("mp4", "mp4 m4a m4v mov"),
        _kind("xml", "xml xsd xsl stix drawio"),
        _kind("mail", "eml mbox"),
        _kind("text", "txt csv tsv log json jsonl md yaml yml ini conf cfg ics sql rules yar yara eml asc pem crt"),
        _kind("unknown"),
    )
}
"""Every kind, by its code."""

_BEGINNINGS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"{\\rtf", "rtf"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"MSCF\0\0\0\0", "cab"),
    (b"\x7fELF", "elf"),
    (b"\xfe\xed\xfa\xce", "mach-o"),
    (b"\xfe\xed\xfa\xcf", "mach-o"),
    (b"\xce\xfa\xed\xfe", "mach-o"),
    (b"\xcf\xfa\xed\xfe", "mach-o"),
    (b"\x4c\0\0\0\x01\x14\x02\0", "shortcut"),
    (b"vhdxfile", "vhd"),
    (b"conectix", "vhd"),
    (b"\xd4\xc3\xb2\xa1", "pcap"),
    (b"\xa1\xb2\xc3\xd4", "pcap"),
    (b"\x0a\x0d\x0d\x0a", "pcap"),
    (b"ElfFile\0", "evtx"),
    (b"SQLite format 3\0", "sqlite"),
    (b"MZ", "pe"),
)
_OLE_BEGINS: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_BEGINS: Final = (b"PK\x03\x04", b"PK\x05\x06")

_OOXML_MACRO: Final = b"vbaProject.bin"
_OLE_MACRO: Final = "_VBA_PROJECT".encode("utf-16-le")
_SOUGHT: Final = (_OOXML_MACRO, _OLE_MACRO, b"word/", b"xl/", b"ppt/", b"META-INF/MANIFEST.MF")
_OVERLAP: Final = max(map(len, _SOUGHT)) - 1
_SCRIPTS: Final = KINDS["script"].endings
_MAIL_HEADS: Final = (b"received:", b"return-path:", b"delivered-to:", b"message-id:", b"mime-version:", b"from:")


class Look:
    """A file as it goes by: a few bytes are kept, whatever its size."""

    def __init__(self) -> None:
        self._head = b""
        self._tail = b""
        self._seen: set[bytes] = set()

    def feed(self, part: bytes) -> None:
        """Look at the next bytes."""
        if len(self._head) < HEAD:
            self._head += part[: HEAD - len(self._head)]
        window = self._tail + part
        self._seen.update(each for each in _SOUGHT if each not in self._seen and each in window)
        self._tail = window[-_OVERLAP:]

    def kind(self, name: str) -> str:
        """What it is; the name only tells apart texts, which have no mark of their own."""
        return _binary(self._head, self._seen) or _text(self._head, ending_of(name)) or "unknown"


def lies(name: str, code: str) -> bool:
    """Whether the name claims another kind than the content shows.

    A name without an ending, or with one that nobody here knows, claims nothing.
    """
    ending = ending_of(name)
    kind = KINDS.get(code, KINDS["unknown"])
    known = any(ending in each.endings for each in KINDS.values())
    return bool(ending) and known and ending not in kind.endings


def danger_of(name: str, code: str) -> Danger | None:
    """Why it should not simply be opened: what it is, or what a system would do with its name."""
    kind = KINDS.get(code, KINDS["unknown"])
    if kind.danger is not None:
        return kind.danger
    ending = ending_of(name)
    return next((each.danger for each in KINDS.values() if each.danger and ending in each.endings - _HARMLESS), None)


_HARMLESS: Final = frozenset(_OLE.split()) | {"o", "bin", "img"}
"""Endings of dangerous kinds that say nothing by themselves."""


def _binary(head: bytes, seen: set[bytes]) -> str | None:
    beginning = next((code for begins, code in _BEGINNINGS if head.startswith(begins)), None)
    if beginning is not None:
        return beginning
    if head.startswith(_ZIP_BEGINS):
        return _zip(seen)
    if head.startswith(_OLE_BEGINS):
        return "office-old-macro" if _OLE_MACRO in seen else "office-old"
    if head[4:8] == b"ftyp":
        return "heic" if head[8:12] in {b"heic", b"heix", b"mif1", b"heim"} else "mp4"
    return next((code for is_it, code in _FURTHER_ON if is_it(head)), None)


def _is_class(head: bytes) -> bool:
    """Two kinds begin alike; of a fat binary the next number is small: how many programs it holds."""
    return head.startswith(_CAFE) and int.from_bytes(head[4:8], "big") >= 20


_CAFE: Final = b"\xca\xfe\xba\xbe"
_FURTHER_ON: Final[tuple[tuple[Callable[[bytes], bool], str], ...]] = (
    (_is_class, "class"),
    (lambda head: head.startswith(_CAFE), "mach-o"),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", "webp"),
    (lambda head: head[:2] == b"BM" and len(head) > 14 and head[6:10] == b"\0\0\0\0", "bmp"),
    (lambda head: head[257:262] == b"ustar", "tar"),
    (lambda head: head[32_769:32_774] == b"CD001", "iso"),
)


def _zip(seen: set[bytes]) -> str:
    if _OOXML_MACRO in seen:
        return "office-macro"
    for mark, code in ((b"word/", "docx"), (b"xl/", "xlsx"), (b"ppt/", "pptx"), (b"META-INF/MANIFEST.MF", "jar")):
        if mark in seen:
            return code
    return "zip"


def _text(head: bytes, ending: str) -> str | None:
    if not _is_text(head):
        return None
    begins = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:4096].lower()
    if begins.startswith(b"#!") or ending in _SCRIPTS:
        return "script"
    if b"<svg" in begins and begins.startswith((b"<svg", b"<?xml", b"<!doctype svg", b"<!--")):
        return "svg"
    if begins.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<script")) or b"<html" in begins:
        return "html"
    if begins.startswith(b"<?xml"):
        return "xml"
    return "mail" if begins.startswith(_MAIL_HEADS) else "text"


def _is_text(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _reads(head, "utf-16")
    if b"\0" in head:
        return False
    return any(_reads(head, encoding) for encoding in ("utf-8", "cp932", "euc-jp"))


def _reads(head: bytes, encoding: str) -> bool:
    """Whether it is text in this encoding; the last character may have been cut."""
    for cut in range(4):
        try:
            text = head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(sign < " " and sign not in "\t\n\r\f\x1b" for sign in text)
    return False
