"""Holds what pages call files: their kinds, their states, why one should not simply be opened, and what is wrong."""

from collections.abc import Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from hub.i18n import Words
from hub.web.words.reports import fault_words
from models.vocabulary import AttachmentState
from sharing.errors import Fault
from sharing.rules.file_kinds import Danger, danger_of, lies

KINDS: Mapping[str, Words] = {
    "png": _l("Picture (PNG)"),
    "jpeg": _l("Picture (JPEG)"),
    "gif": _l("Picture (GIF)"),
    "webp": _l("Picture (WebP)"),
    "bmp": _l("Picture (BMP)"),
    "tiff": _l("Picture (TIFF)"),
    "heic": _l("Picture (HEIC)"),
    "docx": _l("Word document"),
    "xlsx": _l("Excel workbook"),
    "pptx": _l("PowerPoint slides"),
    "office-macro": _l("Office document with macros"),
    "office-old": _l("Office document (old format)"),
    "office-old-macro": _l("Office document with macros (old format)"),
    "jar": _l("Java program"),
    "pe": _l("Windows program"),
    "elf": _l("Linux program"),
    "mach-o": _l("macOS program"),
    "class": _l("Java program"),
    "script": _l("Script"),
    "html": _l("Web page (HTML)"),
    "svg": _l("Drawing (SVG)"),
    "shortcut": _l("Windows shortcut"),
    "iso": _l("Image of a disk"),
    "vhd": _l("Image of a disk"),
    "pcap": _l("Network capture"),
    "evtx": _l("Windows event log"),
    "sqlite": _l("SQLite database"),
    "mp4": _l("Video (MP4)"),
    "mail": _l("Mail message"),
    "text": _l("Plain text"),
    "unknown": _l("Unknown kind"),
    "pdf": "PDF",
    "zip": "ZIP",
    "rtf": "RTF",
    "7z": "7-Zip",
    "rar": "RAR",
    "gzip": "gzip",
    "bzip2": "bzip2",
    "xz": "xz",
    "zstd": "zstd",
    "cab": "CAB",
    "tar": "tar",
    "xml": "XML",
}
STATES: Mapping[AttachmentState, Words] = {
    AttachmentState.ARRIVING: _l("Not all here yet"),
    AttachmentState.WAITING: _l("Waits for the malware scan"),
    AttachmentState.CLEAN: _l("Scanned: nothing found"),
    AttachmentState.REFUSED: _l("The malware scan found something"),
    AttachmentState.UNSCANNED: _l("Not scanned for malware"),
    AttachmentState.SAMPLE: _l("Sample of malware"),
    AttachmentState.ERASED: _l("Erased"),
}
TONES: Mapping[AttachmentState, str] = {
    AttachmentState.ARRIVING: "warning",
    AttachmentState.WAITING: "info",
    AttachmentState.CLEAN: "success",
    AttachmentState.REFUSED: "danger",
    AttachmentState.UNSCANNED: "warning",
    AttachmentState.SAMPLE: "danger",
    AttachmentState.ERASED: "neutral",
}
DANGERS: Mapping[Danger, Words] = {
    Danger.PROGRAM: _l("This is a program."),
    Danger.SCRIPT: _l("This is a script, which a computer may run."),
    Danger.MACRO: _l("It holds macros."),
    Danger.PAGE: _l("It can hold scripts. Do not open it in a browser."),
    Danger.SHORTCUT: _l("It is a shortcut, which can start programs."),
    Danger.DISK: _l("It is an image of a disk, which can hide programs."),
}


def _(text: str, **values: object) -> str:
    return str(gettext(text, **values))


_UNITS = ("KB", "MB", "GB")

_FAULTS: Mapping[str, Words] = {
    "no-file": _l("Please choose a file."),
    "empty-file": _l("This file is empty."),
    "wrong-size": _l("It did not arrive whole. Please send it again."),
    "wrong-hash": _l("What arrived is not the file that was announced. Please send it again."),
    "unknown-file": _l("A file is no longer there. Please look at the files of the draft."),
}


def size_words(size: int) -> str:
    """A size as people read it: 1.2 MB."""
    if size < 1000:
        return _("%(count)s bytes", count=size)
    value = float(size)
    for unit in _UNITS:
        value /= 1000
        if value < 999.5 or unit == _UNITS[-1]:
            break
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def warnings_of(name: str, kind: str) -> list[Words]:
    """What a reader must know before opening a file."""
    found: list[Words] = []
    if lies(name, kind):
        found.append(_("Its name claims another kind than its content shows: %(kind)s.", kind=str(KINDS[kind])))
    danger = danger_of(name, kind)
    return [*found, DANGERS[danger]] if danger else found


def file_fault_words(fault: Fault) -> str:
    """What a page says of a file that cannot be taken."""
    if fault.code in {"file-too-large", "no-room", "too-many-files", "same-file", "still-arriving"}:
        return _named_fault(fault)
    return str(_FAULTS.get(fault.code) or fault_words(fault))


def _named_fault(fault: Fault) -> str:
    if fault.code == "file-too-large":
        return _("This file is too large: at most %(size)s.", size=size_words(int(fault.expected)))
    if fault.code == "no-room":
        return _("Your organization's files have no room left: at most %(size)s.", size=size_words(int(fault.expected)))
    if fault.code == "too-many-files":
        return _("A report takes at most %(count)s files.", count=fault.expected)
    if fault.code == "same-file":
        return _("The same file is there already: %(name)s", name=fault.found)
    return _("This file is not all here yet. Send the rest, or remove it: %(name)s", name=fault.found)
