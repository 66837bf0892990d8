"""Counts how often PostgreSQL is asked: time depends on the machine, the number of journeys does not."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import event

from models.ways import WIRE
from tests.factory import World


class Counter:
    """Journeys on every connection of a hub."""

    def __init__(self, world: World) -> None:
        self.wires: list[Any] = []
        for engine in world.hub.units.database.engines:
            event.listen(engine, "checkout", self._meet)

    def _meet(self, _connection: object, record: Any, _proxy: object) -> None:
        if record.info[WIRE] not in self.wires:
            self.wires.append(record.info[WIRE])

    def of(self, act: Callable[[], object]) -> int:
        """Of the third time: by then every connection knows the statements."""
        for _ in range(2):
            act()
        return self.once(act)

    def once(self, act: Callable[[], object]) -> int:
        """Of this very time."""
        before = self._journeys()
        act()
        return self._journeys() - before

    def _journeys(self) -> int:
        return sum(int(wire.journeys) for wire in self.wires)
