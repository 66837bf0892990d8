"""The family of errors that operations raise; doors turn them into answers."""

from msgspec import Struct


class SharingError(Exception):
    """Something that an operation refuses, in words for whoever asked."""


class NotVisible(SharingError):
    """There is no such thing, or this actor may not know of it; the two are one answer."""


class NotPermitted(SharingError):
    """The actor sees the thing but may not do this."""


class Conflict(SharingError):
    """The thing has changed meanwhile, or this was done already."""


class Busy(SharingError):
    """The hub cannot record now; nothing was written, and trying again is right."""


class BadCursor(SharingError):
    """A `next` that this hub did not give to this reader for this question."""


class ClockLeap(SharingError):
    """The clock ran far ahead of the last position; integration stops, since positions never go back."""


class Fault(Struct, frozen=True):
    """One thing wrong with what was sent: where, a stable code, what was expected and found."""

    field: str
    code: str
    expected: str = ""
    found: str = ""


class Invalid(SharingError):
    """What was sent cannot be taken; every fault is named, and nothing was written."""

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.field}: {fault.code}" for fault in faults))
