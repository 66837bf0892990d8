"""Holds a file of a form while the form is read: it goes to its place at once, sealed, through no plain copy."""

from hashlib import sha256
from uuid import UUID

from hub.attachments.store import NewFile
from hub.wiring import Hub
from sharing.attachments.uploads import Stored
from sharing.rules.file_kinds import Look


class Incoming:
    """One file of a form, as the reader of forms writes it."""

    def __init__(self, hub: Hub, ident: UUID) -> None:
        self.id = ident
        self.size = 0
        self._hub = hub
        self._file: NewFile | None = None
        self._sum = sha256()
        self._look = Look()

    @property
    def is_too_large(self) -> bool:
        """Whether more came than a file may have; of that nothing is kept."""
        return self.size > self._hub.settings.attachment_bytes

    def write(self, part: bytes) -> int:
        """As of any file; what is beyond the limit is counted and forgotten."""
        self.size += len(part)
        if not part or self.is_too_large:
            return len(part)
        if self._file is None:
            self._file = self._hub.attachments.open_new(self.id)
        self._file.write(part)
        self._sum.update(part)
        self._look.feed(part)
        return len(part)

    def seek(self, offset: int, whence: int = 0) -> int:
        """The reader of forms winds back what it has written; nothing is read from here."""
        return 0

    def read(self, size: int = -1) -> bytes:
        """Nothing: it lies sealed in its place."""
        return b""

    def close(self) -> None:
        """Whoever took it has finished it."""

    def finish(self, name: str) -> Stored:
        """See it on the disk, and say what it is."""
        if self._file is not None:
            self._file.finish()
            self._file = None
        return Stored(self.size, self._sum.digest(), self._look.kind(name))

    def drop(self) -> None:
        """Nobody took it: it goes again."""
        if self._file is not None:
            self._file.drop()
            self._file = None
        self._hub.attachments.remove(self.id)


def read_stored(hub: Hub, ident: UUID, name: str, size: int) -> Stored:
    """What a file is that has arrived in parts, read once from its beginning to its end.

    Raises:
        Damaged: it is not as it was stored.
    """
    total, look, seen = sha256(), Look(), 0
    for part in hub.attachments.read(ident, size):
        total.update(part)
        look.feed(part)
        seen += len(part)
    return Stored(seen, total.digest(), look.kind(name))
