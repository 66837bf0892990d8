"""A sector that reports, in front of people who look where they should not."""

from tests.hub.api.conftest import place
from tests.sharing.people.conftest import world
from tests.sharing.reports.conftest import scene

__all__ = ["place", "scene", "world"]
