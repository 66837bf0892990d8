"""Templates are compiled once a process, not once for each application that a test makes."""

from __future__ import annotations

from jinja2.bccache import Bucket, BytecodeCache

from hub.app import HubApplication


class KeptBytecode(BytecodeCache):
    """Bytecode by template and by its source's checksum, so that an edited template is another one."""

    def __init__(self) -> None:
        """Start with nothing kept."""
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what was kept, if the source is still the same."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


def keep_bytecode() -> None:
    """Let all applications of this process share what they compiled."""
    HubApplication.jinja_options = {**HubApplication.jinja_options, "bytecode_cache": KeptBytecode()}  # type: ignore[misc]
